"""That a copy of a model and its optimizer, by copy.deepcopy or by pickle, trains as they do, bit for bit."""

import copy
import pickle

import numpy as np
import pytest

import minimix as mm
from minimix import Tensor, nn
from minimix.backend import asarray, to_host
from minimix.optim import SGD, Adam, Optimizer
from minimix.optim.function import function_rule
from tests import small
from tests.optim.problem import RULES, give, gradients, model, same, values

COPIES = {"deepcopy": copy.deepcopy, "pickle": lambda x: pickle.loads(pickle.dumps(x))}
each_copy = pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)


def trained(parameters, optimizer, gs):
    for g in gs:
        give(parameters, g)
        optimizer.step()
    return values(parameters), optimizer.state_dict()


@each_copy
@pytest.mark.parametrize("steps", [0, 3])
@pytest.mark.parametrize("kind", RULES)
def test_a_copied_pair_trains_as_the_original_and_apart_from_it(kind, steps, copied):
    gs = gradients(6, dtype=np.float32)
    pair = (own := model(dtype=np.float32)), Optimizer(own, RULES[kind]())
    trained(*pair, gs[:steps])
    other = copied(pair)
    w, state = trained(*pair, gs[steps:])
    assert not same([values(other[0])], [w]) or kind == "freeze"
    other_w, other_state = trained(*other, gs[steps:])
    assert same([other_w], [w]) and other_state.keys() == state.keys()
    assert all(np.array_equal(other_state[key], state[key]) for key in state)


@each_copy
def test_the_copied_optimizer_works_on_the_copied_model_s_own_arrays(backend, copied):
    net = small.network()
    net.layers[3].bias.requires_grad = False
    optimizer = Optimizer(net, Adam(0.1), clip_norm=1.0)
    optimizer.listen(print)
    data = small.dataset()

    def losses(net, optimizer):
        found = []
        for _ in range(3):
            optimizer.zero_grad()
            loss = mm.cross_entropy(net(Tensor(data.x_train)), asarray(data.y_train))
            loss.backward()
            found.append(loss.item())
            optimizer.step()
        return found

    optimizer.listen(None)
    losses(net, optimizer)
    for other, its in (copied((net, optimizer)), copied([optimizer, net])[::-1]):
        assert np.array_equal(to_host(its.g), to_host(optimizer.g)) and its.clip_norm == 1.0
        its.w[...], its.g[...] = 7, 8
        trained = [p for p in other.parameters() if p.requires_grad]
        assert len(trained) == 3
        assert all((to_host(p.data) == 7).all() and (to_host(p.grad) == 8).all() for p in trained)
    assert not any((to_host(p.data) == 7).any() for p in net.parameters())
    pair = copied((net, optimizer))
    assert losses(*pair) == losses(net, optimizer)


@each_copy
def test_a_model_or_an_optimizer_alone_may_be_copied_too(copied):
    gs = gradients(4)
    parameters = model()
    optimizer = Optimizer(parameters, SGD(0.1, momentum=0.9))
    trained(parameters, optimizer, gs[:2])
    alone, net = copied(optimizer), dict(copied(parameters))
    own = [(name, p) for name, p, _, _ in alone._views]
    w, _ = trained(parameters, optimizer, gs[2:])
    assert same([trained(own, alone, gs[2:])[0]], [w])
    again = Optimizer(list(net.items()), SGD(0.1, momentum=0.9))
    again.load_state_dict(Optimizer(model(), SGD(0.1, momentum=0.9)).state_dict())
    give(net.items(), gs[0])
    again.step()
    assert same([values(parameters)], [w])


@each_copy
def test_gradients_that_wait_for_a_step_are_copied(copied):
    gs = gradients(2)
    pair = (parameters := model()), Optimizer(parameters, SGD(0.1))
    give(parameters, gs[0])
    other, its = copied(pair)
    pair[1].step(), its.step()
    assert same([values(other)], [values(parameters)])


def test_who_listens_is_not_copied():
    optimizer = Optimizer(parameters := model(), SGD(0.1))
    heard = []
    optimizer.listen(lambda t, terms: heard.append(t))
    parameters, its = copy.deepcopy((parameters, optimizer))
    trained(parameters, its, gradients(1))
    assert heard == []


def test_what_a_function_remembers_is_copied():
    def momentum(w, g, state, t, lr=0.1):
        state["b"] = 0.9 * state.get("b", 0) + g
        return w - lr * state["b"]

    gs = gradients(4)
    pair = (parameters := model()), Optimizer(parameters, function_rule(momentum)())
    trained(*pair, gs[:2])
    other = copy.deepcopy(pair)
    assert same([trained(*other, gs[2:])[0]], [trained(*pair, gs[2:])[0]])


@each_copy
def test_a_model_keeps_what_is_frozen_and_tied_in_its_copies(copied):
    dense = nn.Dense(3, 3, 0)
    net = nn.Sequential(dense, nn.BatchNorm(3), dense)
    dense.bias.requires_grad = False
    other = copied(net)
    assert other[0] is other[2] and list(other.state_dict()) == list(net.state_dict())
    assert [p.requires_grad for p in other.parameters()] == [True, False, True, True]
    other[1].running_mean += 1
    assert not net[1].running_mean.any()
