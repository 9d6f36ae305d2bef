"""A figure as a part of a web page."""

import io
import re
import warnings
from typing import Any

DIGITS = re.compile(r"-?\d+\.\d+")
LONGEST = 60  # letters of a line's name
NAMED = 12  # lines that are named where a figure is read aloud


def says(figure: Any) -> str:
    """What a matplotlib Figure shows, in a sentence for those who do not see it: title, axes, names of the lines."""
    panels: list[str] = []
    names: dict[str, None] = {}
    for axes in figure.axes:
        if axes.get_visible() and axes.axison:
            x, y = (", ".join(label.splitlines()) for label in (axes.get_xlabel(), axes.get_ylabel()))
            if y or not any(panel.endswith(f" against {x}") for panel in panels):
                panels += [" against ".join(filter(None, (y, x)))]
            names |= dict.fromkeys(axes.get_legend_handles_labels()[1])
    lines = ", ".join(name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…" for name in list(names)[:NAMED])
    lines += f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    parts = (*figure.get_suptitle().splitlines(), *dict.fromkeys(filter(None, panels)), lines)
    return "; ".join(" ".join(part.split()) for part in parts if part) + "."


def svg(figure: Any, key: str, text: str) -> str:
    """A matplotlib Figure as an SVG element; key: what its ids begin with; text: what is read aloud.

    The same Figure gives the same text: ids are fixed, and nothing tells when or by what it was drawn.
    """
    import matplotlib
    from markupsafe import escape

    file = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "minimix"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # the browser has it
        figure.savefig(file, format="svg")
    before, body = file.getvalue().removesuffix("</svg>\n").split("<svg ", 1)[1].split(">", 1)
    (box,) = re.findall('viewBox="([^"]*)"', before)
    body = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r'(?<= id=")|(?<=href="#)|(?<=url\(#)', f"{key}-", body)
    body = re.sub(r'(?<= d=")[^"]*', lambda m: " ".join(DIGITS.sub(_shorter, m[0]).split()), body)
    least = round(0.86 * float(box.split()[2]))  # pixels at which letters can still be read
    return (
        f'<svg class="picture" style="--least: {least}px" role="img" aria-label="{escape(text)}" viewBox="{box}" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink">{body}</svg>'
    )


def _shorter(number):
    return f"{float(number[0]):.1f}".removesuffix(".0")
