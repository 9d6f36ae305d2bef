"""An elementwise function as one kernel: the text that is written, and that it computes what the function does."""

import numpy as np
import pytest

from minimix import Tensor
from minimix import backend as switch
from minimix.kernels import kernel
from minimix.ops.elementwise import mixture, over_root, sqrt
from minimix.optim.optimizer import _descend
from minimix.optim.state import _add, _average, _average_squares, _sum
from tests import strict


def written(function):
    """The parameters, the text, the name and the options of a function's kernel."""
    found = []

    class Module:
        ElementwiseKernel = staticmethod(lambda *given, options: found.extend([*given, options]))

    kernel(Module, function)
    return found


def test_each_operator_writes_a_line():
    assert written(mixture.__wrapped__) == [
        "T a, T b, T wa, T wb",
        "T result",
        "T t0 = wa * a; T t1 = wb * b; t0 = t0 + t1; result = t0",
        "mixture",
        ("--fmad=false",),
    ]
    assert written(_average.__wrapped__)[:3] == [
        "T x, T decay, T weight",
        "T old",
        "old = old * decay; T t1 = weight * x; old = old + t1",
    ]
    assert written(lambda x, y: np.float32(1) - sqrt(x**y))[1:4] == [
        "T result",
        "T t0 = pow(x, y); T t1 = sqrt(t0); T t2 = T(1.0) - t1; result = t2",
        "_lambda_",
    ]


def arrays(count, dtype):
    rng = np.random.default_rng(0)
    return [abs(rng.standard_normal(1000)).astype(dtype) for _ in range(count)]


CASES = [
    (_descend, 2, [0.1]),
    (_average, 2, [0.9, 1 - 0.9]),
    (_average_squares, 2, [0.999, 1 - 0.999]),
    (_sum, 2, [0.9]),
    (_add, 2, []),
    (over_root, 2, [0.3, 1e-8]),
    (mixture, 2, [0.6, 0.4]),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("function", "count", "numbers"), CASES, ids=[case[0].__name__ for case in CASES])
def test_a_kernel_computes_what_its_operators_compute_one_by_one_bit_for_bit(device, function, count, numbers, dtype):
    """On a GPU too, whose compiler would else contract a product and a sum."""
    found = []
    for compute in (function, function.__wrapped__):
        with switch.using(device):
            given = [switch.asarray(x) for x in arrays(count, dtype)]
            result = compute(*given, *map(np.dtype(dtype).type, numbers))
        found.append([switch.to_host(x) for x in (*given, *([] if result is None else [result]))])
    for one, other in zip(*found, strict=True):
        assert one.dtype == other.dtype == dtype
        np.testing.assert_array_equal(one, other)


def test_a_kernel_that_may_contract_is_caught(monkeypatch):
    monkeypatch.setattr("minimix.kernels.ROUNDED", ())
    a, b = map(strict.asarray, arrays(2, "float32"))
    contracted, plain = (
        compute(a, b, 0.6, 0.4) for compute in (kernel(strict, mixture.__wrapped__), mixture.__wrapped__)
    )
    assert (contracted.get() != plain.get()).any()


def test_a_power_in_a_kernel_is_caught():
    """A GPU's compiler makes something else of it there than in the ufunc, but not of a square root."""
    (x,), found = arrays(1, "float64"), []
    for function in (lambda x: x**0.5, sqrt):
        found.append(kernel(strict, function)(strict.asarray(x)).get() == np.sqrt(x))
    assert not found[0].all() and found[1].all()


def change_and_return(x, y):
    x += y
    return x * y


@pytest.mark.parametrize("function", [change_and_return, lambda x: None, lambda x: 1.0, lambda x: (x, x)])
def test_what_neither_changes_nor_returns_or_does_both_is_no_kernel(function):
    with pytest.raises(TypeError, match="must either change its arguments or return something new"):
        kernel(strict, function)


@pytest.mark.parametrize("function", [lambda x: x / x.shape[0], lambda x: x if x > 0 else -x, abs, np.exp])
def test_what_is_not_written_as_operators_is_refused(function):
    with pytest.raises((TypeError, AttributeError)):
        kernel(strict, lambda x: function(x))


def test_arrays_of_two_dtypes_and_tensors_go_to_the_function_itself(device):
    with switch.using(device):
        a, b = (switch.asarray(np.ones(3, dtype)) for dtype in ("float32", "float64"))
        assert over_root(a, b, 1.0, 1e-8).dtype == "float64"
        assert isinstance(mixture(Tensor(a), Tensor(a), 0.5, 0.5), Tensor)
