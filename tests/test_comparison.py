import math

import numpy as np
import pytest

from minimix import comparison as comparing
from minimix.comparison import Config, compare, summarize
from minimix.nn.models import MODELS
from tests import small


@pytest.fixture
def small_model(monkeypatch):
    monkeypatch.setitem(MODELS, "mlp", small.network)


def run(data=None, done=(), **settings):
    settings = {"optimizers": ["sgd:lr=0.5", "adam:lr=0.05"], "epochs": 2, "batch_size": 16, "trials": 2} | settings
    found = {}
    compare(Config(**settings), data or small.dataset(), done=done, on_trial=lambda s, n, t: found.update({(s, n): t}))
    return found


def test_every_optimizer_runs_every_trial_and_trials_differ(small_model):
    found = run()
    assert sorted(found) == [(s, n) for s in ("adam:lr=0.05", "sgd:lr=0.5") for n in (0, 1)]
    assert found["sgd:lr=0.5", 0].train_loss != found["sgd:lr=0.5", 1].train_loss


def test_optimizers_of_one_trial_start_from_the_same_weights_and_batches(small_model):
    found = run(optimizers=["sgd:lr=1e-9", "adam:lr=1e-9"], trials=1)
    a, b = found["sgd:lr=1e-09", 0], found["adam:lr=1e-09", 0]
    assert np.allclose(a.train_loss, b.train_loss, rtol=1e-5)


def test_a_trial_does_not_depend_on_what_ran_before_it(small_model):
    everything, alone = run(), run(done=[("sgd:lr=0.5", 0), ("sgd:lr=0.5", 1), ("adam:lr=0.05", 0)])
    assert list(alone) == [("adam:lr=0.05", 1)]
    assert alone["adam:lr=0.05", 1].val_loss == everything["adam:lr=0.05", 1].val_loss


def test_continued_trials_go_on_from_the_last_weights(small_model):
    afresh, continued = run(), run(continue_trials=True)
    assert continued["sgd:lr=0.5", 0].val_loss == afresh["sgd:lr=0.5", 0].val_loss
    assert continued["sgd:lr=0.5", 1].val_loss[0] < afresh["sgd:lr=0.5", 1].val_loss[0]


def test_continued_trials_cannot_be_resumed(small_model):
    with pytest.raises(ValueError, match="continue_trials: such a run cannot be resumed"):
        run(continue_trials=True, done=[("sgd:lr=0.5", 0)])


def rows(spec, accuracies, seconds=1.0):
    return [
        {"optimizer": spec, "trial": n, "val_accuracy": [0.1, a], "seconds_per_epoch": seconds, "stopped": None}
        for n, a in enumerate(accuracies)
    ]


def test_the_summary_takes_the_last_accuracy_and_pairs_trials_with_adam():
    trials = rows("adam:lr=0.1", [0.90, 0.92, 0.91], 2.0) + rows("sgd:lr=0.1", [0.80, 0.83, 0.81], 1.0)
    summary = summarize(trials, ["sgd:lr=0.1", "adam:lr=0.1"])
    assert summary["sgd:lr=0.1"]["val_accuracy"] == {
        "mean": pytest.approx(0.81333333),
        "min": 0.80,
        "max": 0.83,
        "per_trial": [0.80, 0.83, 0.81],
    }
    against = summary["sgd:lr=0.1"]["against"]
    mean, deviation = -0.29 / 3, math.sqrt((2 * (0.1 - 0.29 / 3) ** 2 + (0.09 - 0.29 / 3) ** 2) / 2)
    assert against["difference"] == pytest.approx(mean)
    assert against["interval"] == pytest.approx(
        [mean + s * 4.302653 * deviation / math.sqrt(3) for s in (-1, 1)], rel=1e-3
    )
    assert against["verdict"] == "worse" and against["time_ratio"] == 0.5
    assert "against" not in summary["adam:lr=0.1"]


def test_the_summary_does_not_depend_on_the_order_in_which_trials_finished():
    trials = rows("adam:lr=0.1", [0.90, 0.92, 0.91]) + rows("sgd:lr=0.1", [0.80, 0.83, 0.81])
    specs = ["sgd:lr=0.1", "adam:lr=0.1"]
    assert summarize(trials[::-1], specs) == summarize(trials, specs)
    assert summarize(trials[::-1], specs)["sgd:lr=0.1"]["val_accuracy"]["per_trial"] == [0.80, 0.83, 0.81]


def test_verdicts_are_no_stronger_than_the_interval():
    adam = rows("adam:lr=0.1", [0.9, 0.9, 0.9])
    verdict = lambda values: summarize(adam + rows("x", values), ["adam:lr=0.1", "x"])["x"]["against"]["verdict"]
    assert verdict([0.95, 0.951, 0.952]) == "better"
    assert verdict([0.95, 0.88, 0.92]) == "no difference shown"
    assert verdict([0.95]) == "one trial: no verdict"


def test_t_quantiles_cover_their_share():
    """The table against Student's density, integrated by the midpoint rule."""
    for degrees in (1, 2, 5, 10, 30):
        t = comparing._T95[degrees - 1]
        x = (np.arange(200_000) + 0.5) / 200_000 * t
        scale = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(degrees * math.pi)
        inside = 2 * (scale * (1 + x * x / degrees) ** (-(degrees + 1) / 2)).mean() * t
        assert inside == pytest.approx(0.95, abs=1e-4)


def test_defaults_are_the_study_s_procedure_and_specs_become_canonical():
    mlp, cnn = Config(), Config(model="cnn", gamma=0.5, optimizers=["mas"])
    assert (mlp.data, mlp.batch_size, mlp.shuffle) == ("glyphs", 256, "once")
    assert (cnn.data, cnn.batch_size, cnn.shuffle) == ("shapes", 20, "every-epoch")
    assert cnn.optimizers == ["mas:lr=0.001,gamma=0.5"]
    assert Config(lr=0.3, optimizers=["sgd", "adam:lr=1e-2"]).optimizers == ["sgd:lr=0.3", "adam:lr=0.01"]


@pytest.mark.parametrize(
    "settings, sentence",
    [
        ({"model": "mpl"}, "model must be one of mlp, cnn, cnn-fig1, got 'mpl'; did you mean 'mlp'?"),
        ({"data": "glyph"}, "data must be one of .*; did you mean 'glyphs'?"),
        ({"trials": 0}, "trials must be at least 1, got 0"),
        ({"optimizers": ["adam", "adam:lr=0.001"]}, "optimizer 'adam:lr=0.001' was given twice"),
    ],
)
def test_bad_settings_are_named(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        Config(**settings)
