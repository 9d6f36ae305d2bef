"""A real network: chosen coordinates in full, the others as norms, and the very training that Optimizer does."""

import numpy as np
import pytest

from minimix import Tensor, cross_entropy, data, models
from minimix.explain.notation import evaluate
from minimix.optim import MAS, Optimizer
from minimix.stepping import stepper, view
from minimix.stepping.network import IMAGES, Network

SPEC = "mas:lr=0.01,combine=correction"


@pytest.fixture(scope="module")
def stepped():
    return stepper([SPEC, "split"], on="mlp:dense3.bias[0,3,7]", steps=2, seed=4)


def test_the_steps_are_those_of_training_the_model_in_float64(stepped):
    model = models.mlp(4).eval()
    for p in model.parameters():
        p.data = p.data.astype(np.float64)
    optimizer = Optimizer(model, MAS(0.01, combine="correction"))
    images = data.load("glyphs", train=IMAGES, test=1)
    rng = np.random.default_rng([4, 1])
    bias = dict(model.named_parameters())["dense3.bias"]
    for step in stepped.steps[SPEC]:
        batch = rng.choice(IMAGES, 64, replace=False)
        x = Tensor(images.x_train[batch].astype(np.float64))
        loss = cross_entropy(model(x), images.y_train[batch])
        loss.backward()
        assert step["loss"] == loss.item()
        np.testing.assert_array_equal(step["g"], bias.grad[[0, 3, 7]])
        rest = np.delete(bias.grad, [0, 3, 7])
        assert step["rest"]["g"] == pytest.approx(np.sqrt(rest @ rest), rel=1e-12)
        optimizer.step()
        optimizer.zero_grad()
        np.testing.assert_array_equal(step["w_new"], bias.data[[0, 3, 7]])
        assert step["loss_new"] == pytest.approx(cross_entropy(model(x), images.y_train[batch]).item(), rel=1e-12)


def test_shown_formulas_hold_for_the_chosen_coordinates(stepped):
    for run in stepped.runs:
        for i, step in enumerate(run.steps):
            values = run.values(i)
            for equation in step["equations"]:
                np.testing.assert_allclose(evaluate(equation, values), values[equation.key], rtol=1e-12)


def test_a_product_over_the_whole_layer_is_told_without_a_formula(stepped):
    step = stepped.steps[SPEC][0]
    assert "inner" in step and all(e.target != "inner" for e in step["equations"])


def test_the_page_and_the_text_show_it(stepped, tmp_path):
    assert "norm of the rest" in stepped.html()
    assert "norms of the coordinates not shown" in stepped.text(1)
    stepped.csv(tmp_path / "terms.csv")
    assert "norm of the rest" in (tmp_path / "terms.csv").read_text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mpl:dense3.bias", "did you mean 'mlp'"),
        ("mlp:dense3.bais", "did you mean 'dense3.bias'"),
        ("mlp:dense3.bias[1]", "2 to 8 different coordinates from 0 to 9"),
        ("mlp:dense3.bias[1,1]", "different"),
        ("mlp:dense3.bias[0,10]", "from 0 to 9"),
        ("mlp:dense3.bias[a]", "MODEL:PARAMETER"),
    ],
)
def test_bad_names_get_a_sentence(text, words):
    with pytest.raises(ValueError, match=words):
        Network(text)


def test_a_network_has_no_start():
    with pytest.raises(ValueError, match="seed"):
        stepper("sgd", on="mlp:dense3.bias", start=(0, 1), steps=1)


def test_coordinates_are_named_by_their_place_in_the_array():
    assert Network("mlp:dense1.weight[0,785]").coordinates == ("[0, 0]", "[1, 1]")


def test_the_picture_is_the_loss_of_the_first_batch_in_the_plane_of_the_two_coordinates(stepped):
    box = view.window(stepped.landscape, stepped.runs)
    x, y, z = view.heights(stepped.landscape, box)
    model = models.mlp(4).eval()
    for p in model.parameters():
        p.data = p.data.astype(np.float64)
    bias = dict(model.named_parameters())["dense3.bias"].data
    images = data.load("glyphs", train=IMAGES, test=1)
    batch = np.random.default_rng([4, 1]).choice(IMAGES, 64, replace=False)
    for i, j in ((0, 0), (7, 40), (-1, -1), (30, 11)):
        bias[[0, 3]] = x[j], y[i]
        loss = cross_entropy(model(Tensor(images.x_train[batch].astype(np.float64))), images.y_train[batch]).item()
        assert z[i, j] == pytest.approx(loss, abs=1e-3 * np.ptp(z))
    assert len(view.contours(stepped.landscape, box)) > 5


def test_a_batch_of_each_steps_own_is_said(stepped):
    assert "loss of this step's batch" in stepped.text(1)
    assert "first step's batch" in stepped.html() and stepped.landscape.batches
    assert "loss of this step's batch" not in stepper("adam", steps=1).text()
