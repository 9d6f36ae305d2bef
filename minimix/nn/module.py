"""Module: what has parameters and can be called."""

import contextlib
from collections import deque
from collections.abc import Mapping, ValuesView

import numpy as np

from .. import elsewhere
from ..backend import backend_of, to_host
from ..hint import missing
from ..operators import check_given
from ..tensor import Number, Tensor, changed, value
from .printing import module_table
from .states import fitted


class Module:
    """A function with parameters, which are found by name among its attributes.

    A parameter is a Tensor that was made with requires_grad=True; frozen, with requires_grad = False, it is one still.
    Parameters and Modules may stand in lists, tuples and dicts, nested: "hidden.0.weight". One that is found twice
    counts once, under its first name. What operators return is no parameter: a Module may keep activations.

    buffers: the names of attributes that hold arrays which are saved with the parameters but not trained, as running
    means. Parameters and Modules in sets, whose order is none, or as attributes of the class, which all objects share,
    are refused with TypeError; so are two of one name, with ValueError.

    >>> class Scale(mx.nn.Module):
    ...     def __init__(self):
    ...         self.factor = mx.Tensor(2.0, requires_grad=True)
    ...
    ...     def forward(self, x):
    ...         return self.factor * x
    ...
    >>> Scale()(mx.Tensor([1.0, 2.0])).tolist(), Scale().state_dict()
    ([2.0, 4.0], {'factor': array(2., dtype=float32)})
    """

    training = True
    buffers = ()
    kind = None
    """What a Sequential calls it, with a number after it, where that is not its class's name in small letters."""

    def __call__(self, *inputs, **options):
        try:
            return self.forward(*inputs, **options)
        except AttributeError as error:
            check_given(type(self).__name__, error, inputs)
            raise

    def forward(self, *inputs):
        """The output for some inputs; a Module of one's own has its own."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(self, x), which computes its output")

    def __getattr__(self, name):
        raise missing(f"the Module {type(self).__name__}", name, dir(self), elsewhere.MODULE)

    def __repr__(self):
        return module_table(self)

    def children(self):
        """(name, Module) for each that is in this one directly."""
        return [(name, x) for name, x in self._members() if isinstance(x, Module)]

    def named_modules(self):
        """(full name, Module) for this one, "", and every one in it, each once."""
        found = {}

        def visit(name, module):
            if id(module) not in found:
                found[id(module)] = name, module
                for inner, child in module.children():
                    visit(_join(name, inner), child)

        visit("", self)
        return list(found.values())

    def named_parameters(self):
        """(full name, Tensor) for every parameter, as "dense1.weight", in the order of definition."""
        found = {}
        for path, module in self.named_modules():
            for name, x in module._members():
                if isinstance(x, Tensor):
                    found.setdefault(id(x), (_join(path, name), x))
        names = [name for name, _ in found.values()]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"{type(self).__name__} has two parameters of the name {twice!r}: rename one")
        return list(found.values())

    def parameters(self):
        """Every parameter, in the order of definition."""
        return [p for _, p in self.named_parameters()]

    def named_buffers(self):
        """(full name, array) for every buffer."""
        found = [(_join(path, name), getattr(m, name)) for path, m in self.named_modules() for name in m.buffers]
        return [(name, value(x)) for name, x in found]

    def _parts(self):
        """(name, what prints on a line of its own) for each that is in this one directly."""
        return self.children()

    def _attributes(self):
        """(name, what is searched under it) for each."""
        return list(vars(self).items())

    def _members(self):
        """(name, parameter or Module) for each that is in this one directly."""
        own = self._attributes()
        for cls in type(self).__mro__:
            for name, x in vars(cls).items():
                if isinstance(x, (Tensor, Module)) and name not in vars(self):
                    raise TypeError(
                        f"{cls.__name__}.{name} belongs to the class, so that all objects would share it: write "
                        f"self.{name} = … in __init__"
                    )
        return [pair for name, x in own if isinstance(x, _SEARCHED) for pair in _search(name, x, ())]

    def train(self, mode=True):
        """Switch to training (dropout draws) or, with False, to evaluation; returns the Module."""
        self.training = mode
        for _, module in self.named_modules():
            module.training = mode
        return self

    def eval(self):
        """Switch to evaluation: dropout lets everything through; returns the Module."""
        return self.train(False)

    @contextlib.contextmanager
    def evaluating(self):
        """`with model.evaluating():` evaluates; afterwards every Module in it is in the mode it was in before."""
        modes = [(module, module.training) for _, module in self.named_modules()]
        try:
            yield self.eval()
        finally:
            for module, mode in modes:
                module.training = mode

    def zero_grad(self):
        """Forget all gradients."""
        for p in self.parameters():
            p.grad = None

    def astype(self, dtype):
        """Change parameters and buffers to another floating dtype, in place; returns the Module.

        Gradients are forgotten; an Optimizer is to be made afterwards. Raises TypeError for another dtype.
        """
        if np.dtype(dtype).kind != "f":
            raise TypeError(f"astype needs a floating dtype, got {np.dtype(dtype)}")
        for p in self.parameters():
            p.data, p.grad, p._buffer = p.data.astype(dtype), None, None
        for _, module in self.named_modules():
            for name in module.buffers:
                setattr(module, name, getattr(module, name).astype(dtype))
        return self

    def state_dict(self):
        """{full name: NumPy array}, copies of all parameters and buffers."""
        return {name: to_host(array).copy() for name, array in self._arrays().items()}

    def load_state_dict(self, state):
        """Copy parameters and buffers from {full name: array}.

        Raises ValueError where a name is missing or unknown, or an array does not fit; then none is set.
        """
        arrays = self._arrays()
        given = fitted(arrays, state, "the model")
        for name, array in arrays.items():
            array[...] = backend_of(array).xp.asarray(given[name])
        changed(self.parameters())

    def _arrays(self):
        return {name: p.data for name, p in self.named_parameters()} | dict(self.named_buffers())


_CONTAINERS = (Mapping, list, tuple, deque)
_UNORDERED = (set, frozenset, ValuesView)
_SEARCHED = (Tensor, Module, *_CONTAINERS, *_UNORDERED)


def _search(name, x, around):
    """(name, parameter or Module) at x and in the containers at x. around: the containers that x is in."""
    if isinstance(x, Tensor):
        if is_parameter(x):
            yield name, x
    elif isinstance(x, Module):
        yield name, x
    elif isinstance(x, _CONTAINERS) and not any(x is other for other in around):
        for key, inner in x.items() if isinstance(x, Mapping) else enumerate(x):
            if isinstance(inner, _SEARCHED):
                for found in _search(f"{name}.{key}", inner, (*around, x)):
                    if not isinstance(key, (str, int)):
                        raise TypeError(f"{name}: a key of a dict with parameters is a string or integer, got {key!r}")
                    yield found
    elif isinstance(x, _UNORDERED) and any(isinstance(y, _SEARCHED) and list(_search(name, y, around)) for y in x):
        raise TypeError(f"{name} holds parameters in a {type(x).__name__}: put them into a list, tuple or dict")


def is_parameter(x):
    """Whether a Tensor was made with requires_grad=True, or is a leaf that has it now."""
    if x.requires_grad and x._operator is None and not isinstance(x, Number):
        x._parameter = True  # so that it stays one when it is frozen
    return getattr(x, "_parameter", False)


def replace_parameters(x, new, seen=None):
    """Put new[id(p)] in the place of each parameter p, wherever it stands in x; returns x, or what replaces it."""
    seen = set() if seen is None else seen
    if isinstance(x, Tensor):
        return new.get(id(x), x)
    if not isinstance(x, _SEARCHED) or id(x) in seen:
        return x
    seen.add(id(x))
    if isinstance(x, tuple):
        items = [replace_parameters(inner, new, seen) for inner in x]
        same = all(a is b for a, b in zip(items, x, strict=True))
        return x if same else x._make(items) if hasattr(x, "_make") else type(x)(items)
    items = vars(x) if isinstance(x, Module) else x
    if isinstance(x, (Module, *_CONTAINERS)):
        for key, inner in list(items.items() if isinstance(items, Mapping) else enumerate(items)):
            other = replace_parameters(inner, new, seen)
            if other is not inner:
                items[key] = other
    return x


def _join(path, name):
    return f"{path}.{name}" if path and name else path or name
