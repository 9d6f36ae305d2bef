"""What Python and NumPy ask of a Tensor is as NumPy's, recorded, or refused in a sentence: calls.txt, row by row."""

import numpy as np
import pytest

import minimix as mm
from minimix import Tensor
from minimix.tensor import differentiating
from tests.ops import calls

ROWS = {line[10:]: line[:10].strip() for line in calls.TABLE.read_text("utf-8").splitlines()}
NUMPY = calls.numpy_calls()


@pytest.mark.parametrize("name", calls.SIGNS)
def test_a_special_method_does_what_the_table_says(name):
    assert calls.sign_outcome(name)[0] == ROWS[calls.SIGNS[name]]


def test_every_function_of_numpys_does_what_the_table_says():
    """NumPy's versions differ in what they have: what one lacks is not asked of it, what it adds must have a row."""
    got = {f"np.{name}": calls.numpy_outcome(name, form)[0] for name, form in NUMPY.items()}
    assert got == {name: ROWS.get(name) for name in got}


def test_the_table_has_every_special_method_that_arrays_numbers_or_lists_have():
    known = {name.partition(" ")[0] for name in calls.SIGNS}
    kinds = (np.ndarray, float, int, list, Tensor)
    special = {name for kind in kinds for name in dir(kind) if name.startswith("__") and name.endswith("__")}
    of_every_object = {*dir(object), "__module__", "__slots__", "__weakref__", "__class_getitem__", "__getformat__"}
    protocols_of_arrays = {name for name in special if name.startswith("__array_") or "dlpack" in name}
    assert special - known - of_every_object - protocols_of_arrays <= {
        "__buffer__", "__getnewargs__", "__setstate__", "__setformat__", "__release_buffer__",
    }  # fmt: skip


def test_nothing_of_numpys_makes_a_constant_of_numbers_while_a_function_is_differentiated():
    for name, form in NUMPY.items():
        with differentiating(), calls.quiet():
            try:
                y = getattr(np, name)(*calls.given(form, calls.tensor))
            except (AttributeError, TypeError, ValueError, RuntimeError):
                continue
        plain = y if isinstance(y, (list, tuple)) else [y]
        cut = any(isinstance(part, np.ndarray) and part.dtype.kind == "f" for part in plain)
        fresh = name.endswith("_like") or name in ("select", "isscalar")
        assert not cut or fresh, name


@pytest.mark.parametrize("sign", ["+", "-", "*", "/", "**", "@", "%", "//", "<", ">=", "=="])
def test_arrays_and_numpys_numbers_on_either_side_leave_the_work_to_the_tensor(backend, sign):
    a = np.array([[0.5, 2.0], [1.5, 1.0]], "float32")
    for left, right in ((a, Tensor(a.T.copy(), True)), (Tensor(a.T.copy(), True), a)):
        home = [x if isinstance(x, Tensor) else mm.backend.asarray(x) for x in (left, right)]
        y = eval(f"left {sign} right", {"left": home[0], "right": home[1]})
        bare = [x.numpy() if isinstance(x, Tensor) else x for x in (left, right)]
        assert isinstance(y, Tensor) and y._operator is not None
        np.testing.assert_array_equal(y.numpy(), eval(f"left {sign} right", {"left": bare[0], "right": bare[1]}))


@pytest.mark.parametrize("number", [np.float64(0.1), np.float32(0.1), np.int64(3), np.float64("inf")], ids=repr)
def test_a_number_of_numpys_promotes_nothing(backend, number):
    x = Tensor(np.ones(3, "float32"), requires_grad=True)
    for y in (number * x, x * number, number + x, x - number, number / x, x**number, mm.maximum(x, number)):
        assert y.dtype == np.float32 and y._operator is not None
    (number * x * number).sum().backward(create_graph=True)
    assert x.grad.dtype == np.float32


def test_a_function_of_the_same_meaning_takes_numpys_arguments_and_names_those_that_it_does_not():
    x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    np.testing.assert_array_equal(np.sum(x, axis=0, keepdims=True).data, np.sum(x.data, axis=0, keepdims=True))
    np.testing.assert_array_equal(np.clip(x, a_min=1, a_max=None).data, np.clip(x.data, 1, None))
    np.testing.assert_array_equal(np.pad(x, 1, constant_values=7.0).data, np.pad(x.data, 1, constant_values=7.0))
    np.testing.assert_array_equal(np.concatenate([x.data, x], axis=1).data, np.concatenate([x.data, x.data], axis=1))
    with pytest.raises(TypeError, match=r"np.sum of a Tensor takes axis, keepdims, not dtype"):
        np.sum(x, dtype=float)
    with pytest.raises(TypeError, match=r"np.pad of a Tensor takes pad_width.*, not mode"):
        np.pad(x, 1, mode="edge")
    with pytest.raises(TypeError, match=r"np.reshape of a Tensor takes shape, not order"):
        np.reshape(x, (3, 2), order="F")


def test_a_refusal_names_what_to_write():
    x = Tensor([1.0, 2.0], requires_grad=True)
    for call, text in (
        (lambda: np.exp(x), r"np.exp of a Tensor is not recorded: write minimix.exp\("),
        (lambda: np.linalg.norm(x), r"write minimix.ops.norm\("),
        (lambda: np.fft.fft(x), r"write it with minimix's functions, or np.fft.fft\(x.numpy\(\)\)"),
        (lambda: np.add.reduce(x), "np.add.reduce of a Tensor is not recorded"),
        (lambda: np.add(x, 1, out=np.zeros(2)), "cannot put a Tensor into an array"),
    ):
        with pytest.raises(TypeError, match=text):
            call()


def test_a_tensor_on_a_device_becomes_no_array_by_accident(device):
    with mm.using(device):
        x = Tensor([1.0, 2.0])
        assert type(x.numpy()) is np.ndarray
        if not isinstance(x.data, np.ndarray):
            with pytest.raises(TypeError, match=r"x.numpy\(\)"):
                np.asarray(x)
