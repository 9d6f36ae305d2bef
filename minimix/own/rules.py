"""A stand-in for what makes rules of a reader's classes and functions."""

import numpy as np

from ..optim.rule import Rule, State
from . import load


def rule(reference, **options):
    """The Rule of "file.py:name"."""
    found = load(reference, "rule")
    if isinstance(found, type) and issubclass(found, Rule):
        return found(**options)
    if isinstance(found, type) and hasattr(found, "propose"):
        return _Class(found(**options), reference)
    if callable(found) and not isinstance(found, type):
        return _Function(found, reference, options)
    raise TypeError(f"{reference} is no rule: it needs propose(w, g, state), or be a function step(w, g, state, t)")


class _Class(Rule):
    def __init__(self, own, reference):
        self.own = own

    def start(self, w, layers):
        return self.own.start(w, layers) if hasattr(self.own, "start") else State(layers)

    def propose(self, w, g, state):
        return self.own.propose(w, g, state)


class _Function(Rule):
    def __init__(self, function, reference, options):
        self.function, self.reference, self.options = function, reference, options

    def propose(self, w, g, state):
        before = w.copy()
        try:
            new = self.function(w, g, state, state.t, **self.options)
        except Exception as error:
            raise ValueError(f"{self.reference} raised {type(error).__name__} ({error})") from error
        if not np.array_equal(w, before, equal_nan=True):
            raise ValueError(f"{self.reference} changes w in place; compute a new w and return it")
        if new is None:
            raise ValueError(f"{self.reference} returns nothing: it must return the new w")
        new = np.asarray(new)
        if new.shape != w.shape:
            raise ValueError(f"{self.reference} returns a w of shape {new.shape}, not {w.shape}")
        return w - new, 1.0
