"""Equal chances: as many runs for every rule, optima outside the range found, nothing chosen by the test set."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minimix import data as datasets
from minimix.config import Config
from minimix.spec import parse
from minimix.study import running, tuning
from minimix.study.folder import Folder
from minimix.study.ranges import axes

SUMS = {"x_train": "0" * 64}
RULES = {"one": "sgd", "two": "adam", "both": "mas", "parts": "split"}


def plan(rules=RULES, sums=SUMS, **own):
    return tuning.plan_of(Config(optimizers=rules, epochs=1, record=1, trials=2), sums, **own)


class Memory(dict):
    """A folder in memory, as far as a search needs one."""

    read = dict.get

    def write(self, name, identity, recorded, run):
        self[name] = {"identity": identity, "recorded": recorded, "run": run}


def trainer(folder, accuracy, stopped=lambda rule: False, loss=lambda rule: 1.0):
    """Writes trials whose result is a function of the rule, in place of training."""
    asked = []

    def run(jobs, data=None):
        for job in jobs:
            (spec,) = job.settings["optimizers"].values()
            rule = parse(spec)
            recorded = {"epoch": [1.0], "train_loss": [1.0], "val_loss": [loss(rule)], "val_accuracy": [accuracy(rule)]}
            asked.append(job)
            folder.write(job.name, job.identity, recorded | {"stopped": "diverged" if stopped(rule) else None}, {})

    run.asked = asked
    return run


def rates(rule):
    return {axis.name: axis.default for axis in axes(rule)}


def peak(target):
    """An accuracy that is highest where the rates are 10^target."""
    return lambda rule: (
        1 - 0.05 * sum(abs(math.log10(x) - target) for name, x in rates(rule).items() if name.endswith("lr"))
    )


@settings(max_examples=30)
@given(target=st.floats(-4, 4), seed=st.integers(0, 9))
def test_an_optimum_outside_of_the_range_is_found_however_it_lies(target, seed):
    folder = Memory()
    accuracy = lambda rule: peak(target)(rule) if rule.momentum == 0 else 0.5
    own = plan({"a": "sgd", "b": "sgd:momentum=0.9"}, lr_range=(0.1, 10)) | {"seed": seed}
    found = tuning.search(folder, own, trainer(folder, accuracy)).rules["a"]
    far = math.copysign(1, target) * math.log10(found.chosen.values["lr"])
    surely = 1 + 2 * 1 - 3 * 0.25  # decades: the range, half its width in each of two rounds, less a stratum each
    assert min(abs(target), surely) - 0.26 <= far <= abs(target) + 0.26
    if abs(target) < 2:
        assert not found.open
    elif abs(target) > 3.1:
        assert found.open == ["lr"]


@pytest.mark.parametrize("target", [-2.5, -7, 3])
def test_every_rule_has_as_many_runs_wherever_its_optimum_is(target):
    folder = Memory()
    run = trainer(folder, peak(target))
    found = tuning.search(folder, plan(runs=5, seeds=4), run)
    counts = {label: len(tuning.tried) for label, tuning in found.rules.items()}
    assert len(set(counts.values())) == 1
    names = {job.name for job in run.asked}
    assert len(names) == 4 * sum(counts.values())
    assert counts["one"] in (5, 7, 9)


def test_a_range_too_narrow_for_so_many_values_takes_no_rules_chance_away():
    folder = Memory()
    found = tuning.search(folder, plan(lr_range=(0.1, 0.1002), runs=9), trainer(folder, peak(-1)))
    assert len({len(tuning.tried) for tuning in found.rules.values()}) == 1
    assert len(found.rules["one"].tried) >= 9


def test_without_an_optimum_at_an_edge_there_is_one_round():
    folder = Memory()
    found = tuning.search(folder, plan({"a": "sgd", "b": "sgd:momentum=0.9"}), trainer(folder, peak(-2)))
    assert [len(tuning.tried) for tuning in found.rules.values()] == [8, 8]
    assert not any(tuning.open for tuning in found.rules.values())


def test_new_values_beside_a_widening_stand_around_the_best():
    folder = Memory()
    accuracy = lambda rule: peak(9 if rule.momentum else -2)(rule)
    found = tuning.search(folder, plan({"in": "sgd", "out": "sgd:momentum=0.9"}), trainer(folder, accuracy))
    inside = found.rules["in"]
    first = sorted(t.values["lr"] for t in inside.tried[:8])
    best = min(range(8), key=lambda k: abs(math.log10(first[k]) + 2))
    assert all(first[best - 1] <= t.values["lr"] <= first[best + 1] for t in inside.tried[8:12])
    assert len(inside.tried) == 16
    assert min(t.values["lr"] for t in found.rules["out"].tried[8:]) > max(
        t.values["lr"] for t in found.rules["out"].tried[:8]
    )


def test_gamma_is_sought_within_0_and_1_and_is_at_no_edge():
    folder = Memory()
    accuracy = lambda rule: peak(9)(rule) if "gamma" not in rates(rule) else rule.gamma - abs(math.log10(rule.lr) + 3)
    found = tuning.search(folder, plan({"mas": "mas", "other": "sgd"}), trainer(folder, accuracy)).rules["mas"]
    first, later = found.tried[:8], found.tried[8:]
    best = max(first, key=lambda t: t.results[0]).values["gamma"]
    above = min((t.values["gamma"] for t in first if t.values["gamma"] > best), default=1)
    assert len(later) == 8
    assert all(0 <= t.values["gamma"] <= 1 for t in found.tried)
    assert all(t.values["gamma"] <= above for t in later[:4])
    assert found.open == []


def test_rules_with_as_many_axes_try_the_same_places_of_their_ranges():
    folder = Memory()
    found = tuning.search(folder, plan({"sgd": "sgd", "adam": "adam"}), trainer(folder, peak(-2.5)))
    ratios = [[t.values["lr"] / tuning.axes[0].default for t in tuning.tried[:8]] for tuning in found.rules.values()]
    assert ratios[0] == pytest.approx(ratios[1], rel=0.01)


def test_a_value_with_a_diverged_seed_is_the_worst_whatever_its_accuracy():
    folder = Memory()
    wild = lambda rule: rule.lr > 0.01
    found = tuning.search(folder, plan({"a": "sgd"}), trainer(folder, lambda rule: rule.lr, stopped=wild)).rules["a"]
    tame = [t.values["lr"] for t in found.tried if not t.diverged]
    assert found.chosen.values["lr"] == max(tame) <= 0.01
    assert any(t.diverged == 3 for t in found.tried)


def test_where_all_diverge_lower_rates_are_tried():
    folder = Memory()
    everything = trainer(folder, lambda rule: 0.5, stopped=lambda rule: rule.lr > 1e-6)
    found = tuning.search(folder, plan({"a": "sgd"}), everything).rules["a"]
    assert found.chosen.values["lr"] < 3e-6


def test_of_equal_accuracies_the_lower_loss_decides_and_then_the_lower_rate():
    for loss, expected in ((lambda rule: -math.log10(rule.lr), max), (lambda rule: 1.0, min)):
        folder = Memory()
        found = tuning.search(folder, plan({"a": "sgd"}), trainer(folder, lambda rule: 1.0, loss=loss)).rules["a"]
        assert found.chosen.values["lr"] == expected(t.values["lr"] for t in found.tried)


def test_without_accuracies_the_lowest_loss_is_chosen():
    folder = Memory()
    run = trainer(folder, lambda rule: None, loss=lambda rule: abs(math.log10(rule.lr) + 2))
    found = tuning.search(folder, plan({"a": "sgd"}), run)
    assert found.measure.name == "loss"
    assert 0.004 < found.rules["a"].chosen.values["lr"] < 0.025


def test_the_seeds_of_the_search_are_of_no_reported_trial_and_the_same_for_all():
    folder = Memory()
    run = trainer(folder, peak(-2.5))
    tuning.search(folder, plan(), run)
    procedures = {json.dumps([job.identity["procedure"], job.identity["data"]]) for job in run.asked}
    assert len(procedures) == 1
    assert {job.identity["stage"] for job in run.asked} == {"tune"}
    seed = run.asked[0].identity["procedure"]["seed"]
    state = lambda *entropy: tuple(np.random.SeedSequence(entropy).generate_state(4))
    sought = {state(seed, k) for k in range(100)}
    assert not sought & {state(own, k) for own in range(50) for k in range(100)}


# With real training, of a network that takes milliseconds.

NET = """
from minimix import nn
def net(seed):
    return nn.Sequential(nn.Dense(4, 3, seed))
"""


@pytest.fixture
def small(tmp_path):
    """(Config, Dataset) of a task that takes milliseconds a trial."""
    (tmp_path / "my.py").write_text(NET)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 4)).astype("float32")
    y = x[:, :3].argmax(axis=1)
    data = datasets.from_arrays((x[:60], y[:60], x[60:], y[60:]), "small")
    rules = {"SGD": "sgd:lr=0.03", "Adam": "adam:lr=0.01"}
    config = Config(f"{tmp_path / 'my.py'}:net", "small", rules, trials=2, epochs=2, batch_size=10)
    return config, data


def train(folder):
    return lambda jobs, data: running.run(folder, jobs, data)


def chosen(search):
    return {label: tuning.chosen for label, tuning in search.rules.items()}


def test_noise_in_place_of_the_test_set_changes_no_chosen_value(small, tmp_path):
    config, data = small
    noise = np.random.default_rng(1)
    other = replace(
        data,
        x_test=noise.normal(size=data.x_test.shape).astype("float32"),
        y_test=noise.permutation(data.y_test),
    )
    found = []
    for name, own in (("a", data), ("b", other)):
        folder = Folder(tmp_path / name)
        found.append(tuning.tune(folder, "t", config, own, train(folder), runs=3))
    assert chosen(found[0]) == chosen(found[1])
    reported = [Folder(tmp_path / name).result(Folder(tmp_path / name).plans()["t, tuned"]) for name in "ab"]
    accuracies = [[t["val_accuracy"] for t in result.trials] for result in reported]
    assert accuracies[0] != accuracies[1]


class Sealed:
    """Stands for test arrays that nobody may read."""

    def __getattribute__(self, name):
        raise PermissionError(f"the test set was read: {name}")

    __array__ = __len__ = __getitem__ = __iter__ = None


def test_the_test_set_is_not_read_before_all_values_are_chosen(small, tmp_path):
    config, data = small
    for part in ("x_test", "y_test"):
        object.__setattr__(data, part, Sealed())
    folder = Folder(tmp_path / "s")
    with pytest.raises((PermissionError, TypeError)):
        tuning.tune(folder, "t", config, data, train(folder), runs=3)
    found = tuning.tuned(folder)["t"]
    assert not found.left
    assert all(len(rule.tried) in (3, 5, 7) for rule in found.rules.values())
    assert list(folder.plans()) == ["t"]


def test_a_stopped_search_goes_on_and_ends_as_one_that_was_not(small, tmp_path):
    config, data = small
    folders = [Folder(tmp_path / name) for name in "ab"]
    whole = tuning.tune(folders[0], "t", config, data, train(folders[0]), runs=3)
    trained = []

    def halting(jobs, own):
        missing = [job for job in jobs if not folders[1].done(job.name)][:7]
        trained.extend(job.name for job in missing)
        running.run(folders[1], missing, own)

    rounds = 0
    while (found := tuning.tune(folders[1], "t", config, data, halting, runs=3)).left:
        rounds += 1
        assert not any(rule.tried for rule in tuning.tuned(folders[1])["t"].rules.values()) or rounds > 2
    assert rounds > 2
    assert chosen(found) == chosen(whole)
    assert len(set(trained)) == len(trained)
    files = [sorted(path.name for path in (folder.path / "trials").iterdir()) for folder in folders]
    assert files[0] == files[1] == sorted(f"{name}.json" for name in trained)


def test_a_search_is_read_off_its_folder_as_it_was_done(small, tmp_path):
    config, data = small
    folder = Folder(tmp_path / "s")
    done = tuning.tune(folder, "t", config, data, train(folder), "Adam", runs=3)
    assert tuning.tuned(Folder(tmp_path / "s")) == {"t": done}
    plans = folder.plans()
    assert list(plans) == ["t", "t, default", "t, tuned"]
    assert [own["kind"] for own in plans.values()] == ["tune", "compare", "compare"]
    assert {own["reference"] for own in plans.values()} == {"Adam"}
    assert plans["t, default"]["optimizers"] == {"SGD": "sgd:lr=0.03", "Adam": "adam:lr=0.01"}
    assert plans["t, tuned"]["optimizers"] == {label: rule.chosen.spec for label, rule in done.rules.items()}
    for name in ("t, default", "t, tuned"):
        assert len(folder.result(plans[name]).trials) == 4


def test_the_held_out_part_and_the_rest_are_the_training_set_once(small):
    _, data = small
    part = tuning.held_out(data, 0.2, 5)
    assert (len(part.x_train), len(part.x_test)) == (48, 12)
    rows = np.concatenate([part.x_train, part.x_test])
    order = np.lexsort(rows.T)
    assert np.array_equal(rows[order], data.x_train[np.lexsort(data.x_train.T)])
    labels = np.concatenate([part.y_train, part.y_test])[order]
    assert np.array_equal(labels, data.y_train[np.lexsort(data.x_train.T)])
    assert not np.array_equal(part.x_test, tuning.held_out(data, 0.2, 6).x_test)
    assert np.array_equal(part.x_test, tuning.held_out(data, 0.2, 5).x_test)


def test_another_search_of_the_same_name_is_refused(small, tmp_path):
    config, data = small
    folder = Folder(tmp_path / "s")
    nothing = lambda jobs, own: None
    tuning.tune(folder, "t", config, data, nothing)
    for change in ({"runs": 4}, {"seeds": 4}, {"lr_range": (0.1, 1.0)}, {"reference": "SGD"}):
        with pytest.raises(ValueError, match=f"has a plan 't' whose {next(iter(change))} is"):
            tuning.tune(folder, "t", config, data, nothing, **change)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"runs": 1}, "runs must be at least 3, got 1"),
        ({"seeds": 2}, "seeds must be at least 3, got 2"),
        ({"lr_range": (1.0, 0.1)}, "lr_range must be two rates above 0, the lower one first, got \\[1.0, 0.1\\]"),
        ({"lr_range": (0.1, 0.1)}, "lr_range must be two rates above 0"),
        ({"lr_range": "01"}, "lr_range must be two rates above 0"),
        ({"lr_range": (0.1, 1, 10)}, "lr_range must be two rates above 0"),
        ({"lr_range": (0.0, 0.1)}, "lr_range must be two rates above 0"),
        ({"lr_range": (0.1, math.inf)}, "lr_range must be two rates above 0"),
        ({"validation": 0.0}, "validation must be a number above 0 and below 1"),
        ({"rules": {"fixed": "freeze"}}, "fixed: freeze has no learning rate"),
        ({"rules": {"f": "frank-wolfe"}}, "f: frank-wolfe:.* has no learning rate|f: frank-wolfe has no learning rate"),
    ],
    ids=str,
)
def test_a_search_that_could_choose_nothing_is_refused(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        plan(**change)


def test_trials_that_continue_one_another_are_refused():
    with pytest.raises(ValueError, match="continue_trials"):
        tuning.plan_of(Config(continue_trials=True), SUMS)


@pytest.mark.parametrize("change", [{"runs": None}, {"runs": "8"}, {"seeds": 1}, {"lr_range": [1]}, {"validation": 2}])
def test_a_plan_that_was_changed_in_its_file_is_refused(small, tmp_path, change):
    config, data = small
    folder = Folder(tmp_path / "s")
    tuning.tune(folder, "t", config, data, lambda jobs, own: None)
    path = tmp_path / "s" / "study.json"
    content = json.loads(path.read_text())
    content["plans"]["t"] |= change
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=next(iter(change))):
        tuning.tuned(folder)


def test_a_batch_larger_than_what_is_left_for_training_is_refused(small, tmp_path):
    config, data = small
    with pytest.raises(ValueError, match="batch_size"):
        tuning.tune(Folder(tmp_path / "s"), "t", replace(config, batch_size=50), data, train(None))
