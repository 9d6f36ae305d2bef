"""That LayerSplit gives each parameter to the rule whose pattern names it, and refuses what does not fit."""

import pytest

from minimix.optim import MAS, SGD, SWATS, Adam, Freeze, LayerSplit
from minimix.optim.layer_split import _group, assign
from minimix.optim.state import Layer
from tests.optim import oracles
from tests.optim.problem import OTHERS, SHAPES, WEIGHTS, check

CONV = ["conv1.weight", "conv1.bias"]
REST = [name for name in SHAPES if name not in CONV]
LAYERS = "the layers dense1, dense2, dense3"
MLP = ["dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias", "dense3.weight", "dense3.bias"]


@pytest.mark.parametrize("first", ["conv1", "first1", "conv*", "conv1.*"])
def test_a_group_of_neighbours(backend, first):
    rule = LayerSplit({first: Adam(1e-2), "*": SGD(1e-2, momentum=0.9)})
    check(rule, oracles.Split((oracles.Adam(1e-2), CONV), (oracles.Sgd(1e-2, mu=0.9), REST)))


def test_a_group_of_scattered_parameters(backend):
    rule = LayerSplit({"*weight": Adam(1e-2), "*": SGD(1e-2, momentum=0.9)})
    check(rule, oracles.Split((oracles.Adam(1e-2), WEIGHTS), (oracles.Sgd(1e-2, mu=0.9), OTHERS)))


def test_the_default_is_the_studys_adam_on_the_first_layer_and_sgd_on_the_others():
    check(LayerSplit(), oracles.Split((oracles.Adam(1e-3), CONV), (oracles.Sgd(1e-2), REST)))


@pytest.mark.parametrize("combine", ["linear", "vector", "normalized", "correction"])
def test_a_group_may_have_a_mixture(combine):
    rule = LayerSplit({"*weight": MAS(1e-2, combine=combine), "*": SWATS(1e-2)})
    mas = oracles.Mas(combine, 1 - 0.6, 0.6, oracles.Sgd(1e-2), oracles.Adam(1e-2))
    check(rule, oracles.Split((mas, WEIGHTS), (oracles.Swats(1e-2), OTHERS)))


def test_a_split_inside_a_split(backend):
    inner = LayerSplit({"conv1": Freeze(), "*": SGD(1e-1)})
    split = oracles.Split((oracles.Frozen(), ["conv1.weight"]), (oracles.Sgd(1e-1), WEIGHTS[1:]))
    check(
        LayerSplit({"*weight": inner, "*": Adam(1e-2)}),
        oracles.Split((split, WEIGHTS), (oracles.Adam(1e-2), OTHERS)),
    )


@pytest.mark.parametrize(
    ("patterns", "groups"),
    [
        (["*"], [MLP]),
        (["dense1", "*"], [MLP[:2], MLP[2:]]),
        (["*", "dense2"], [MLP[:2] + MLP[4:], MLP[2:4]]),
        (["first2", "last1"], [MLP[:4], MLP[4:]]),
        (["first9"], [MLP]),
        (["*.bias", "*.weight"], [MLP[1::2], MLP[::2]]),
        (["dense[12]", "dense3.weight", "*"], [MLP[:4], MLP[4:5], MLP[5:]]),
        (["dense?"], [MLP]),
    ],
)
def test_patterns_name_layers_and_parameters(patterns, groups):
    assert assign(patterns, MLP) == dict(zip(patterns, groups, strict=True))


def test_a_parameter_outside_all_layers_is_a_layer_of_its_own():
    assert assign(["first1", "b"], ["a", "b"]) == {"first1": ["a"], "b": ["b"]}


def test_a_layer_named_like_a_count_is_meant_itself():
    assert assign(["first2", "*"], ["a.w", "first2.w", "c.w"]) == {
        "first2": ["first2.w"],
        "*": ["a.w", "c.w"],
    }


@pytest.mark.parametrize(
    ("patterns", "sentence"),
    [
        (["dense1", "*.bias", "*"], "the patterns 'dense1' and '*.bias' both name the parameter"),
        (["first2", "last2"], "the patterns 'first2' and 'last2' both name the parameter 'dense2.weight'"),
        (["dense1"], "no pattern names the parameter 'dense2.weight'; '*=…' takes all others"),
        ([], "no pattern names the parameter 'dense1.weight'; '*=…' takes all others"),
        (["desne1", "*"], f"the pattern 'desne1' names none of {LAYERS}; did you mean 'dense1'?"),
        (["conv", "*"], f"the pattern 'conv' names none of {LAYERS}"),
        (["first0", "*"], "the pattern 'first0' names none of the layers"),
        (["dense?", "*"], "the pattern '*' names none of the layers"),
    ],
)  # fmt: skip
def test_patterns_that_do_not_fit(patterns, sentence):
    with pytest.raises(ValueError) as caught:
        assign(patterns, MLP)
    assert str(caught.value).startswith(f"split: {sentence}")


def test_a_pattern_needs_a_rule():
    with pytest.raises(TypeError, match=r"split: 'dense1' needs an update rule, got 0\.1"):
        LayerSplit({"dense1": 0.1})
    with pytest.raises(TypeError, match=r"split: rules must be a dict, as .*, got a value of type SGD"):
        LayerSplit(SGD())


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_last_layers_are_counted_from_the_end(k):
    names = [f"dense{i}.weight" for i in range(1, 6)]
    assert assign([f"last{k}", "*"], names)[f"last{k}"] == names[-k:]


def test_neighbours_of_a_group_are_one_run_wherever_they_stand():
    layers = [Layer(name, (2,), slice(2 * i, 2 * i + 2)) for i, name in enumerate("abcd")]
    assert _group(layers, ["a", "c", "d"])[0] == [slice(0, 2), slice(4, 8)]
