import importlib
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import joblib
import numpy as np
import pytest
from click.testing import CliRunner

from minimix import data, models, nn
from minimix.backend import using
from minimix.cli import main, options, progress
from minimix.config import Config
from minimix.study import running
from minimix.study.folder import Folder
from tests import strict

SMALL = ["--epochs", "1", "--train-size", "600", "--test-size", "100", "--record", "2"]


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MINIMIX_DATA", raising=False)
    monkeypatch.setattr(joblib, "effective_n_jobs", lambda n: max(n, 1))  # in this process where nothing is said
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder with one trial of Adam."""
    folder = tmp_path_factory.mktemp("finished") / "a"
    done = CliRunner().invoke(
        main, ["compare", *SMALL, "--trials", "1", "-o", "adam", "--jobs", "1", "--out", str(folder)]
    )
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def folder(run, finished, tmp_path):
    """A copy of it, called a, in the folder that commands run in."""
    return shutil.copytree(finished, tmp_path / "a")


def plan(folder):
    return Folder(folder).plans()["compare"]


def recorded(folder):
    """{(label, number): what was recorded} of a comparison."""
    trials = Folder(folder).result(plan(folder)).trials
    return {(t["optimizer"], t["trial"]): {k: t[k] for k in ("train_loss", "val_loss", "stopped")} for t in trials}


@pytest.mark.parametrize("command", [[], *([name] for name in main.commands)])
def test_help_is_no_error(run, command):
    result = run(*command, "--help")
    assert result.exit_code == 0 and "Usage:" in result.output and "Error" not in result.output


def test_compare_trains_prints_and_writes_a_folder(run, tmp_path):
    result = run("compare", *SMALL, "--trials", "2")
    assert result.exit_code == 0, result.output
    folder = tmp_path / "runs" / "mlp-glyphs-1"
    assert {p.name for p in folder.iterdir()} == {"figure.png", "summary.json", "study.json", "trials", "progress"}
    assert len(list((folder / "trials").iterdir())) == 8 and not list((folder / "progress").iterdir())
    about = data.glyphs(600, 100).about()
    assert plan(folder)["sums"] == about.pop("sha256") and plan(folder)["dataset"] == about
    line = next(line for line in result.output.splitlines() if line.startswith("SHA-256: "))
    assert len(line) <= 80 and all(f"{part} {sum_[:8]}" in line for part, sum_ in plan(folder)["sums"].items())
    summary = json.loads((folder / "summary.json").read_text())["compare"]
    assert list(summary["rules"]) == [
        "sgd:lr=0.01",
        "adam:lr=0.001",
        "split:first1=adam(lr=0.001),*=sgd(lr=0.01)",
        "mas:lr=0.001,gamma=0.6",
    ]
    assert summary["reference"] == plan(folder)["reference"] == "adam:lr=0.001"
    for spec, own in summary["rules"].items():
        assert 0 <= min(own["results"]) <= own["mean"] <= max(own["results"]) <= 1 and len(own["results"]) == 2
        assert own["seconds_per_epoch"] > 0
        assert spec in result.output
    assert any(word in result.output for word in ("better", "worse", "equal", "not settled"))


def test_the_settings_of_a_folder_begin_another_and_other_options_override_them(run, folder):
    assert run("compare", "--config", "a/study.json", "--out", "b").exit_code == 0
    assert plan("a") == plan("b") and recorded("a") == recorded("b")
    given = ["-o", "adam", "-o", "mas", "--seed", "4", "--reference", "mas", "--margin", "0.02"]
    assert run("compare", "--config", "a", *given, "--out", "c").exit_code == 0
    assert plan("c")["reference"] == "mas:lr=0.001,gamma=0.6" and plan("c")["margin"] == 0.02
    assert plan("c")["seed"] == 4 and len(recorded("c")) == 2
    assert recorded("c")["adam:lr=0.001", 0] != recorded("a")["adam:lr=0.001", 0]


def test_labels_of_a_plan_are_kept(run):
    Folder("a").plan("fig", {"optimizers": {"best": "sgd"}, "trials": 1, "sums": {}, "epochs": 1})
    assert run("compare", "--config", "a", *SMALL, "--out", "b").exit_code == 0
    assert plan("b")["optimizers"] == {"best": "sgd:lr=0.01"}


def test_ctrl_c_keeps_the_finished_trials_and_the_same_command_does_the_others(run, monkeypatch):
    shown = progress.Shown.trial

    def stop(*arguments):
        shown(*arguments)
        raise KeyboardInterrupt

    arguments = ["compare", *SMALL, "--trials", "1", "-o", "sgd", "-o", "adam"]
    monkeypatch.setattr(progress.Shown, "trial", stop)
    first = run(*arguments)
    folder = Path("runs", "mlp-glyphs-1")
    assert first.exit_code == 130 and f"1 finished trials kept; --resume {folder} does the others" in first.output
    assert len(recorded(folder)) == 1 and (folder / "figure.png").exists()
    monkeypatch.setattr(progress.Shown, "trial", shown)
    again = run(*arguments)
    assert again.exit_code == 0 and f"{folder}: 1 finished trials are there" in again.output
    assert len(recorded(folder)) == 2
    assert run(*arguments).exit_code == 0 and len(recorded(Path("runs", "mlp-glyphs-2"))) == 2  # a new comparison


def test_a_nan_loss_is_said_kept_and_plotted(run, tmp_path):
    with np.errstate(all="ignore"):
        result = run("compare", *SMALL, "--trials", "1", "-o", "sgd:lr=1e30", "--out", "a")
    assert result.exit_code == 0 and "no longer finite" in result.output and "diverged" in result.output
    assert (tmp_path / "a" / "figure.png").exists()


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["comapre"], "No such command 'comapre'; did you mean 'compare'?"),
        (
            ["compare", "--model", "mpl"],
            "model must be one of mlp, cnn, cnn-fig1, file.py:name, got 'mpl'; did you mean 'mlp'?",
        ),
        (["compare", "--optimzer", "adam"], "--optimizer"),
        (["compare", "-o", "adma"], "adam"),
        (["compare", "-o", "adam:lr=0"], "lr must be a number above 0"),
        (["compare", "--data", "mnist"], "minimix data fetch mnist"),
        (["compare", "--batch-size", "700", *SMALL], "batch_size must be 1 to 600"),
        (["compare", "--target", "97", *SMALL], "target must be an accuracy above 0 and at most 1, got 97; did"),
        (["plot", "nothing"], "'nothing' has no finished trial to draw"),
        (["train", "--backend", "cupy", *SMALL[:-2]], "pip install"),
    ],
)
def test_bad_input_gets_one_sentence(run, arguments, sentence, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if "cupy" in arguments:
        pytest.importorskip("importlib").util.find_spec("cupy") and pytest.skip("CuPy is installed")
    result = run(*arguments)
    assert result.exit_code != 0 and sentence in result.output
    assert "Traceback" not in result.output


def test_a_plan_that_is_refused_leaves_no_folder(run, tmp_path):
    assert "margin must be a finite number" in run("compare", *SMALL, "--margin", "nan", "--out", "new").output
    assert not (tmp_path / "new").exists()


def test_a_run_that_fails_before_its_first_trial_leaves_no_folder(run, tmp_path):
    assert run("compare", *SMALL, "--batch-size", "700", "--out", "a").exit_code == 1
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("the disk is gone"), MemoryError])
def test_a_run_that_is_resumed_in_vain_keeps_all_that_is_in_its_folder(run, folder, tmp_path, monkeypatch, error):
    (folder / "notes.txt").write_text("mine")
    kept = lambda: {path: path.read_bytes() for path in folder.rglob("*") if path.suffix in (".json", ".txt")}
    before = kept()
    (trial,) = (folder / "trials").iterdir()
    trial.rename(tmp_path / "away.json")

    def fail(*arguments, **options):
        raise error

    monkeypatch.setattr(progress.running, "run", fail)
    result = run("compare", "--resume", "a")
    assert result.exit_code == (130 if error is KeyboardInterrupt else 1) and "Traceback" not in result.output
    assert kept() == {path: content for path, content in before.items() if path != trial}


def test_jobs_share_the_trials_and_all_numbers_of_jobs_compute_the_same(run):
    arguments = ["compare", *SMALL, "--trials", "2", "-o", "sgd", "-o", "adam"]
    result = run(*arguments, "--jobs", "2", "--out", "a")
    assert result.exit_code == 0 and "2 x 2 trials, 2 at a time" in result.output
    assert run(*arguments, "--jobs", "1", "--out", "b").exit_code == 0
    assert recorded("a") == recorded("b") and len(recorded("a")) == 4


def test_the_number_of_jobs_is_no_more_than_there_is_to_do_and_one_on_a_gpu(monkeypatch):
    monkeypatch.setattr(joblib, "effective_n_jobs", lambda n: 8 if n == -1 else n)
    config = Config()
    assert [options.processes(jobs, config, 3) for jobs in (1, 2, 9, None)] == [1, 2, 3, 3]
    assert options.processes(-1, config, 0) == 1
    monkeypatch.setattr(options, "load", lambda name: SimpleNamespace(device=True))
    assert options.processes(None, config, 3) == 1


def test_more_trials_go_into_the_same_folder_which_says_so(run, folder):
    first = recorded("a")
    more = run("compare", "--resume", "a", "--trials", "2")
    assert more.exit_code == 0 and "trials were added after a first look" in more.output
    assert len(recorded("a")) == 2 and recorded("a").items() >= first.items()
    assert plan("a")["added"] == [1, 2]
    again = run("compare", *SMALL, "-o", "adam", "--trials", "1", "--out", "a")
    assert again.exit_code == 0 and plan("a")["trials"] == 2


@pytest.mark.parametrize(
    "change, sentence",
    [
        (["--epochs", "3"], "whose trials are run with epochs 1, not 3; take another folder"),
        (["-o", "sgd"], "whose optimizers are adam:lr=0.001, not sgd:lr=0.01; take another folder"),
        (["-o", "adam", "-o", "sgd", "--reference", "sgd"], "whose optimizers are adam:lr=0.001, not adam:lr=0.001, "),
        (["--margin", "0.5"], "whose margin is None, not 0.5; take another folder"),
        (["--train-size", "500"], "x_train has changed since 'a' was begun"),
    ],
)
def test_a_folder_of_other_settings_is_refused_and_left_alone(run, folder, change, sentence):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    result = run("compare", "--config", "a", *change, "--out", "a")
    assert result.exit_code == 1 and sentence in result.output
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_plan_that_was_edited_is_refused_by_the_setting(run, folder):
    path = folder / "study.json"
    path.write_text(path.read_text().replace('"epochs": 1,\n   "batch', '"epochs": 4,\n   "batch'))
    result = run("compare", "--resume", "a")
    assert result.exit_code == 1 and "whose trials are run with epochs 1, not 4" in result.output


def test_a_damaged_trial_is_said_and_done_again(run, folder):
    before = recorded("a")
    (trial,) = (folder / "trials").iterdir()
    trial.write_text("{")
    result = run("compare", "--resume", "a")
    assert result.exit_code == 0 and f"{trial.name} is damaged" in result.output and recorded("a") == before


@pytest.mark.parametrize("files", [["notes.txt"], ["config.json", "results.json"]])
def test_a_folder_that_is_no_study_is_refused(run, tmp_path, files):
    for name in files:
        (tmp_path / "a").mkdir(exist_ok=True)
        (tmp_path / "a" / name).write_text("{}")
    sentence = "not empty; choose another" if len(files) == 1 else "begin anew with minimix compare --config a/config"
    for option in ("--out", "--resume", "--config"):
        result = run("compare", *SMALL, option, "a")
        assert result.exit_code == 1 and sentence in result.output
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == files


def test_the_settings_of_an_earlier_version_s_run_begin_anew(run, tmp_path):
    settings = Config(epochs=1, train_size=600, test_size=100, trials=1, optimizers=["sgd"]).settings()
    old = settings | {"optimizers": ["sgd:lr=0.01"], "files": {}, "dataset": {"name": "glyphs", "sha256": {}}}
    (tmp_path / "config.json").write_text(json.dumps(old))
    assert run("compare", "--config", "config.json", "--out", "a").exit_code == 0
    assert len(recorded("a")) == 1


def test_workers_is_another_name_of_jobs_and_there_is_at_least_one(run):
    given = run("compare", *SMALL, "--trials", "2", "-o", "sgd", "--workers", "2", "--out", "w")
    assert given.exit_code == 0 and "2 x 1 trials, 2 at a time" in given.output
    result = run("compare", "--jobs", "0")
    assert result.exit_code == 2 and "write 1 or more, or -1 for all cores" in result.output


def test_a_command_computes_on_the_module_in_use_and_saves_numpys_arrays(run, device):
    few = ["--epochs", "1", "--train-size", "60", "--test-size", "20", "--batch-size", "30", "--record", "1"]
    strict.reset()
    with using(device):
        result = run("train", *few, "--out", "device.npz")
    assert result.exit_code == 0, result.output
    assert strict.launches > 0 or device != "strict"
    assert run("train", *few, "--backend", "numpy", "--out", "host.npz").exit_code == 0
    with np.load("device.npz") as theirs, np.load("host.npz") as ours:
        for name in ours:
            np.testing.assert_allclose(theirs[name], ours[name], rtol=1e-3, atol=1e-5)


def test_plot_redraws_one_comparison_or_draws_several_together(run, folder, tmp_path):
    shutil.copytree(folder, tmp_path / "b")
    (folder / "figure.png").unlink()
    assert run("plot", "a").exit_code == 0 and (folder / "figure.png").exists()
    assert run("plot", "a", "b", "--out", "both.svg").exit_code == 0
    assert (tmp_path / "both.svg").read_text().startswith("<?xml")


def test_train_takes_one_optimizer_and_says_so(run, tmp_path):
    result = run("train", "-o", "sgd", "-o", "adam")
    assert result.exit_code == 2 and "train takes one optimizer, got sgd, adam: compare takes several" in result.output
    assert not list(tmp_path.glob("*.npz"))


def test_train_saves_a_model_that_loads_without_pickle(run, tmp_path):
    assert run("train", *SMALL, "-o", "sgd:lr=0.1", "--out", "m.npz").exit_code == 0
    with np.load(tmp_path / "m.npz", allow_pickle=False) as file:
        saved = dict(file)
    model = models.mlp(1)
    model.load_state_dict(saved)
    assert (model.layers[1].weight.data == saved["dense1.weight"]).all()
    again = run("train", *SMALL, "--out", "m.npz")
    assert again.exit_code == 1 and "'m.npz' exists" in again.stderr and not again.stdout
    assert run("train", *SMALL, "--out", "m.npz", "--force").exit_code == 0
    assert not (nn.load(models.mlp(1), "m.npz").layers[1].weight.data == saved["dense1.weight"]).all()
    assert data.LOADERS.keys() >= {"glyphs", "shapes"}


def test_a_file_that_is_made_while_a_model_trains_is_not_written_over(run, tmp_path, monkeypatch):
    module = importlib.import_module("minimix.cli.train")
    trained = module.run_trial

    def run_trial(*arguments):
        for name in ("m.npz", "m-2.npz"):
            (tmp_path / name).write_text("mine")
        return trained(*arguments)

    monkeypatch.setattr(module, "run_trial", run_trial)
    done = run("train", *SMALL, "--out", "m.npz")
    assert done.exit_code == 0 and done.stdout.splitlines()[-1].startswith("m-3.npz: 6 arrays")
    assert [(tmp_path / name).read_text() for name in ("m.npz", "m-2.npz")] == ["mine", "mine"]
    nn.load(models.mlp(0), "m-3.npz")


@pytest.mark.parametrize("columns", [200, 80, 70, 40, 8])
def test_the_live_line_fits_the_screen(monkeypatch, columns):
    monkeypatch.setattr(progress.sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(columns))
    config = Config(optimizers=["sgd", "adam:lr=0.001", "adam:lr=0.002", "mas"])
    shown = progress.Shown(Folder("a"), running.jobs(config, {}))
    for spec in config.rules:
        shown.results[spec] = "99.50 %"
        line = shown._results(spec)
        assert len(line) + shown.bar.width + 24 <= max(columns, 28)
    assert line.count("%") == {200: 4, 8: 0}.get(columns, 1)
