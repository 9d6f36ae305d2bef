from urllib.parse import unquote

import numpy as np
import pytest

import minimix as mx
from minimix.site import gallery
from minimix.spec import RULES, VARIANTS, canonical, parse
from minimix.stepping import LANDSCAPES, live


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(gallery, "RATES", (0.01, 0.1))
    monkeypatch.setattr(gallery, "STEPS", 5)


def test_every_rule_and_variant_is_in_it_once():
    specs = gallery.specs()
    written = [canonical(parse(spec)) for spec in specs.values()]
    assert len(set(written)) == len(written)
    missing = {*RULES, *VARIANTS} - {*specs}
    assert all(canonical(parse(VARIANTS[name])) in written for name in missing)
    assert {"sgd", "adam", "adamw", "momentum"} <= {*specs}


@pytest.mark.parametrize("on", ["valley", "noisy"])
@pytest.mark.parametrize("name", gallery.specs())
def test_a_walk_is_that_of_the_stepper(name, on, short):
    found = gallery.walk(gallery.specs()[name], on)
    (run,) = mx.stepper(found["spec"], on=on, steps=5).runs
    path = [step["w"] for step in run.steps] + [run.steps[-1]["w_new"]]
    np.testing.assert_allclose(found["points"], path, rtol=1e-12)
    assert found["height"] == pytest.approx(run.steps[-1]["loss_new"], rel=1e-12)


def test_of_the_rates_it_is_the_one_that_ends_lowest(short):
    found = gallery.walk("sgd", "valley")
    assert (found["spec"], found["rate"]) == ("sgd:lr=0.01", 0.01)  # 0.1 runs away: 1 - 0.1*25 = -1.5
    assert gallery.walk("adam", "valley")["rate"] == 0.1


def test_a_rate_that_climbs_on_its_way_comes_after_one_that_does_not(monkeypatch):
    monkeypatch.setattr(gallery, "RATES", (0.01, 0.1))
    climbing, calm = gallery.walk("mas:lr=0.1", "valley"), gallery.walk("mas", "valley")
    assert climbing["height"] < calm["height"] and calm["rate"] == 0.01


def test_a_rule_without_a_rate_has_none(short):
    assert gallery.walk("frank-wolfe", "valley")["rate"] is None


def test_a_row_for_what_moves_and_a_name_for_what_does_not(short):
    specs = {"sgd": "sgd", "freeze": "freeze"}
    page = gallery.page({(name, on): gallery.walk(spec, on) for name, spec in specs.items() for on in LANDSCAPES})
    assert [row["name"] for row in page["rows"]] == ["sgd"] and page["still"] == ["freeze"]
    assert [cell["on"] for cell in page["rows"][0]["cells"]] == list(page["grounds"]) == list(LANDSCAPES)


def test_a_picture_s_points_are_in_its_units(short):
    landscape = LANDSCAPES["valley"]
    left, right, bottom, top = landscape.window
    page = gallery.page({("sgd", on): gallery.walk("sgd", on) for on in LANDSCAPES})
    cell, ground = page["rows"][0]["cells"][0], page["grounds"]["valley"]
    x, y = landscape.start
    scale = gallery.WIDTH / (right - left)
    assert [int(p) for p in cell["start"]] == [round((x - left) * scale), round((top - y) * scale)]
    assert ground["height"] == round((top - bottom) * scale) and len(ground["lines"]) >= 5


@pytest.mark.parametrize("name", gallery.specs())
def test_a_link_asks_the_playground_for_the_picture_s_run(name, short):
    found = gallery.walk(gallery.specs()[name], "valley")
    page, _, fragment = gallery.link(found["spec"], "valley").partition("#")
    asked = dict(pair.split("=", 1) for pair in fragment.split("&"))
    steps = live.run({"rules": [unquote(asked["rule"])], "on": asked["on"], "steps": int(asked["steps"])})
    assert (page, steps.runs[0].label, steps.landscape.name) == ("playground.html", found["spec"], "valley")
    np.testing.assert_allclose(steps.runs[0].steps[-1]["w_new"], found["points"][-1], rtol=1e-12)
