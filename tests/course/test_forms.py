import numpy as np
import pytest

from minimix import Tensor
from minimix.course.forms import Stepped, matched


@pytest.mark.parametrize(
    ("theirs", "found"),
    [
        (["eps", "lr"], {"lr": "lr", "eps": "eps"}),
        (["learning_rate", "beta1", "beta2"], {"lr": "learning_rate", "b1": "beta1", "b2": "beta2"}),
        (["alpha", "beta1"], {"lr": "alpha", "b1": "beta1"}),
        (["lr", "alpha"], {"lr": "lr", "b2": "alpha"}),
        (["alpha", "rho"], {"lr": "alpha", "b2": "rho"}),
        (["clip"], {}),
    ],
)
def test_hyperparameters_are_matched_by_name_and_each_name_once(theirs, found):
    assert matched(["lr", "b1", "b2", "eps"], theirs) == found


class Lists:
    def __init__(self, params):
        self.params, self.m, self.rate = params, [np.zeros(2), np.zeros(3)], 3.0

    def step(self):
        for k, p in enumerate(self.params):
            self.m[k] += k + 1
            p.data = p.data + self.m[k]


class ByTensor(Lists):
    def __init__(self, params):
        super().__init__(params)
        self.state = {p: {"m": m} for p, m in zip(params, self.m, strict=True)}
        del self.m

    def step(self):
        for k, p in enumerate(self.params):
            self.state[p]["m"] += k + 1
            p.data = p.data + self.state[p]["m"]


class ById(Lists):
    def __init__(self, params):
        super().__init__(params)
        self.m = {id(p): m for p, m in zip(params, self.m, strict=True)}

    def step(self):
        for k, p in enumerate(self.params):
            self.m[id(p)] += k + 1
            p.data = p.data + self.m[id(p)]


@pytest.mark.parametrize("cls", [Lists, ByTensor, ById])
def test_the_terms_of_a_class_are_found_wherever_it_keeps_them(cls):
    named = [("a", Tensor(np.zeros(2))), ("b", Tensor(np.zeros(3)))]
    for _, p in named:
        p.grad = np.ones_like(p.data)
    terms = Stepped(named, "my.py:Mine", cls, {}).step()
    np.testing.assert_array_equal(terms["a"]["m"], [1, 1])
    np.testing.assert_array_equal(terms["b"]["m"], [2, 2, 2])
