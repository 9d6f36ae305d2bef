"""The stepper: what an optimizer does, term by term, step by step, on a picture.

s = stepper(["adam:lr=0.05", "mas:lr=0.05"], on="rosenbrock", steps=200)
s.html("page.html"); s.csv("terms.csv"); s.png("sheet.png"); print(s.text()); s  # in a notebook
s.steps["adam:lr=0.05"][2]["v_hat"]
"""

from .landscapes import LANDSCAPES, Landscape
from .steps import Stepper, stepper

__all__ = ["LANDSCAPES", "Landscape", "Stepper", "stepper"]
