"""The scripts and the README's programs run as they are, on less of everything and on every array module."""

import re
import runpy
from pathlib import Path

import pytest
from click.testing import CliRunner

from minimix import backend as switch
from minimix import data

SCRIPTS = Path(__file__).parents[1] / "scripts"
SETTINGS = {
    "compare_optimizers": "--epochs 1 --trials 1 --images 600",
    "learn_the_rate": "--turns 2 --images 40",
    "train_cnn": "--epochs 1 --images 100",
    "train_mlp": "--epochs 1 --batch-size 100",
}


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("glyphs", "shapes"):
        draw = data.LOADERS[name]
        fewer = lambda train=300, test=100, draw=draw: draw(train=min(train, 600), test=min(test, 100))
        monkeypatch.setitem(data.LOADERS, name, fewer)
        monkeypatch.setattr(data, name, fewer)


def script(name):
    return runpy.run_path(str(SCRIPTS / f"{name}.py"))["main"]


def run(name, settings):
    return CliRunner().invoke(script(name), settings.split())


def test_all_are_tested():
    assert SETTINGS.keys() == {path.stem for path in SCRIPTS.glob("*.py")}


@pytest.mark.parametrize("name", SETTINGS)
def test_it_runs_and_draws(name, backend, tmp_path):
    done = run(name, f"{SETTINGS[name]} --out drawn.png")
    assert done.exit_code == 0, done.output
    assert done.output.endswith("drawn.png\n")
    assert Path("drawn.png").read_bytes().startswith(b"\x89PNG")


def programs():
    """The README's fenced Python, each a program of its own."""
    return re.findall(r"^```python\n(.*?)^```", (SCRIPTS.parent / "README.md").read_text("utf-8"), re.M | re.S)


def test_the_readme_s_programs_run(backend):
    for program in programs():
        exec(program, {"__name__": "program"})


def test_the_readme_s_loop_trains_where_it_is_told_to_and_gives_the_same_numbers(device, capsys):
    said = {}
    for name in ("numpy", device):
        with switch.using(name):
            exec(programs()[0], ran := {})
        homes = {switch.backend_of(x).name for p in ran["model"].parameters() for x in (p.data, p.grad)}
        homes |= {switch.backend_of(ran["loss"].data).name}
        said[name] = capsys.readouterr().out
        assert homes == {name}
    assert "epoch 5: loss" in said[device] and said[device] == said["numpy"]


def table(settings):
    """The rows that learn_the_rate prints: step, eta, gamma, validation loss, d/d log eta, d/d gamma."""
    lines = run("learn_the_rate", f"--images 100 {settings}").output.splitlines()
    start = next(k for k, line in enumerate(lines) if "validation loss" in line)
    return [list(map(float, line.split())) for line in lines[start + 1 : -1]]


def test_learn_the_rate_tells_the_slopes_of_the_validation_loss():
    ((_, eta, gamma, _, by_log, by_gamma),) = table("--turns 1 --lr 0.004 --gamma 0.3")
    assert (eta, gamma) == (0.004, 0.3)
    (low,), (high,) = (table(f"--turns 1 --lr {0.004 * 2.718 ** (x / 50)} --gamma 0.3") for x in (-1, 1))
    assert by_log == pytest.approx((high[3] - low[3]) * 25, rel=0.02)
    (low,), (high,) = (table(f"--turns 1 --lr 0.004 --gamma {0.3 + x / 50}") for x in (-1, 1))
    assert by_gamma == pytest.approx((high[3] - low[3]) * 25, rel=0.02)


def test_learn_the_rate_goes_downhill_in_small_steps():
    rows = table("--turns 4 --lr 0.001 --gamma 0.3 --beta 0.2")
    losses = [row[3] for row in rows]
    assert len(rows) == 4 and losses == sorted(losses, reverse=True) and losses[-1] < losses[0]


def test_learn_the_rate_keeps_what_it_has_where_a_derivative_is_not_finite(monkeypatch):
    main, scales = script("learn_the_rate"), [1.0, float("inf")]
    loss = main.callback.__globals__["cross_entropy"]
    monkeypatch.setitem(main.callback.__globals__, "cross_entropy", lambda *given: loss(*given) * scales.pop(0))
    done = CliRunner().invoke(main, ["--turns", "3", "--images", "20"])
    told = "the last derivatives are not finite: start from a smaller --lr, or train for fewer --epochs"
    assert done.exit_code == 0 and done.output.splitlines()[-2:] == [told, "learn_the_rate.png"]
    assert [line.split()[0] for line in done.output.splitlines()[-4:-2]] == ["0", "1"]


def test_learn_the_rate_refuses_a_gamma_without_a_logit():
    done = run("learn_the_rate", "--gamma 1")
    assert done.exit_code == 2 and "1.0 is not in the range 0<x<1" in done.output
