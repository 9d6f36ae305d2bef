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


LABELS = {
    "one-hot": (np.zeros((2, 3)), np.eye(3)[:2], r"write labels\.argmax\(axis=1\)"),
    "a column": (np.zeros((2, 3)), np.zeros((2, 1), int), r"write labels\.reshape\(-1\)"),
    "floats": (np.zeros((2, 3)), Tensor([0, 1]), "class numbers, as an array of integers"),
    "truth values": (np.zeros((2, 3)), np.array([True, False]), "class numbers, as an array of integers"),
    "one example": (np.zeros(3), np.array(0), r"write logits\.reshape\(1, -1\)"),
    "a scalar": (np.array(1.0), np.array(0), "one integer label per row"),
}


@pytest.mark.parametrize(("logits", "labels", "hint"), LABELS.values(), ids=LABELS)
def test_labels_of_another_form_are_answered_with_what_to_write(logits, labels, hint):
    with pytest.raises(ValueError, match=hint):
        mm.cross_entropy(Tensor(logits), labels)


LOSSES = (mm.mse_loss, mm.l1_loss, mm.binary_cross_entropy, mm.binary_cross_entropy_with_logits)


@pytest.mark.parametrize("loss", LOSSES)
def test_what_is_no_pair_of_predictions_and_targets_is_refused_in_a_sentence(loss):
    with pytest.raises(ValueError, match=rf"^{loss.__name__} needs .* same shape, got \(4, 1\) and \(4,\)"):
        loss(np.zeros((4, 1)), np.zeros(4))
    with pytest.raises(TypeError, match=rf"^{loss.__name__}'s target must be an array or a Tensor, got list"):
        loss(np.zeros(2), [0.0, 1.0])
    with pytest.raises(TypeError, match="prediction of floating dtype, got uint8"):
        loss(np.zeros(2, "uint8"), np.zeros(2))
    with pytest.raises(ValueError, match=f"^{loss.__name__} is a mean, and got no elements"):
        loss(np.zeros((0, 3)), np.zeros((0, 3)))


def test_an_empty_batch_has_no_cross_entropy():
    with pytest.raises(ValueError, match="cross_entropy is a mean, and got no elements"):
        mm.cross_entropy(np.zeros((0, 3)), np.zeros(0, int))
    with pytest.raises(TypeError, match="cross_entropy's labels must be an array or a Tensor, got list"):
        mm.cross_entropy(np.zeros((2, 3)), [0, 1])


@pytest.mark.parametrize("loss", LOSSES)
def test_targets_of_any_dtype_keep_the_predictions_dtype(backend, loss):
    for target in (np.array([0, 1]), np.array([False, True]), np.array([0.0, 1.0])):
        p = Tensor(np.array([0.25, 0.5], "float32"), requires_grad=True)
        y = loss(p, mm.backend.asarray(target))
        y.backward()
        assert y.dtype == p.grad.dtype == np.float32
        np.testing.assert_allclose(y.item(), loss(np.array([0.25, 0.5]), target.astype(float)), rtol=1e-6)


def test_binary_cross_entropies_agree_and_stay_finite_far_out():
    z, t = np.array([-800.0, -30.0, 0.0, 30.0, 800.0]), np.array([1.0, 0.0, 0.5, 1.0, 0.0])
    near = slice(1, 4)
    np.testing.assert_allclose(
        mm.binary_cross_entropy_with_logits(z[near], t[near]), mm.binary_cross_entropy(mm.sigmoid(z[near]), t[near])
    )
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        np.testing.assert_allclose(mm.binary_cross_entropy_with_logits(z, t), (1600 + np.log(2)) / 5)
        np.testing.assert_allclose(
            mm.grad(lambda z: mm.binary_cross_entropy_with_logits(z, t))(z), (mm.sigmoid(z) - t) / 5
        )
    with np.errstate(divide="ignore"):
        certain = mm.binary_cross_entropy(np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0, 0.0]))
        slopes = mm.grad(lambda p: mm.binary_cross_entropy(p, np.array([0.0, 1.0, 1.0, 0.0])))(np.array([0.0, 1, 0, 1]))
    assert certain == 50
    np.testing.assert_array_equal(slopes[:2], 0)
    assert slopes[2] < -1e9 and slopes[3] > 1e9


def test_losses_of_more_float16_numbers_than_float16_can_count_are_right():
    p = Tensor(np.full((70_000, 2), 0.5, "float16"), requires_grad=True)
    one = np.ones(p.shape, "float16")
    slopes = {
        mm.mse_loss: (0.25, -1 / 140_000),
        mm.l1_loss: (0.5, -1 / 140_000),
        mm.binary_cross_entropy: (np.log(2), -2 / 140_000),
        mm.cross_entropy: (np.log(2), None),
    }
    for loss, (value, slope) in slopes.items():
        p.grad = None
        y = loss(p, np.zeros(70_000, int) if slope is None else one)
        y.backward()
        assert y.dtype == p.grad.dtype == np.float16
        np.testing.assert_allclose(y.item(), value, rtol=1e-2)
        np.testing.assert_allclose(p.grad, [[-0.5 / 70_000, 0.5 / 70_000]] * 70_000 if slope is None else slope, 1e-1)


def test_masked_logits_get_no_probability_and_no_gradient():
    z = np.array([[-np.inf, 1.0, 2.0]])
    with np.errstate(invalid="raise", over="raise"):
        np.testing.assert_allclose(mm.softmax(z), [[0, *mm.softmax(z[0, 1:])]])
        np.testing.assert_allclose(mm.log_softmax(z)[0, 1:], mm.log_softmax(z[0, 1:]))
        for f in (lambda z: mm.cross_entropy(z, np.array([1])), lambda z: mm.softmax(z)[0, 1].sum()):
            g = mm.grad(f)(z)
            assert g[0, 0] == 0 and np.isfinite(g).all()
