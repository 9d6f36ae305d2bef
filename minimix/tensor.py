"""Tensor, the recorded graph and its reverse sweep.

A Tensor that an operator returned stores that operator and its inputs: this is the graph. `backward` walks it from
the output to the leaves; each node hands the gradient of its output to the operator's vector-Jacobian products
(VJPs), one per input, and they return the gradients of the inputs.
"""

import contextlib
import threading
from operator import attrgetter

from .backend import asarray, is_array, module_of


class _Recording(threading.local):
    on = True

    def __init__(self):
        self.around = []


_recording = _Recording()
_now, _lock = 0, threading.Lock()


class no_grad(contextlib.ContextDecorator):
    """`with no_grad():` computes without recording a graph (per thread); `@no_grad()` before a function, too.

    >>> w = mx.Tensor(2.0, requires_grad=True)
    >>> with mx.no_grad():
    ...     y = w * w
    ...
    >>> y.requires_grad
    False
    """

    on = False

    def __enter__(self):
        _recording.around.append(_recording.on)
        _recording.on = self.on

    def __exit__(self, *exception):
        _recording.on = _recording.around.pop()


class recording(no_grad):
    """`with recording():` records, whatever is around it."""

    on = True


class differentiating(no_grad):
    """`with differentiating():` records, and refuses what would cut a Tensor off without a word, as float(x) does."""

    on = "differentiating"


def is_recording():
    """Whether operators record a graph here."""
    return bool(_recording.on)


def refuse_cut(x, call):
    """Raise TypeError where a call would make a constant of x in a function that is being differentiated."""
    if _recording.on == "differentiating" and x.requires_grad:
        raise TypeError(
            f"{call} would cut x out of the function that is being differentiated: compute with x itself, by "
            "minimix.sin in place of math.sin and so on, or with x.detach() where a constant is meant"
        )


def unrecorded(function, *arguments):
    """function(*arguments) under no_grad, for what is called in every step: half the time of a `with`."""
    before, _recording.on = _recording.on, False
    try:
        return function(*arguments)
    finally:
        _recording.on = before


class _Size(int):
    """How many elements."""

    def __call__(self, *axis):
        raise TypeError("x.size is a number: PyTorch's x.size() is x.shape, and x.size(0) is x.shape[0]")


class Tensor:
    """An array that remembers how it was computed.

    data: array of the current module, or what `backend.asarray` accepts (lists and numbers become float32).
    requires_grad: whether `backward` computes a gradient for it; needs a floating dtype.
    name: shown in messages. dtype: as in `numpy.asarray`.

    `.grad` is None, or after `backward` an array like `.data` (a Tensor after `backward(create_graph=True)`). It is
    never shared between Tensors, and only the engine writes into it.

    >>> x = mx.Tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    array([2., 4., 6.], dtype=float32)
    """

    __slots__ = (
        "__weakref__",
        "_buffer",
        "_data",
        "_inputs",
        "_made",
        "_operator",
        "_options",
        "_parameter",
        "grad",
        "name",
        "requires_grad",
    )

    def __init__(self, data, requires_grad=False, name=None, dtype=None):
        if isinstance(data, Tensor):
            refuse_cut(data, "Tensor(x)")
        if not isinstance(requires_grad, bool):
            raise TypeError(f"Tensor: requires_grad must be True or False, got {requires_grad!r}")
        self._data, self._made = asarray(value(data), dtype), _now
        self.grad = self._operator = self._buffer = self._options = None
        self._inputs = ()
        self.requires_grad = self._parameter = requires_grad  # a parameter that is frozen later is one still
        self.name = name
        if requires_grad and self.dtype.kind != "f":
            raise TypeError(f"requires_grad=True needs a floating dtype, got {self.dtype}")

    shape = property(attrgetter("_data.shape"), doc="The lengths of the axes, a tuple.")
    dtype = property(attrgetter("_data.dtype"), doc="The array's dtype.")
    ndim = property(attrgetter("_data.ndim"), doc="How many axes.")
    size = property(lambda self: _Size(self._data.size), doc="How many elements.")
    data = property(attrgetter("_data"))

    @data.setter
    def data(self, data):
        self._data = data if is_array(data) else asarray(value(data))
        changed([self])

    # Nodes are told apart by identity; == is an operator, element by element.
    __hash__ = object.__hash__

    def detach(self):
        """The same data without its history."""
        return _unrecorded(self._data)

    def backward(self, gradient=None, *, create_graph=False, retain_graph=None):
        """Add to `.grad` of every leaf the vector-Jacobian product of this Tensor with `gradient` (default 1).

        create_graph: compute with Tensors, so that gradients can be differentiated again.
        retain_graph: keep the graph for another sweep; otherwise it is freed (default: create_graph).
        Raises ValueError without a `gradient` where this Tensor has more than one element, RuntimeError where
        nothing was recorded or the graph is freed.
        """
        retain = create_graph if retain_graph is None else retain_graph
        deliver = _add_graph_to_leaf if create_graph else _add_to_leaf
        sweep(self, gradient, deliver, create_graph=create_graph, free=not retain)


def _unrecorded(data):
    """A Tensor of an array as it is, on the module where it is."""
    out = Tensor.__new__(Tensor)
    out._data, out._made = data, _now
    out.grad = out.name = out._buffer = out._operator = out._options = None
    out._inputs = ()
    out.requires_grad = False
    return out


class Number(Tensor):
    """A Python number on the tape: a hyperparameter, or what was computed from some.

    It promotes nothing, as Python's numbers do: float32 stays float32, and 1 - b2 is computed in double precision.
    """

    __slots__ = ()

    def __init__(self, number, requires_grad=False, name=None):
        self._data, self._made = number, _now
        self.grad = self._operator = self._buffer = self._options = None
        self._inputs = ()
        self.requires_grad, self.name = requires_grad, name

    shape, ndim, size = (), 0, 1
    dtype = property(lambda self: type(self._data), doc="Python's int, float or bool.")


def value(x):
    """The bare array of a Tensor; anything else as it is."""
    return x._data if isinstance(x, Tensor) else x


def changed(tensors):
    """Note that Tensors have new data from now on, which a graph recorded before must not use (see `stale`)."""
    global _now
    with _lock:
        _now += 1
    for x in tensors:
        x._made = _now


def _add_to_leaf(leaf, g):
    """Add g to leaf.grad in the leaf's own memory: its buffer in an optimizer's flat gradient, or a copy."""
    buffer = leaf._buffer
    if leaf.grad is not None:
        if leaf.grad is buffer:
            buffer += g
        else:
            leaf.grad = leaf.grad + g
    elif buffer is not None:
        buffer[...] = g
        leaf.grad = buffer
    else:
        leaf.grad = module_of(leaf.data).array(g)


def _add_graph_to_leaf(leaf, g):
    leaf.grad = g.astype(g.dtype) if leaf.grad is None else leaf.grad + g  # astype: memory of its own


def recorded(*inputs):
    """Whether an operator of these inputs is recorded: for what is only worth keeping if a gradient may follow."""
    return _recording.on and any(isinstance(x, Tensor) and x.requires_grad for x in inputs)


def sweep(output, gradient, deliver, *, create_graph=False, free=False, wrt=frozenset()):
    """Call deliver(leaf, gradient) for every leaf that `output` depends on, or for the Tensors in the set `wrt` alone.

    A node is ready when all its users are done, so that each is visited once, without recursion, in time linear in
    the size of the graph; gradients are dropped as soon as they are used, and nodes too with `free`. Leaves get
    theirs at the end, so that an error on the way leaves none half done.
    """
    if not output.requires_grad:
        raise RuntimeError("backward() needs an output that depends on a Tensor with requires_grad=True")
    if gradient is None:
        if output.size != 1:
            raise ValueError(f"backward() of an output of shape {output.shape} needs a gradient of that shape")
        gradient = _unrecorded(module_of(output._data).ones_like(output._data))
    elif not isinstance(gradient, Tensor):
        gradient = Tensor(gradient)
    if gradient.shape != output.shape:
        raise ValueError(f"gradient must have the output's shape {output.shape}, got {gradient.shape}")
    gradient = gradient if create_graph else gradient._data

    uses = _count_uses(output, wrt)
    stale = None
    grads, own, found = {output: gradient}, set(), []
    ready = [output]
    before, _recording.on = _recording.on, create_graph
    try:
        while ready:
            node = ready.pop()
            g = grads.pop(node)
            own.discard(node)
            if node._operator is None or node in wrt:
                if not wrt or node in wrt:
                    found.append((node, g))
                continue
            op, inputs, options = node._operator, node._inputs, node._options
            arguments = inputs if create_graph else [value(x) for x in inputs]
            if node._made != _now:  # data changed somewhere since then: perhaps those
                stale = _stand_ins([node, *ready, *uses]) if stale is None else stale
                arguments = [stale.get((node, i), x) for i, x in enumerate(arguments)]
            y = node if create_graph else node._data
            if free:
                node._inputs, node._options = (), None
            for i, x in enumerate(inputs):
                if not (isinstance(x, Tensor) and x.requires_grad):
                    continue
                gx = _fit(op.vjps[i](g, y, *arguments, **options), x, op)
                if x not in grads:
                    grads[x] = gx
                elif x in own:
                    grads[x] += gx
                else:
                    grads[x] = grads[x] + gx
                    if not create_graph:
                        own.add(x)
                uses[x] -= 1
                if not uses[x]:
                    del uses[x]
                    ready.append(x)
        for leaf, g in found:
            deliver(leaf, g)
    finally:
        _recording.on = before


def _count_uses(output, stop):
    uses, stack = {output: 0}, [output]
    while stack:
        node = stack.pop()
        if node in stop:
            continue
        if node._operator is not None and not node._inputs:
            raise RuntimeError("this graph was freed by an earlier backward(); pass retain_graph=True to keep it")
        for x in node._inputs:
            if isinstance(x, Tensor) and x.requires_grad:
                if x in uses:
                    uses[x] += 1
                else:
                    uses[x] = 1
                    stack.append(x)
    return uses


def _stand_ins(nodes):
    from .stale import stand_ins  # which needs Tensor

    return stand_ins(nodes)


def repeated_axes(shape, broadcast):
    """The axes of the shape `broadcast` along which broadcasting repeats an array of `shape`."""
    lead = len(broadcast) - len(shape)
    return (*range(lead), *(i + lead for i, n in enumerate(shape) if n == 1 and broadcast[i + lead] != 1))


def _fit(g, x, op):
    """Undo broadcasting and promotion: sum g over the axes along which x was repeated, in x's dtype."""
    if g.shape != x.shape:
        lead = g.ndim - x.ndim
        if lead < 0 or any(n not in (1, m) for n, m in zip(x.shape, g.shape[lead:], strict=True)):
            raise ValueError(
                f"{op.name}: a vector-Jacobian product of shape {tuple(g.shape)} for an input of shape {x.shape}"
            )
        g = g.sum(axis=repeated_axes(x.shape, g.shape), keepdims=True).reshape(x.shape)
    if g.dtype == x.dtype or isinstance(x, Number):
        return g
    if x.dtype.kind in "biu":
        raise TypeError(f"{op.name}: a Tensor of {x.dtype} has no gradient: write x.astype('float32') where it is made")
    return g.astype(x.dtype)
