"""What Python asks of a Tensor: truth, numbers, text, elements one by one, copies, and names that it does not have."""

import operator

import numpy as np

from .. import elsewhere
from ..backend import backend_of, beside, is_array, operand, to_host
from ..hint import missing
from ..tensor import Tensor, changed, is_recording, refuse_cut, value


def item(self):
    """The only element as a Python number; waits for the device. It is a constant: no gradient passes."""
    return to_host(self.data).item()


def numpy(self):
    """The data as a NumPy array; waits for the device."""
    refuse_cut(self, "x.numpy()")
    return to_host(self.data)


def tolist(self):
    """The data as a Python number or nested lists of them; waits for the device."""
    refuse_cut(self, "x.tolist()")
    return to_host(self.data).tolist()


def _number(self, convert):
    name = convert.__name__
    if self.size != 1:
        raise TypeError(f"{name}(x) needs a Tensor with one element, got shape {self.shape}: x.tolist() gives them all")
    refuse_cut(self, f"{name}(x), which math.sin(x) and the like ask for,")
    return convert(item(self))


def __float__(self):
    """float(x), of one element."""
    return _number(self, float)


def __int__(self):
    """int(x), of one element."""
    return _number(self, int)


def __trunc__(self):
    """math.trunc(x), of one element."""
    return _number(self, int)


def __complex__(self):
    """complex(x), of one element."""
    return _number(self, complex)


def __index__(self):
    """x as an index or a length, of one integer."""
    if self.ndim or not isinstance(item(self), int):
        raise TypeError(f"an index or a length must be one integer, got {_kind(self)}: int(x) makes one of a number")
    return operator.index(item(self))


def __bool__(self):
    """The truth of the only element."""
    if self.size != 1:
        raise ValueError(
            f"the truth of a Tensor of shape {self.shape} is ambiguous: use where(condition, a, b) for each element, "
            "& | ~ instead of and, or, not, or np.all(x), np.any(x)"
        )
    return bool(self.data)


def __len__(self):
    """The length of the first axis."""
    if not self.ndim:
        raise TypeError("a Tensor without axes has no len()")
    return len(self.data)


def __iter__(self):
    """The rows, along the first axis."""
    if not self.ndim:
        raise TypeError("a Tensor without axes cannot be iterated over: x.item() is its number")
    return (self[i] for i in range(len(self)))


def __contains__(self, x):
    """Whether an element equals x."""
    return bool((self.data == value(x)).any())


def __repr__(self):
    """The data, the dtype, and where it comes from."""
    name = f", name={self.name!r}" if self.name else ""
    origin = f", from {self._operator.name}" if self._operator else ""
    grad = ", requires_grad=True" if self.requires_grad and not self._operator else ""
    return f"Tensor({to_host(self.data)}, {self.dtype}{name}{origin}{grad})"


def __format__(self, spec):
    """f"{x:.3f}", of one element; without a format, as print(x)."""
    if spec and self.size != 1:
        raise TypeError(f"the format {spec!r} is for one number, got shape {self.shape}: np.round(x.numpy(), 3)")
    return format(item(self), spec) if spec else repr(self)


def __reduce__(self):
    """What copy, deepcopy and pickle make a Tensor of: data of its own, no history, no memory of an optimizer's."""
    if self._operator is not None:
        raise TypeError("a Tensor that was computed is not copied or pickled, its graph would be lost: use x.detach()")
    grad = self.grad if self.grad is None or isinstance(self.grad, Tensor) else self.grad.copy()
    parameter = getattr(self, "_parameter", False)
    return _rebuilt, (type(self), self.data, self.requires_grad, parameter, self.name, grad)


def _rebuilt(kind, data, requires_grad, parameter, name, grad):
    x = kind(0)
    x.data, x.requires_grad, x._parameter, x.name, x.grad = data, requires_grad, parameter, name, grad
    return x


def plain(index, like):
    """An index without Tensors, its sequences as arrays on the module of `like`.

    Raises IndexError where an index from the host is out of range: on a device it would wrap around.
    """
    parts = [_bare(i) for i in (index if isinstance(index, tuple) else (index,))]
    arrays = [i for i in parts if is_array(i)]
    if arrays and backend_of(like).device:
        if all(isinstance(i, np.ndarray) for i in arrays):
            np.broadcast_to(False, like.shape)[tuple(parts)]
        parts = [beside(i, like) for i in parts]
    return tuple(parts) if isinstance(index, tuple) else parts[0]


def _bare(i):
    if isinstance(i, (list, tuple, range)):
        return np.asarray(i) if len(i) else np.zeros(np.shape(i), int)
    return value(i)


def __setitem__(self, index, x):
    """x[index] = …, in memory: of what no graph records."""
    _check_unrecorded(self, x, "x[i] = …", "minimix.where(condition, a, x), or x.data[i] = … for a parameter's data")
    x = operand(value(x), self.data)
    if x is None:  # NumPy makes nan of it
        raise TypeError("x[i] = … takes Tensors, arrays and real numbers, got None")
    self.data[plain(index, self.data)] = x
    changed([self])


def in_place(name, function):
    """x += y as a method: in x's memory, as NumPy does it, but computed anew where the result is recorded."""
    assign = getattr(operator, f"i{name.strip('_')}")

    def method(self, other):
        if self._operator is not None or not is_array(self.data) or (not self.requires_grad and _traced(other)):
            return function(self, other)
        _check_unrecorded(self, other, f"x {SIGNS[name]}= …", f"with minimix.no_grad(): x {SIGNS[name]}= …")
        try:
            self.data = assign(self.data, operand(value(other), self.data))
        except TypeError:
            if other is None:
                return function(self, other)  # which says what it takes
            raise
        return self

    return method


def __delitem__(self, index):
    """Refused: a Tensor keeps its length."""
    raise TypeError("a Tensor keeps its length: write minimix.concatenate([x[:i], x[i + 1 :]])")


SIGNS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "matmul": "@",
    "and": "&", "or": "|", "xor": "^",
}  # fmt: skip


def _check_unrecorded(x, other, what, instead):
    if x._operator is not None or (x.requires_grad and is_recording()) or _traced(other):
        raise RuntimeError(f"{what} cannot be recorded, and would change what is: write {instead}")


def _traced(x):
    return isinstance(x, Tensor) and x.requires_grad and is_recording()


def _kind(x):
    return f"{x.dtype} of shape {x.shape}"


class Elsewhere:
    """An attribute that a Tensor does not have, with a sentence. (A `__getattr__` would slow down all the others.)"""

    def __init__(self, name):
        self.name = name

    def __get__(self, x, kind):
        raise missing("a Tensor", self.name, (), elsewhere.TENSOR)


def __dir__(self):
    """The names of what is there."""
    return [name for name in object.__dir__(self) if name not in elsewhere.TENSOR]


for _function in (
    item, numpy, tolist, __float__, __int__, __trunc__, __complex__, __index__, __bool__, __len__, __iter__,
    __contains__, __repr__, __format__, __reduce__, __setitem__, __delitem__, __dir__,
):  # fmt: skip
    setattr(Tensor, _function.__name__, _function)
for _name in elsewhere.TENSOR:
    setattr(Tensor, _name, Elsewhere(_name))
