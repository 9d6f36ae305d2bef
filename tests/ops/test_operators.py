"""Every operator: its values, its gradients of first and second order, its dtypes, and the device."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minimix as mm
from minimix import Tensor, backend, gradcheck
from minimix.tensor import OPERATORS
from tests.ops.cases import ADJOINTS, CASES

ALL = CASES | ADJOINTS
every_case = pytest.mark.parametrize("case", ALL.values(), ids=ALL)


def tensors(inputs, dtype=np.float64):
    """Inputs of the module in use: floats as Tensors that require a gradient, integers as arrays."""
    given = []
    for x in inputs:
        if x is None:
            given.append(x)
        elif x.dtype.kind == "f":
            given.append(Tensor(x.astype(dtype), requires_grad=True))
        else:
            given.append(backend.asarray(x))
    return given


def results(case, dtype=np.float64):
    """The output and the gradients of a weighted sum of it, as NumPy arrays."""
    inputs = tensors(case.inputs, dtype)
    y = case.f(*inputs)
    weights = np.cos(np.arange(y.size)).reshape(y.shape)
    if y.requires_grad:
        y.backward(backend.asarray(weights.astype(dtype)))
    grads = [x.grad for x in inputs if isinstance(x, Tensor)]
    return [y.numpy(), *(backend.to_host(g) for g in grads if g is not None)]


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
    assert len(ours) > 25 and ours - covered == set()
