"""Tapes: names, words, what is refused, long ones, CSV and pictures."""

import csv
import time

import numpy as np
import pytest

import minimix as mx
from minimix import Tensor
from minimix.backward import picture
from minimix.backward.telling import formula
from minimix.operators import operator


def vjps(t):
    return {(step.node.name, h.to.name): h.formula().text() for step in t.steps for h in step.vjps}


def test_nodes_have_the_names_of_the_readers_variables():
    x = Tensor(2.0, requires_grad=True)
    half = x * 0.5
    total = half + x * 3.0
    t = mx.tape(total)
    assert [node.name for node in t.nodes] == ["x", "half", "v1", "total"]


def test_parameters_of_a_model_have_the_names_of_its_layers():
    model = mx.nn.Sequential(mx.nn.Dense(2, 2, 0))
    loss = model(Tensor(np.ones((1, 2), np.float32))).sum()
    assert {"dense1.weight", "dense1.bias"} < {node.name for node in mx.tape(loss).nodes}


def test_a_readers_own_operator_shows_its_own_formulas():
    @operator(lambda g, y, x, *, k: g * k * cube(x, k=k) / x, None)
    def cube(x, *, k):
        return x**k

    x = Tensor(2.0, requires_grad=True)
    t = mx.tape(cube(x, k=3), names={"x": x})
    assert vjps(t) == {("loss", "x"): "g*3*cube(x, k=3)/x"}
    assert formula(t, t.loss).text() == "cube(x, k=3)" and t.by[x].gradient == 12


def test_an_operator_whose_vjp_takes_arrays_alone_shows_its_numbers():
    @operator(lambda g, y, x: g * np.cos(x))
    def sine(x):
        return np.sin(x)

    x = Tensor(2.0, requires_grad=True)
    t = mx.tape(sine(x), names={"x": x})
    assert vjps(t) == {("loss", "x"): "sine_vjp(g, loss, x)"} and t.by[x].gradient == np.cos(np.float32(2))
    assert "sine_vjp(1, 0.9093, 2) = -0.4161" in t.text() and "sine_vjp" in t.html()


def test_formulas_are_in_the_names_of_the_tape():
    rng = np.random.default_rng(0)
    x, w = (Tensor(rng.standard_normal(s), requires_grad=True) for s in ((4, 3), (3, 2)))
    v = x @ w
    t = mx.tape(mx.cross_entropy(mx.tanh(v), np.array([0, 1, 1, 0])), names={"x": x, "w": w, "v": v})
    assert vjps(t) == {
        ("loss", "v1"): "(softmax(v1) - one_hot(v1, labels=labels))*(g/4)",
        ("v1", "v"): "g*(1 - v1*v1)",
        ("v", "x"): "g @ w.T",
        ("v", "w"): "x.T @ g",
    }


def test_a_branch_is_printed_as_it_was_taken():
    x = Tensor(np.array([1.0, -2.0, 3.0]), requires_grad=True)
    largest = mx.tape(x.max(), names={"x": x})
    assert vjps(largest) == {("loss", "x"): "where(x = loss, g/sum(x = loss, axis=(0,)), 0)"}
    assert vjps(mx.tape(mx.relu(x).sum(), names={"x": x}))[("v1", "x")] == "g*sign(v1)"


def test_numbers_stand_in_place_of_letters_and_shapes_of_large_arrays():
    x = Tensor(np.arange(8.0).reshape(2, 4), requires_grad=True)
    (h,) = mx.tape((x * 2.0).sum(), names={}).steps[-2].vjps
    assert h.formula().text(numbers=True) == "[2×4]*2"
    y = Tensor(np.array([[1.0], [-2.0]]), requires_grad=True)
    (h,) = mx.tape((y * 2.0).sum(), names={}).steps[-2].vjps
    assert h.formula().text(numbers=True) == "[[1], [1]]*2"


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda: 3.0, TypeError, "tape takes a Tensor, the loss, got 3.0"),
        (lambda: Tensor([1.0, 2.0], requires_grad=True) * 2.0, ValueError, r"one element, got shape \(2,\)"),
        (lambda: Tensor(3.0) * 2.0, ValueError, "nothing was recorded"),
    ],
)
def test_what_has_no_tape_is_refused_in_a_sentence(make, kind, words):
    with pytest.raises(kind, match=words):
        mx.tape(make())


def test_a_constant_gradient_cannot_be_differentiated_again():
    x = Tensor(2.0, requires_grad=True)
    with pytest.raises(ValueError, match="the gradient is constant"):
        mx.tape(x * 3.0, second=True)


def test_a_leaf_alone_is_a_tape():
    x = Tensor(2.0, requires_grad=True, name="x")
    t = mx.tape(x, names={})
    assert [(step.phase, step.node.name) for step in t.steps] == [("backward", "x")] and t.text() and t.data()


def long_tape(n):
    x = y = Tensor(1.0, requires_grad=True, name="x")
    for _ in range(n // 2):
        y = y * 1.0 + x
    return mx.tape(y, names={})


def test_a_long_tape_is_cut_with_a_sentence_and_its_gradient_is_whole():
    t = long_tape(3000)
    data = t.data()
    assert "3,001 nodes" in data["cut"] and len(data["nodes"]) < 210 and data["cut"] in t.text()
    ids = {node["id"] for node in data["nodes"]}
    assert all({*node["inputs"]} <= ids for node in data["nodes"])
    assert all({step["node"], *(v["to"] for v in step["vjps"])} <= ids for step in data["steps"])
    assert t.nodes[0].gradient == 1501 and sorted({n["layer"] for n in data["nodes"]})[-1] < 210


@pytest.mark.slow
def test_a_tape_of_100000_nodes():
    t = long_tape(100_000)
    before = time.process_time()
    assert len(t.text()) < 400_000 and "100,001 nodes" in t.data()["cut"]
    assert t.nodes[0].gradient == 50_001 and time.process_time() - before < 60


def test_the_csv_has_all_digits(tmp_path):
    x = Tensor(np.array([0.1, 0.7]), requires_grad=True)
    t = mx.tape((mx.exp(x) * x).sum(), names={"x": x})
    t.csv(tmp_path / "tape.csv")
    with open(tmp_path / "tape.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    last = [float(row["value"]) for row in rows if (row["node"], row["what"]) == ("x", "gradient")]
    assert np.array_equal(last, t.by[x].gradient)
    handed = [float(row["value"]) for row in rows if row["what"] == "handed" and row["to"] == "x"]
    assert np.array_equal(np.reshape(handed, (2, 2)).sum(0), t.by[x].gradient)


def test_of_a_large_array_the_csv_has_the_norm(tmp_path):
    x = Tensor(np.ones(1600), requires_grad=True)
    mx.tape(x.sum(), names={"x": x}).csv(tmp_path / "tape.csv")
    rows = (tmp_path / "tape.csv").read_text().splitlines()
    assert "forward,0,x,,value,,,norm,40.0" in rows and len(rows) < 10


def test_pictures(tmp_path):
    x = Tensor(3.0, requires_grad=True)
    t = mx.tape(x * x + x, names={"x": x})
    t.png(tmp_path / "all.png")
    drawn = []
    t.png(tmp_path / "s{step}.png", on_picture=lambda: drawn.append(1))
    assert len(drawn) == len(t.steps) == 5
    assert sorted(p.name for p in tmp_path.iterdir()) == ["all.png", *(f"s{i}.png" for i in range(1, 6))]
    texts = [text.get_text() for text in picture.draw(t, 2).axes[0].texts]
    assert "x\nleaf\n3\ngrad 1" in texts  # loss = v1 + x has handed 1 to x; v1 has not yet
    with pytest.raises(ValueError, match="too many for a picture"):
        long_tape(200).png(tmp_path / "long.png")


@pytest.mark.parametrize("names", [5, ["x"], {3: None}])
def test_names_that_are_no_dictionary_of_names_are_refused(names):
    with pytest.raises(TypeError, match=r"tape: names must be a dictionary, \{name: Tensor\}, got "):
        mx.tape(Tensor(2.0, requires_grad=True) * 2.0, names)
