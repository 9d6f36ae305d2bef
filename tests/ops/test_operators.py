"""Every operator: its values, its gradients of first and second order, its dtypes, and the device."""

import operator
from enum import IntEnum
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minimix as mm
from minimix import Tensor, gradcheck, ops
from minimix.operators import OPERATORS
from minimix.tensor import Number, value
from tests.ops.cases import ADJOINTS, CASES, results, tensors

ALL = CASES | ADJOINTS
every_case = pytest.mark.parametrize("case", ALL.values(), ids=ALL)


@every_case
@settings(max_examples=15)
@given(data=st.data())
def test_gradients_agree_with_central_differences(case, data):
    f, inputs, _ = data.draw(case)
    assert gradcheck(f, inputs)


@every_case
@settings(max_examples=8)
@given(data=st.data())
def test_gradients_of_gradients_agree_with_central_differences(case, data):
    f, inputs, _ = data.draw(case)
    assert gradcheck(f, inputs, order=2)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@settings(max_examples=25)
@given(data=st.data())
def test_values_are_those_of_numpy(case, data):
    f, inputs, oracle = data.draw(case)
    np.testing.assert_allclose(f(*tensors(inputs)).numpy(), oracle(*inputs), 1e-12, 1e-12, strict=True)


@every_case
@settings(max_examples=12)
@given(data=st.data())
def test_float32_stays_float32_in_outputs_and_gradients(case, data):
    case = data.draw(case)
    inputs = tensors(case.inputs, np.float32)
    y = case.f(*inputs)
    assert y.dtype == np.float32
    if y.requires_grad:
        y.backward(np.ones(y.shape, np.float32), retain_graph=True)
        grads = [x.grad for x in inputs if isinstance(x, Tensor) and x.grad is not None]
        assert grads and all(g.dtype == np.float32 for g in grads)
        for x in inputs:
            if isinstance(x, Tensor):
                x.grad = None
        y.backward(np.ones(y.shape, np.float32), create_graph=True)
        assert all(x.grad.dtype == np.float32 for x in inputs if isinstance(x, Tensor) and x.grad is not None)


@every_case
@settings(max_examples=12)
@given(data=st.data())
def test_values_and_gradients_are_the_same_on_the_device(device, case, data):
    case = data.draw(case)
    expected = results(case)
    with mm.using(device):
        got = results(case)
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12, strict=True)


def test_every_registered_operator_has_a_case():
    """Covered is what a case records in its output: its products are then checked."""
    covered = set()

    @settings(max_examples=10)
    @given(st.data())
    def cover(data):
        for case in ALL.values():
            f, inputs, _ = data.draw(case)
            seen, stack = set(), [f(*tensors(inputs))]
            while stack:
                node = stack.pop()
                if isinstance(node, Tensor) and node not in seen:
                    seen.add(node)
                    stack += node._inputs
                    covered.add(node._operator and node._operator.name)

    cover()
    ours = {name for name, op in OPERATORS.items() if op.forward.__module__.startswith("minimix.ops")}
    constant = {name for name in ours if not OPERATORS[name].differentiable}
    assert len(ours) > 75 and ours - covered - constant == set()
    assert constant == {*CONSTANT, *CHOICES, "truncate", "_one_hot"}  # see test_methods and test_loss


A, B = np.array([-2.0, -0.5, 0.0, 1.5, 1.5]), np.array([1.5, -0.5, 2.0, 1.0, 1.5])
P, Q = np.array([True, True, False, False]), np.array([True, False, True, False])
CONSTANT = {
    "sign": (ops.sign, np.sign, [A]),
    "zeros_like": (ops.zeros_like, np.zeros_like, [A]),
    "greater": (lambda a, b: a > b, np.greater, [A, B]),
    "less": (lambda a, b: a < b, np.less, [A, B]),
    "greater_equal": (lambda a, b: a >= b, np.greater_equal, [A, B]),
    "less_equal": (lambda a, b: a <= b, np.less_equal, [A, B]),
    "equal": (lambda a, b: a == b, np.equal, [A, B]),
    "not_equal": (lambda a, b: a != b, np.not_equal, [A, B]),
    "logical_and": (lambda p, q: p & q, np.logical_and, [P, Q]),
    "logical_or": (lambda p, q: p | q, np.logical_or, [P, Q]),
    "logical_xor": (lambda p, q: p ^ q, np.logical_xor, [P, Q]),
    "logical_not": (lambda p: ~p, np.logical_not, [P]),
    "round": (ops.round, np.round, [A]),
    "floor_divide": (lambda a, b: a // b, np.floor_divide, [A, B]),
}
CHOICES = {
    "argmax": (ops.argmax, np.argmax),
    "argmin": (ops.argmin, np.argmin),
    "any": (ops.any, np.any),
    "all": (ops.all, np.all),
}
"""Reductions that are constant between their jumps."""
"""Operators that are constant between their jumps: how they are written, what NumPy calls them, their inputs."""
every_constant = pytest.mark.parametrize("name", CONSTANT)


def remembering(a):
    """A Tensor that an operator returned: floats require a gradient, truth values cannot."""
    return ops.same(Tensor(a, requires_grad=True)) if a.dtype.kind == "f" else Tensor(a.astype(float), True) > 0.5


@every_constant
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_operator_without_gradient_has_numpys_values_and_remembers_its_inputs(backend, name, dtype):
    f, oracle, arrays = CONSTANT[name]
    arrays = [a.astype(dtype) if a.dtype.kind == "f" else a for a in arrays]
    inputs = [remembering(a) for a in arrays]
    y = f(*inputs)
    np.testing.assert_array_equal(y.numpy(), oracle(*arrays), strict=True)
    assert y._operator.name == name and all(x is own for x, own in zip(y._inputs, inputs, strict=True))
    assert not y.requires_grad
    bare = f(*map(mm.backend.asarray, arrays))
    assert mm.backend.is_array(bare)
    np.testing.assert_array_equal(mm.backend.to_host(bare), oracle(*arrays), strict=True)
    with mm.no_grad():
        assert f(*inputs)._operator is None


@every_constant
def test_an_operator_without_gradient_keeps_the_gradient_of_what_goes_round_it(backend, name):
    f, _, arrays = CONSTANT[name]
    x = Tensor(np.arange(1.0, 1 + len(arrays[0])), requires_grad=True)
    inputs = [x * mm.backend.asarray(a) if a.dtype.kind == "f" else remembering(a) for a in arrays]
    (x * x * f(*inputs).astype(np.float64)).sum().backward()
    jumps = mm.backend.to_host(value(f(*inputs))).astype(float)
    np.testing.assert_array_equal(mm.backend.to_host(x.grad), 2 * x.numpy() * jumps)


@pytest.mark.parametrize(("f", "oracle"), CHOICES.values(), ids=CHOICES)
@pytest.mark.parametrize("axis", [None, 0, -1])
def test_a_choice_over_an_axis_is_numpys_and_passes_no_gradient(backend, f, oracle, axis):
    a = np.array([[0.0, 3.0, 3.0], [1.0, 0.0, np.nan], [0.0, 0.0, 0.0]])
    y = f(Tensor(a, requires_grad=True), axis, keepdims=True)
    np.testing.assert_array_equal(y.numpy(), oracle(a, axis, keepdims=True), strict=True)
    assert y._operator.name == f.__name__ and not y.requires_grad


@every_constant
def test_numbers_stay_python_numbers(name):
    f, oracle, arrays = CONSTANT[name]
    for row in zip(*arrays, strict=True):
        given = [Number(x.item(), requires_grad=True) for x in row]
        y = f(*given)
        assert type(y) is Number and type(y.data) is type(oracle(*row).item()) and y.data == oracle(*row)
        assert y._operator.name == name and not y.requires_grad


FUNCTIONS = (ops.sqrt, ops.exp, ops.tanh, ops.sign, ops.zeros_like, abs, lambda x: ops.maximum(x, 0.25))


@pytest.mark.parametrize("f", [*FUNCTIONS, lambda x: ops.where(x > 0, x, 0.25)])
def test_a_function_of_a_python_number_is_one_so_that_float32_stays_float32(f):
    for x in (0.5, 4, 0.0):
        bare, recorded = f(x), f(Number(x, requires_grad=True))
        assert type(bare) in (int, float) and type(recorded) is Number
        assert recorded.data == bare and type(recorded.data) is type(bare)
        assert (np.ones(2, np.float32) * bare).dtype == np.float32


@pytest.mark.parametrize("x", [-2, 0, 3, 0.5])
@pytest.mark.parametrize("k", [3, 0.75])
def test_arithmetic_of_numbers_is_pythons(x, k):
    """Whole numbers stay whole: a rule may ask for t % k."""
    for f in (
        lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b, lambda a, b: a // b,
        lambda a, b: a % b, lambda a, b: b**a, lambda a, b: -a, lambda a, b: abs(a), lambda a, b: a > b,
    ):  # fmt: skip
        expected = f(x, k)
        for got in (f(Number(x, True), k), f(x, Number(k, True)), f(Number(x, True), Number(k))):
            assert value(got) == expected and type(value(got)) is type(expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_number_promotes_nothing_and_is_itself_computed_in_double_precision(backend, dtype):
    x, b2 = Tensor(np.full(3, 0.5, dtype), requires_grad=True), Number(0.999, requires_grad=True)
    one = np.asarray(1 - 0.999**7, dtype)
    for y, expected in (
        (x * (1 - b2**7), 0.5 * one), ((1 - b2**7) * x, 0.5 * one), (x / (1 - b2**7), np.asarray(0.5, dtype) / one),
        (mm.maximum(x, 1 - b2), x.data), (mm.where(x > 0, x, b2), x.data), (x ** (b2 / b2), x.data),
    ):  # fmt: skip
        assert y.dtype == dtype and y.requires_grad
        np.testing.assert_array_equal(y.numpy(), np.broadcast_to(mm.backend.to_host(value(expected)), 3))


BINARY = (
    *(ops.add, ops.subtract, ops.multiply, ops.divide, ops.power, ops.maximum, ops.minimum, ops.floor_divide),
    *(ops.remainder, lambda a, b: ops.where(np.bool_(False), b, a), lambda a, b: ops.clip(a, b, None)),
    *(operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod),
)
WEAK = (np.float64(0.3), np.float32(0.3), np.longdouble(0.3), np.int64(3), np.uint8(3), np.bool_(True), Fraction(1, 3))


@pytest.mark.parametrize("f", BINARY)
@pytest.mark.parametrize("number", WEAK, ids=lambda x: type(x).__name__)
def test_numpys_scalars_promote_as_little_as_pythons_numbers(backend, f, number):
    for dtype in ("float16", "float32", "float64"):
        x = Tensor(np.array([0.5, 2.0], dtype), requires_grad=True)
        for y, expected in ((f(x, number), f(x, float(number))), (f(number, x), f(float(number), x))):
            assert type(y) is Tensor and y.dtype == dtype
            np.testing.assert_array_equal(y.numpy(), expected.numpy())
            for options in ({}, {"create_graph": True}):
                if y.requires_grad:
                    x.grad = None
                    y.sum().backward(retain_graph=True, **options)
                    assert x.grad.dtype == dtype
    y = f(Number(0.5, True), number)
    assert type(y) is Number and type(y.data) in (float, int)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_list_beside_a_tensor_has_its_dtype(backend, dtype):
    x = Tensor(np.array([0.5, 2.0], dtype), requires_grad=True)
    tenths, ones = [0.1, 0.2], [1, 2]
    for y in (x * tenths, tenths * x, x * ones, mm.concatenate([x, tenths]), mm.where([True, False], x, 0.0)):
        assert y.dtype == dtype
    np.testing.assert_array_equal((x * tenths).numpy(), x.numpy() * np.array(tenths, dtype))


class Mapped(np.ndarray):
    """A subclass as np.memmap is one."""


def test_subclasses_of_arrays_beside_a_tensor_are_arrays_of_their_dtype(backend):
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    x = Tensor(a, requires_grad=True)
    for other in (a.view(Mapped), a.view(np.matrix)):
        for y in (x * other, other * x):
            assert mm.backend.is_array(y.data) and type(y.data) not in (Mapped, np.matrix)
            np.testing.assert_array_equal(y.numpy(), a * a, strict=True)
    with pytest.raises(TypeError, match="a masked array has holes"):
        x * np.ma.masked_array(a, a > 2)


def test_a_whole_number_of_any_kind_is_one(backend):
    x = Tensor(np.array([1, 2]))
    for number in (IntEnum("Kind", "A").A, x.size, np.int8(1)):
        assert (x * number).dtype == "int64" and (x.astype("float32") * number).dtype == "float32"


NOTHING = {
    "+": lambda x, y: x + y, "r-": lambda x, y: y - x, "<": lambda x, y: x < y, "**": lambda x, y: x**y,
    "exp": lambda x, y: ops.exp(y), "relu": lambda x, y: mm.relu(y), "softmax": lambda x, y: mm.softmax(y),
    "maximum": mm.maximum, "where": lambda x, y: mm.where(x > 1, x, y), "condition": lambda x, y: mm.where(y, x, x),
}  # fmt: skip


@pytest.mark.parametrize("f", NOTHING.values(), ids=NOTHING)
@pytest.mark.parametrize("other", [None, "a"])
def test_what_is_nothing_is_refused_in_a_sentence_on_either_side(backend, f, other):
    with pytest.raises(TypeError, match=rf"takes? Tensors, arrays and real numbers, got {other!r}"):
        f(Tensor([1.0, 2.0], requires_grad=True), other)


LISTS = {
    "softmax": mm.softmax, "stack": lambda x: ops.stack([x[0], x[0]]), "dot": lambda x: ops.dot(Tensor([1.0]), x),
    "einsum": lambda x: ops.einsum("ij->ji", x), "conv2d": lambda x: ops.conv2d(x, x), "prod": ops.prod,
    "max_pool2d": ops.max_pool2d, "flatten": ops.flatten, "Flatten": mm.nn.Flatten(), "Dense": mm.nn.Dense(2, 1),
    "dense1": mm.nn.Sequential(mm.nn.Dense(2, 1)),
}  # fmt: skip


@pytest.mark.parametrize(("name", "f"), LISTS.items(), ids=LISTS)
def test_a_list_where_an_array_is_needed_is_named(name, f):
    with pytest.raises(TypeError, match=rf"^{name} takes Tensors.* got \[") as caught:
        f([[1.0, 2.0]])
    assert "\n" not in str(caught.value)


def test_an_error_of_one_s_own_is_not_taken_for_a_wrong_argument():
    class Broken(mm.nn.Module):
        def forward(self, x):
            return "text".shape

    with pytest.raises(AttributeError, match="'str' object has no attribute 'shape'"):
        Broken()([1.0])


@pytest.mark.parametrize("other", ["a", 1j, {1}, [[1.0], [1.0, 2.0]]], ids=repr)
def test_what_is_no_number_is_refused_in_a_sentence(other):
    with pytest.raises((TypeError, ValueError), match=r"real numbers, got|lists of the same length"):
        mm.maximum(Tensor([1.0, 2.0]), other)
