"""The report of a study as one page that needs nothing else: the same trials give the same bytes.

It is made from study.json and the finished trials alone, and may be made again at any time.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from .. import files
from ..wording import best
from . import claims, commands, drawing, figures, gamma, methods, plans, provenance, sensitivity, tuning
from .folder import Folder
from .forms import config_of
from .parts import Read, read

SECTIONS = {
    "verdicts": "What the trials say",
    "tables": "Table",
    "figures": "Figures",
    "claims": "Published, and here",
    "tuned": "Equal chances",
    "learned": "Gamma, learned",
    "failures": "What failed",
    "methods": "Methods",
    "provenance": "Provenance",
    "data": "Data",
}
MOST = 40  # optimizers, or sentences, that stand open
FINAL = ("default", "tuned")  # the trials that a search is for


def write(folder: Folder, path: str | Path | None = None, tell: Callable[[str], Any] = str) -> Path:
    """Write the page to `path`, or report.html in the folder, and return where; tell(what it does) is called often.

    Raises ValueError where the folder holds no study, or no finished trial; OSError where it cannot be written.
    """
    path = Path(path or folder.path / "report.html")
    files.write(path, html(folder, tell))
    return path


def html(folder: Folder, tell: Callable[[str], Any] = str) -> str:
    """The page of a study's folder. Raises ValueError where there is no study, or no finished trial."""
    import jinja2
    from markupsafe import Markup

    folder = Read(folder.path)
    parts, unread = read(folder, tell)
    runs, judged, searches = provenance.runs(folder), claims.judged(folder), _searches(folder, parts, unread)
    learned = _learned(folder)
    configs, names = [part.config for part in parts], [part.name for part in parts]
    empty = {"claims": not judged, "tuned": not searches, "learned": not learned}
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["told"] = _isolated([label for part in parts for label in part.result.labels])
    page = environment.from_string(resources(__package__).joinpath("report.html").read_text("utf-8"))
    return page.render(
        title=f"Report: {'; '.join(names) if len(names) < 6 else f'{names[0]} … {names[-1]}'}",
        about=f"{len(runs):,} finished trials; made by minimix report",
        style=Markup("".join(resources(p).joinpath(name).read_text("utf-8") for p, name in _STYLES)),
        sections={key: name for key, name in SECTIONS.items() if not empty.get(key)},
        most=MOST,
        parts=list(_shown(parts)),
        pictures=_pictures(folder, parts, tell),
        claims=[claims.HEADS, *(claim.cells() for claim in judged)],
        searches=searches,
        learned=learned,
        failures=[*provenance.failures(parts), *unread, *provenance.damaged(folder)],
        statistics=_statistics(parts),
        formulas=methods.formulas(configs),
        works=methods.cited(configs, names, [part.verdict for part in parts], bool(searches)),
        provenance=provenance.table(runs),
        mixed=[*filter(None, [folder.mixed()]), *provenance.mixed(runs)],
        commands=_commands(folder, parts),
        csv=provenance.csv_of(parts),
    )


_STYLES = (("minimix", "page.css"), (__package__, "report.css"))


def _shown(parts):
    """What the page shows of each Part; notes stand below the first table that has them."""
    noted = set()
    for part in parts:
        verdict = _best_first(part.verdict)
        figure, notes = plans.figures().get(plans.base(part.name)), part.verdict.notes()
        rules = ((label, repr(rule)) for label, rule in part.config.rules.items())
        yield {
            "key": part.key,
            "name": part.name,
            "about": plans.title(figure, part.plan["data"]) if figure else "",
            "winner": verdict.winner(),
            "sentences": verdict.sentences(),
            "cells": verdict.cells(),
            "notes": [note for note in notes if note not in noted],
            "methods": list(methods.procedure(part.plan, part.config)),
            "rules": [("optimizer", "with all hyperparameters"), *rules],
            "sums": ", ".join(f"{array} {sum_[:16]}" for array, sum_ in part.plan["sums"].items()),
            "latex": verdict.latex(),
        }
        noted.update(notes)


def _statistics(parts):
    """(the plans that it is said of, "" for all that compare something; sentence), each sentence once."""
    said = dict[str, list[str]]()
    for part in parts:
        for sentence in methods.statistics(part.verdict):
            said.setdefault(sentence, []).append(part.name)
    compared = {name for names in said.values() for name in names}
    return [("" if len(names) == len(compared) else ", ".join(names), sentence) for sentence, names in said.items()]


def _best_first(verdict):
    """A Verdict whose rules stand in their own order where these can be overseen, and otherwise the best before."""
    if len(verdict.rules) <= MOST:
        return verdict
    return replace(verdict, rules={label: verdict.rules[label] for label in best(verdict, len(verdict.rules) + 1)})


def _pictures(folder, parts, tell):
    """The figures of the report in its layout, then one for each other plan."""
    drawn = figures.drawn(folder)
    drawn |= {
        part.name: part.result.figure(part.verdict) for part in parts if plans.base(part.name) not in plans.figures()
    }
    shown = []
    for number, (name, figure) in enumerate(drawn.items(), 1):
        tell(f"drawing {name}")
        shown.append(_picture(f"f{number}", name, figure))
    return shown


def _picture(key, name, figure):
    from markupsafe import Markup

    says = drawing.says(figure)
    says = says if says.startswith(name) else f"{name}: {says}"
    return {"key": key, "name": name, "svg": Markup(drawing.svg(figure, key, says)), "says": says}


def _searches(folder, parts, unread):
    """What each finished search for learning rates found; of others a sentence is added to `unread`."""
    known, shown = {part.name: part.verdict for part in parts}, []
    for name, plan in folder.plans().items():
        if plan.get("kind") != "tune":
            continue
        try:
            found = tuning.search(folder, plan)
        except (ValueError, TypeError, KeyError, OSError) as error:
            unread.append(f"{name} could not be read: {error}")
            continue
        verdicts = [known[own] for kind in FINAL if (own := f"{name}, {kind}") in known]
        if found.left or len(verdicts) < len(FINAL):
            unread.append(f"{name}: the search, or what it was for, is not finished")
            continue
        picture = _picture(f"t{len(shown) + 1}", name, sensitivity.figure(found))
        shown.append(picture | {"cells": sensitivity.cells(found, *verdicts), "notes": sensitivity.notes(found)})
    return shown


def _learned(folder):
    """What `minimix study gamma` found, if it was asked."""
    path = folder.path / "gamma.json"
    if not path.exists():
        return {}
    found = gamma.read(path)
    return _picture("g1", "gamma", gamma.draw(found)) | {"sentences": [one.sentence() for one in found]}


def _commands(folder, parts):
    """The commands that do all plans again; that of a search does the trials at its default and chosen values too."""
    searches = {name: plan for name, plan in folder.plans().items() if plan.get("kind") == "tune"}
    searched = {f"{name}, {kind}" for name in searches for kind in FINAL}
    known = [(part.name, part.plan, part.config) for part in parts if part.name not in searched]
    return [
        commands.command(*about) for about in known + [(name, plan, config_of(plan)) for name, plan in searches.items()]
    ]


def _isolated(labels):
    """A filter for Jinja: text in which labels that are not written from left to right leave the rest in its order."""
    from markupsafe import Markup, escape

    odd = sorted({label for label in labels if any(map(_turns, label))}, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, odd)))
    isolate = lambda text: Markup("").join(
        Markup("<bdi>{}</bdi>").format(piece) if piece in odd else escape(piece)
        for piece in re.split(f"({pattern.pattern})", text)
        if piece
    )
    return isolate if odd else lambda text: text


def _turns(letter):
    return unicodedata.bidirectional(letter) not in ("L", "EN", "ES", "ET", "CS", "ON", "WS", "NSM", "BN", "S", "B", "")
