"""minimix/comparison.py: fair trials, of names and of a reader's own objects."""

import inspect

import numpy as np
import pytest

import minimix as mm
from minimix import Tensor, compare, nn, optim
from minimix.backend import backend_of
from minimix.config import Config
from minimix.data import Dataset
from minimix.result import Result
from tests import small


def run(model=small.network, data=None, rules=("sgd:lr=0.5", "adam:lr=0.05"), trials=2, **settings):
    data = small.dataset() if data is None else data
    return compare(model, data, rules, trials, **{"epochs": 2, "batch_size": 16} | settings)


def losses(result, key="val_loss"):
    return {(t["optimizer"], t["trial"]): t[key] for t in result.trials}


def test_every_optimizer_runs_every_trial_and_trials_differ():
    result = run()
    assert sorted(result.done) == [(s, n) for s in ("adam:lr=0.05", "sgd:lr=0.5") for n in (0, 1)]
    found = losses(result, "train_loss")
    assert found["sgd:lr=0.5", 0] != found["sgd:lr=0.5", 1]


def test_it_runs_on_the_module_in_use(device):
    homes = set()

    def network(seed):
        model = small.network(seed)
        homes.update(backend_of(p.data).name for p in model.parameters())
        return model

    with mm.using(device):
        found = losses(run(network))
    assert homes == {device}
    for key, ours in losses(run()).items():
        assert found[key] == pytest.approx(ours, rel=1e-4)
    with mm.using(device):
        run(network, backend="numpy")
    assert homes == {device, "numpy"}


def test_optimizers_of_one_trial_start_from_the_same_weights_and_batches():
    found = losses(run(rules=["sgd:lr=1e-9", "adam:lr=1e-9"], trials=1), "train_loss")
    assert np.allclose(found["sgd:lr=1e-09", 0], found["adam:lr=1e-09", 0], rtol=1e-5)


def test_a_trial_does_not_depend_on_what_ran_before_it():
    everything = run()
    partial = Result(trials=[t for t in everything.trials if (t["optimizer"], t["trial"]) != ("adam:lr=0.05", 1)])
    assert losses(run(into=partial)) == losses(everything)


def test_a_result_takes_in_what_is_finished_before_an_interruption_and_the_rest_later():
    result = Result()

    def stop(label, number, trial):
        if len(result.trials) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(into=result, on_trial=stop)
    assert len(result.trials) == 3
    done = []
    assert run(into=result, on_trial=lambda *about: done.append(about[:2])) is result
    assert done == [("adam:lr=0.05", 1)] and losses(result) == losses(run())


def test_continued_trials_go_on_from_the_last_weights():
    afresh, continued = losses(run()), losses(run(continue_trials=True))
    assert continued["sgd:lr=0.5", 0] == afresh["sgd:lr=0.5", 0]
    assert continued["sgd:lr=0.5", 1][0] < afresh["sgd:lr=0.5", 1][0]


def test_continued_trials_cannot_be_resumed():
    with pytest.raises(ValueError, match="continue_trials: such a run cannot be resumed"):
        run(continue_trials=True, into=run(trials=1))


def test_each_trial_draws_its_training_samples_and_all_rules_see_the_same(monkeypatch):
    seen, train = [], mm.training.train

    def watched(model, optimizer, data, **settings):
        seen.append(data.x_train)
        return train(model, optimizer, data, **settings)

    monkeypatch.setattr("minimix.training.train", watched)
    data = small.dataset()
    rows = lambda x: {row.tobytes() for row in x}
    run(resample=True, epochs=1)  # trial by trial, two rules each
    assert [len(x) for x in seen] == [48] * 4 and all(rows(x) < rows(data.x_train) for x in seen)
    assert np.array_equal(seen[0], seen[1]) and np.array_equal(seen[2], seen[3])
    assert rows(seen[0]) != rows(seen[2]) and len(rows(seen[0])) == 48
    seen.clear()
    run(resample=True, train_size=20, epochs=1, trials=1)
    assert [len(x) for x in seen] == [20, 20]
    with pytest.raises(
        ValueError, match="resample draws train_size of the 60 training samples, so it must be less, not"
    ):
        run(resample=True, train_size=60)
    with pytest.raises(ValueError, match="batch_size must be 1 to 48"):
        run(resample=True, batch_size=50)


BEFORE = {  # the last accuracy and validation loss of each trial, from the first version of this framework
    ("mlp", "sgd"): [(0.05, 2.309725341796875), (0.15, 2.3002159118652346)],
    ("mlp", "mas"): [(0.34, 2.2037306213378907), (0.22, 2.1972064208984374)],
    ("cnn", "adam"): [(0.08, 2.3034231567382815), (0.14, 2.3059532165527346)],
    ("cnn-fig1", "split"): [(0.04, 2.3087513732910154), (0.12, 2.297440490722656)],
}


@pytest.mark.parametrize(("model", "rule"), BEFORE)
def test_the_study_s_networks_train_as_they_always_did(model, rule):
    sizes = (
        {"train_size": 600, "test_size": 100, "epochs": 2} if model == "mlp" else {"train_size": 120, "test_size": 50}
    )
    result = compare(model, rules=rule, trials=2, **{"seed": 3, "epochs": 1} | sizes)
    last = [(t["val_accuracy"][-1], pytest.approx(t["val_loss"][-1], rel=1e-5)) for t in result.trials]
    assert last == BEFORE[model, rule]


def test_names_functions_and_files_of_one_network_train_alike(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.py").write_text(
        "import numpy as np\nfrom minimix import nn\n"
        "def net(seed):\n    rng = np.random.default_rng(seed)\n"
        "    return nn.Sequential(nn.Flatten(), nn.Dense(16, 8, rng), nn.ReLU(), nn.Dense(8, 3, rng))\n"
    )
    assert losses(run("my.py:net")) == losses(run()) == losses(run(lambda seed: small.network(seed)))
    settings = {"train_size": 300, "test_size": 50, "epochs": 1, "data": "glyphs", "trials": 1, "batch_size": 100}
    assert losses(run("mlp", **settings)) == losses(run(mm.models.mlp, **settings))


def test_a_network_that_takes_no_seed_starts_every_trial_alike_from_other_batches():
    found = losses(run(lambda: small.network(3), rules="sgd:lr=1e-9", epochs=1, record=1))
    assert found["sgd:lr=1e-09", 0] == pytest.approx(found["sgd:lr=1e-09", 1], rel=1e-5)


def test_rules_may_be_specs_or_objects_in_a_list_or_with_labels():
    class Half(optim.SGD):
        def propose(self, w, g, state):
            d, eta = super().propose(w, g, state)
            return d, eta / 2

    result = run(rules=["sgd:lr=0.25", optim.Adam(0.05), Half(0.5)], trials=1)
    assert result.labels == ["sgd:lr=0.25", "adam:lr=0.05", repr(Half(0.5))]
    found = losses(result)
    assert found[repr(Half(0.5)), 0] == found["sgd:lr=0.25", 0]
    assert run(rules={"mine": Half(0.5), "Adam": "adam"}, trials=1).labels == ["mine", "Adam"]


def test_a_rule_that_keeps_its_state_to_itself_starts_afresh_in_every_trial():
    class Counting(optim.SGD):
        def propose(self, w, g, state):
            self.steps = getattr(self, "steps", 0) + 1
            return g, self.lr / self.steps

    rule = Counting(0.5)
    whole, alone = run(rules={"mine": rule}), Result(["mine"])
    alone.trials = [t for t in whole.trials if t["trial"] == 0]
    assert losses(run(rules={"mine": rule}, into=alone)) == losses(whole) and not hasattr(rule, "steps")


def line(n=60):
    x = np.linspace(-1, 1, n)
    return x, 2 * x + 1


def column(seed):
    return nn.Sequential(nn.Dense(1, 1, np.random.default_rng(seed)))


def test_regression_is_judged_by_its_loss_of_which_less_is_better():
    result = run(column, line(), {"fast": "sgd:lr=0.3", "Adam": "adam:lr=1e-4"}, 3, loss="mse", epochs=20)
    assert {t["val_accuracy"][-1] for t in result.trials} == {None}
    fast, slow = result.curves("fast")[1], result.curves("Adam")[1]
    assert fast[:, -1].max() < 1e-4 < 0.1 < slow[:, -1].min()
    summary = result.summary()
    assert summary["rules"]["fast"]["mean"] == pytest.approx(fast[:, -1].mean())
    assert summary["rules"]["fast"]["against"]["verdict"] == "better"
    assert "fast is better than Adam: -" in result.table() and "of which less is better" in result.table()
    assert [axes.get_ylabel() for axes in result.figure().axes[:2]] == ["validation loss", "training loss"]


def test_a_loss_of_one_s_own_trains():
    def absolute(output, target):
        return mm.sqrt((output - target) ** 2 + 1e-12).mean()

    result = run(column, line(), "sgd:lr=0.1", 1, loss=absolute, epochs=30)
    assert result.trials[0]["val_loss"][-1] < 0.1 < result.trials[0]["val_loss"][0]

    def smoothed(output, labels):
        return 0.9 * mm.cross_entropy(output, labels) - 0.1 * mm.log_softmax(output).mean()

    assert run(loss=smoothed, trials=1, epochs=20).trials[0]["val_accuracy"][-1] > 0.9


def drifting():
    return nn.Sequential(nn.Flatten(), nn.Dense(16, 3, np.random.default_rng()))


def squares(output, target):
    return ((output - target) ** 2).mean()


KEPT = small.network()
X = np.zeros((60, 4, 4))
MISFITS = {
    "layer": ({"model": "mlp"}, r"mlp does not fit small: dense1 takes inputs of shape \(n, 784\), got \(16, 16\)"),
    "too few outputs": ({"data": (X, np.arange(60) % 5)}, "does not fit data: its output has 3 numbers .* 5 classes"),
    "labels for mse": ({"loss": "mse"}, "mse does not fit small, which has labels; take the loss cross-entropy"),
    "float labels": ({"data": (X, np.linspace(0, 1, 60))}, "y must be labels, .* take the loss mse"),
    "targets for cross-entropy": (
        {"model": column, "data": Dataset("line", *[np.zeros((20, 1), "float32")] * 4)},
        "cross-entropy does not fit line, which has numbers to predict; take the loss mse",
    ),
    "columns": (
        {"model": column, "data": (line()[0], np.zeros((60, 2))), "loss": "mse"},
        r"same shape, got \(16, 1\) and \(16, 2\)",
    ),
    "no column": (
        {"model": lambda seed: Row(), "data": line(), "loss": squares},
        r"its output has the shape \(16,\), but must have \(16, 1\)",
    ),
    "images out": (
        {"model": lambda seed: Row(keep=True)},
        r"its output has the shape \(16, 4, 4, 1\), but must have \(16, 3\)",
    ),
    "no tensor": ({"model": lambda seed: Row(plain=True)}, "it must return a Tensor, got a ndarray"),
    "no module": ({"model": lambda seed: 3}, "<lambda> must return a Module, .* got 3"),
    "a module": ({"model": KEPT}, "model must be a function that makes a Module, since every trial"),
    "always the same": ({"model": lambda: KEPT}, "<lambda> returns the same network again"),
    "without the seed": ({"model": drifting}, "drifting draws other weights for the same seed; use numpy"),
    "a name": (
        {"model": "mpl"},
        "model must be one of mlp, cnn, cnn-fig1, file.py:name, got 'mpl'; did you mean 'mlp'",
    ),
    "data's name": ({"data": "glyph"}, "data must be one of .*; did you mean 'glyphs'"),
    "loss's name": ({"loss": "mes"}, "loss must be one of cross-entropy, mse, file.py:name, .* did you mean 'mse'"),
    "loss's kind": ({"loss": 3}, "loss must be a function of output and target, got 3"),
    "loss's value": ({"loss": lambda o, t: 3.0}, "<lambda> must return a Tensor with one element, .* got 3.0"),
    "loss's shape": ({"loss": lambda o, t: o}, r"one element, .* got a Tensor of shape \(16, 3\)"),
    "a rule": ({"rules": [3]}, "an optimizer must be a spec like 'adam:lr=1e-3' or a Rule, got 3"),
    "a rule's layers": ({"rules": "split:conv1=adam,*=sgd"}, "network does not fit small: .*conv1"),
    "a rule's label": ({"rules": {1: "adam"}}, "the label of an optimizer must be a text, got 1"),
    "twice": ({"rules": ["adam", "adam:lr=0.001"]}, "optimizer 'adam:lr=0.001' was given twice"),
    "trials": ({"trials": 0}, "trials must be a whole number of at least 1, not 0"),
    "jobs": ({"n_jobs": 0}, "n_jobs must be a whole number from 1, or -1 for one on each core, not 0"),
    "half an epoch": ({"epochs": 2.5}, "epochs must be a whole number of at least 1, not 2.5"),
}


class Row(nn.Module):
    """A Module whose output is no row of numbers a sample."""

    def __init__(self, keep=False, plain=False):
        self.w, self.keep, self.plain = Tensor(np.ones(1, "float32"), requires_grad=True), keep, plain

    def forward(self, x):
        return x.numpy() if self.plain else x * self.w if self.keep else x.reshape(-1) * self.w


@pytest.mark.parametrize(("given", "sentence"), MISFITS.values(), ids=MISFITS)
def test_what_does_not_fit_is_said_before_anything_is_trained(given, sentence, monkeypatch):
    monkeypatch.setattr("minimix.training.train", lambda *_, **__: pytest.fail("this was trained"))
    with pytest.raises(ValueError, match=sentence):
        run(**given)


def test_what_is_no_result_and_who_cannot_listen_are_refused_before_anything_is_trained(monkeypatch):
    monkeypatch.setattr("minimix.training.train", lambda *_, **__: pytest.fail("this was trained"))
    for given, sentence in (
        ({"into": "out"}, r"into must be a Result, as compare\(\) returns one, got 'out'"),
        ({"on_record": 3}, "on_record must be a function of label, number and trial, got 3"),
        ({"on_trial": "a"}, "on_trial must be a function of label, number and trial, got 'a'"),
    ):
        with pytest.raises(TypeError, match=sentence):
            run(**given)


def test_an_unknown_setting_is_answered_with_what_was_meant():
    with pytest.raises(TypeError, match=r"compare\(\) has no setting 'epoch'; did you mean 'epochs'\?"):
        run(epoch=3)
    with pytest.raises(TypeError, match=r"compare\(\) has no setting 'workers'; it is called n_jobs"):
        run(workers=2)


def test_the_signature_and_the_help_of_compare_name_every_setting():
    parameters = inspect.signature(compare).parameters
    for name, field in Config.__dataclass_fields__.items():
        assert parameters["rules" if name == "optimizers" else name].default == field.default
        if name not in ("model", "data", "optimizers", "trials"):
            assert f"\n{name}: {field.type.__metadata__[0]}" in inspect.getdoc(compare)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"epochs": 3}, "into: its trials were run with epochs 2, not 3; they could not be compared"),
        ({"seed": 1}, "into: its trials were run with seed 0, not 1"),
        ({"rules": {"mine": "sgd:lr=0.2"}}, "into: its trials were run with 'mine' as 'sgd:lr=0.1', not 'sgd:lr=0.2'"),
        ({"data": small.dataset(50)}, "into: its trials were run on other data than small"),
    ],
)
def test_trials_of_other_settings_are_not_mixed(change, sentence):
    given = {"model": small.network, "data": small.dataset(), "rules": {"mine": "sgd:lr=0.1"}, "trials": 1, "epochs": 2}
    result = compare(**given)
    before = list(result.trials)
    with pytest.raises(ValueError, match=sentence):
        compare(**given | change, into=result)
    assert result.trials == before
    more = compare(**given | {"rules": {"mine": "sgd:lr=0.1", "other": "adam"}, "trials": 2}, into=result)
    assert more is result and len(result.trials) == 4  # more of the same are welcome


def test_a_batch_larger_than_the_data_is_told_before_anything_goes_through_the_network():
    def net(seed):
        pytest.fail("a network was made")

    with pytest.raises(ValueError, match="batch_size must be 1 to 60, the number of training samples, got 61"):
        compare(net, small.dataset(), "sgd", 1, batch_size=61)
