"""The site is built: what is slow is made side by side, then each page is written from its template."""

import warnings
from collections.abc import Callable, Collection
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from .. import Tensor, __version__, nn, processes
from ..backward import Tape
from ..course import copies, percent
from ..hint import shown
from ..pages import to_json
from ..stepping import LANDSCAPES, live, stepper
from . import folder, gallery, lessons
from .runtime import CDN, bundle

STEPPER = {"specs": ["adam:lr=0.05", "mas:lr=0.002,gamma=0.6"], "on": "rosenbrock", "steps": 100}
PAGES = {  # file: (name, what the start page says of it)
    "playground.html": (
        "Playground",
        "choose rules, rates and a landscape, drag the start, and see every term change.",
    ),
    "stepper.html": ("Stepper", "every term of every step of Adam and MAS, as formula, as numbers and as arrows."),
    "tape.html": ("Tape", "a network's loss and its gradient, forward and backward, node by node, with every number."),
    "gallery.html": ("Gallery", "every update rule on every landscape, in small pictures."),
    "report.html": ("Study", "does mixing SGD and Adam beat either alone? The study that minimix was made for."),
}
POLICY = (
    "default-src 'none'; style-src 'self' file: 'unsafe-inline'; img-src data:; frame-src 'self'; base-uri 'none'; "
    "form-action 'none'; script-src 'self' file: data: 'unsafe-inline' 'unsafe-eval' {0}; worker-src data:; "
    "connect-src data: {0}"
)
"""What the browser holds these pages to: nothing goes anywhere, and only Python comes from elsewhere, if at all."""
SCRIPTS = ("python.js", "cells.js")
"""What brings the code of a lesson to life, in this order."""


def build(
    target: str | Path,
    pyodide: str | Path | None = None,
    only: Collection[int] = (),
    n_jobs: int = -1,
    on_part: Callable[[int, int], Any] = lambda done, of: None,
) -> None:
    """Write the site into the folder `target`; a site that is there is replaced, as a whole and at the end.

    pyodide: a folder with Pyodide that becomes a part of the site; otherwise browsers fetch it where it is public.
    only: the numbers of some lessons. n_jobs: processes, see `processes.each`. on_part(done, of) is called after each
    part. Raises OSError or ValueError with one sentence.
    """
    known = {number: lessons.about(number) for number in _numbers(only)}
    n_jobs = processes.count(n_jobs, len(known) + len(_walks()))
    with folder.replacing(target) as part:
        runtime = sum(bundle(pyodide, part / "runtime").values())
        _write_static(part)
        made = _made(known, n_jobs, on_part)
        size, policy = (round(runtime / 1e6), POLICY.format("")) if pyodide else (0, POLICY.format(CDN))
        whole = _whole(policy)
        pages = {name: about for name, about in PAGES.items() if name in whole or name == "gallery.html"}
        templates = _templates(pages=pages, bundled=size, version=__version__, policy=policy)
        for name, html in whole.items():
            _write(part / name, _with_navigation(html, templates, name))
        _fill(templates, part, "start.html", "index.html", lessons=known.values())
        walks = {(name, on): made[gallery.walk, spec, on] for name, spec, on in _walks()}
        _fill(templates, part, "gallery.html", "gallery.html", **gallery.page(walks))
        for number in known:
            _write_lesson(templates, part, known, number, made[lessons.bake, number])


def _numbers(only):
    """The numbers of the lessons wanted, in their order."""
    there = copies.files()
    for number in only:
        if number not in there:
            raise ValueError(f"there is no lesson {shown(number)}; `minimix lessons list` shows what there is")
    return sorted(set(only)) or list(there)


def _made(numbers, n_jobs, on_part):
    """{(function, its arguments): what it gave} of the slow parts, done side by side."""
    tasks = [(lessons.bake, number) for number in numbers]
    tasks += [(gallery.walk, spec, on) for _, spec, on in _walks()]
    made = {}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "A worker stopped")  # joblib's way to give the memory of pictures back
        for task, given in processes.each(_call, tasks, n_jobs):
            made[task] = given
            on_part(len(made), len(tasks))
    return made


def _walks():
    """[(name, spec, landscape)] of the gallery."""
    return [(name, spec, on) for name, spec in gallery.specs().items() for on in LANDSCAPES]


def _call(function, *arguments):
    return (function, *arguments), function(*arguments)


def _whole(policy):
    """{file: page} of the pages that are whole already, without the site's navigation."""
    playground = live.playground(after=f'<script src="static/python.js"></script>\n{live.WORKER}', policy=policy)
    found = {"playground.html": playground, "stepper.html": stepper(**STEPPER).html(), "tape.html": _tape().html()}
    report = copies.folder() / "study" / "report.html"
    if report.exists():
        found["report.html"] = report.read_text(encoding="utf-8")
    return found


def _tape():
    """The tape of a small network's loss with weight decay, so that gradients add up in its first layer's weights."""
    rng = np.random.default_rng(0)
    net = nn.Sequential(nn.Dense(2, 3, rng), nn.Tanh(), nn.Dense(3, 1, rng)).astype("float64")
    x, y = Tensor(np.array([[0.5, -1.0], [1.5, 2.0]])), Tensor(np.array([[1.0], [0.0]]))
    error, weight = net(x) - y, net.layers[0].weight
    loss = (error * error).mean() + 0.1 * (weight * weight).sum()
    names = {"x": x, "y": y, "error": error, **dict(net.named_parameters())}
    return Tape(loss, names, title="a small network's loss")


def _with_navigation(html, templates, name):
    """A page that is whole, with the site's navigation at its top; its own style and policy stay."""
    head = f"<style>\n{_text('nav.css')}</style>\n</head>"
    body = f"<body>\n{templates.get_template('nav.html').render(root='', here=name)}"
    return html.replace("</head>", head, 1).replace("<body>", body, 1)


def _templates(**everywhere):
    """Jinja's environment for the templates beside this file; everywhere: what all of them know."""
    import jinja2

    options = {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True, "undefined": jinja2.StrictUndefined}
    found = jinja2.Environment(loader=jinja2.FunctionLoader(_text), **options)
    found.globals.update(everywhere)
    return found


def _write_lesson(templates, part, known, number, baked):
    """Write a lesson's page, and beside it the lesson as students get it. known: {number: what is told of a lesson}."""
    about, cells = known[number], lessons.cells(number)
    data = {"file": about["file"], "number": number, "title": about["title"], "cells": cells}
    texts = {"lesson": about, "before": known.get(number - 1), "after": known.get(number + 1), "scripts": SCRIPTS}
    texts |= {"shown": lessons.shown(cells, baked), "data": to_json(data)}
    _fill(templates, part, "lesson.html", f"lessons/{about['page']}", **texts)
    _write(part / "lessons" / about["file"], percent.script(cells))


def _fill(templates, part, template, name, **texts):
    """Write a page of the site from its template."""
    root = "../" * name.count("/")
    _write(part / name, templates.get_template(template).render(root=root, here=name, **texts))


def _write_static(part):
    """The style and the scripts that pages share."""
    shared = (files("minimix").joinpath(name) for name in ("page.css", "page.js"))
    for path in (*shared, *files(__package__).iterdir()):
        if path.name.endswith((".css", ".js")):
            _write(part / "static" / path.name, path.read_text("utf-8"))


def _write(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _text(name):
    return files(__package__).joinpath(name).read_text("utf-8")
