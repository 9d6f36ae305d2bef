"""Truth, numbers, text, elements, copies and assignments of a Tensor."""

import copy
import math
import pickle

import numpy as np
import pytest

import minimix as mm
from minimix import Tensor, elsewhere, grad, no_grad


def test_a_loss_prints_after_backward_as_before():
    x = Tensor(np.array([1.0, 2.5]), requires_grad=True)
    loss = (x * x).mean()
    before = repr(loss), str(loss), f"{loss}", f"{loss:.3f}", f"{loss:8.1e}", float(loss)
    loss.backward()
    assert before == (repr(loss), str(loss), f"{loss}", f"{loss:.3f}", f"{loss:8.1e}", float(loss))
    assert before[3] == "3.625" and "from mean" in before[0]


def test_numbers_are_those_of_the_only_element(backend):
    x = Tensor([[2.75]], requires_grad=True)
    assert (float(x), int(x), complex(x), bool(x), x.item(), x.tolist()) == (2.75, 2, 2.75 + 0j, True, 2.75, [[2.75]])
    assert (math.floor(x), math.trunc(x), math.ceil(x)) == (2, 2, 3)
    assert bool(Tensor([0.0])) is False
    assert list(range(Tensor(np.array(3)))) == [0, 1, 2] and "abc"[Tensor(np.array(1))] == "b"


@pytest.mark.parametrize(
    ("error", "call", "text"),
    [
        (TypeError, float, r"needs a Tensor with one element, got shape \(3,\)"),
        (TypeError, int, r"needs a Tensor with one element, got shape \(3,\)"),
        (TypeError, lambda x: f"{x:.2f}", r"'.2f' is for one number, got shape \(3,\)"),
        (ValueError, bool, r"of shape \(3,\) is ambiguous: use where"),
        (ValueError, lambda x: x > 0 and x < 1, "instead of and, or, not"),
        (TypeError, lambda x: [1, 2][x[0]], "must be one integer, got float32"),
        (TypeError, lambda x: range(x.sum()), "must be one integer"),
        (TypeError, lambda x: len(x[0]), r"has no len\(\)"),
        (TypeError, lambda x: list(x[0]), "cannot be iterated over"),
        (TypeError, lambda x: x.__delitem__(0), "keeps its length"),
        (TypeError, lambda x: Tensor([1.0], "float64"), "requires_grad must be True or False, got 'float64'"),
    ],
)
def test_what_has_no_answer_is_refused_in_one_sentence(backend, error, call, text):
    with pytest.raises(error, match=text):
        call(Tensor([1.0, 2.0, 3.0], requires_grad=True))


def test_elements_are_found_and_rows_remember_their_tensor():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    assert 3.0 in x and 5.0 not in x and Tensor([1.0, 2.0]) in x
    sum(row.sum() * k for k, row in enumerate(x)).backward()
    np.testing.assert_array_equal(x.grad, [[0, 0], [1, 1]])


CUTS = {
    "math.sin": lambda x: x * math.sin(x), "float": lambda x: x * float(x), "int": lambda x: x * int(x),
    "asarray": lambda x: x * np.asarray(x), "numpy": lambda x: x * x.numpy(), "tolist": lambda x: x * x.tolist(),
    "Tensor": lambda x: x * Tensor(x), "np.median": lambda x: x * np.median(x), "list": lambda x: x * np.array([x])[0],
    "floor": lambda x: x * math.floor(x),
}  # fmt: skip


@pytest.mark.parametrize("f", CUTS.values(), ids=CUTS)
@pytest.mark.parametrize("transform", [grad, lambda f: lambda x: mm.hvp(f, x, 1.0)], ids=["grad", "hvp"])
def test_a_differentiated_function_cannot_make_a_constant_of_its_variable_unawares(f, transform):
    with pytest.raises(TypeError, match=r"minimix|x\.detach\(\)"):
        transform(f)(2.0)
    f(Tensor(2.0, requires_grad=True))  # elsewhere it is what it always was, or NumPy's own refusal
    f(Tensor(2.0))


CUTS.pop("np.median")  # refused everywhere


def test_what_says_so_or_decides_only_is_let_through():
    seen = []

    def f(x):
        seen.append(f"{x:.1f} {x}")
        y = x * x.item() * x.detach()
        return y + np.argmax(x) if x > 0 and np.isfinite(x) else y

    assert grad(f)(2.0) == 4 and seen[0].startswith("2.0 Tensor(2.0")
    with no_grad():
        assert float(Tensor(2.0, requires_grad=True)) == 2


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_is_a_leaf_that_trains_alone(copied):
    x = Tensor(np.ones(3, "float32"), requires_grad=True, name="w")
    optimizer = mm.optim.Optimizer([("w", x)], mm.optim.SGD(0.5))
    (x * 3).sum().backward()
    other = copied(x)
    assert (other.requires_grad, other.name, other.dtype) == (True, "w", np.float32)
    x.grad = None
    (x * 3).sum().backward()  # into the optimizer's memory once more
    (x * 4).sum().backward()
    np.testing.assert_array_equal(other.grad, [3, 3, 3])
    (other * 2).sum().backward()
    np.testing.assert_array_equal(x.grad, [7, 7, 7])
    np.testing.assert_array_equal(other.grad, [5, 5, 5])
    if copied is not copy.copy:  # which shares the data, as Python's and PyTorch's does
        optimizer.step()
        np.testing.assert_array_equal(other.data, [1, 1, 1])
    for computed in (x * 2, [x * 2], {"a": x.sum()}):
        with pytest.raises(TypeError, match=r"x\.detach\(\)"):
            copy.deepcopy(computed)


IN_PLACE = ["+=", "-=", "*=", "/=", "//=", "%=", "**="]


@pytest.mark.parametrize("sign", IN_PLACE)
def test_a_parameter_changes_in_place_where_nothing_is_recorded_and_else_not_at_all(backend, sign):
    a = np.array([1.5, 2.0, 4.0])
    p = Tensor(a.copy(), requires_grad=True)
    alias, expected, room = p, {"p": a.copy()}, {"p": p}
    exec(f"p {sign} 2.0", expected)
    with pytest.raises(RuntimeError, match=r"write with minimix.no_grad\(\): x "):
        exec(f"p {sign} 2.0", room)
    np.testing.assert_array_equal(alias.numpy(), a)
    with no_grad():
        exec(f"p {sign} 2.0", room)
    assert room["p"] is alias and alias.requires_grad
    np.testing.assert_array_equal(alias.numpy(), expected["p"])


def test_gradient_descent_by_hand_trains_as_it_reads():
    p = Tensor([4.0], requires_grad=True)
    for _ in range(3):
        p.grad = None
        (p * p).sum().backward()
        with no_grad():
            for q in [p]:
                q -= 0.25 * q.grad
    np.testing.assert_array_equal(p.data, [0.5])


def test_a_recorded_result_is_computed_anew_in_place():
    x = Tensor([1.0, 2.0], requires_grad=True)
    total = Tensor(0.0)
    for row in x:
        total += row * row
    total *= 2
    total.backward()
    np.testing.assert_array_equal(x.grad, [4, 8])
    constant = Tensor([1, 2])
    with pytest.raises(TypeError):  # NumPy's: float to int
        Tensor(np.array([1, 2])).__iadd__(0.5)
    constant += 1
    np.testing.assert_array_equal(constant.data, [2, 3])


@pytest.mark.parametrize("other", [None, "a", {}])
def test_what_is_no_number_changes_nothing_in_place(backend, other):
    x = Tensor([1.0, 2.0])
    for change in (lambda: x.__iadd__(other), lambda: x.__setitem__(0, other)):
        with pytest.raises(TypeError, match="Tensors, arrays and real numbers, got"):
            change()
    assert x.tolist() == [1, 2]


def test_what_is_on_the_host_is_brought_along_in_place(backend):
    x = Tensor([1.0, 2.0])
    x += np.array([1.0, 1.0])
    x[0] = np.array(7.0)
    x *= np.float64(2.0)
    assert x.tolist() == [14, 6] and x.dtype == "float32"


def test_elements_are_assigned_where_nothing_is_recorded():
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    for target in (x, x * 2):
        with pytest.raises(RuntimeError, match=r"minimix.where\(condition, a, x\)"):
            target[0] = 5.0
    with pytest.raises(RuntimeError, match="where"):
        Tensor([0.0, 0.0])[0] = x[0]
    with no_grad():
        x[Tensor(np.array([0, 2]))] = 5.0
    np.testing.assert_array_equal(x.data, [5, 2, 5])
    plain = Tensor([0.0, 0.0])
    plain[1] = Tensor(7.0)
    np.testing.assert_array_equal(plain.data, [0, 7])


@pytest.mark.parametrize("name", elsewhere.TENSOR)
def test_names_of_other_libraries_are_answered_by_what_to_write(name):
    x = Tensor([1.0])
    assert not hasattr(x, name) and name not in dir(x)
    with pytest.raises(AttributeError, match=f"a Tensor has no {name}: write ."):
        getattr(x, name)
