"""A student's own function: what it may be, and one sentence for each way of going wrong."""

import numpy as np
import pytest

from minimix.stepping import stepper, student


def write(tmp_path, code):
    path = tmp_path / "mine.py"
    path.write_text(code, encoding="utf-8")
    return f"{path}:f"


def refused(tmp_path, code, error, *words, **settings):
    with pytest.raises(error) as caught:
        stepper("sgd:lr=0.1", on=write(tmp_path, code), steps=3, **settings)
    sentence = str(caught.value)
    assert "\n" not in sentence
    for word in words:
        assert word in sentence, sentence


@pytest.mark.parametrize(
    "code",
    ["def f(w):\n    return w[0] ** 2 + 3 * w[1] ** 2", "def f(x, y):\n    return x * x + 3 * y * y"],
)
def test_one_tensor_or_two_and_the_engine_differentiates_it(tmp_path, code):
    s = stepper(["sgd:lr=0.1", "split:x=sgd(lr=0.1),y=freeze"], on=write(tmp_path, code), start=(1, 2), steps=2)
    step = s.steps["sgd:lr=0.1"][0]
    np.testing.assert_allclose(step["g"], [2, 12], rtol=1e-15)
    np.testing.assert_allclose(step["w_new"], [0.8, 0.8], rtol=1e-15)
    assert step["loss"] == 13
    np.testing.assert_allclose(s.runs[1].steps[0]["w_new"], [0.8, 2.0], rtol=1e-15)


def test_a_function_of_python_too():
    s = stepper("sgd:lr=0.1", on=lambda w: (w * w).sum(), steps=1)
    np.testing.assert_allclose(s.runs[0].steps[0]["g"], [2, 2])
    assert s.html()


def test_a_function_that_raises_is_named_with_its_line(tmp_path):
    code = "def f(w):\n    y = w[0]\n    return y + w[7]"
    refused(tmp_path, code, ValueError, "mine.py:f fails at (1, 1): line 3 (`return y + w[7]`): IndexError")


def test_a_file_that_raises_or_does_not_parse(tmp_path):
    refused(
        tmp_path,
        "x = 1\nf = undefined",
        ValueError,
        "as it is imported: line 2 (`f = undefined`): NameError",
    )
    refused(tmp_path, "def f(w:\n    pass", ValueError, "line 1 (`def f(w:`): SyntaxError")


def test_a_missing_file_and_a_missing_function(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file 'nowhere\.py'"):
        stepper("sgd", on="nowhere.py:f")
    refused(tmp_path, "def g(w):\n    return w.sum()\nf_ = 3", ValueError, "has no function or class 'f'; it has g")


def test_a_wrong_number_of_arguments(tmp_path):
    refused(tmp_path, "def f(x, y, z):\n    return x", ValueError, "takes 3 arguments")


def test_a_wrong_shape(tmp_path):
    refused(tmp_path, "def f(w):\n    return w * w", ValueError, "must return one number", "(2,)")


def test_a_result_that_is_no_tensor(tmp_path):
    refused(tmp_path, "def f(w):\n    return float(w[0] * w[0])", ValueError, "must return a Tensor", "float")


def test_a_result_that_the_engine_has_not_seen(tmp_path):
    refused(
        tmp_path,
        "import minimix as mx\ndef f(w):\n    return mx.Tensor(w.data.sum())",
        ValueError,
        "gradient is unknown",
    )


@pytest.mark.parametrize("line", ["w.data += 1", "w.data[0] = 3"])
def test_a_change_of_its_argument(tmp_path, line):
    refused(tmp_path, f"def f(w):\n    {line}\n    return w.sum()", ValueError, "changes its argument in place")


def test_a_change_of_one_of_two_arguments(tmp_path):
    refused(tmp_path, "def f(x, y):\n    x.data[...] = 0\n    return x * y", ValueError, "in place")


@pytest.mark.parametrize(
    "body", ["pass", "\n        try:\n            n = 1\n        except Exception:\n            pass"]
)
def test_a_function_that_never_ends_is_stopped(tmp_path, monkeypatch, body):
    monkeypatch.setattr(student, "LIMIT", 0.05)
    refused(tmp_path, f"def f(w):\n    while True: {body}", RuntimeError, "stopped after 0.05 seconds", "loop")


def test_the_limit_leaves_a_debuggers_trace_in_place():
    import sys

    def tracer(frame, event, argument):
        return None

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        student.landscape(lambda w: w.sum())
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)


def test_a_start_where_the_function_is_not_finite(tmp_path):
    code = "import minimix as mx\ndef f(w):\n    return mx.log(w[0]) + w[1]"
    refused(tmp_path, code, ValueError, "nan", "choose another", start=(-1, 1))


def test_points_where_the_function_fails_are_holes_in_the_picture(tmp_path):
    code = "def f(w):\n    if float(w[0]) < 0:\n        raise ValueError('no')\n    return w[0] + w[1]"
    own = student.landscape(write(tmp_path, code))
    z = own.heights(np.array([-1.0, 1.0]), np.array([0.0, 2.0]))
    np.testing.assert_array_equal(z, [[np.nan, 1.0], [np.nan, 3.0]])
