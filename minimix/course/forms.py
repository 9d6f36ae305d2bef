"""A reader's update rule in any of its forms, beside ours: both are moved step by step and show their terms.

A rule is a class with propose(w, g, state), a function step(w, g, state, t) that returns the new w, or a class with
PyTorch's interface: made with a list of parameters, its step() changes their .data by their .grad.
"""

import inspect
from functools import partial
from numbers import Number

import numpy as np

from ..elsewhere import HYPERPARAMETERS
from ..optim import Optimizer
from ..optim.function import FunctionRule
from ..own import Limit, fault, load, source_file
from ..own.rules import rule as own_rule

SECONDS = 10  # for one call


def matched(ours, theirs):
    """{our name: their name} of the hyperparameters that both have; each of their names is used once."""
    found = {name: name for name in ours if name in theirs}
    for name in ours:
        free = [other for other in HYPERPARAMETERS.get(name, ()) if other in theirs and other not in found.values()]
        if name not in found and free:
            found[name] = free[0]
    return found


class Applied:
    """A Rule in the hands of our optimizer."""

    def __init__(self, named, rule):
        self.made, self.optimizer = rule, Optimizer(named, rule)
        self.optimizer.listen(self._listen)

    def _listen(self, t, terms):
        told = not isinstance(self.made, FunctionRule)  # whose direction is the change of w, its step size 1
        self.terms = {name: dict(of) if told else {} for name, of in terms.items()}

    def step(self):
        """Make a step; {parameter: {term: number or array}}."""
        self.optimizer.step()
        for name, term, array in self._state():
            self.terms[name].setdefault(term, array)
        return self.terms

    def kept(self):
        """The terms that are kept from step to step."""
        return {term for _, term, _ in self._state()}

    def _state(self):
        """(parameter, term, array) of what the rule keeps, in its State or in a function's own dicts."""
        kept = [((*key.rpartition(":")[::2], array)) for key, array in self.optimizer.state_dict().items()]
        memory = getattr(self.optimizer.state, "memory", {})
        kept += [(name, term, x) for name, of in memory.items() for term, x in of.items() if isinstance(x, np.ndarray)]
        return [(name, term, array.copy()) for name, term, array in kept if name]


class Stepped:
    """An object with PyTorch's interface."""

    def __init__(self, named, reference, cls, options):
        self.named, self.reference, self.t, self.moved = named, reference, 0, False
        words = "".join(f", {name}={x!r}" for name, x in options.items())
        self.made = self._call(
            partial(cls, **options), f" as it is made with a list of parameters{words}", [p for _, p in named]
        )

    def _call(self, function, where, *arguments):
        try:
            return Limit(SECONDS)(function, *arguments)
        except BaseException as error:
            raise fault(error, self.reference, source_file(self.reference), where, SECONDS) from error

    def step(self):
        """Make a step; {parameter: {attribute or entry of the object: array}}."""
        self.t, before = self.t + 1, [p.data.copy() for _, p in self.named]
        self._call(self.made.step, f" at step {self.t}")
        for (name, p), w in zip(self.named, before, strict=True):
            if p.shape != w.shape:
                raise ValueError(
                    f"{self.reference}: its step leaves shape {p.shape} in the .data of {name}, which has shape "
                    f"{w.shape}"
                )
            self.moved |= not np.array_equal(p.data, w)
        if not self.moved and any(p.grad.any() for _, p in self.named):
            raise ValueError(
                f"{self.reference}: its step changes no parameter; it must write p.data, as p.data -= lr * p.grad"
            )
        return {name: self._terms(k, p) for k, (name, p) in enumerate(self.named)}

    def _terms(self, k, p):
        """What the object keeps for its parameter k: self.m[k], self.m[p], or self.state[k]["m"]."""
        found = {}
        for term, x in vars(self.made).items():
            entry = _entry(x, k, p, len(self.named))
            found |= entry if isinstance(entry, dict) else {term: entry}
        return {term: x for term, x in found.items() if isinstance(x, np.ndarray)}


def _entry(x, k, p, count):
    """The entry for parameter k of a list, or of a dict by number, by Tensor or by id; x itself if it is neither."""
    if isinstance(x, (list, tuple)):
        return x[k] if len(x) == count else None
    if isinstance(x, dict):
        return next((x[key] for key in (k, p, id(p)) if key in x), None)
    return x if count == 1 else None


class Reader:
    """The rule that "file.py:name" names. Raises ValueError, RuntimeError or FileNotFoundError with a sentence."""

    def __init__(self, reference):
        self.reference, self.found = reference, load(reference, "an update rule")
        self.is_class, proposes = inspect.isclass(self.found), hasattr(self.found, "propose")
        self.like_torch = self.is_class and not proposes and hasattr(self.found, "step")
        if self.is_class and not (proposes or self.like_torch):
            raise ValueError(
                f"{reference} is no update rule: a class with propose(self, w, g, state) is one, or with step(self)"
            )

    def start(self, named, options):
        """What moves these parameters, with these hyperparameters."""
        if self.like_torch:
            return Stepped(named, self.reference, self.found, options)
        rule = own_rule(self.reference, **options)
        rule.looked_at = 0  # a number that is not finite is a difference like another
        return Applied(named, rule)

    def takes(self):
        """The names of the hyperparameters that it takes."""
        given = 1 if self.like_torch else 0 if self.is_class else 4
        named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        return [p.name for p in list(inspect.signature(self.found).parameters.values())[given:] if p.kind in named]

    def constants(self, made):
        """{name in small letters: number} of the file's constants that its code uses, the class's, and the object's."""
        own = dict(vars(self.found)) if self.is_class else {"": self.found}
        found = {}
        for f in filter(inspect.isfunction, own.values()):
            found |= {name: f.__globals__[name] for name in f.__code__.co_names if name in f.__globals__}
        found |= own | getattr(made, "__dict__", {})
        return {name.lower(): x for name, x in found.items() if isinstance(x, Number)}
