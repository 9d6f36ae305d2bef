"""Training as a function that can be differentiated: the loss after some steps, with respect to hyperparameters."""

import inspect
import math

from ..ops import concatenate, reshape
from ..tensor import Tensor, recording, sweep, value
from .rule import Layer, Rule, State


def unroll(loss, start, rule, steps):
    """The loss after `steps` steps of a rule, a Tensor of one element that remembers all of them.

    loss: a function of the parameters, or of the parameters and the step t, 1 to steps + 1 (the last one is what is
    returned: a loss on other data there makes it a validation loss). start: an array or a Tensor, a dict of them by
    name, or a Module, which `loss` then gets with its parameters replaced; it is as it was afterwards. rule: any update
    rule; those of its hyperparameters that are Tensors with requires_grad can be differentiated with respect to, and so
    can Tensors in `start`.

    The graph of every step is kept: memory grows in proportion to steps, by about as much as a backward pass with
    create_graph=True takes. float32 has too few digits for many steps: give float64 (a Tensor of a Python number is
    float32; Tensor(np.float64(0.6), requires_grad=True) is not). Source: Maclaurin, Duvenaud, Adams 2015, without
    their trick that saves memory.
    """
    if not callable(loss):
        raise TypeError(f"unroll: loss must be a function of the parameters, got {loss!r}")
    if not isinstance(rule, Rule):
        raise TypeError(f"unroll: rule must be an update rule, got {rule!r}")
    if not (isinstance(steps, int) and not isinstance(steps, bool) and steps >= 0):
        raise ValueError(f"unroll: steps must be an integer at least 0, got {steps!r}")
    parameters = _Parameters(start)
    rule.check([layer.name for layer in parameters.layers])
    timed = _takes_two(loss)
    w, state = parameters.flat, State(parameters.layers)
    with recording(), parameters:
        for t in range(1, steps + 2):
            given = parameters.at(w)
            y = loss(given, t) if timed else loss(given)
            if not (isinstance(y, Tensor) and y.size == 1):
                got = f"one of shape {y.shape}" if isinstance(y, Tensor) else repr(y)
                raise ValueError(f"unroll: loss must return a Tensor with one element, got {got}")
            if t <= steps:
                d, eta = rule(w, _gradient(y, w), state)
                w = w - eta * d
    return y


def _gradient(y, w):
    """The gradient of y with respect to w, as a Tensor that remembers its own computation."""
    found = {}
    if y.requires_grad:
        sweep(y, None, found.__setitem__, create_graph=True, wrt={w})
    return found.get(w, 0 * w)


def _takes_two(loss):
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(loss).parameters.values()
    return sum(p.kind in kinds and p.default is p.empty for p in parameters) >= 2


class _Parameters:
    """A start as one flat Tensor, and back: `at(w)` is the structure that start was, made of w."""

    def __init__(self, start):
        self.start, self.places = start, None
        if hasattr(start, "named_parameters"):
            self.places = list(_places(start))
            named = dict(start.named_parameters())
        else:
            named = start if isinstance(start, dict) else {"w": start}
        if not named:
            raise ValueError(f"unroll: start has no parameters, got {start!r}")
        parts = {name: x if isinstance(x, Tensor) else Tensor(x) for name, x in named.items()}
        self.layers, begin = [], 0
        for name, x in parts.items():
            self.layers.append(Layer(name, x.shape, slice(begin, begin := begin + math.prod(x.shape))))
        self.flat = concatenate([reshape(x, shape=(-1,)) for x in parts.values()])
        if self.flat._operator is None or not self.flat.requires_grad:
            self.flat = Tensor(value(self.flat), requires_grad=True)

    def at(self, w):
        parts = {layer.name: reshape(w[layer.slice], shape=layer.shape) for layer in self.layers}
        if self.places is None:
            return parts if isinstance(self.start, dict) else parts["w"]
        for (owner, attribute), part in zip(self.places, parts.values(), strict=True):
            setattr(owner, attribute, part)
        return self.start

    def __enter__(self):
        self.before = [getattr(*place) for place in self.places or ()]

    def __exit__(self, *exception):
        for place, parameter in zip(self.places or (), self.before, strict=True):
            setattr(*place, parameter)


def _places(module):
    """(module, attribute) of every parameter, in the order of named_parameters()."""
    yield from ((module, name) for name, x in vars(module).items() if isinstance(x, Tensor))
    for _, child in module.children():
        yield from _places(child)
