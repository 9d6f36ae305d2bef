import importlib
import json

import numpy as np
import pytest
from click.testing import CliRunner

from minimix import data, models, nn
from minimix import runs as run_folders
from minimix.backend import using
from minimix.cli import main
from minimix.config import Config
from tests import strict

SMALL = ["--epochs", "1", "--train-size", "600", "--test-size", "100", "--record", "2"]


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MINIMIX_DATA", raising=False)
    monkeypatch.setattr(importlib.import_module("minimix.cli.compare"), "_cores", lambda: 1)  # in this process
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


@pytest.mark.parametrize("command", [[], *([name] for name in main.commands)])
def test_help_is_no_error(run, command):
    result = run(*command, "--help")
    assert result.exit_code == 0 and "Usage:" in result.output and "Error" not in result.output


def test_compare_trains_prints_and_writes_a_run_folder(run, tmp_path):
    result = run("compare", *SMALL, "--trials", "2")
    assert result.exit_code == 0, result.output
    folder = tmp_path / "runs" / "mlp-glyphs-1"
    assert {p.name for p in folder.iterdir()} == {"figure.png", "results.json", "config.json"}
    summary = json.loads((folder / "results.json").read_text())["summary"]
    assert list(summary) == [
        "sgd:lr=0.01",
        "adam:lr=0.001",
        "split:first1=adam(lr=0.001),*=sgd(lr=0.01)",
        "mas:lr=0.001,gamma=0.6",
    ]
    for spec, own in summary.items():
        accuracy = own["val_accuracy"]
        assert 0 <= accuracy["min"] <= accuracy["mean"] <= accuracy["max"] <= 1 and len(accuracy["per_trial"]) == 2
        assert own["seconds_per_epoch"] > 0
        assert spec in result.output
    assert any(word in result.output for word in ("better", "worse", "equal", "not settled"))


def test_config_json_reproduces_the_run_and_other_options_override_it(run, tmp_path):
    assert (
        run("compare", *SMALL, "--trials", "1", "-o", "adam", "-o", "mas", "--seed", "3", "--out", "a").exit_code == 0
    )
    assert run("compare", "--config", "a/config.json", "--out", "b").exit_code == 0
    a, b = (json.loads((tmp_path / x / "results.json").read_text()) for x in "ab")
    assert a["config"] == b["config"]
    records = lambda r: [{k: v for k, v in t.items() if k != "seconds_per_epoch"} for t in r["trials"]]
    assert records(a) == records(b)
    assert run("compare", "--config", "a/config.json", "--out", "c", "--seed", "4").exit_code == 0
    c = json.loads((tmp_path / "c" / "results.json").read_text())
    assert c["config"]["seed"] == 4 and records(c) != records(a)


def test_ctrl_c_keeps_the_finished_trials_and_resume_does_the_others(run, tmp_path, monkeypatch):
    command = importlib.import_module("minimix.cli.compare")
    original, calls = command._keep, []

    def keep(run_folder, progress):
        def on_trial(*arguments):
            original(run_folder, progress)(*arguments)
            calls.append(arguments)
            if len(calls) == 1:
                raise KeyboardInterrupt

        return on_trial

    monkeypatch.setattr(command, "_keep", keep)
    first = run("compare", *SMALL, "--trials", "1", "-o", "sgd", "-o", "adam", "--out", "a")
    assert first.exit_code == 130 and "1 finished trials kept; --resume a does the others" in first.output
    assert len(json.loads((tmp_path / "a" / "results.json").read_text())["trials"]) == 1
    assert (tmp_path / "a" / "figure.png").exists()
    assert run("compare", "--resume", "a").exit_code == 0
    assert len(json.loads((tmp_path / "a" / "results.json").read_text())["trials"]) == 2


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
        (["plot", "nothing"], "does not exist"),
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


def test_a_run_that_fails_before_its_first_trial_leaves_no_folder(run, tmp_path):
    assert run("compare", *SMALL, "--batch-size", "700", "--out", "a").exit_code == 1
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("the disk is gone"), MemoryError])
def test_a_run_that_is_resumed_in_vain_stays_with_all_that_is_in_its_folder(run, tmp_path, monkeypatch, error):
    folder = tmp_path / "a"
    run_folders.Run.create(folder, Config(train_size=20, test_size=10, epochs=1, record=1, batch_size=20))
    (folder / "notes.txt").write_text("mine")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def fail(*arguments, **options):
        raise error

    monkeypatch.setattr(importlib.import_module("minimix.cli.compare"), "run_comparison", fail)
    result = run("compare", "--resume", "a")
    assert result.exit_code == (130 if error is KeyboardInterrupt else 1) and "Traceback" not in result.output
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_which_data_it_was_is_shown_and_kept(run, tmp_path):
    done = run("compare", *SMALL, "--trials", "1", "-o", "sgd", "--out", "a")
    kept = json.loads((tmp_path / "a" / "results.json").read_text())["config"]["dataset"]
    assert kept == data.glyphs(600, 100).about()
    line = next(line for line in done.output.splitlines() if line.startswith("SHA-256: "))
    assert len(line) <= 80 and all(f"{part} {sum_[:8]}" in line for part, sum_ in kept["sha256"].items())


def test_workers_share_the_trials_and_a_resumed_run_computes_the_same(run, tmp_path):
    arguments = ["compare", *SMALL, "--trials", "2", "-o", "sgd", "-o", "adam", "--workers", "2"]
    result = run(*arguments, "--out", "a")
    assert result.exit_code == 0 and "2 x 2 trials, 2 at a time" in result.output
    whole = json.loads((tmp_path / "a" / "results.json").read_text())
    cut = {**whole, "trials": whole["trials"][:1]}
    (tmp_path / "a" / "results.json").write_text(json.dumps(cut))
    assert run("compare", "--resume", "a", "--workers", "2").exit_code == 0
    again = json.loads((tmp_path / "a" / "results.json").read_text())
    losses = lambda results: {(t["optimizer"], t["trial"]): t["val_loss"] for t in results["trials"]}
    assert losses(again) == losses(whole) and len(again["trials"]) == len(whole["trials"]) == 4


def test_the_default_number_of_workers_depends_on_the_run_not_on_what_is_left(monkeypatch):
    command = importlib.import_module("minimix.cli.compare")
    monkeypatch.setattr(command, "_cores", lambda: 4)
    assert command._workers(Config(trials=3)) == 4
    assert command._workers(Config(trials=1, optimizers=["sgd", "adam"])) == 2
    assert command._workers(Config(trials=3, optimizers=["sgd"], continue_trials=True)) == 1
    assert command._workers(Config(backend="strict")) == 1


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


def test_an_existing_run_folder_is_refused(run, tmp_path):
    (tmp_path / "a").mkdir()
    result = run("compare", *SMALL, "--out", "a")
    assert result.exit_code == 1 and "'a' exists" in result.output


def test_plot_redraws_one_run_or_draws_several_together(run, tmp_path):
    for name in "ab":
        run("compare", *SMALL, "--trials", "1", "-o", "adam", "--out", name)
    (tmp_path / "a" / "figure.png").unlink()
    assert run("plot", "a").exit_code == 0 and (tmp_path / "a" / "figure.png").exists()
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
    module = importlib.import_module("minimix.cli.compare")
    monkeypatch.setattr(module.sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(columns))
    config = Config(optimizers=["sgd", "adam:lr=0.001", "adam:lr=0.002", "mas"])
    progress = module.Progress(config, 12)
    for spec in config.rules:
        progress.results[spec] = "99.50 %"
        line = progress._results(spec)
        assert len(line) + progress.bar.width + 24 <= max(columns, 28)
    assert line.count("%") == {200: 4, 8: 0}.get(columns, 1)
