"""Sequential, which chains layers."""

from collections import Counter

from ..backend import current
from ..hint import did_you_mean, shown
from ..tensor import Tensor, no_grad
from .module import Module
from .printing import columns


class Sequential(Module):
    """Layers, and functions of one Tensor, one after the other.

    They are named by kind and number, as dense1, relu1, dense2; these are this Sequential's names for them, and a layer
    may stand in others too. model[0] is the first one, model["dense2"] that of a name, model[1:] a Sequential of the
    same layers. Raises TypeError for what cannot be called.

    >>> model = mx.nn.Sequential(mx.nn.Dense(4, 8), mx.relu, mx.nn.Dense(8, 2))
    >>> [name for name, _ in model.named_parameters()]
    ['dense1.weight', 'dense1.bias', 'dense2.weight', 'dense2.bias']
    """

    kind = "sequential"

    def __init__(self, *layers):
        for layer in layers:
            if isinstance(layer, (list, tuple)):
                raise TypeError("Sequential takes layers, not a list of them: write Sequential(*layers)")
            if isinstance(layer, type):
                raise TypeError(f"Sequential takes layers, got the class {layer.__name__}: write {layer.__name__}(…)")
            if not callable(layer):
                raise TypeError(f"Sequential takes layers and functions of one Tensor, got {shown(layer)}")
        self.layers = list(layers)

    def __len__(self):
        return len(self.layers)

    def __bool__(self):
        return True

    def __iter__(self):
        return iter(self.layers)

    def __getitem__(self, index):
        if isinstance(index, str):
            named = dict(self.named())
            if index not in named:
                raise KeyError(f"no layer {index!r} among {', '.join(named)}{did_you_mean(index, named)}")
            return named[index]
        return Sequential(*self.layers[index]) if isinstance(index, slice) else self.layers[index]

    def named(self):
        """(name, layer or function) for each."""
        count, found = Counter(), []
        for layer in self.layers:
            kind = _kind(layer)
            count[kind] += 1
            found.append((f"{kind}{count[kind]}", layer))
        return found

    def _parts(self):
        found = self.named()
        return found + [pair for pair in self.children() if pair not in found]

    def _attributes(self):
        return self.named() + [(name, x) for name, x in vars(self).items() if name != "layers"]

    def forward(self, x):
        i = 0
        try:
            for i, layer in enumerate(self.layers):  # noqa: B007
                x = layer(x)
        except (TypeError, ValueError) as error:
            self._name(i, error)
            raise
        return x

    def _name(self, i, error):
        """Put the name of layer i before what an error says, or in the place of its class."""
        name, layer = self.named()[i]
        text, own = str(error), type(layer).__name__
        error.args = (f"{name}{text.removeprefix(own)}" if text.startswith(own) else f"{name}: {text}",)

    def summary(self, *input_shape, dtype="float32"):
        """A table of layer, output shape and number of parameters, for one input of `input_shape` (without n)."""
        if len(input_shape) == 1 and isinstance(input_shape[0], (tuple, list)):
            input_shape = tuple(input_shape[0])
        x = Tensor(current().xp.zeros((1, *input_shape), dtype))
        rows = [("layer", "output shape", "parameters"), ("input", str(input_shape), "")]
        with no_grad(), self.evaluating():
            for i, (name, layer) in enumerate(self.named()):
                try:
                    x = layer(x)
                except (TypeError, ValueError) as error:
                    self._name(i, error)
                    raise
                count = sum(p.size for p in layer.parameters()) if isinstance(layer, Module) else 0
                rows.append((name, str(x.shape[1:]), f"{count:,}" if count else ""))
        rows.append(("total", "", f"{sum(p.size for p in self.parameters()):,}"))
        return columns(rows)


def _kind(layer):
    if isinstance(layer, Module):
        return type(layer).kind or type(layer).__name__.lower()
    name = getattr(layer, "__name__", type(layer).__name__)
    return name.lower() if name.isidentifier() else "function"
