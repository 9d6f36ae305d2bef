"""That the strict array module refuses what CuPy refuses and computes what NumPy computes."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, basic_indices, mutually_broadcastable_shapes

from tests import strict

HOST = np.arange(6, dtype=np.float32).reshape(2, 3)
NUMBERS = st.floats(-8, 8, width=32)


def device():
    return strict.asarray(HOST)


def matrices(shape=None):
    return arrays(np.float32, array_shapes(max_dims=3, max_side=4) if shape is None else shape, elements=NUMBERS)


def same(result, expected):
    """Same kind of array, dtype, shape and, bit for bit, values."""
    assert isinstance(result, strict.ndarray)
    assert result.dtype == np.asarray(expected).dtype
    np.testing.assert_array_equal(result.get(), expected, strict=True)


def add_in_place(a, b):
    a += b


def assign(x, index, value):
    x[index] = value


def in_minimix(expression, x):
    return eval(expression, {"__name__": "minimix.ops", "np": np}, {"x": x})


REFUSED = {
    "x + array": lambda x: x + HOST,
    "array + x": lambda x: HOST + x,
    "x @ array": lambda x: x @ HOST.T,
    "array @ x": lambda x: HOST.T @ x,
    "x == array": lambda x: x == HOST,
    "array == x": lambda x: HOST == x,  # noqa: SIM300
    "x += array": lambda x: add_in_place(x, HOST),
    "array += x": lambda x: add_in_place(HOST.copy(), x),
    "x += 0-d array": lambda x: add_in_place(x, np.array(1.0)),
    "ufunc": lambda x: strict.add(x, HOST),
    "ufunc out": lambda x: strict.exp(x, out=np.empty_like(HOST)),
    "function": lambda x: strict.sum(HOST),
    "function out": lambda x: strict.sum(x, axis=0, out=np.empty(3, np.float32)),
    "concatenate": lambda x: strict.concatenate([x, HOST]),
    "einsum": lambda x: strict.einsum("ij,ij", x, HOST),
    "where": lambda x: strict.where(x > 1, x, HOST),
    "assign array": lambda x: assign(x, ..., HOST),
    "assign x to array": lambda x: assign(HOST.copy(), ..., x),
    "scatter_add": lambda x: strict.scatter_add(x, strict.asarray([0]), HOST[:1]),
    "numpy.asarray": lambda x: np.asarray(x),
    "numpy.exp in minimix": lambda x: in_minimix("np.exp(x)", x),
    "numpy.sum in minimix": lambda x: in_minimix("np.sum(x)", x),
    "numpy.vecdot": lambda x: np.vecdot(x, x),
    "numpy.add.reduce": lambda x: np.add.reduce(x),
    "numpy.unwrap": lambda x: np.unwrap(x),
    "numpy.add": lambda x: np.add(HOST, x),
    "list of arrays": lambda x: strict.asarray([x, x]),
    "ufunc where": lambda x: strict.exp(x, where=x > 1),
    "sum where": lambda x: strict.sum(x, where=x > 1),
    "sum initial": lambda x: x.sum(initial=0),
    "einsum out": lambda x: strict.einsum("ij->i", x, out=strict.zeros(2, "f")),
    "as_strided writeable": lambda x: strict.lib.stride_tricks.as_strided(x, (2,), (4,), writeable=True),
    "scalar for an array": lambda x: strict.sum(3.0),
    "shape on the device": lambda x: strict.zeros((2, x.sum())),
    "axis on the device": lambda x: x.sum(axis=strict.asarray(0)),
    "array as a count": lambda x: range(strict.asarray(3)),
    "iterating a 0-d array": lambda x: list(x.sum()),
    "hash": hash,
}


@pytest.mark.parametrize("attempt", REFUSED.values(), ids=REFUSED)
def test_what_cupy_or_the_house_refuses_is_a_type_error(attempt):
    with pytest.raises(TypeError):
        attempt(device())


def test_numpy_s_functions_are_the_modules_own():
    x = device()
    same(np.exp(x), np.exp(HOST))
    same(np.add(x, 1, out=(out := strict.empty_like(x))), HOST + 1)
    same(out, HOST + 1)
    same(np.sum(x, axis=1), HOST.sum(1))
    same(np.linalg.norm(x, axis=0), np.linalg.norm(HOST, axis=0))
    same(np.where(x > 2, x, 0.0), np.where(HOST > 2, HOST, np.float32(0)))
    same(in_minimix("np.float32(2) * x", x), np.float32(2) * HOST)


def test_ufuncs_have_only_the_methods_that_cupy_has():
    x = device()
    same(strict.add.reduce(x), HOST.sum(0))
    same(strict.multiply.reduce(x, axis=1), HOST.prod(1))
    for missing in (lambda: strict.maximum.reduce(x), lambda: strict.multiply.at(x, 0, 2.0)):
        with pytest.raises(NotImplementedError):
            missing()
    assert not hasattr(strict.add, "reduceat")


@pytest.mark.parametrize("name", ["random", "fft", "nonsense", "vectorize"])
def test_a_name_that_is_not_in_the_tables_is_absent(name):
    with pytest.raises(AttributeError, match=name):
        getattr(strict, name)


def test_an_operator_leaves_the_work_to_an_operand_that_asks_for_it():
    class Tensor:
        __array_ufunc__ = None

        def __rsub__(self, other):
            return "reflected"

    class Bystander:
        def __rsub__(self, other):
            return "reflected"

    assert device() - Tensor() == "reflected"
    with pytest.raises(TypeError):
        device() - Bystander()


BINARY = ["add", "subtract", "multiply", "maximum", "less", "equal", "logical_and", "true_divide", "power"]


@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3), st.data(), st.sampled_from(BINARY))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_binary_ufuncs_compute_what_numpy_computes(shapes, data, name):
    a, b = (data.draw(matrices(shape)) for shape in shapes.input_shapes)
    expected = getattr(np, name)(a, b)
    x, y = strict.asarray(a), strict.asarray(b)
    same(getattr(strict, name)(x, y), expected)
    out = strict.empty(expected.shape, expected.dtype)
    assert getattr(strict, name)(x, y, out=out) is out
    same(out, expected)


REDUCTIONS = [
    "sum",
    "prod",
    "mean",
    "max",
    "min",
    "argmax",
    "argmin",
    "any",
    "all",
    "var",
    "std",
    "count_nonzero",
]
OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / (b * b + 1),
    "//": lambda a, b: a // (b * b + 1),
    "**": lambda a, b: abs(a) ** b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "!=": lambda a, b: a != b,
    "-a, &": lambda a, b: (-a > b) & ~(a > b),
}


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS)
@given(a=matrices(), number=st.sampled_from([2, 1.5, np.float32(3), np.float64(3), np.int64(2)]))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_operators_and_promotion_are_numpys_on_either_side(operator, a, number):
    x = strict.asarray(a)
    same(operator(x, x), operator(a, a))
    same(operator(x, number), operator(a, number))
    same(operator(number, x), operator(number, a))


@pytest.mark.parametrize("name", REDUCTIONS)
@given(a=matrices(), data=st.data())
def test_reductions_compute_what_numpy_computes_and_stay_on_the_device(name, a, data):
    axis = data.draw(st.none() | st.integers(-a.ndim, a.ndim - 1))
    x = strict.asarray(a)
    expected = getattr(np, name)(a, axis=axis)
    strict.reset()
    result = getattr(strict, name)(x, axis=axis)
    assert strict.host_reads == 0
    same(result, expected)
    if name != "count_nonzero":
        same(getattr(x, name)(axis=axis), expected)


@given(matrices(), st.data())
def test_basic_indices_are_views_even_of_one_element(a, data):
    index = data.draw(basic_indices(a.shape, allow_newaxis=True))
    x = strict.asarray(a)
    part = x[index]
    same(part, a[index])
    assert part.base is x
    part += 1
    a[index] += 1
    same(x, a)


@pytest.mark.parametrize(
    "index", [np.array([1, 0]), [1, 0], (slice(None), np.array([2, 0])), (0, [1, 1]), np.bool_(True)]
)
def test_an_index_may_come_from_the_host(index):
    x = device()
    same(x[index], HOST[index])
    x[index] = 7.0
    expected = HOST.copy()
    expected[index] = 7.0
    same(x, expected)


@pytest.mark.parametrize("lead", [(), (slice(None),), (slice(None),) * 2, (...,), (..., None)], ids=repr)
@given(positions=st.lists(st.integers(-9, 9), min_size=1, max_size=6))
def test_integer_arrays_out_of_range_wrap_around(lead, positions):
    a = np.arange(24).reshape(2, 3, 4)
    axis = 2 if ... in lead else len(lead)
    x, i = strict.asarray(a), strict.asarray(positions)
    wrapped = np.array(positions) % a.shape[axis]
    same(x[(*lead, i)], a[(*lead, wrapped)])
    same(strict.take(x, i, axis=axis), a.take(wrapped, axis))
    rows = i.reshape([-1 if n == axis else 1 for n in range(3)])
    same(strict.take_along_axis(x, rows, axis), np.take_along_axis(a, wrapped.reshape(rows.shape), axis))


@given(matrices((4, 2)), st.lists(st.integers(-6, 6), min_size=1, max_size=8))
def test_scatter_add_counts_repeated_indices(a, positions):
    x = strict.asarray(a)
    values = np.arange(2 * len(positions), dtype=np.float32).reshape(-1, 2)
    strict.scatter_add(x, strict.asarray(positions), strict.asarray(values))
    for position, value in zip(positions, values, strict=True):
        a[position % 4] += value
    same(x, a)


def test_scatter_add_takes_only_what_atomic_add_takes():
    with pytest.raises(TypeError, match="int16"):
        strict.scatter_add(strict.zeros(3, "int16"), strict.asarray([1]), 1)


def test_assigning_many_values_to_one_element_is_refused():
    x = device()
    x[strict.asarray([0, 0])] = 7.0
    x[strict.asarray([1, 0])] = device()
    np.testing.assert_array_equal(x.get(), HOST[::-1])
    with pytest.raises(ValueError, match="undefined"):
        x[strict.asarray([0, 2])] = device()


SHARED = {
    "reshape": lambda xp, x: x.reshape(3, -1),
    "T": lambda xp, x: x.T,
    "transpose": lambda xp, x: x.transpose(1, 0),
    "swapaxes": lambda xp, x: x.swapaxes(0, 1),
    "moveaxis": lambda xp, x: xp.moveaxis(x, 0, 1),
    "ravel": lambda xp, x: x.ravel(),
    "flip": lambda xp, x: xp.flip(x, 1),
    "expand_dims": lambda xp, x: xp.expand_dims(x, 1),
    "split": lambda xp, x: xp.split(x, 3, axis=1)[1],
    "view": lambda xp, x: x.view(np.int32),
    "as_strided": lambda xp, x: xp.lib.stride_tricks.as_strided(x, (2, 2), (4, 4)),
    "sliding_window_view": lambda xp, x: xp.lib.stride_tricks.sliding_window_view(x, (2, 2)),
    "broadcast_to": lambda xp, x: xp.broadcast_to(x, (4, 2, 3)),
    "twice": lambda xp, x: x[1:].T[::2],
}
COPIES = {
    "copy": lambda xp, x: x.copy(),
    "astype": lambda xp, x: x.astype(np.float64),
    "flatten": lambda xp, x: x.flatten(),
    "deepcopy": lambda xp, x: copy.deepcopy(x),
    "mask": lambda xp, x: x[x > 2],
    "integers": lambda xp, x: x[xp.asarray([1, 0])],
    "list": lambda xp, x: x[[1, 0]],
    "two integer arrays": lambda xp, x: x[xp.asarray([[0], [1]]), xp.asarray([2, 0])],
    "concatenate": lambda xp, x: xp.concatenate([x, x], axis=1),
    "stack": lambda xp, x: xp.stack([x, x], axis=1),
    "tile": lambda xp, x: xp.tile(x, (2, 1)),
    "repeat": lambda xp, x: x.repeat(2, axis=1),
    "pad": lambda xp, x: xp.pad(x, ((1, 0), (0, 2)), constant_values=5),
    "roll": lambda xp, x: xp.roll(x, 1, axis=1),
    "argsort": lambda xp, x: xp.argsort(-x, axis=1),
    "take_along_axis": lambda xp, x: xp.take_along_axis(x, xp.argsort(-x, axis=1), 1),
    "cumsum": lambda xp, x: x.cumsum(axis=0),
    "nonzero": lambda xp, x: xp.stack(x.nonzero()),
    "bincount": lambda xp, x: xp.bincount(x.astype(np.int64).ravel(), minlength=9),
    "clip": lambda xp, x: xp.clip(x, 1, 4),
    "where": lambda xp, x: xp.where(x > 2, x, 0.0),
    "tensordot": lambda xp, x: xp.tensordot(x, x, axes=((1,), (1,))),
    "einsum": lambda xp, x: xp.einsum("ij,kj->ik", x, x),
    "matmul": lambda xp, x: x @ x.T,
    "dot": lambda xp, x: x.dot(x.T),
    "outer": lambda xp, x: xp.outer(x[0], x[1]),
    "vdot": lambda xp, x: xp.vdot(x, x),
    "norm": lambda xp, x: xp.linalg.norm(x, axis=1),
    "eye": lambda xp, x: xp.eye(3, dtype=xp.float32),
    "arange": lambda xp, x: xp.arange(1, 9, 3),
    "full": lambda xp, x: xp.full_like(x, 2),
    "tril": lambda xp, x: xp.tril(x, -1),
    "logical": lambda xp, x: xp.logical_not(xp.isfinite(x / xp.float32(2))),
}


@pytest.mark.parametrize("function", SHARED.values(), ids=SHARED)
def test_a_view_is_numpys_and_shares_its_owners_memory(function):
    x, a = device(), HOST.copy()
    view, expected = function(strict, x), function(np, a)
    same(view, expected)
    assert view.base is x and not view.flags.owndata
    assert strict.may_share_memory(view, x)
    assert (view.strides, view.flags.c_contiguous) == (expected.strides, expected.flags.c_contiguous)
    x += 1
    a += 1
    same(view, expected)


@pytest.mark.parametrize("function", COPIES.values(), ids=COPIES)
def test_a_copy_is_numpys_and_owns_its_memory(function):
    x = device()
    result = function(strict, x)
    same(result, function(np, HOST))
    assert result.base is None
    assert not strict.may_share_memory(result, x)


@pytest.mark.parametrize("data", [["a"], [None], np.array([{}])], ids=repr)
def test_what_is_not_a_number_cannot_go_to_the_device(data):
    with pytest.raises(ValueError, match="Unsupported dtype"):
        strict.asarray(data)


def test_only_a_single_element_is_a_python_number():
    assert (device()[1:, 2:].item(), device()[1, 2].item()) == (5.0, 5.0)
    for convert in (strict.ndarray.item, bool):
        with pytest.raises(ValueError):
            convert(device())
    with pytest.raises(TypeError):
        float(device())


def test_copies_between_host_and_device_share_nothing():
    host = HOST.copy()
    x = strict.asarray(host)
    host[:] = -1
    same(x, HOST)
    x.get()[:] = -1
    strict.asnumpy(x)[:] = -1
    same(x, HOST)
    assert strict.asarray(x) is x
    assert x.astype(np.float32, copy=False) is x


READS = {
    "get": lambda x: x.get(),
    "asnumpy": lambda x: strict.asnumpy(x),
    "float": lambda x: float(x[0, 0]),
    "int": lambda x: int(x[0, 0]),
    "bool": lambda x: bool(x[0, 0]),
    "if": lambda x: 1 if x.sum() > 0 else 2,
    "item": lambda x: x[0, 0].item(),
    "tolist": lambda x: x.tolist(),
    "repr": repr,
    "format": lambda x: f"{x.sum():.2f}",
    "mask": lambda x: x[x > 1],
    "assign to a mask": lambda x: assign(x, x > 1, 0.0),
    "nonzero": lambda x: x.nonzero(),
    "sliding_window_view": lambda x: strict.lib.stride_tricks.sliding_window_view(x, (1, 1)),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_read_of_the_device_is_counted_once(read):
    x = device()
    strict.reset()
    read(x)
    assert strict.host_reads == 1


def test_computing_reads_nothing():
    x = device()
    strict.reset()
    y = strict.exp(-(x**2)).sum(axis=0) / x.shape[0]
    y[1:] = 0.5 * y[:-1]
    strict.scatter_add(y, strict.asarray([0, 0]), 1.0)
    x -= np.float32(0.1) * (x @ strict.eye(3, dtype=np.float32))
    assert len(x), y.size
    assert strict.host_reads == 0


IN_ORDER = {
    "operator": lambda xp, x: x + x,
    "ufunc": lambda xp, x: xp.exp(x),
    "power": lambda xp, x: x**2,
    "comparison": lambda xp, x: x > 1,
    "where": lambda xp, x: xp.where(x > 1, x, 0.0),
    "clip": lambda xp, x: x.clip(1, 2),
    "negative": lambda xp, x: -x,
}


@pytest.mark.parametrize("function", IN_ORDER.values(), ids=IN_ORDER)
def test_what_is_computed_by_elements_lies_in_c_order(function):
    given = HOST.T.copy("F")
    assert not function(np, given).flags.c_contiguous, "NumPy keeps the order of its input"
    result = function(strict, strict.asarray(HOST).T)
    assert result.flags.c_contiguous
    same(result, function(np, given))
    assert device().T.astype("float64").flags.f_contiguous, "but astype keeps it, as NumPy's does"


def test_uninitialized_memory_is_not_zero():
    assert np.isnan(strict.empty((2, 2)).get()).all()
    assert np.isnan(strict.empty_like(device()).get()).all()


def doubled(**options):
    return strict.ElementwiseKernel("T x, T a", "T y", "T t0 = x * a; y = t0 + x", "doubled", **options)


@given(matrices())
def test_a_kernel_rounds_each_operation_where_it_is_told_to_and_else_may_round_once(a):
    x, factor = strict.asarray(a), np.float32(0.1)
    same(doubled(options=("--fmad=false",))(x, factor), a * factor + a)
    once = (a.astype("float64") * np.float64(factor) + a).astype("float32")
    same(doubled()(x, factor), once)


def test_to_round_once_makes_a_difference():
    x = np.random.default_rng(0).standard_normal(100).astype("float32")
    once, twice = (doubled(options=options)(strict.asarray(x), 0.1).get() for options in ((), ("--fmad=false",)))
    assert 0 < np.sum(once != twice) < 100


def test_a_kernel_writes_to_the_arrays_it_is_given():
    x, y = device(), strict.empty_like(device())
    assert doubled()(x, 1.0, y) is y
    same(y, HOST + HOST)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([HOST, 1.0], "Unsupported type"),
        ([strict.asarray(HOST), strict.asarray(HOST.astype("float64"))], "Type is mismatched"),
        ([1.0, 1.0], "Type is mismatched"),
        ([strict.asarray(HOST)], "Wrong number of arguments"),
    ],
)
def test_what_a_kernel_refuses(arguments, said):
    with pytest.raises(TypeError, match=said):
        doubled()(*arguments)


def test_a_kernel_s_name_is_an_identifier():
    with pytest.raises(ValueError, match="Invalid kernel name"):
        strict.ElementwiseKernel("T x", "T y", "y = x", "<lambda>")


def two_kernels(x):
    double = strict.ElementwiseKernel("T x", "T y", "y = x + x")
    double(double(x))


LAUNCHES = {
    "arithmetic": (lambda x: (x + x) * 2 - x, 3),
    "power": (lambda x: x**2, 1),
    "in place": (lambda x: add_in_place(x, 1.0), 1),
    "ufunc with out": (lambda x: strict.exp(x, out=x), 1),
    "comparison": (lambda x: x > 0, 1),
    "function": (lambda x: strict.where(x > 0, x, 0.0), 2),
    "reduction": (lambda x: x.sum(axis=0), 1),
    "product": (lambda x: x @ x.T, 1),
    "assignment": (lambda x: assign(x, slice(1), 0.0), 1),
    "gather": (lambda x: x[strict.asarray(np.array([1, 0]))], 2),
    "cast": (lambda x: x.astype("float64"), 1),
    "cast to what it is": (lambda x: x.astype("float32", copy=False), 0),
    "copy": (lambda x: x.copy(), 1),
    "reshape of what is in another order": (lambda x: x.T.reshape(-1), 1),
    "views": (lambda x: strict.split(x[:, 1:].T.reshape(2, 2)[0], 2), 0),
    "empty": (lambda x: strict.empty_like(x), 0),
    "zeros": (lambda x: strict.zeros(3), 1),
    "kernels": (two_kernels, 2),
}


@pytest.mark.parametrize(("work", "expected"), LAUNCHES.values(), ids=LAUNCHES)
def test_what_a_gpu_has_to_be_asked_to_do_is_counted(work, expected):
    x = device()
    strict.reset()
    work(x)
    assert strict.launches == expected
