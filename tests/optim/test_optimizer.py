"""That the optimizer keeps flat vectors, tells what it does, and can go on from a state."""

import io

import numpy as np
import pytest

from minimix import Tensor, nn, optim
from minimix.backend import asarray, to_host
from minimix.optim import MAS, SGD, Adam, LayerSplit, Optimizer
from tests.optim import oracles
from tests.optim.problem import RULES, SHAPES, give, gradients, model, run, same, values


def network(seed=0):
    rng = np.random.default_rng(seed)
    return nn.Sequential(nn.Dense(3, 4, rng), nn.ReLU(), nn.Dense(4, 2, rng))


def backward(net):
    net(Tensor(np.ones((5, 3), np.float32))).sum().backward()


def test_parameters_and_gradients_are_views_of_one_vector_each(backend):
    net = network()
    before = [p.numpy().copy() for p in net.parameters()]
    optimizer = Optimizer(net, SGD())
    assert all(np.array_equal(old, p.numpy()) for old, p in zip(before, net.parameters(), strict=True))
    optimizer.zero_grad()
    backward(net)
    for flat, arrays in [
        (optimizer.w, [p.data for p in net.parameters()]),
        (optimizer.g, [p.grad for p in net.parameters()]),
    ]:
        assert np.array_equal(to_host(flat), np.concatenate([to_host(x).ravel() for x in arrays]))
        flat[...] = 7
        assert all((to_host(x) == 7).all() for x in arrays)


def test_a_step_follows_backward(backend):
    net = network()
    optimizer = Optimizer(net, SGD(0.5))
    backward(net)
    expected = [p.numpy() - 0.5 * to_host(p.grad) for p in net.parameters()]
    optimizer.step()
    assert all(np.array_equal(p.numpy(), x) for p, x in zip(net.parameters(), expected, strict=True))


def test_gradients_accumulate_until_zero_grad():
    net = network()
    optimizer = Optimizer(net, SGD())
    backward(net)
    once = optimizer.g.copy()
    backward(net)
    assert np.array_equal(optimizer.g, 2 * once)
    optimizer.zero_grad()
    assert all(p.grad is None for p in net.parameters())
    backward(net)
    assert np.array_equal(optimizer.g, once)


def test_parameters_that_require_no_gradient_are_left_alone():
    fixed = Tensor(np.ones(3, np.float32))
    free = Tensor(np.ones(3, np.float32), requires_grad=True)
    optimizer = Optimizer([("fixed", fixed), ("free", free)], SGD(0.5))
    free.grad = np.ones(3, np.float32)
    optimizer.step()
    assert fixed.numpy().tolist() == [1, 1, 1]
    assert free.numpy().tolist() == [0.5, 0.5, 0.5]


def test_data_that_the_user_replaces_is_used(backend):
    parameters, (g, h) = model(), gradients(2)
    optimizer = Optimizer(parameters, SGD(0.5))
    give(parameters, g)
    optimizer.step()
    w = dict(parameters)["dense1.bias"]
    mine = asarray(np.arange(7.0))
    w.data = mine
    give(parameters, h)
    optimizer.step()
    assert np.array_equal(w.numpy(), np.arange(7.0) - 0.5 * h["dense1.bias"])
    assert np.array_equal(to_host(mine), np.arange(7.0))
    optimizer.w[...] = 0
    assert not w.numpy().any()


def test_a_gradient_that_the_user_sets_is_used_and_backward_adds_to_it(backend):
    net = network()
    optimizer = Optimizer(net, SGD(0.5))
    backward(net)
    w = net.parameters()[0]
    own, before = to_host(w.grad).copy(), w.numpy().copy()
    optimizer.zero_grad()
    w.grad = asarray(np.ones(w.shape, np.float32))
    backward(net)
    optimizer.step()
    np.testing.assert_allclose(w.numpy(), before - 0.5 * (own + 1), rtol=1e-6)


def test_a_gradient_with_a_graph_is_used(backend):
    w = Tensor(np.array([1.0, 2.0]), requires_grad=True)
    optimizer = Optimizer([("w", w)], SGD(0.5))
    (w * w * w).sum().backward(create_graph=True)
    assert isinstance(w.grad, Tensor)
    optimizer.step()
    np.testing.assert_allclose(w.numpy(), [1 - 1.5, 2 - 6])


@pytest.mark.parametrize(("what", "sentence"), [("grad", "gradient"), ("data", "data")])
def test_data_and_gradients_of_another_shape_are_refused(what, sentence):
    parameters = model()
    optimizer = Optimizer(parameters, SGD())
    give(parameters, gradients(1)[0])
    setattr(dict(parameters)["dense1.weight"], what, np.ones(5))
    with pytest.raises(ValueError, match=rf"{sentence} of shape \(5,\) for 'dense1.weight', not \(7, 5\)"):
        optimizer.step()


def test_a_missing_gradient_is_named_and_nothing_moves():
    parameters = model()
    optimizer = Optimizer(parameters, SGD())
    before = values(parameters)
    give(parameters[:2], gradients(1)[0])
    with pytest.raises(RuntimeError, match=r"no gradient for 'dense1\.weight': call loss\.backward\(\) before it"):
        optimizer.step()
    assert same([before], [values(parameters)])


def test_what_the_optimizer_refuses():
    net, w = network(), Tensor(np.ones(2), requires_grad=True)
    with pytest.raises(ValueError, match="got the parameter 'a' twice, again as 'b'"):
        Optimizer([("a", w), ("b", w)], SGD())
    with pytest.raises(ValueError, match="got two parameters with the name 'a'"):
        Optimizer([("a", w), ("a", Tensor(np.ones(2), requires_grad=True))], SGD())
    with pytest.raises(ValueError, match="one dtype, got float64 for 'a' and float32 for 'b'"):
        Optimizer([("a", w), ("b", Tensor(np.ones(2, np.float32), requires_grad=True))], SGD())
    with pytest.raises(ValueError, match="no parameter that requires a gradient"):
        Optimizer([("a", Tensor(np.ones(2)))], SGD())
    with pytest.raises(TypeError, match=r"takes a model or \(name, Tensor\) pairs, got \('a', array"):
        Optimizer([("a", np.ones(2))], SGD())
    with pytest.raises(
        TypeError, match=r"takes a model or \(name, Tensor\) pairs, got .*: write Optimizer\(model, rule\), not"
    ):
        Optimizer(net.parameters(), SGD())
    with pytest.raises(TypeError, match="and then a rule, got rule='adam'"):
        Optimizer(net, "adam")
    with pytest.raises(TypeError, match="takes a model") as caught:
        Optimizer(SGD(), net)
    assert "\n" not in str(caught.value)
    for nothing in (None, 3, {"a": w}):
        with pytest.raises(TypeError, match=r"Optimizer takes a model or \(name, Tensor\) pairs, got"):
            Optimizer(nothing, SGD())
    with pytest.raises(TypeError, match="an Optimizer's rule must be an update rule, got 'adam'"):
        Optimizer(net, SGD()).rule = "adam"
    with pytest.raises(ValueError, match="clip_norm must be a number above 0, got 0"):
        Optimizer(net, SGD(), clip_norm=0)
    with pytest.raises(ValueError, match="'conv1' names none of the layers dense1, dense2"):
        Optimizer(net, LayerSplit({"conv1": Adam(), "*": SGD()}))


def test_clipping_scales_all_gradients_to_a_norm(backend):
    gs = gradients(30)
    norms = [np.sqrt(sum((x**2).sum() for x in g.values())) for g in gs]
    limit = float(np.median(norms))
    clipped = [{name: x * min(1, limit / n) for name, x in g.items()} for g, n in zip(gs, norms, strict=True)]
    found = run(SGD(1e-2), gs, clip_norm=limit)[-1]
    expected = oracles.run(oracles.Sgd(1e-2), values(model()), clipped)[-1]
    for name in SHAPES:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_clipping_leaves_short_gradients_as_they_are_bit_for_bit(backend, dtype):
    gs = gradients(10, dtype=dtype)
    assert same(run(Adam(), gs, clip_norm=1234.5), run(Adam(), gs))


def stored(state):
    """What comes back from a file."""
    file = io.BytesIO()
    np.savez(file, **state)
    file.seek(0)
    with np.load(file) as saved:
        return dict(saved)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", RULES)
def test_a_run_goes_on_from_its_state_in_a_fresh_model_bit_for_bit(backend, kind, dtype):
    gs = gradients(12, dtype=dtype)
    parameters = model(dtype=dtype)
    optimizer = Optimizer(parameters, RULES[kind]())
    for g in gs[:6]:
        give(parameters, g)
        optimizer.step()
    fresh = model(seed=5, dtype=dtype)
    after = Optimizer(fresh, RULES[kind]())
    for name, p in fresh:
        p.data[...] = asarray(values(parameters)[name])
    after.load_state_dict(stored(optimizer.state_dict()))
    for g in gs[6:]:
        give(fresh, g)
        after.step()
    assert same([values(fresh)], run(RULES[kind](), gs)[-1:])
    assert after.state_dict().keys() == optimizer.state_dict().keys()
    assert after.state.t == 12


def test_the_switching_swats_of_these_tests_switches():
    optimizer = Optimizer(parameters := model(), RULES["swats switching"]())
    for g in gradients(3):
        give(parameters, g)
        optimizer.step()
    assert optimizer.state_dict()["Lam"] != 0


def stepped(rule, steps=1):
    """An optimizer that has made some steps."""
    optimizer = Optimizer(parameters := model(), rule)
    for g in gradients(steps):
        give(parameters, g)
        optimizer.step()
    return optimizer


def test_a_state_is_kept_under_the_parameters_full_names():
    rule = LayerSplit({"*weight": MAS(s=SGD(momentum=0.9)), "*": SGD()})
    state = stepped(rule).state_dict()
    weights = {f"{name}:*weight.{key}" for name in SHAPES for key in ("s.b", "a.m", "a.v") if "weight" in name}
    assert state.keys() == weights | {"t", "*weight.t", "*weight.s.t", "*weight.a.t", "*.t"}
    assert all(state[key].shape == SHAPES[key.partition(":")[0]] for key in weights)
    assert all(type(array) is np.ndarray for array in state.values())


def test_a_state_is_a_copy():
    optimizer = stepped(Adam())
    state = optimizer.state_dict()
    before = state["dense1.weight:m"].copy()
    optimizer.step()
    assert np.array_equal(state["dense1.weight:m"], before)
    optimizer.load_state_dict(state)
    state["dense1.weight:m"][...] = 1
    assert np.array_equal(optimizer.state_dict()["dense1.weight:m"], before)


def test_the_state_before_the_first_step_is_a_state_too():
    optimizer = stepped(Adam(), steps=3)
    optimizer.load_state_dict(Optimizer(model(), Adam()).state_dict())
    assert optimizer.state.t == 0 and optimizer.state_dict().keys() == {"t"}


def test_a_state_that_does_not_fit_is_refused_and_nothing_is_loaded():
    optimizer = Optimizer(parameters := model(), Adam())
    give(parameters, gradients(1)[0])
    optimizer.step()
    good = before = optimizer.state_dict()
    wrong = [
        ({k: x for k, x in good.items() if k != "scale:m"}, "only this optimizer has 'scale:m'"),
        (good | {"t2": np.zeros(())}, "only the state has 't2'$"),
        (good | {"scale:v": np.zeros(2)}, r"'scale:v' has shape \(2,\), in this optimizer it is \(\)"),
        (stepped(SGD()).state_dict(), "only this optimizer has"),
    ]
    for state, sentence in wrong:
        with pytest.raises(ValueError, match=f"load_state_dict: {sentence}"):
            optimizer.load_state_dict(state)
        now = optimizer.state_dict()
        assert all(np.array_equal(now[key], before[key]) for key in before)


def heard(rule, steps=20):
    """(t, terms) of every step."""
    calls = []
    optimizer = Optimizer(parameters := model(), rule)
    optimizer.listen(lambda t, terms: calls.append((t, terms)))
    for g in gradients(steps):
        give(parameters, g)
        optimizer.step()
    return calls


def close(found, expected):
    np.testing.assert_allclose(to_host(found) if hasattr(found, "shape") else found, expected, rtol=1e-12)


def test_a_listener_hears_the_terms_of_sgd_and_adam(backend):
    sgd, adam = oracles.Sgd(1e-2, mu=0.9), oracles.Adam(1e-3)
    w, gs = values(model()), gradients(20)
    of_sgd, of_adam = heard(SGD(1e-2, momentum=0.9)), heard(Adam(1e-3))
    for t, g in enumerate(gs, 1):
        (d_s, eta), (d_a, eta_a) = sgd(t, w, g), adam(t, w, g)
        assert of_sgd[t - 1][0] == of_adam[t - 1][0] == t
        for name in SHAPES:
            expected = {"g": g[name], "b": sgd.b[name], "d_s": d_s[name], "eta": eta[name]}
            terms = of_sgd[t - 1][1][name]
            old = {"b_old"} if t > 1 else set()
            assert terms.keys() == expected.keys() | old | {"w"}
            for key, x in expected.items():
                close(terms[key], x)
            m, v = adam.m[name], adam.v[name]
            expected = {"g": g[name], "m": m, "v": v, "m_hat": m / (1 - 0.9**t), "v_hat": v / (1 - 0.999**t)}
            expected |= {"d_a": d_a[name], "eta_a": eta_a[name]}
            terms = of_adam[t - 1][1][name]
            old = {"m_old", "v_old"}
            assert terms.keys() == expected.keys() | old | {"w"}
            for key, x in expected.items():
                close(terms[key], x)


def test_a_listener_hears_what_mas_compares_and_chooses(backend):
    s, a = oracles.Sgd(1e-2), oracles.Adam(1e-3)
    chosen = set()
    rule = MAS(s=SGD(1e-2), a=Adam(1e-3), combine="correction")
    for (t, terms), g in zip(heard(rule), gradients(20), strict=True):
        (d_s, _), (d_a, eta_a) = s(t, g, g), a(t, g, g)
        for name in SHAPES:
            own, inner = terms[name], (d_s[name] * d_a[name]).sum()
            close(own["inner"], inner)
            close(own["d"], (1 - 0.6) * d_s[name] if inner > 0 else 0.6 * d_a[name])
            close(own["eta_m"], (1 - 0.6) * 1e-2 + 0.6 * eta_a[name])
            close(own["g"], g[name])
            close(own["a.m"], a.m[name])
            chosen.add(inner > 0)
    assert chosen == {True, False}


def test_a_listener_hears_the_norms_that_mas_compares():
    adam = oracles.Adam(1e-3)
    for (t, terms), g in zip(heard(MAS(combine="normalized")), gradients(20), strict=True):
        d_a, _ = adam(t, g, g)
        for name in SHAPES:
            close(terms[name]["norm_s"], np.linalg.norm(g[name]))
            close(terms[name]["norm_a"], np.linalg.norm(d_a[name]))


def test_a_listener_hears_of_each_layer_what_its_own_rule_in_a_split_computed():
    rule = LayerSplit({"*weight": Adam(), "*": SGD()})
    (_, terms), *_ = heard(rule)
    g = gradients(1)[0]
    assert terms.keys() == SHAPES.keys()
    for name in SHAPES:
        assert ("v_hat" in terms[name], "d_s" in terms[name]) == (name.endswith("weight"), not name.endswith("weight"))
        assert np.array_equal(terms[name]["g"], g[name])


@pytest.mark.parametrize("kind", RULES)
def test_listening_changes_nothing_and_what_is_heard_is_a_copy(backend, kind):
    gs, heard = gradients(8), []
    optimizer = Optimizer(parameters := model(), RULES[kind]())

    def spoil(t, terms):
        heard.append(t)
        for own in terms.values():
            for x in own.values():
                if getattr(x, "ndim", 0):
                    x[...] = 1e9

    for t, g in enumerate(gs, 1):
        optimizer.listen(spoil if t % 4 else None)
        give(parameters, g)
        optimizer.step()
    assert heard == [1, 2, 3, 5, 6, 7]
    assert same([values(parameters)], run(RULES[kind](), gs)[-1:])


@pytest.mark.parametrize("kind", RULES)
def test_float16_parameters_go_where_float32_ones_go_and_are_never_nan(kind):
    ends = {}
    for dtype in ("float16", "float32"):
        pairs = model(dtype=dtype)
        optimizer = Optimizer(pairs, RULES[kind](), clip_norm=1e3)
        for g in gradients(3):
            for name, p in pairs:
                p.grad = (0.1 * g[name]).astype("float16").astype(dtype)
            optimizer.step()
        saved = optimizer.state_dict()
        optimizer.load_state_dict(saved)
        ends[dtype] = np.concatenate([p.numpy().ravel() for _, p in pairs])
    assert ends["float16"].dtype == np.float16 and np.isfinite(ends["float16"]).all()
    np.testing.assert_allclose(ends["float16"], ends["float32"], rtol=0.02, atol=0.01)


CHANGES = {
    "unfrozen": (lambda w: setattr(w[1][1], "requires_grad", True), r"'fixed' was frozen and requires a gradient now"),
    "frozen": (lambda w: setattr(w[0][1], "requires_grad", False), r"'free' was frozen after the Optimizer was made"),
}


@pytest.mark.parametrize("waits", [False, True], ids=["without gradient", "with gradient"])
@pytest.mark.parametrize(("change", "sentence"), CHANGES.values(), ids=CHANGES)
def test_what_is_frozen_or_unfrozen_later_is_said_and_nothing_moves(change, sentence, waits):
    pairs = [("free", Tensor(np.ones(2), requires_grad=True)), ("fixed", Tensor(np.ones(2)))]
    pairs.append(("other", Tensor(np.ones(2), requires_grad=True)))
    optimizer = Optimizer(pairs, SGD(0.5))
    for _, p in pairs[:: 2 if waits else -2]:
        p.grad = np.ones(2)
    if waits:
        optimizer.step()  # its gradient is the optimizer's own from now on
        optimizer.zero_grad()
        sum((p * 1.0).sum() for _, p in pairs).backward()
    before = [p.data.copy() for _, p in pairs]
    change(pairs)
    with pytest.raises(RuntimeError, match=sentence + ".*: make a new Optimizer"):
        optimizer.step()
    assert all(np.array_equal(p.data, x) for (_, p), x in zip(pairs, before, strict=True))
    again = Optimizer(pairs, SGD(0.5))
    assert {layer.name for layer in again.layers} == {name for name, p in pairs if p.requires_grad}


def test_a_parameter_that_the_loss_does_not_depend_on_is_named_with_what_to_do():
    used, unused = (Tensor(np.ones(2), requires_grad=True) for _ in range(2))
    optimizer = Optimizer([("used", used), ("unused", unused)], SGD(0.5))
    (used * 2.0).sum().backward()
    with pytest.raises(RuntimeError, match=r"no gradient for 'unused': .*no loss depends on it, set its requires_grad"):
        optimizer.step()
    unused.requires_grad = False
    optimizer = Optimizer([("used", used), ("unused", unused)], SGD(0.5))
    (used * 2.0).sum().backward()
    optimizer.step()
    assert used.data.tolist() == [0, 0] and unused.data.tolist() == [1, 1]


def test_another_rule_starts_from_a_state_of_its_own():
    gs, parameters = gradients(6), model()
    optimizer = Optimizer(parameters, SGD(0.1, momentum=0.9))
    for g in gs[:3]:
        give(parameters, g)
        optimizer.step()
    fresh = [(name, Tensor(p.data.copy(), requires_grad=True)) for name, p in parameters]
    optimizer.rule = Adam(0.1)
    for g in gs[3:]:
        give(parameters, g)
        optimizer.step()
    assert same([values(parameters)], run(Adam(0.1), gs[3:], fresh)[-1:])
    with pytest.raises(ValueError, match="'conv9' names none of the layers"):
        optimizer.rule = LayerSplit({"conv9": Adam(), "*": SGD()})


def test_the_limit_of_the_norm_may_be_changed_and_is_held_to_what_it_may_be():
    parameters, (g, h) = model(), gradients(2)
    optimizer = Optimizer(parameters, SGD(0.5))
    give(parameters, g)
    optimizer.step()
    before = values(parameters)
    optimizer.clip_norm = 1e-3
    give(parameters, h)
    optimizer.step()
    moved = np.sqrt(sum(((values(parameters)[name] - x) ** 2).sum() for name, x in before.items()))
    assert moved == pytest.approx(0.5e-3)
    with pytest.raises(ValueError, match="clip_norm must be a number above 0, got -1"):
        optimizer.clip_norm = -1


def test_what_belongs_to_the_rule_or_to_pytorch_is_answered_with_what_to_write():
    optimizer = Optimizer(model(), SGD(0.1))
    with pytest.raises(AttributeError, match=r"lr belongs to the rule: write optimizer.rule.lr = 0.5"):
        optimizer.lr = 0.5
    with pytest.raises(AttributeError, match=r"an Optimizer has no lr: write optimizer.rule.lr$"):
        _ = optimizer.lr
    with pytest.raises(AttributeError, match=r"has no param_groups: write optimizer.rule.lr = …"):
        _ = optimizer.param_groups
    with pytest.raises(AttributeError, match=r"no attribute 'setp'; did you mean 'step'\?"):
        _ = optimizer.setp
    with pytest.raises(AttributeError, match=r"minimix.optim has no AdamW: write optim.Adam\(lr, weight_decay"):
        _ = optim.AdamW
    with pytest.raises(AttributeError, match=r"no attribute 'Adagrad'; did you mean 'AdaGrad'\?"):
        _ = optim.Adagrad


@pytest.mark.parametrize("damage", [
    lambda x: x[..., None], lambda x: np.asarray(x, object), lambda x: np.asarray("x"), lambda x: None,
    lambda x: x * 1j,
], ids=["shape", "objects", "text", "nothing", "complex"])  # fmt: skip
@pytest.mark.parametrize("number", range(15))
def test_whichever_entry_does_not_fit_none_is_loaded_and_its_name_is_said(number, damage):
    other = stepped(Adam(0.1), steps=2).state_dict()
    optimizer = stepped(Adam())
    before = optimizer.state_dict()
    name = list(other)[number % len(other)]
    other[name] = damage(other[name])
    with pytest.raises(ValueError, match=f"load_state_dict: '{name}' (has shape|must be an array of real numbers)"):
        optimizer.load_state_dict(other)
    assert all(np.array_equal(x, before[key]) for key, x in optimizer.state_dict().items())


def test_a_step_is_a_whole_number_and_a_state_a_mapping():
    optimizer = stepped(Adam())
    with pytest.raises(ValueError, match=r"load_state_dict: 't' must be a whole number at least 0, got 2.5"):
        optimizer.load_state_dict(optimizer.state_dict() | {"t": np.asarray(2.5)})
    with pytest.raises(ValueError, match=r"load_state_dict: 't' must be a whole number at least 0, got -3"):
        optimizer.load_state_dict(optimizer.state_dict() | {"t": np.asarray(-3)})
    with pytest.raises(ValueError, match="load_state_dict takes what state_dict"):
        optimizer.load_state_dict("state.npz")
    optimizer.load_state_dict(optimizer.state_dict() | {"t": 7.0})
    assert optimizer.state.t == 7 and type(optimizer.state.t) is int


def test_a_pair_has_a_name_and_a_tensor_and_nothing_else():
    with pytest.raises(TypeError, match=r"\(name, Tensor\) pairs"):
        Optimizer([("w", Tensor(np.ones(2), requires_grad=True), 1)], SGD(0.5))
