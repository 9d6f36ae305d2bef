"""Showing a lesson's pictures, wherever it runs."""

import os
from pathlib import Path

from ..files import replacing

WINDOWLESS = {"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"}
"""matplotlib's backends that show nothing; it takes "agg" where there is no display."""


def show(name):
    """Show the current figure in a notebook, a browser or a window.

    Where there is none of these, write it as NAME.png and say where: into the folder in which Python runs, or the one
    that the environment variable MINIMIX_PICTURES names; if that is empty, nowhere.
    """
    import matplotlib
    import matplotlib.pyplot as plt

    if matplotlib.get_backend().lower() not in WINDOWLESS:
        plt.show()
    elif folder := os.environ.get("MINIMIX_PICTURES", "."):
        target = Path(folder, f"{name}.png").resolve()
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with replacing(target) as part:
                plt.savefig(part, dpi=110)
            print(f"There is no window to show a picture in; it is in {target}")
        except OSError as error:
            print(f"There is no window to show a picture in, and no file: {error}")
    plt.close()
