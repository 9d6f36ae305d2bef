"""What the command shows the tape of, and its sentences for what has none."""

import pytest

from minimix.backward.source import tape_of

MINE = """
import minimix as mx

def f(x, y):
    a = x * y
    return mx.tanh(a) + a

def g(w):
    return (w * w).sum()

def h():
    w = mx.Tensor([1.0, 2.0], requires_grad=True)
    return (w * w).mean()

def net(seed):
    return mx.nn.Sequential(mx.nn.Flatten(), mx.nn.Dense(784, 3, seed), mx.nn.ReLU(), mx.nn.Dense(3, 10, seed))

def raises(x):
    return x[7]

def vector(x):
    return x * 2.0

def number(x):
    return 3.0

def nothing():
    return mx.Tensor(3.0)

def constant(x):
    return x.detach().sum()
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(MINE)


def test_a_function_of_two_numbers_keeps_its_names(mine):
    t = tape_of("mine.py:f", at=(1.0, 2.0))
    assert [node.name for node in t.nodes] == ["x", "y", "a", "v1", "loss"]
    assert [float(node.tensor.data) for node in t.nodes[:2]] == [1, 2]


@pytest.mark.parametrize(("at", "value"), [(None, [1, 1]), ((3.0,), 3), ((1.0, 2.0, 3.0), [1, 2, 3])])
def test_a_function_of_one_tensor_gets_all_the_numbers(mine, at, value):
    assert tape_of("mine.py:g", at=at).nodes[0].tensor.tolist() == value


def test_a_function_without_arguments(mine):
    t = tape_of("mine.py:h")
    assert t.nodes[0].name == "w" and t.nodes[0].gradient.tolist() == [1, 2]


def test_a_network_has_its_layers_as_groups(mine):
    t = tape_of("mine.py:net", batch=2, seed=1)
    groups = {node.name: node.group for node in t.nodes}
    assert groups["logits"] == "dense2" and groups["v1"] == "dense1" and groups["v2"] == "relu1"
    images = next(node for node in t.data()["nodes"] if node["name"] == "images")
    assert (
        images["shape"] == "2×784" and images["value"]["kind"] == "picture" and t.title == "mine.py:net on 2 of glyphs"
    )
    assert {node.group for node in t.nodes if node.name.startswith("dense1.")} == {"dense1"}


@pytest.mark.parametrize(
    ("what", "options", "words"),
    [
        ("mine.py:raises", {}, r"fails at \(1, 1\): line 19 .*IndexError"),
        ("mine.py:vector", {}, r"must return one number .*got shape \(2,\)"),
        ("mine.py:number", {}, "must return a Tensor with one element, got float"),
        ("mine.py:nothing", {}, "nothing was recorded"),
        ("mine.py:constant", {}, "nothing was recorded"),
        ("mine.py:ff", {}, "no function or class 'ff'.*did you mean 'f'"),
        ("mine.py:f", {"at": (1.0, 2.0, 3.0)}, r"takes 2 numbers \(x, y\), but at gives 3"),
        ("mine.py:f", {"batch": 2}, "must take a seed or nothing, but it needs x, y"),
        ("mine.py:h", {"batch": 2}, "must return a Module"),
        ("mine.py:net", {"at": (1.0,)}, "a network has no arguments to choose"),
        ("cnnn", {}, "no network and no file.py:name.*did you mean 'cnn'"),
        ("other.py:f", {}, "there is no file 'other.py'"),
    ],
)
def test_bad_input_gets_a_sentence(mine, what, options, words):
    with pytest.raises((ValueError, FileNotFoundError, RuntimeError), match=words):
        tape_of(what, **options)


@pytest.mark.parametrize(
    ("vjp", "second", "words"),
    [
        ("1 / 0", False, r"mine.py:f fails: line 4 of mine.py \(`@operator.*`\): ZeroDivisionError: division by zero"),
        ("None", False, "own: the vector-Jacobian product for argument 1 returned nothing"),
        ("g * np.cos(x)", True, r"mine.py:f fails: line 4 of mine.py \(`@operator.*`\): TypeError: np.cos of a Tensor"),
    ],
)
def test_a_fault_in_a_vjp_of_the_readers_is_the_readers(tmp_path, vjp, second, words):
    text = "import numpy as np\nfrom minimix.operators import operator\n\n"
    text += f"@operator(lambda g, y, x: {vjp})\ndef own(x):\n    return np.sin(x)\n\ndef f(x):\n    return own(x)\n"
    (tmp_path / "mine.py").write_text(text)
    with pytest.raises(ValueError, match=words):
        tape_of(f"{tmp_path / 'mine.py'}:f", at=(2.0,), second=second)
