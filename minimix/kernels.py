"""An elementwise function of arrays and numbers as one CUDA kernel, written by running it once on names.

Each operator writes one line, so `d = wa * a; d += wb * b` becomes "T t0 = wa * a; T t1 = wb * b; t0 = t0 + t1". The
compiler may not contract a product and a sum, which would round once: a kernel computes what its operators compute one
after the other, bit for bit.
"""

import inspect
import re

ROUNDED = ("--fmad=false",)
"""NVRTC's option for that."""


def kernel(xp, function):
    """`function` as one kernel of the array module xp, for arrays of one dtype and numbers.

    It may use + - * / ** and sqrt, changes arguments in place or returns something new, and has neither loops
    nor branches over its arguments. Raises TypeError for what else it does.
    """
    lines: list[str] = []
    names = list(inspect.signature(function).parameters)
    terms = [_Term(name, lines) for name in names]
    result = function(*terms)
    changed = [term.name for term in terms if term.changed]
    if (result is None) == (not changed) or not isinstance(result, (_Term, type(None))):
        raise TypeError(f"{function.__name__} must either change its arguments or return something new")
    read = [name for name in names if name not in changed]
    written = changed or ["result"]
    if result is not None:
        lines.append(f"result = {result.name}")
    compute = xp.ElementwiseKernel(
        ", ".join(f"T {name}" for name in read),
        ", ".join(f"T {name}" for name in written),
        "; ".join(lines),
        re.sub(r"\W", "_", function.__name__),
        options=ROUNDED,
    )
    order = [names.index(name) for name in read + changed]

    def call(*arguments):
        found = compute(*(arguments[k] for k in order))
        return found if result is not None else None

    return call


_FORMS = {
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{} * {}",
    "divide": "{} / {}",
    "power": "pow({}, {})",
    "sqrt": "sqrt({})",
}
"""How CUDA writes what NumPy's ufuncs do; a square root is rounded rightly, a power is not."""


class _Term:
    """A number of each element in a kernel that is being written; changed: whether it was assigned to in place."""

    def __init__(self, name, lines):
        self.name, self.lines, self.changed = name, lines, False

    def __array_ufunc__(self, ufunc, method, *terms, **options):
        if method != "__call__" or options or ufunc.__name__ not in _FORMS:
            return NotImplemented
        return _written(ufunc.__name__, *terms)


def _text(name, terms):
    """An operation on terms, and numbers in the kernel's dtype."""
    return _FORMS[name].format(*(x.name if isinstance(x, _Term) else f"T({float(x)!r})" for x in terms))


def _written(name, *terms):
    lines = next(x.lines for x in terms if isinstance(x, _Term))
    term = _Term(f"t{len(lines)}", lines)
    lines.append(f"T {term.name} = {_text(name, terms)}")
    return term


def _in_place(name, term, other):
    term.lines.append(f"{term.name} = {_text(name, (term, other))}")
    term.changed = True
    return term


def _operators(name):
    """x + y, y + x and x += y of "add"."""
    return (
        lambda x, y: _written(name, x, y),
        lambda x, y: _written(name, y, x),
        lambda x, y: _in_place(name, x, y),
    )


_METHODS = {"add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "pow": "power"}
for _method, _name in _METHODS.items():
    for _prefix, _function in zip(("", "r", "i"), _operators(_name), strict=True):
        setattr(_Term, f"__{_prefix}{_method}__", _function)
