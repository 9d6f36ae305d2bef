"""The optimizer: it keeps parameters and gradients in flat vectors, asks its rule, and does w -= eta*d."""

import copy
from collections.abc import Iterable, Mapping

import numpy as np

from .. import elsewhere
from ..backend import fused, module_of
from ..hint import missing, shown
from ..ops import norm
from ..tensor import Tensor, changed, unrecorded, value
from ..validation import check_number
from .rule import Rule
from .state import Layer, State, restored, saved
from .watch import Names, Watch


class Optimizer:
    """Applies an update rule to the parameters of a model.

    parameters: a Module, or (name, Tensor) pairs, of one dtype; those without requires_grad are left alone. Which ones
    these are is settled here: step() refuses where one was frozen or unfrozen since.
    rule: its hyperparameters, as optimizer.rule.lr, may be changed between steps.
    clip_norm: gradients are scaled down so that the norm of all together is at most this.

    Parameters and gradients become views of one flat vector each, so that a rule is a handful of passes over one
    vector however many layers there are. A `.grad` is overwritten by the next `backward` after `zero_grad`: copy it
    to keep it. A copy (copy.deepcopy, pickle) of model and optimizer together trains as they do; who listens is not
    copied. Raises ValueError for a parameter given twice.

    >>> w = mx.Tensor(1.0, requires_grad=True)
    >>> optimizer = mx.optim.Optimizer([("w", w)], mx.optim.SGD(lr=0.1))
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.item(), 4)
    0.8
    """

    def __init__(self, parameters, rule, clip_norm=None):
        if isinstance(parameters, Rule) or not isinstance(rule, Rule):
            raise TypeError(f"Optimizer takes a model (or named parameters) and then a rule, got rule={shown(rule)}")
        named = parameters.named_parameters() if hasattr(parameters, "named_parameters") else parameters
        if isinstance(named, dict) or not isinstance(named, Iterable):
            raise TypeError(f"Optimizer takes a model or (name, Tensor) pairs, got {shown(parameters)}")
        named = list(named)
        trained = [pair for pair in named if _tensor(pair).requires_grad]
        check_distinct(trained)
        rule.check([name for name, _ in trained])
        self.clip_norm, self._watcher = clip_norm, None
        self._frozen = [pair for pair in named if not pair[1].requires_grad]
        self._flatten(trained)
        self.rule = rule

    def __setattr__(self, name, x):
        """Another rule starts from a State of its own; what belongs to a rule is refused with AttributeError."""
        if name == "rule":
            if not isinstance(x, Rule):
                raise TypeError(f"an Optimizer's rule must be an update rule, got {shown(x)}")
            x.check([layer.name for layer in self.layers])
            self.state = State(self.layers)
        elif name == "clip_norm" and x is not None:
            check_number("Optimizer", "clip_norm", x, above=True)
        elif "rule" in vars(self) and name not in vars(self) and hasattr(self.rule, name):
            raise AttributeError(f"{name} belongs to the rule: write optimizer.rule.{name} = {x!r}")
        super().__setattr__(name, x)

    def __getattr__(self, name):
        raise missing("an Optimizer", name, dir(self), elsewhere.OPTIMIZER)

    def __getstate__(self):
        """What a copy is made of: not the flat vectors, of which the copied parameters become views again."""
        kept = {name: x for name, x in vars(self).items() if name not in ("w", "g", "layers", "_views", "_trained")}
        return kept | {"_watcher": None, "_views": [(name, p) for name, p, _, _ in self._views]}

    def __setstate__(self, kept):
        vars(self).update(kept)
        gradients = [p.grad for _, p in kept["_views"]]
        self._flatten(kept["_views"])
        for (_, p, _, g), gradient in zip(self._views, gradients, strict=True):
            if gradient is not None:
                g[...] = value(gradient)
                p.grad = g

    def _flatten(self, named):
        xp = module_of(named[0][1].data)
        size = sum(p.size for _, p in named)
        self.w, self.g = xp.empty(size, named[0][1].dtype), xp.zeros(size, named[0][1].dtype)
        self.layers, self._views, self._trained, start = [], [], [p for _, p in named], 0
        for name, p in named:
            i = slice(start, start + p.size)
            w, g = self.w[i].reshape(p.shape), self.g[i].reshape(p.shape)
            w[...] = p.data
            p.data, p.grad, p._buffer = w, None, g
            self.layers.append(Layer(name, p.shape, i))
            self._views.append((name, p, w, g))
            start = i.stop

    def zero_grad(self):
        """Forget all gradients."""
        for p in self._trained:
            p.grad = None

    def backward(self, loss):
        """loss.backward(); `Unrolled`, which takes an Optimizer's place, records it."""
        loss.backward()

    def step(self):
        """One update of every parameter from its `.grad`.

        Raises RuntimeError where one has none, or which ones train has changed; then none moves.
        """
        for name, p, w, g in self._views:
            if p.grad is not g or not p.requires_grad:
                _check_trains(name, p)
                _copy(name, "gradient", value(p.grad), g)
            if p._data is not w:
                if p.data.dtype != w.dtype:
                    raise RuntimeError(f"{name!r} was {w.dtype} and is {p.data.dtype} now: {_ANEW}")
                _copy(name, "data", p.data, w)
                p.data = w
        for name, p in self._frozen:
            if p.requires_grad:
                raise RuntimeError(f"step(): {name!r} was frozen and requires a gradient now: {_ANEW}")
        w, g = _wide(self.w), _wide(self.g)
        if self.clip_norm is not None:
            g = g * (self.clip_norm / module_of(g).maximum(norm(g), self.clip_norm))
        if self._watcher:
            watch = Watch(self.rule, w, g, self.state)
            d, eta = watch.d, watch.eta
        else:
            d, eta = unrecorded(self.rule, w, g, self.state)
        _descend(self.w, value(d), value(eta))
        changed(self._trained)
        if self._watcher:
            self._watcher(watch)

    def watch(self, watcher):
        """Call watcher(watch) after every step, with the `watch.Watch` that recorded it; None stops that."""
        self._watcher = watcher

    def listen(self, listener):
        """Call listener(t, terms) after every step; None stops that.

        terms is {parameter name: {term: copy}}, what the rule computed (g, m, v, d_a, eta_a, …) by the names that it
        has in the rule's code; those of the rules that MAS is made of are "s.b", "a.m" and so on.
        """

        def tell(watch):
            terms = {}
            for layer in self.layers:
                names = Names(watch, layer)
                computed = [key for key in names.spots if key not in names.settings or key in names.result]
                found = {key: names.value(key) for key in computed}
                terms[layer.name] = {
                    key: x.reshape(layer.shape).copy() if np.ndim(x) else x for key, x in found.items()
                }
            listener(watch.t, terms)

        self._watcher = listener and tell

    def state_dict(self):
        """All that is kept between steps, as {key: NumPy array}: "dense1.weight:m", and scalars as "t" or "a.t"."""
        return saved(self.state)

    def load_state_dict(self, arrays):
        """Take over what state_dict of an optimizer with the same rule and parameters gave. Raises ValueError else."""
        fresh = isinstance(arrays, Mapping) and np.array_equal(arrays.get("t"), 0)
        self.state = restored(State(self.layers) if fresh else self._used_state(), arrays)

    def _used_state(self):
        """A State with all that the rule keeps, which is known when it has made a step."""
        state = State(self.layers)
        with np.errstate(all="ignore"):
            w = _wide(self.w.copy())
            unrecorded(copy.deepcopy(self.rule), w, module_of(w).ones_like(w), state)
        return state


def _wide(x):
    """float16 in float32, for rules: their eps and their averages of squares would vanish."""
    return x if x.dtype.itemsize > 2 else x.astype("float32")


@fused
def _descend(w, d, eta):
    w -= eta * d


def _tensor(pair):
    if not (isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[1], Tensor)):
        hint = ": write Optimizer(model, rule), not model.parameters()" if isinstance(pair, Tensor) else ""
        raise TypeError(f"Optimizer takes a model or (name, Tensor) pairs, got {shown(pair)}{hint}")
    return pair[1]


def check_distinct(named, owner="Optimizer"):
    """Raise ValueError unless (name, Tensor) pairs are there, each once, of one dtype."""
    if not named:
        raise ValueError(f"{owner} got no parameter that requires a gradient")
    names = {}
    for name, p in named:
        if id(p) in names:
            raise ValueError(f"{owner} got the parameter {names[id(p)]!r} twice, again as {name!r}")
        if name in names.values():
            raise ValueError(f"{owner} got two parameters with the name {name!r}")
        if p.dtype != named[0][1].dtype:
            raise ValueError(
                f"{owner} needs parameters of one dtype, got {named[0][1].dtype} for {named[0][0]!r} and {p.dtype} "
                f"for {name!r}"
            )
        names[id(p)] = name


_ANEW = "make a new Optimizer, which is how one learns what trains"


def _check_trains(name, p):
    if not p.requires_grad:
        raise RuntimeError(f"step(): {name!r} was frozen after the Optimizer was made: {_ANEW}")
    if p.grad is None:
        raise RuntimeError(
            f"step() found no gradient for {name!r}: call loss.backward() before it; where no loss depends on it, "
            "set its requires_grad = False before the Optimizer is made"
        )


def _copy(name, what, given, view):
    if given.shape != view.shape:
        raise ValueError(f"step() found {what} of shape {given.shape} for {name!r}, not {view.shape}")
    view[...] = module_of(view).asarray(given)
