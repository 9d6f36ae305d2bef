"""What happens when Python or NumPy is asked something of a Tensor: the table calls.txt, and how it is made.

python -m tests.ops.calls writes it anew.
"""

import contextlib
import io
import math
import warnings
from pathlib import Path

import numpy as np

from minimix import Tensor

TABLE = Path(__file__).with_name("calls.txt")
A = np.array([[0.5, 0.25], [0.75, 0.125]])
I = np.array([[3, 1], [2, 4]])  # noqa: E741
RECORDED, LIKE, REFUSED = "recorded", "as NumPy", "refused"

_SIGNS = """
    __abs__                 abs(x)
    __add__                 x + 2.0
    __and__                 (x > 0.2) & (x > 0.6)
    __array__               np.asarray(x)
    __array_function__      np.sum(x)
    __array_ufunc__         np.multiply(x, x)
    __bool__                bool(x[0, 0])
    __bool__ of many        bool(x)
    __complex__             complex(x[0, 0])
    __contains__            0.75 in x
    __copy__                copy.copy(x)
    __deepcopy__            copy.deepcopy(x)
    __delitem__             operator.delitem(x, 0)
    __divmod__              divmod(x, 0.2)
    __eq__                  x == 0.5
    __float__               float(x[0, 0])
    __float__ of many       float(x)
    __floordiv__            x // 0.2
    __format__              f"{x[0, 0]:.3f}"
    __format__ of many      f"{x:.3f}"
    __ge__                  x >= 0.5
    __getitem__             x[0]
    __gt__                  x > 0.5
    __hash__                hash(x) and None
    __iadd__                operator.iadd(x, 1.0)
    __iand__                operator.iand(x > 0.2, x > 0.6)
    __ifloordiv__           operator.ifloordiv(x, 2.0)
    __ilshift__             operator.ilshift(x, 1)
    __imatmul__             operator.imatmul(x, x)
    __imod__                operator.imod(x, 2.0)
    __imul__                operator.imul(x, 2.0)
    __index__               [10, 20][x[0, 0]]
    __int__                 int(x[0, 0])
    __invert__              ~(x > 0.6)
    __ior__                 operator.ior(x > 0.2, x > 0.6)
    __ipow__                operator.ipow(x, 2.0)
    __irshift__             operator.irshift(x, 1)
    __isub__                operator.isub(x, 1.0)
    __iter__                list(x)
    __itruediv__            operator.itruediv(x, 2.0)
    __ixor__                operator.ixor(x > 0.2, x > 0.6)
    __le__                  x <= 0.5
    __len__                 len(x)
    __lshift__              x << 1
    __lt__                  x < 0.5
    __matmul__              x @ x
    __mod__                 x % 0.2
    __mul__                 x * x
    __ne__                  x != 0.5
    __neg__                 -x
    __or__                  (x > 0.2) | (x > 0.6)
    __pos__                 +x
    __pow__                 x ** 2.0
    __radd__                a + x
    __rand__                (a > 0.2) & (x > 0.6)
    __rdivmod__             divmod(0.9, x)
    __reversed__            list(reversed(x))
    __rfloordiv__           a // x
    __rlshift__             1 << x
    __rmatmul__             a @ x
    __rmod__                a % x
    __rmul__                a * x
    __ror__                 (a > 0.2) | (x > 0.6)
    __round__               round(x[0, 0], 1)
    __rpow__                2.0 ** x
    __rrshift__             1 >> x
    __rshift__              x >> 1
    __rsub__                a - x
    __rtruediv__            a / x
    __rxor__                (a > 0.2) ^ (x > 0.6)
    __setitem__             x.__setitem__(0, 1.0)
    __sub__                 x - 2.0
    __truediv__             x / 2.0
    __xor__                 (x > 0.2) ^ (x > 0.6)
    __ceil__                math.ceil(x[0, 0])
    __floor__               math.floor(x[0, 0])
    __trunc__               math.trunc(x[0, 0])
    __reduce__              pickle.loads(pickle.dumps(x))
"""
SIGNS = {line[4:28].strip(): line[28:] for line in _SIGNS.strip("\n").splitlines()}
"""{special method: what calls it}."""

ARGUMENTS = {
    "einsum": ("ij->i", A), "einsum_path": ("ij,jk", A, A), "where": (A > 0.3, A, A), "save": (io.BytesIO, A),
    "savetxt": (io.BytesIO, A), "savez": (io.BytesIO, A), "savez_compressed": (io.BytesIO, A), "clip": (A, 0.3, 0.6),
    "apply_along_axis": (np.sum, 0, A), "apply_over_axes": (np.sum, A, 0), "piecewise": (A, [A > 0.3], [1.0, 2.0]),
    "select": ([A > 0.3], [A]), "insert": (A, 0, 1.0), "linspace": (A, A, 3), "geomspace": (A, A, 3),
    "logspace": (A, A, 3), "ldexp": (A, I), "unpackbits": (I.astype("uint8"),), "ravel_multi_index": (I.T, (9, 9)),
    "take_along_axis": (A, I % 2, 0), "bincount": (I.ravel(),), "histogram2d": (A[0], A[1]), "round": (A, 1),
    "unravel_index": (I, (9, 9)), "repeat": (A, 2), "interp": (A, A[0], A[1]), "pad": (A, 1), "partition": (A, 1),
    "astype": (A, np.dtype("float32")), "cross": (np.eye(3), np.eye(3)), "swapaxes": (A, 0, 1), "full_like": (A, 7.0),
    "split": (A, 2), "array_split": (A, 2), "percentile": (A, 30), "quantile": (A, 0.3), "nanpercentile": (A, 30),
    "nanquantile": (A, 0.3), "isin": (A, A), "power": (A, A), "digitize": (A[0], np.array([0.1, 0.3])),
    "choose": (I % 2, [A, A]), "bmat": ([A, A],), "concatenate": ([A, A],), "concat": ([A, A], 1), "stack": ([A, A],),
    "poly": (A[0],), "in1d": (A, A), "tensordot": (A, A, 1), "reshape": (A, (4,)), "vander": (A[0],), "roots": (A[0],),
    "polyfit": (A[0], A[1], 1), "searchsorted": (np.array([0.1, 0.3]), A), "gradient": (A,), "trim_zeros": (A[0],),
    "correlate": (A[0], A[1]), "convolve": (A[0], A[1]), "divmod": (A, A), "histogram": (A, 3), "histogramdd": (A, 3),
    "histogram_bin_edges": (A, 3), "argpartition": (A, 1),
}  # fmt: skip
"""What a function of NumPy's is given where the forms below are not it."""
FORMS = [
    (A,), (A, A), ([A, A],), (A, 0), (A, 1), (A, (2, 2, 2)), (A, 0, 1), (A, A, A), (A[0],), (A[0], A[0]), (I,), (I, I),
    (A.astype("complex"),),
]  # fmt: skip


@contextlib.contextmanager
def quiet():
    """What NumPy has to say of old functions and of numbers is of no interest."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def given(x, wrap):
    """Arguments with the arrays in them wrapped, floats to require a gradient; files are made."""
    if isinstance(x, np.ndarray):
        return wrap(x.copy())
    if isinstance(x, (list, tuple)):
        return type(x)(given(part, wrap) for part in x)
    return x() if x is io.BytesIO else x


def tensor(a):
    return Tensor(a, requires_grad=a.dtype.kind == "f")


def numpy_calls():
    """{name: arguments} of all functions at NumPy's top level that take an array."""
    calls = {}
    for name in sorted(dir(np)):
        f = getattr(np, name)
        if name.startswith("_") or isinstance(f, type) or not callable(f) or name in ("test", "show_config", "info"):
            continue
        for form in [ARGUMENTS[name]] if name in ARGUMENTS else FORMS:
            try:
                with quiet():
                    f(*given(form, np.asarray))
            except Exception:
                continue
            calls[name] = form
            break
    return calls


def outcome(call, expected):
    """What a call on Tensors comes to, beside what NumPy gives; AssertionError for anything else than the table has."""
    try:
        got = call()
    except (AttributeError, TypeError, ValueError, RuntimeError) as error:
        text = str(error)
        assert "\n" not in text and len(text) > 20, text
        return REFUSED, text
    kinds = set()
    _same(got, expected, kinds)
    return (RECORDED if RECORDED in kinds else LIKE), got


def _same(got, expected, kinds):
    if isinstance(expected, (list, tuple)) and not isinstance(got, (Tensor, np.ndarray)):
        assert len(got) == len(expected)
        for a, b in zip(got, expected, strict=True):
            _same(a, b, kinds)
        return
    if isinstance(got, Tensor):
        kinds.add(RECORDED if got._operator is not None else LIKE)
        got = got.data
    if isinstance(expected, (np.ndarray, np.generic, int, float, complex)):
        np.testing.assert_allclose(got, expected, rtol=1e-12)
        assert not isinstance(expected, np.ndarray) or np.asarray(got).dtype == expected.dtype
        assert np.shape(got) == np.shape(expected)


def sign_outcome(name):
    import copy
    import operator
    import pickle

    room = {"np": np, "copy": copy, "operator": operator, "pickle": pickle, "math": math, "a": A.copy()}
    try:
        expected = eval(SIGNS[name], room | {"x": A.copy()})
    except (TypeError, ValueError, IndexError):
        expected = None
    return outcome(lambda: eval(SIGNS[name], room | {"x": tensor(A.copy())}), expected)


def numpy_outcome(name, form):
    f = (lambda x: np.empty_like(x).shape) if name == "empty_like" else getattr(np, name)
    with quiet():
        expected = f(*given(form, np.asarray))
        return outcome(lambda: f(*given(form, tensor)), expected)


def table():
    """{name: outcome} of every special method and function."""
    rows = {SIGNS[name]: sign_outcome(name)[0] for name in SIGNS}
    return rows | {f"np.{name}": numpy_outcome(name, form)[0] for name, form in numpy_calls().items()}


if __name__ == "__main__":
    TABLE.write_text("".join(f"{kind:10}{name}\n" for name, kind in table().items()), "utf-8")
