"""The page in a real browser: steps, arrows, numbers, layout, accessibility, and no request."""

import json
import math

import pytest

from minimix.stepping import stepper
from tests.browser import Chromium, needs_axe, violations

pytestmark = pytest.mark.skipif(Chromium.missing() is not None, reason=str(Chromium.missing()))

SPECS = ["adam:lr=0.05", "mas:lr=0.002,combine=correction", "sgd:lr=0.5", "split:x=adam(lr=0.05),y=sgd(lr=1e-3)"]
SPECS += ["mas:a=mas(lr=5e-4,combine=normalized),s=adam(lr=5e-4)", "mas:lr=0.002,combine=vector", "swats:lr=0.02"]
STEP = "return Number(document.getElementById('slider').value)"
WIDTHS = (360, 1280)
DRAWN = """
  const found = {};
  for (const g of document.querySelector('.plot').querySelectorAll('[data-arrow]')) {
    const line = g.querySelector('line');
    found[g.dataset.arrow] = ['x1', 'y1', 'x2', 'y2'].map((name) => Number(line.getAttribute(name)));
  }
  return found"""
SHOWN = """
  const holes = document.querySelector('.panel').querySelectorAll('.numbers [data-key]');
  return [...holes].map((hole) => [hole.dataset.key, JSON.parse(hole.dataset.value)])"""
WIDE = """
  const out = [];
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) out.push(['page', document.documentElement.scrollWidth]);
  for (const node of document.querySelectorAll('main *, header *')) {
    if (node.closest('svg') || node.closest('.unseen')) continue;
    const box = node.getBoundingClientRect();
    if (box.right > width + 0.5 || box.left < -0.5) out.push([node.tagName, node.className, box.right]);
  }
  for (const node of document.querySelectorAll('.equation, .scroll, .panel')) {
    if (node.scrollWidth > node.clientWidth) out.push([node.className, node.scrollWidth, node.textContent]);
  }
  return out"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "page.html"
    stepper(SPECS, on="rosenbrock", steps=200).html(path)
    return path


@pytest.fixture(params=WIDTHS)
def page(chromium, path, request):
    chromium.log("browser"), chromium.log("performance")
    chromium.open(path.as_uri(), request.param)
    yield chromium
    errors = [entry["message"] for entry in chromium.log("browser") if entry["level"] in ("SEVERE", "WARNING")]
    assert not errors
    away = [url for url in chromium.requests() if url != path.as_uri() and not url.startswith("data:")]
    assert not away


def data(page):
    return json.loads(page.run("return document.getElementById('data').textContent"))


def jump(page, step):
    page.run(
        "const j = document.getElementById('jump'); j.value = arguments[0]; j.dispatchEvent(new Event('change'))", step
    )


def choose(page, panel, rule):
    page.run(
        "const s = document.querySelectorAll('select')[arguments[0]]; s.value = arguments[1];"
        "s.dispatchEvent(new Event('change', {bubbles: true}))",
        panel,
        rule,
    )


def test_steps_by_button_slider_key_and_number(page):
    def at(step):
        assert page.run(STEP) == step
        assert page.run("return document.getElementById('jump').value") == str(step)
        return True

    assert at(1)
    page.click("#forward"), page.click("#forward")
    assert at(3)
    page.click("#back")
    assert at(2)
    page.press("right", "right", "left")
    assert at(3)
    page.press("end")
    assert at(200)
    page.press("right", "home")
    assert at(1)
    page.run("document.getElementById('slider').focus()")
    page.press("right")
    assert at(2)
    page.run("const s = document.getElementById('slider'); s.value = 77; s.dispatchEvent(new Event('input'))")
    assert at(77)
    jump(page, 5000)
    assert at(200)


def test_play_goes_on_and_stops(page):
    page.press("p")
    page.run_async("setTimeout(arguments[arguments.length - 1], 800)")
    page.press("p")
    reached = page.run(STEP)
    assert reached > 1
    page.run_async("setTimeout(arguments[arguments.length - 1], 500)")
    assert page.run(STEP) == reached


def test_drawn_arrows_end_where_the_json_says_and_are_finite(page):
    shown = data(page)
    left, right, bottom, top = shown["box"]
    width, height = shown["size"]
    for k, rule in enumerate(shown["rules"]):
        choose(page, 0, k)
        for step in (1, 2, 5, 60, 200):
            jump(page, step)
            lines = page.run(DRAWN)
            i = min(step, len(rule["set"])) - 1
            expected = {name: ends[i] for name, ends in rule["arrows"].items() if ends[i]}
            expected["dw"] = rule["path"][i] + rule["path"][i + 1]
            assert lines.keys() == expected.keys()
            for name, (x0, y0, x1, y1) in expected.items():
                drawn = [(x0 - left) / (right - left) * width, (top - y0) / (top - bottom) * height]
                drawn += [(x1 - left) / (right - left) * width, (top - y1) / (top - bottom) * height]
                assert all(math.isfinite(c) for c in lines[name])
                assert lines[name] == pytest.approx(drawn, abs=1e-6), (rule["label"], step, name)


def test_an_arrow_is_labelled_by_what_it_is(page):
    choose(page, 0, 1)
    script = "return [...document.querySelector('.plot').querySelectorAll('.name')].map((label) => label.textContent)"
    assert page.run(script) == ["−g", "−ds", "−da", "−d"]
    assert page.run("return document.querySelectorAll('.plot')[0].querySelectorAll('.minimum').length") == 1


def test_the_numbers_in_the_formulas_are_those_of_the_json(page):
    shown = data(page)
    choose(page, 0, 1)
    jump(page, 7)
    holes = page.run(SHOWN)
    rule = shown["rules"][1]
    assert len(holes) > 30
    columns = {key: rule["columns"][x] if isinstance(x, str) else x for key, x in rule["columns"].items()}
    for key, x in holes:
        if key in columns:
            assert x == columns[key][6]
        elif key.endswith("_old"):
            assert x == columns[key.removesuffix("_old")][5]
        elif key != "t":
            assert x == rule["constants"][key]


def test_a_term_under_the_mouse_or_with_the_focus_lights_its_arrow(page):
    lit = "return [...document.querySelectorAll('.plot .lit')].map((g) => g.dataset.arrow)"
    page.move_to(".panel tbody tr[data-key='d_a'] button")
    assert page.run(lit) == ["d_a"]
    page.move_to("h1")
    assert page.run(lit) == []
    page.move_to(".panel .numbers [data-key='d_a']")
    assert page.run(lit) == ["d_a"]
    page.move_to("h1")
    page.run("document.querySelector(\".panel tbody tr[data-key='g'] button\").focus()")
    assert page.run(lit) == ["g"]
    page.run("document.activeElement.blur()")
    assert page.run(lit) == []


def test_a_rule_that_diverged_says_so(page):
    choose(page, 0, 2)
    page.press("end")
    told = page.run("return document.querySelector('.changed').textContent")
    assert told.startswith("Ended at step") and "Overflow" in told


def test_nothing_overflows(page):
    for rule in range(len(SPECS)):
        choose(page, 0, rule)
        for step in (1, 4, 63, 200):
            jump(page, step)
            assert page.run(WIDE) == []
    page.click(".digits input")
    assert page.run(WIDE) == []


def test_the_keyboard_reaches_every_control_and_the_status_is_announced(page):
    page.press("right")
    said = page.run("return document.getElementById('said').textContent")
    assert said.startswith("Step 2.") and "loss" in said
    reached = set()
    for _ in range(60):
        page.press("tab")
        reached.add(page.run("const a = document.activeElement; return a.id || a.className || a.tagName"))
    assert {"first", "back", "play", "forward", "last", "jump", "slider", "SELECT", "scroll"} <= reached


@needs_axe
def test_axe_finds_no_violation(page):
    for rule in (1, 2, 3, 5):  # plain, diverged, several layers, cases
        choose(page, 0, rule)
        found = violations(page)
        assert found == []


def test_it_opens_in_under_a_second(page):
    took = page.run("const [n] = performance.getEntriesByType('navigation'); return n.loadEventEnd")
    assert 0 < took < 1000


def test_a_notebook_frame_shows_the_page(chromium, tmp_path):
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><title>n</title>{stepper(SPECS[:1], steps=3)._repr_html_()}", encoding="utf-8")
    chromium.log("browser")
    chromium.open(path.as_uri(), 900)
    assert not [entry for entry in chromium.log("browser") if entry["level"] == "SEVERE"]
    assert chromium.run("return document.querySelector('iframe').offsetHeight") > 500
