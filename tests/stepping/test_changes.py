"""The sentence about what changed most."""

import numpy as np
import pytest

from minimix.stepping import Landscape, stepper


def sentences(spec, **settings):
    run = stepper(spec, **settings).runs[0]
    return [step["changed"] for step in run.steps], run


def test_adam_remembers_the_cliff_and_the_sentence_says_which_and_how_much():
    told, run = sentences("adam:lr=0.2", on="staircase", steps=40)
    i = next(i for i, sentence in enumerate(told) if "has not forgotten" in sentence)
    cliff = int(np.argmax([abs(step["g"][0]) for step in run.steps[: i + 1]])) + 1
    factor = np.sqrt(run.steps[i]["v_hat"][0]) / abs(run.steps[i]["g"][0])
    assert f"the cliff of step {cliff}:" in told[i]
    assert f"the step of x {factor:.2g} times smaller" in told[i]


def test_a_change_of_the_correction_is_told_when_it_happens():
    told, run = sentences("mas:combine=correction,s=sgd(lr=0.4),a=adam(b1=0.99)", on="rotated", steps=60)
    signs = [step["inner"] > 0 for step in run.steps]
    for i in range(1, len(signs)):
        assert told[i].startswith("Another branch: d = ") == (signs[i] != signs[i - 1])
        if signs[i] != signs[i - 1]:
            assert told[i].endswith(f"because <d_s, d_a> {'>' if signs[i] else '<='} 0.")
    assert len(set(signs)) == 2


def test_a_switch_of_swats_is_told():
    told, run = sentences("swats:lr=0.02,tolerance=0.01", on="valley", steps=20)
    i = next(i for i, step in enumerate(run.steps) if "u" in step)
    assert told[i - 1].startswith("Another branch: Lam = lam/(1 - b2^t) now")
    assert "abs(lam/(1 - b2^t) - gamma) < tolerance" in told[i - 1]


def test_jumping_from_wall_to_wall_is_counted():
    told, _ = sentences("sgd:lr=0.075", on="valley", steps=6)
    assert "went past the floor" in told[1]
    assert "3 steps in a row" in told[3]


def test_the_largest_factor_is_named():
    cubic = Landscape("cubic", lambda w: w[0] ** 4 + 0 * w[1], (1.0, 0.0), (-2, 2, -2, 2), "")
    told, run = sentences("sgd:lr=0.05", on=cubic, steps=2)
    ratio = run.steps[0]["g"][0] / run.steps[1]["g"][0]
    assert told[1] == f"The gradient became {ratio:.2g} times shorter."


def test_little_change_is_called_that():
    told, _ = sentences("sgd:lr=1e-6", on="valley", steps=2)
    assert told[1].startswith("Little changed")


@pytest.mark.parametrize("spec", ["sgd:lr=0.5", "sgd:lr=0.5,momentum=0.9", "mas:lr=0.5", "split:x=sgd(lr=9),y=adam"])
def test_an_overflow_ends_the_run_and_is_explained(spec):
    told, run = sentences(spec, on="rosenbrock", steps=400)
    assert len(run.steps) < 400
    assert run.stopped == told[-1]
    assert "Overflow at step" in run.stopped and "learning rate" in run.stopped
    for step in run.steps[:-1]:
        assert np.all(np.isfinite(step["w_new"])) and np.isfinite(step["loss_new"])
