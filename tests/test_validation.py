"""minimix/validation.py: what fits an annotation, and JSON that is none."""

import json
import math
from collections.abc import Callable
from typing import Annotated

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimix.validation import DEEPEST, check, read_json

NO = ["x", [], {}, None, len]  # in no form of numbers
FORMS = [
    (int, [0, -3, 10**400, np.int64(3)], [True, 1.0, np.float32(1), *NO]),
    (float, [0, 1.5, -1e308, np.float32(2), 10**300], [True, math.nan, math.inf, -math.inf, 10**400, 1j, *NO]),
    (bool, [True, False], [0, 1.0, *NO]),
    (str, ["", "x"], [b"x", 1, None]),
    (dict, [{}, {"a": 1}], [[], None, "x"]),
    (Callable, [len, dict], ["len", None]),
    (int | None, [3, None], [True, 0.5, "x"]),
    (list[int], [[], [1, 2]], [(1, 2), [1, None], [True], [1.5], {}, None]),
    (list[float | None], [[], [None, 1.5, 2]], [["1"], [math.nan], [[]]]),
    (list[dict], [[], [{}]], [[[]], {}]),
    (Annotated[str | None, "how", ("once", "anew")], ["once", None], [3, ["once"]]),
]


@pytest.mark.parametrize(("form", "fitting", "others"), FORMS)
def test_a_form_takes_its_own_values_and_no_others(form, fitting, others):
    for value in fitting:
        check("it", value, form)
    for value in others:
        with pytest.raises(ValueError, match=r"^it must be"):
            check("it", value, form)


@pytest.mark.parametrize(
    ("form", "value", "sentence"),
    [
        (int, "3", "epochs must be a whole number, got '3'"),
        (int | None, True, "epochs must be a whole number or none, got True"),
        (float | None, math.nan, "epochs must be a finite number or none, got nan"),
        (list[float | None], [{}], r"epochs must be a list, each item a finite number or none, got \[\{\}\]"),
        (
            Annotated[str | None, "how", ("once", "anew")],
            "onec",
            "epochs must be one of once, anew, got 'onec'; did you",
        ),
        (str | Callable, 3, "epochs must be a text or a function, got 3"),
        (dict, [1] * 100, r"epochs must be a dictionary, \{…\}, got a value of type list"),
    ],
)
def test_what_does_not_fit_is_told_in_one_sentence(form, value, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        check("epochs", value, form)


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), TREES, max_size=4), st.sampled_from(["utf-8", "utf-8-sig"]))
def test_an_object_is_read_as_it_is(tmp_path_factory, content, encoding):
    path = tmp_path_factory.getbasetemp() / "tree.json"
    path.write_text(json.dumps(content, ensure_ascii=True), encoding)
    assert read_json(path) == content


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"{", "is not valid JSON: "),
        (b"[]", "must hold a dictionary, .*, but it holds a list"),
        (b"\xff\xfe{}", "is not valid JSON: it is no text in UTF-8"),
        (b'{"a": NaN}', "is not valid JSON: NaN is no number"),
        (b'{"a": {"b": 1, "c": 2, "b": 3}}', "is not valid JSON: 'b' stands twice in one object"),
        (b'{"a": ' * 100_000, "is not valid JSON: it is nested too deeply"),
        (b'{"a": ' + b"[" * DEEPEST + b"]" * DEEPEST + b"}", "is nested too deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", "is not valid JSON: "),
    ],
)
def test_what_is_no_object_is_told_in_one_sentence(tmp_path, text, sentence):
    (tmp_path / "x.json").write_bytes(text)
    with pytest.raises(ValueError, match=rf"^'.*x\.json' {sentence}"):
        read_json(tmp_path / "x.json")
