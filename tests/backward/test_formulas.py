"""Formulas read off the tape: in the operators' own lines, and what they give."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minimix as mx
from tests.ops.cases import CASES
from tests.ops.test_operators import tensors


def handed(t):
    return [h for step in t.steps for h in step.vjps]


def weighted(y):
    return (y * np.cos(np.arange(y.size)).reshape(y.shape)).sum() if y.ndim else y * 0.7


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@settings(max_examples=5)
@given(data=st.data())
def test_what_the_letters_give_is_what_the_vjp_gave(case, data):
    f, inputs, _ = data.draw(case)
    t = mx.tape(weighted(f(*tensors(inputs))), names={})
    for h in handed(t):
        formula = h.formula()
        given = np.broadcast_to(formula.value(), h.given.shape)
        np.testing.assert_allclose(given, h.given, rtol=1e-9, atol=1e-12, err_msg=formula.source)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@settings(max_examples=5)
@given(data=st.data())
def test_what_a_node_is_said_to_compute_is_its_value(case, data):
    f, inputs, _ = data.draw(case)
    t = mx.tape(weighted(f(*tensors(inputs))), names={})
    from minimix.backward.telling import formula

    for node in t.nodes:
        if node.operator:
            own = formula(t, node)
            value = np.broadcast_to(own.value(), node.tensor.shape)
            np.testing.assert_allclose(value, node.tensor.data, rtol=1e-9, atol=1e-12, err_msg=own.source)
