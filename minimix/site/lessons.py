"""A lesson as a page: its text, its code in colours, and what the code gave where the site was built."""

import contextlib
import re
import time

from .. import course
from ..course import copies, percent
from ..course.source import gapped
from .highlight import highlighted

BROWSER = 5.0
"""How many times as much of the processor's time a cell takes in a browser: 3 to 7, in the lessons that train."""


def cells(number):
    """The cells of a lesson as students get it, with gaps where their code goes; see `percent.cells`."""
    return percent.cells(gapped(copies.files()[number].read_text(encoding="utf-8")))


def bake(number):
    """[(outputs, seconds)] of each cell of a lesson, run here in order with a browser's settings; for text ([], 0.0).

    Outputs are those of `session.Session`; seconds are what a cell takes in a browser, by the processor's time here.
    """
    from .session import Session

    session, baked = Session(), []
    with _as_in_a_browser():
        for k, cell in enumerate(cells(number)):
            if cell["kind"] == "code":
                start = time.process_time()
                outputs = session.run(cell["source"], f"cell {k}")
                baked.append((outputs, BROWSER * (time.process_time() - start)))
            else:
                baked.append(([], 0.0))
    return baked


@contextlib.contextmanager
def _as_in_a_browser():
    """Lessons take the settings that they take there, so that what is baked is what Run gives."""
    before, course.in_browser = course.in_browser, True
    try:
        yield
    finally:
        course.in_browser = before


def about(number):
    """What the start page and the lesson's own say of it: {"file", "page", "title", "minutes", "question"}."""
    path, first = copies.files()[number], percent.markdown(cells(number)[0]["source"])
    notes = path.with_suffix(".md").read_text(encoding="utf-8")
    return {
        "number": number,
        "file": path.name,
        "page": f"{path.stem}.html",
        "title": copies.title(path).partition(". ")[2],
        "minutes": int(re.search(r"^## Time\n+(\d+) minutes", notes, re.MULTILINE)[1]),
        "question": markdown(re.search(r"\*\*Question\.\*\* (.*?)(?:\n\n|\Z)", first, re.DOTALL)[1]),
    }


def shown(cells, baked):
    """What the template shows of each cell; baked: what `bake` gave. After the prediction, outputs are folded."""
    folded, found = False, []
    for k, (cell, (outputs, seconds)) in enumerate(zip(cells, baked, strict=True)):
        if cell["kind"] == "text":
            text = percent.markdown(cell["source"])
            predict = "**Predict.**" in text
            folded |= predict
            found.append({"kind": "text", "number": k, "html": markdown(text), "predict": predict})
        else:
            hides = folded and any(output["kind"] != "verdict" for output in outputs)
            found.append(
                {"kind": "code", "number": k, "html": highlighted(cell["source"].rstrip("\n"))}
                | {"outputs": outputs, "seconds": f"{seconds:.2g}", "folded": hides}
            )
    return found


def markdown(text):
    """Markdown as HTML; HTML in it is shown as it is written."""
    try:
        from markdown_it import MarkdownIt
    except ImportError:
        raise RuntimeError("the site needs the package markdown-it-py: pip install 'minimix[site]'") from None
    return MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
