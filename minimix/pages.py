"""Self-contained pages: what minimix/page.html, page.css and page.js give to every one, filled with a package's own."""

import json
import re
from html import escape
from importlib.resources import files

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
"""Nothing may be loaded, from anywhere."""


def fill(package, data, *, scripts=("page.js",), policy=POLICY, **texts):
    """The page of a package as HTML, which needs no network and no other file.

    The package's page.html stands in the shared one's <main>, its page.css and its scripts after the shared ones;
    `data` is the JSON in the element "data". texts: what stands in place of {{title}}, {{name}}, {{about}} and of what
    the package's own page.html asks for; KeyError where one is missing. policy: the Content-Security-Policy.
    """
    page, style, script = (_read("minimix", name) for name in ("page.html", "page.css", "page.js"))
    page = page.replace("{{body}}", _read(package, "page.html"))
    own = "".join(_read(package, name) for name in scripts)
    found = {key: escape(text) for key, text in texts.items()}
    found |= {"style": style + _read(package, "page.css"), "script": script + own}
    found |= {"policy": policy, "data": to_json(data)}
    return re.sub(r"\{\{(\w+)\}\}", lambda hole: found[hole[1]], page)


def frame(html, title="minimix"):
    """A page inside an <iframe>, for a notebook: its style and script touch nothing else."""
    return (
        f'<iframe srcdoc="{escape(html)}" title="{escape(title)}" sandbox="allow-scripts" '
        'style="width:100%;height:900px;border:1px solid #ccc"></iframe>'
    )


def to_json(x):
    """JSON that may stand in a <script>: no "<" in it. Raises ValueError for inf and nan, which JSON has not."""
    return json.dumps(x, separators=(",", ":"), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def _read(package, name):
    return files(package).joinpath(name).read_text("utf-8")
