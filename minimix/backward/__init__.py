"""Backward, step by step: a computation as its tape, and the sweep that runs back through it.

t = minimix.tape(loss)
t.html("tape.html"); t.csv("tape.csv"); t.png("tape.png"); print(t.text()); t  # in a notebook
t.steps[0].vjps[0].handed
"""

from .tapes import Tape, tape

__all__ = ["Tape", "tape"]
