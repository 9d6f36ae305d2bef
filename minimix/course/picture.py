"""Showing a lesson's pictures, wherever it runs."""

import os
from pathlib import Path


def show(name):
    """Show the current figure in a notebook or a window.

    Where there is neither (matplotlib's "agg"), save it as NAME.png in the folder that the environment
    variable MINIMIX_PICTURES names, if it is set.
    """
    import matplotlib
    import matplotlib.pyplot as plt

    if matplotlib.get_backend().lower() != "agg":
        plt.show()
    elif folder := os.environ.get("MINIMIX_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        plt.savefig(Path(folder, f"{name}.png"), dpi=110)
    plt.close()
