"""matplotlib's backend in a session: plt.show() hands every open figure on and closes it, as a notebook's does.

matplotlib finds it by its name in MPLBACKEND, and takes FigureCanvas and show from it.
"""

import io
import sys
from dataclasses import dataclass

from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas

__all__ = ["FigureCanvas", "Picture", "show"]

DPI = 110


@dataclass(frozen=True)
class Picture:
    """A drawn figure. png: bytes; text: what it shows, for those who do not see it."""

    png: bytes
    text: str

    def _repr_png_(self):
        return self.png


def show(*_, **__):
    """Hand every open figure to sys.displayhook in order, and close it."""
    import matplotlib.pyplot as plt

    for number in plt.get_fignums():
        figure, png = plt.figure(number), io.BytesIO()
        plt.close(figure)
        figure.savefig(png, format="png", dpi=DPI)
        sys.displayhook(Picture(png.getvalue(), described(figure)))


def described(figure):
    """The words that stand in a figure: its titles and the names of its axes."""
    words = [figure.get_suptitle()]
    for axes in figure.axes:
        sides = " over ".join(label for label in (axes.get_ylabel(), axes.get_xlabel()) if label)
        words.append(": ".join(part for part in (axes.get_title(), sides) if part))
    found = dict.fromkeys(" ".join(str(word).split()) for word in words if word)
    return f"Picture. {'; '.join(found)}".removesuffix(". ")
