"""Softmax and cross-entropy far out, and labels that are none."""

import numpy as np
import pytest

import minimix as mm
from minimix import Tensor


def test_huge_logits_do_not_overflow():
    z, t = np.array([[1e4, 0.0], [-1e4, 1e4]]), np.array([1, 1])
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        assert mm.cross_entropy(Tensor(z), t).item() == 5e3
        np.testing.assert_array_equal(mm.grad(lambda z: mm.cross_entropy(z, t))(z), [[0.5, -0.5], [0, 0]])
        np.testing.assert_array_equal(mm.softmax(z), [[1, 0], [0, 1]])
        np.testing.assert_array_equal(mm.log_softmax(z), [[0, -1e4], [-2e4, 0]])


def test_cross_entropy_is_the_mean_of_minus_log_softmax():
    z, t = np.random.default_rng(0).standard_normal((5, 4)), np.array([0, 3, 1, 1, 2])
    expected = -np.mean(np.asarray(mm.log_softmax(z))[np.arange(5), t])
    np.testing.assert_allclose(mm.cross_entropy(Tensor(z), t).item(), expected, rtol=1e-12)


@pytest.mark.parametrize("label", [-1, 3, 10])
def test_a_label_out_of_range_is_named(label):
    with pytest.raises(ValueError, match=f"label {label}, but 3 logits allow labels 0 to 2"):
        mm.cross_entropy(np.zeros((2, 3)), np.array([0, label]))


@pytest.mark.parametrize("labels", [np.zeros((2, 1), int), np.zeros(2), np.zeros(3, int)], ids=["2-d", "float", "3"])
def test_labels_must_be_one_integer_a_row(labels):
    with pytest.raises(ValueError, match=r"one integer label per row of logits \(2, 3\), got labels of shape"):
        mm.cross_entropy(np.zeros((2, 3)), labels)


def test_a_column_of_predictions_is_not_broadcast_against_a_row_of_targets():
    with pytest.raises(ValueError, match=r"got \(4, 1\) and \(4,\); write target\.reshape\(-1, 1\)"):
        mm.mse_loss(Tensor(np.zeros((4, 1))), np.zeros(4))
    with pytest.raises(ValueError, match=r"same shape, got \(4,\) and \(4, 1\)$"):
        mm.mse_loss(np.zeros(4), np.zeros((4, 1)))


def test_float32_predictions_stay_float32_whatever_the_targets():
    p = Tensor(np.ones((2, 3), np.float32), requires_grad=True)
    for target in (np.zeros((2, 3), np.int64), np.zeros((2, 3))):
        p.grad, loss = None, mm.mse_loss(p, target)
        loss.backward()
        assert (loss.dtype, p.grad.dtype, loss.item()) == (np.float32, np.float32, 1.0)
