"""One source, written in letters and in numbers, as text and as MathML, and evaluated."""

import re
import xml.etree.ElementTree as xml

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimix.explain.notation import Equation, evaluate, mathml, names, number, symbol, text


def equation(source, target="y", aside=(), **keys):
    keys = {name: name for name in names(source) | {target}} | keys
    return Equation(target, source, tuple(keys.items()), aside=aside)


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("b1*m_old + (1-b1)*g", "b1*m_old + (1 - b1)*g"),
        ("m/(sqrt(v)/sqrt(1-b2**t) + eps)", "m/(sqrt(v)/sqrt(1 - b2^t) + eps)"),
        ("-eta*d", "-eta*d"),
        ("a - (b - c)", "a - (b - c)"),
        ("a - b - c", "a - b - c"),
        ("a/(b/c)", "a/(b/c)"),
        ("(a + b)**2", "(a + b)^2"),
        ("dot(d_s, d_a)", "<d_s, d_a>"),
        ("(t % k != 0)*b", "(t mod k != 0)*b"),
        ("abs(a) > -b", "abs(a) > -b"),
        ("where(a > 1 and (b > 0 or not c > 0), a, b)", "where(a > 1 and (b > 0 or not (c > 0)), a, b)"),
        ("(a > b) == c", "(a > b) = c"),
        ("0.30000000000000004*a + 200704*b", "0.3*a + 200704*b"),
        ("la*norm_a*d_s/norm_s", "la*norm(d_a)*d_s/norm(d_s)"),
    ],
)
def test_letters_are_written_with_the_brackets_they_need(source, written):
    assert text(equation(source)) == written


@pytest.mark.parametrize(
    ("source", "written"),
    [("a*b", "-2*(-3)"), ("a + b", "-2 + (-3)"), ("b**2", "(-3)^2"), ("-a*b", "-(-2)*(-3)")],
)
def test_a_negative_number_gets_brackets_where_a_sign_or_a_power_stands_before_or_after_it(source, written):
    assert text(equation(source), {"a": -2.0, "b": -3.0}) == written


def arithmetic():
    leaf = st.sampled_from(["a", "b", "c", "2"])

    def extend(inner):
        binary = st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda x: f"({x[0]}{x[1]}{x[2]})")
        return binary | inner.map(lambda x: f"(-{x})") | inner.map(lambda x: f"({x}**2)")

    return st.recursive(leaf, extend, max_leaves=8)


VALUES = {"a": -1.25, "b": 0.5, "c": 3.0}


@given(arithmetic())
def test_the_written_numbers_evaluate_to_what_the_source_gives(source):
    written = text(equation(source), VALUES).replace("^", "**")
    with np.errstate(all="ignore"):
        got, expected = evaluate(equation(source), VALUES), eval_numpy(source)
        again = eval_numpy(written)
    assert np.array_equal(got, expected, equal_nan=True)
    assert np.isclose(again, expected, rtol=1e-12, equal_nan=True)


def eval_numpy(source):
    wrapped = re.sub(r"(?<![\w.])(\d+\.?\d*)", r"float64(\1)", source)
    wrapped = wrapped.replace("**float64(2)", "**2")
    return eval(wrapped, {"float64": np.float64, **{k: np.float64(x) for k, x in VALUES.items()}})


@given(arithmetic(), st.booleans())
def test_mathml_is_well_formed_and_names_every_term(source, numbers):
    pieces = mathml(equation(source), numbers)
    tree = xml.fromstring(f"<math>{''.join(pieces)}</math>")
    assert {node.get("data-key") for node in tree.iter("mrow")} - {None} == names(source)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("cases(1, a, b)", [1.0, 20.0]),
        ("where(a > 1, a, b)", [10.0, 2.0]),
        ("sum(a) + max(b)", 23.0),
        ("where(a > 1 and not b > 10 or b > 15, a, -a)", [-1.0, 2.0]),
        ("relu(a - 1.5)", [0.0, 0.5]),
        ("sigmoid(a - a)", [0.5, 0.5]),
        ("norm(a)", 5.0**0.5),
        ("dot(a, b)", 50.0),
        ("max(a, b)", [10.0, 20.0]),
        ("abs(-b)", [10.0, 20.0]),
    ],
)
def test_functions(source, expected):
    values = {"a": np.array([1.0, 2.0]), "b": np.array([10.0, 20.0]), "index": np.arange(2)}
    np.testing.assert_allclose(evaluate(equation(source, index="index"), values), expected, rtol=1e-15)


def test_a_sum_is_several_pieces_so_that_a_narrow_page_can_break_it():
    assert len(mathml(equation("b1*m_old + (1-b1)*g"))) == 2
    assert len(mathml(equation("a/(b + c)"))) == 1


def test_a_term_is_written_as_its_key_calls_it_and_with_its_path_where_that_is_ambiguous():
    mixed = equation("m/c", "d_a", aside=(("m", "s"),), m="s.m", d_a="d_s")
    assert text(mixed) == "m(s)/c"
    assert mixed.written("d_a") == ("d_s", None)
    assert "<mi>s</mi>" in mathml(mixed)[0]


@pytest.mark.parametrize(
    ("name", "letters"),
    [("m_hat", "m^"), ("m_old", "mt−1"), ("d_s", "ds"), ("eta_m", "ηm"), ("b1", "β1"), ("inner", "⟨ds,da⟩")],
)
def test_symbols_of_the_field(name, letters):
    assert "".join(xml.fromstring(symbol(name)).itertext()) == letters


def test_numbers_have_five_significant_digits():
    assert number(1234.5678) == "1234.6"
    assert number(np.array([0.1 + 0.2, -1e-9])) == "[0.3, -1e-09]"
    assert number(np.array([[1.0, 2.5], [0.1 + 0.2, 4.0]])) == "[[1, 2.5], [0.3, 4]]"
