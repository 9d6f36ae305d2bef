"""What a Module finds in itself; state that is saved and loaded."""

import contextlib
from collections import deque
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import minimix as mm
from minimix import elsewhere, nn


def model(seed=0):
    rng = np.random.default_rng(seed)
    return nn.Sequential(nn.Dense(4, 3, rng), nn.ReLU(), nn.Dense(3, 2, rng))


def test_parameters_and_modules_are_found_among_the_attributes():
    class Residual(nn.Module):
        def __init__(self):
            self.scale = mm.Tensor([1.0], requires_grad=True)
            self.inner = nn.Dense(2, 2, np.random.default_rng(0))
            self.width = 2

        def forward(self, x):
            return x + self.scale * self.inner(x)

    residual = Residual()
    assert [name for name, _ in residual.named_parameters()] == ["scale", "inner.weight", "inner.bias"]
    assert residual.parameters() == [residual.scale, residual.inner.weight, residual.inner.bias]
    assert residual(np.ones((3, 2), "float32")).shape == (3, 2)


def test_state_goes_round(backend):
    one, other = model(0), model(1)
    state = one.state_dict()
    assert list(state) == ["dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias"]
    assert all(type(array) is np.ndarray for array in state.values())
    other.load_state_dict(state)
    for name, array in other.state_dict().items():
        np.testing.assert_array_equal(array, state[name], strict=True)


def test_state_is_a_copy_both_ways():
    one = model()
    state = one.state_dict()
    kept = {name: array.copy() for name, array in state.items()}
    other = model(1)
    other.load_state_dict(state)
    for p in one.parameters() + other.parameters():
        p.data += 1
    for name, array in state.items():
        np.testing.assert_array_equal(array, kept[name])


def test_state_loads_into_a_model_on_another_module():
    state = model().state_dict()
    with mm.using("strict"):
        there = model(1)
    there.load_state_dict(state)  # numpy is current
    np.testing.assert_array_equal(there.state_dict()["dense1.weight"], state["dense1.weight"])


def test_loading_keeps_the_optimizers_views():
    net = model()
    optimizer = mm.optim.Optimizer(net, mm.optim.SGD(0.1))
    net.load_state_dict(model(1).state_dict())
    np.testing.assert_array_equal(optimizer.w[:12], model(1).state_dict()["dense1.weight"].ravel())


def wrong(change):
    state = model(1).state_dict()
    change(state)
    return state


MISMATCHES = {
    "missing": (lambda s: s.pop("dense2.bias"), "only the model has 'dense2.bias'$"),
    "unknown": (lambda s: s.update(conv1=s["dense1.bias"]), "only the state has 'conv1'$"),
    "misspelt": (
        lambda s: s.update({"dense1.wieght": s.pop("dense1.weight")}),
        "only the (model|state) has 'dense1.w(ei|ie)ght'; did you mean 'dense1.w(ei|ie)ght'",
    ),
    "shape": (
        lambda s: s.update({"dense2.bias": np.zeros(3)}),
        r"'dense2.bias' has shape \(3,\), in the model it is \(2,\)",
    ),
}


@pytest.mark.parametrize(("change", "sentence"), MISMATCHES.values(), ids=MISMATCHES)
def test_a_state_that_does_not_fit_is_refused_and_nothing_is_set(change, sentence):
    net = model()
    before = net.state_dict()
    with pytest.raises(ValueError, match=sentence):
        net.load_state_dict(wrong(change))
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


@pytest.mark.parametrize("damage", [
    np.zeros(7), np.zeros((3, 2), dtype=object), np.array("three"), np.zeros((2, 3), complex), [[1, 2], [3]], None,
], ids=str)  # fmt: skip
@pytest.mark.parametrize("number", range(6))
def test_whichever_array_does_not_fit_none_is_set_and_its_name_is_said(number, damage):
    net = nn.Sequential(nn.Dense(4, 3, 0), nn.BatchNorm(3))
    before, state = net.state_dict(), nn.Sequential(nn.Dense(4, 3, 1), nn.BatchNorm(3)).state_dict()
    name = list(state)[number]
    state[name] = damage
    with pytest.raises(ValueError, match=f"load_state_dict: '{name}' (has shape|must be an array of real numbers)"):
        net.load_state_dict(state)
    assert all(np.array_equal(array, before[name]) for name, array in net.state_dict().items())


def test_what_is_no_state_is_refused():
    with pytest.raises(ValueError, match=r"takes what state_dict\(\) or numpy.load gives, got 'model.npz'"):
        model().load_state_dict("model.npz")
    with pytest.raises(ValueError, match="only the state has 3"):
        model().load_state_dict(model().state_dict() | {3: np.zeros(1)})


class Holder(nn.Module):
    """A Module with some attributes."""

    def __init__(self, **attributes):
        vars(self).update(attributes)

    def forward(self, x):
        return sum((p.sum() for p in self.parameters()), 0.0) + 0 * x.sum()


def parameter(shape=(2,)):
    return mm.Tensor(np.ones(shape, "float32"), requires_grad=True)


keys = st.one_of(st.integers(0, 9), st.text("abc", min_size=1, max_size=2))
junk = st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=3), st.just(np.ones(2)), st.just(mm.relu))
nested = st.recursive(
    st.one_of(junk, st.builds(parameter), st.builds(lambda: nn.Dense(2, 2, 0)), st.builds(nn.ReLU)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.lists(inner, max_size=3).map(deque),
        st.dictionaries(keys, inner, max_size=3),
        st.dictionaries(keys, inner, max_size=3).map(MappingProxyType),
        st.lists(inner, max_size=3).map(lambda xs: Holder(**{f"a{i}": x for i, x in enumerate(xs)})),
    ),
    max_leaves=12,
)


def written_down(x):
    """{full name: Tensor} for what hypothesis drew: the same once more, by plain recursion."""
    if isinstance(x, mm.Tensor):
        return {"": x}
    if isinstance(x, nn.Module):
        items = vars(x).items()
    elif isinstance(x, (dict, MappingProxyType)):
        items = x.items()
    else:
        items = enumerate(x) if isinstance(x, (list, tuple, deque)) else ()
    return {f"{key}.{name}".rstrip("."): p for key, inner in items for name, p in written_down(inner).items()}


@given(nested)
def test_parameters_are_found_in_whatever_they_are_nested_trained_and_saved(x):
    expected = written_down(holder := Holder(x=x))
    assume(len({id(p) for p in expected.values()}) == len(expected))  # a number and its text as keys: see below
    found = dict(holder.named_parameters())
    assert found.keys() == expected.keys() and all(found[name] is p for name, p in expected.items())
    state = holder.state_dict()
    assert state.keys() == expected.keys()
    holder.load_state_dict({name: array + 1 for name, array in state.items()})
    assert all(np.array_equal(p.data, state[name] + 1) for name, p in expected.items())
    if expected:
        optimizer = mm.optim.Optimizer(holder, mm.optim.SGD(0.5))
        holder(mm.Tensor([1.0])).backward()
        optimizer.step()
        assert [layer.name for layer in optimizer.layers] == list(found)
        assert all(np.allclose(p.data, state[name] + 0.5) for name, p in expected.items())
    assert not any(m.training for _, m in holder.eval().named_modules())


def test_names_are_attributes_places_and_keys():
    dense = nn.Dense(2, 2, 0)
    holder = Holder(hidden=[nn.ReLU(), dense], heads={"main": nn.Dense(2, 1, 0), 3: (parameter(),)}, scale=parameter())
    assert list(holder.state_dict()) == [
        *("heads.3.0", "scale", "hidden.1.weight", "hidden.1.bias"),
        *("heads.main.weight", "heads.main.bias"),
    ]
    assert [name for name, _ in holder.children()] == ["hidden.0", "hidden.1", "heads.main"]


REFUSED = {
    "set": (
        lambda: Holder(layers={nn.ReLU(), nn.Dense(2, 2)}),
        TypeError,
        "layers holds parameters in a set: put them",
    ),
    "frozenset": (lambda: Holder(a=[frozenset([parameter()])]), TypeError, "a.0 holds parameters in a frozenset"),
    "values": (lambda: Holder(a={"b": nn.ReLU()}.values()), TypeError, "a holds parameters in a dict_values"),
    "key": (lambda: Holder(a={(1, 2): nn.Dense(2, 2)}), TypeError, r"a: a key of .* string or integer, got \(1, 2\)"),
    "same name": (lambda: Holder(a={1: parameter(), "1": parameter()}), ValueError, "two parameters of the name 'a.1'"),
    "class": (lambda: type("Net", (nn.Module,), {"f": nn.Dense(2, 2)})(), TypeError, "Net.f belongs to the class"),
}


@pytest.mark.parametrize(("make", "error", "sentence"), REFUSED.values(), ids=REFUSED)
def test_where_parameters_cannot_be_named_they_are_refused(make, error, sentence):
    for use in (lambda: make().state_dict(), lambda: mm.optim.Optimizer(make(), mm.optim.SGD())):
        with pytest.raises(error, match=sentence):
            use()


def test_a_set_without_parameters_is_nobodys_concern():
    assert Holder(seen={1, "a"}, names={"a": 1}.keys(), flags={(1, 2): True}).parameters() == []


def test_what_a_module_keeps_of_its_computation_is_no_parameter():
    class Keeps(nn.Module):
        def __init__(self):
            self.dense, self.seen = nn.Dense(2, 2, 0), []

        def forward(self, x):
            self.x, self.y = x, self.dense(x)
            self.seen.append({"y": self.y})
            return self.y

    net, x = Keeps(), mm.Tensor(np.ones((3, 2), "float32"))
    net(x)
    with mm.no_grad():
        net(x)
    net(x.data).detach()
    assert list(net.state_dict()) == ["dense.weight", "dense.bias"]
    assert net.parameters() == [net.dense.weight, net.dense.bias]


def test_a_parameter_that_is_frozen_is_saved_and_loaded_as_before():
    net = Holder(a=parameter(), b=[parameter()], c=nn.Dense(2, 2, 0))
    later = mm.Tensor(np.ones(2, "float32"))
    later.requires_grad = True
    net.later = later
    names = [name for name, _ in net.named_parameters()]
    for p in net.parameters():
        p.requires_grad = False
    assert list(net.state_dict()) == names == ["a", "b.0", "later", "c.weight", "c.bias"]
    net.load_state_dict({name: array + 1 for name, array in net.state_dict().items()})
    assert (net.a.data == 2).all()


def test_a_layer_that_is_used_twice_is_one_and_loads():
    shared = nn.Dense(3, 3, 0)
    net = nn.Sequential(shared, nn.Tanh(), shared, Holder(inner=[shared], bias=shared.bias))
    assert [name for name, _ in net.named_parameters()] == ["dense1.weight", "dense1.bias"]
    other = nn.Sequential(again := nn.Dense(3, 3, 1), nn.Tanh(), again, Holder(inner=[again], bias=again.bias))
    other.load_state_dict(net.state_dict())
    assert np.array_equal(again.weight.data, shared.weight.data)
    optimizer, before = mm.optim.Optimizer(nn.Sequential(*net[:3]), mm.optim.SGD(0.1)), shared.bias.data.copy()
    net[:3](mm.Tensor(np.ones((1, 3), "float32"))).sum().backward()
    optimizer.step()
    assert (shared.bias.data != before).all()


def test_modules_that_hold_each_other_and_lists_that_hold_themselves_end():
    child, items = Holder(w=parameter()), []
    parent = Holder(child=child, items=items)
    child.parent = parent
    items += [items, child, parameter()]
    assert [name for name, _ in parent.named_parameters()] == ["items.2", "child.w"]
    assert not parent.eval().child.training
    assert "total" in repr(parent)


def test_a_module_may_be_a_dataclass_and_take_several_inputs():
    @dataclass
    class Bilinear(nn.Module):
        weight: mm.Tensor
        layers: list

        def forward(self, x, y, *, scale=1.0):
            return scale * (x * self.weight * y).sum()

    net = Bilinear(parameter(), [nn.Dense(2, 2, 0)])
    assert net(mm.Tensor([1.0, 2.0]), mm.Tensor([3.0, 4.0]), scale=2.0).item() == 22
    assert len(net.parameters()) == 3


@pytest.mark.parametrize("fails", [False, True])
def test_every_module_is_in_its_mode_again_after_evaluating(fails):
    layers = [nn.Dropout(0.5, 0), nn.Sequential(nn.Dropout(0.5, 0)), nn.BatchNorm(2)]
    net = nn.Sequential(*layers)
    layers[2].eval()
    net.training = False
    modes = [m.training for _, m in net.named_modules()]
    assert modes == [False, True, True, True, False]
    with contextlib.suppress(ZeroDivisionError), net.evaluating() as same:
        assert same is net and not any(m.training for _, m in net.named_modules())
        1 / (not fails)
    assert [m.training for _, m in net.named_modules()] == modes


def test_gradients_are_forgotten():
    net = model()
    net(mm.Tensor(np.ones((2, 4), "float32"))).sum().backward()
    net.zero_grad()
    assert [p.grad for p in net.parameters()] == [None] * 4


def test_astype_changes_parameters_and_buffers_in_place(backend):
    net = nn.Sequential(nn.Dense(4, 3, 0), nn.BatchNorm(3))
    kept = net.parameters()
    assert net.astype("float64") is net and net.parameters() == kept
    assert {str(array.dtype) for array in net.state_dict().values()} == {"float64"}
    x = mm.Tensor(np.random.default_rng(0).normal(size=(5, 4)))
    net(x).sum().backward()
    assert {str(p.grad.dtype) for p in kept} == {"float64"} == {str(net(x).dtype)}
    with pytest.raises(TypeError, match="astype needs a floating dtype, got int64"):
        net.astype("int64")


def test_an_optimizer_says_that_the_dtype_has_changed():
    net = model()
    optimizer = mm.optim.Optimizer(net, mm.optim.SGD(0.1))
    net(mm.Tensor(np.ones((2, 4), "float32"))).sum().backward()
    net.astype("float64")
    assert [p.grad for p in net.parameters()] == [None] * 4
    net(mm.Tensor(np.ones((2, 4)))).sum().backward()
    assert {str(p.grad.dtype) for p in net.parameters()} == {"float64"}
    with pytest.raises(RuntimeError, match=r"'dense1.weight' was float32 and is float64 now: make a new Optimizer"):
        optimizer.step()


def test_a_module_prints_its_layers_their_shapes_and_their_sizes():
    net = nn.Sequential(
        nn.Dense(4, 3, 0), mm.relu, nn.Sequential(nn.Dropout(0.25, 0), shared := nn.Dense(3, 3, 0)), shared
    )
    assert repr(net).splitlines() == [
        "Sequential",
        "dense1                Dense(weight (3, 4), bias (3,))  15",
        "relu1                 relu",
        "sequential1           Sequential()",
        "sequential1.dropout1  Dropout(p=0.25)",
        "sequential1.dense1    Dense(weight (3, 3), bias (3,))  12",
        "dense2                Dense, as above",
        "total                                                  27",
    ]
    assert repr(nn.Dense(2, 1)) == "Dense(weight (1, 2), bias (1,))" and repr(nn.ReLU()) == "ReLU()"


def test_what_pytorchs_modules_have_is_answered_with_what_to_write_here():
    net = model()
    for name, sentence in {
        "cuda": r"the Module Sequential has no cuda: write minimix.use\('cupy'\) before",
        "paramters": "no attribute 'paramters'; did you mean 'parameters'",
        "weigth": "no attribute 'weigth'$",
    }.items():
        with pytest.raises(AttributeError, match=sentence):
            getattr(net, name)
    assert not any(hasattr(net, name) for name in elsewhere.MODULE)
    with pytest.raises(NotImplementedError, match=r"Holder2 has no forward\(self, x\)"):
        type("Holder2", (nn.Module,), {})()(1)
