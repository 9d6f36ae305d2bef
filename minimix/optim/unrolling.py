"""Training as a function that can be differentiated: the loss after some steps, with respect to hyperparameters."""

from ..nn.module import replace_parameters
from ..ops import concatenate, reshape
from ..own.calls import needed
from ..tensor import Tensor, differentiating, recording, sweep, value
from ..validation import check_number
from .optimizer import check_distinct
from .rule import Rule
from .state import Layer, State


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

    >>> lr = mx.Tensor(np.float64(0.1), requires_grad=True)
    >>> mx.optim.unroll(lambda w: (w * w).sum(), np.array([1.0]), mx.optim.SGD(lr), steps=1).backward()
    >>> round(float(lr.grad), 4)  # the derivative of (1 - 2*lr)**2
    -3.2
    """
    if not callable(loss):
        raise TypeError(f"unroll: loss must be a function of the parameters, got {loss!r}")
    if not isinstance(rule, Rule):
        raise TypeError(f"unroll: rule must be an update rule, got {rule!r}")
    check_number("unroll", "steps", steps, integer=True)
    timed = len(needed(loss)) >= 2
    with differentiating(), Unrolled(start, rule) as run:
        for t in range(1, steps + 2):
            y = loss(run.model, t) if timed else loss(run.model)
            if not (isinstance(y, Tensor) and y.size == 1):
                got = f"one of shape {y.shape}" if isinstance(y, Tensor) else repr(y)
                raise ValueError(f"unroll: loss must return a Tensor with one element, got {got}")
            if t <= steps:
                run.zero_grad()
                run.backward(y)
                run.step()
    return y


class Unrolled:
    """What trains a model as an Optimizer does, and remembers every step: `unroll`, for loops that stand elsewhere.

    model: a start as in `unroll`. After each step its parameters are Tensors that depend on the start and on those
    hyperparameters that are Tensors with requires_grad: a loss of the model can be differentiated with respect to them,
    as long as the loop says `optimizer.backward(loss)`, as `train` does. Memory and precision: see `unroll`.

    with Unrolled(model, rule) as optimizer: a Module has its own parameters again afterwards.
    """

    def __init__(self, model, rule):
        self.model, self.rule, self.g, self._before, self._now = model, rule, None, (), ()
        if hasattr(model, "named_parameters"):
            named = {name: p for name, p in model.named_parameters() if p.requires_grad}
            self._before = self._now = list(named.values())
        else:
            named = model if isinstance(model, dict) else {"w": model}
        named = {name: x if isinstance(x, Tensor) else Tensor(x) for name, x in named.items()}
        check_distinct(list(named.items()), "Unrolled")
        rule.check(list(named))
        self.layers, begin = [], 0
        for name, x in named.items():
            self.layers.append(Layer(name, x.shape, slice(begin, begin := begin + x.size)))
        self.state = State(self.layers)
        w = concatenate([reshape(x, shape=(-1,)) for x in named.values()])
        self._move(w if w._operator and w.requires_grad else Tensor(value(w), requires_grad=True))

    def zero_grad(self):
        """Forget the gradient."""
        self.g = None

    def backward(self, loss):
        """Compute the gradient of a loss as a Tensor that remembers its own computation; a second one is added."""
        found = {}
        if loss.requires_grad:
            sweep(loss, None, found.__setitem__, create_graph=True, wrt={self.w})
        g = found.get(self.w, 0 * self.w)
        self.g = g if self.g is None else self.g + g

    def step(self):
        """One update, recorded. Raises RuntimeError without a gradient."""
        if self.g is None:
            raise RuntimeError("step() found no gradient: call backward(loss) of this optimizer, not of the loss")
        with recording():
            d, eta = self.rule(self.w, self.g, self.state)
            self._move(self.w - eta * d)

    def _move(self, w):
        """Make the model of w."""
        self.w = w
        parts = {layer.name: reshape(w[layer.slice], shape=layer.shape) for layer in self.layers}
        if self._before:
            self._replace(list(parts.values()))
        else:
            self.model = parts if isinstance(self.model, dict) else parts["w"]

    def _replace(self, parameters):
        """Put other Tensors where the Module has its parameters now."""
        for p in parameters:
            p._parameter = True
        replace_parameters(self.model, {id(old): p for old, p in zip(self._now, parameters, strict=True)})
        self._now = parameters

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self._before:
            self._replace(self._before)
