"""The stepper: what an optimizer does, term by term, step by step, on a picture.

s = stepper(["adam:lr=0.05", "mas:lr=0.05"], on="rosenbrock", steps=200)
s.html("page.html"); s.csv("terms.csv"); s.png("sheet.png"); print(s.text()); s  # in a notebook
s.steps["adam:lr=0.05"][2]["v_hat"]
"""

import sys
import types

from .landscapes import LANDSCAPES, Landscape
from .stepper import Stepper, stepper

__all__ = ["LANDSCAPES", "Landscape", "Stepper", "stepper"]


class _Callable(types.ModuleType):
    """So that minimix.stepper(...) is minimix.stepper.stepper(...)."""

    def __call__(self, *arguments, **options):
        return stepper(*arguments, **options)


sys.modules[__name__].__class__ = _Callable
