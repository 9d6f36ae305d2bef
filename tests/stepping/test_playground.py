"""The playground in real browsers: a drag, a slider, a choice and an address run the rules anew, in Python."""

import itertools
import json
import os
import threading
import time
from pathlib import Path
from urllib.parse import unquote

import pytest

from minimix.stepping import live, server, stepper
from tests.browser import Chromium, Firefox, violations
from tests.stepping.test_browser import WIDE

INSIDE = """
  const script = document.createElement('script');
  script.textContent = `document.body.dataset.found = JSON.stringify((() => {${arguments[0]}})() ?? null)`;
  document.body.append(script);
  script.remove();
  return document.body.dataset.found"""
SETTLED = "minimix.stepper.data().rules.every((rule) => rule.set.every((set) => set !== null))"
PATH = "return minimix.stepper.data().rules[0].path"
BASE = {"rules": ["adam:lr=0.05", "sgd:lr=0.001"], "steps": 60}


@pytest.fixture(scope="module")
def served():
    with server.serve(BASE) as own:
        threading.Thread(target=own.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield own
        own.shutdown()


@pytest.fixture(
    scope="module", params=[Chromium, pytest.param(Firefox, marks=pytest.mark.slow)], ids=lambda cls: cls.process
)
def browser(request):
    if request.param.missing():
        pytest.skip(request.param.missing())
    with request.param() as b:
        yield b


@pytest.fixture
def page(browser, served):
    open_(browser, served)
    yield browser
    assert not [line for line in browser.away() if not line.split(" ")[-1].startswith(served.address)]


def js(browser, body):
    """What a function of JavaScript with that body returns in the page itself: Firefox runs a test's scripts apart."""
    return json.loads(browser.run(INSIDE, body), parse_int=float)


def wait(browser, expression, seconds=30):
    end = time.monotonic() + seconds
    while not js(browser, f"return Boolean({expression})"):
        assert time.monotonic() < end, f"not within {seconds} s: {expression}"
        time.sleep(0.03)


def open_(browser, served, hash_="", **options):
    browser.open("about:blank")
    browser.open(served.address + hash_, **options)
    wait(browser, "document.getElementById('cards').children.length > 0")


def drag(browser, selector, by):
    """Press on an element's middle, move in three steps, let go."""
    browser.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", selector)
    x, y = browser.run(
        "const b = document.querySelector(arguments[0]).getBoundingClientRect();"
        "return [b.left + b.width / 2, b.top + b.height / 2]",
        selector,
    )
    moves = [{"type": "pointerMove", "duration": 0, "x": round(x), "y": round(y)}, {"type": "pointerDown", "button": 0}]
    for share in (0.3, 0.7, 1):
        end = {"x": round(x + share * by[0]), "y": round(y + share * by[1])}
        moves += [{"type": "pointerMove", "duration": 30, **end}]
    moves += [{"type": "pointerUp", "button": 0}]
    browser._do("actions", actions=[{"type": "pointer", "id": "mouse", "actions": moves}])


def set_(browser, id_, value, event="change"):
    browser.run(
        "const n = document.getElementById(arguments[0]); n.value = arguments[1];"
        "n.dispatchEvent(new Event(arguments[2], {bubbles: true}))",
        id_,
        value,
        event,
    )


def matches(browser, **asked):
    """Whether the page shows, to the last digit, what `stepper` gives here."""
    asked = {**live.DEFAULT, **BASE, **asked}
    expected = json.loads(json.dumps(live.page.data(stepper(asked.pop("rules"), **asked))), parse_int=float)
    wait(browser, SETTLED)
    found = js(browser, "return minimix.stepper.data()")
    for rule in expected["rules"]:
        rule["columns"] = {key: rule["columns"][x] if isinstance(x, str) else x for key, x in rule["columns"].items()}
    found.pop("live", None)
    assert found == expected
    return True


def test_a_drag_of_the_start_runs_the_rules_from_there(page):
    before = js(page, PATH)
    set_(page, "slider", 20, "input")
    drag(page, ".start", (60, 40))
    wait(page, "location.hash.includes('start=')")
    x, y = js(page, PATH)[0]
    assert x > before[0][0] and y < before[0][1]
    assert matches(page, start=[x, y])
    assert js(page, "return document.getElementById('slider').value") == "20"
    assert js(page, "return Number(document.getElementById('start-x').value)") == x


def test_the_arrow_keys_on_the_start_move_it_and_no_step(page):
    js(page, "document.querySelector('.start').focus()")
    page.press("right", "right")
    wait(page, "location.hash.includes('start=')")
    assert matches(page, start=[-1.04, 1])
    assert js(page, "return document.getElementById('slider').value") == "1"


def test_a_slider_changes_its_hyperparameter(page):
    set_(page, "rule-0-lr", 0.01)
    wait(page, "location.hash.includes('adam:lr=0.01')")
    assert matches(page, rules=["adam:lr=0.01", "sgd:lr=0.001"])
    page.run(
        "const s = document.querySelector('#rule-1-lr').closest('.setting').querySelector('[type=range]');"
        "s.value = 500; s.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    assert js(page, "return document.getElementById('rule-1-lr').value") == "0.01"
    wait(page, "location.hash.includes('sgd:lr=0.01&')")
    page.run(
        "const d = document.getElementById('rule-1-momentum').closest('.setting').querySelector('[type=range]');"
        "d.value = 250; d.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    wait(page, "location.hash.includes('momentum=0.9')")
    assert matches(page, rules=["adam:lr=0.01", "sgd:lr=0.01,momentum=0.9"])


def test_rules_are_chosen_added_and_removed(page):
    set_(page, "rule-0", "mas")
    wait(page, "document.getElementById('rule-0-gamma')")
    assert matches(page, rules=["mas", "sgd:lr=0.001"])
    set_(page, "rule-0-s", "adam")
    wait(page, "document.getElementById('rule-0-s-b1')")
    set_(page, "rule-0-s-b1", 0.5)
    wait(page, "location.hash.includes('b1=0.5')")
    assert matches(page, rules=["mas:lr=0.001,gamma=0.6,s=adam(lr=0.001,b1=0.5)", "sgd:lr=0.001"])
    page.click("#add")
    wait(page, "document.getElementById('rule-2')")
    page.click("#remove-1")
    wait(page, "!document.getElementById('rule-2')")
    page.click("#remove-1")
    wait(page, "document.getElementById('remove-0').disabled")
    assert js(page, "return document.querySelectorAll('.panel').length") == 1


def test_another_landscape_and_fewer_steps(page):
    page.press("end")
    set_(page, "on", "beale")
    wait(page, "minimix.stepper.data().name === 'beale'")
    assert matches(page, on="beale", start=[1, 1.5])
    set_(page, "steps", 25)
    wait(page, "minimix.stepper.data().count === 25")
    assert js(page, "return document.getElementById('slider').value") == "25"
    assert js(page, "return document.querySelector('h1').textContent") == "beale"


def test_an_address_restores_a_situation_and_tells_it(browser, served):
    hash_ = "#on=valley&rule=sgd:lr=0.07,momentum=0.9&rule=mas:s=adam(lr=0.01)&start=-4,1&steps=30&seed=2"
    open_(browser, served, hash_)
    wait(browser, "minimix.stepper.data().name === 'valley'")
    assert matches(
        browser, on="valley", rules=["sgd:lr=0.07,momentum=0.9", "mas:s=adam(lr=0.01)"], start=[-4, 1], steps=30, seed=2
    )
    assert unquote(js(browser, "return location.hash")) == hash_
    assert js(browser, "return document.getElementById('rule-0-momentum').value") == "0.9"


@pytest.mark.parametrize(
    ("hash_", "words"),
    [
        ("#on=rosenbrok", "did you mean 'rosenbrock'"),
        ("#rule=adam:lr=x", "lr"),
        ("#start=1,b", "start must be a number, got 'b'"),
        ("#steps=", "steps must be a number"),
        ("#steps=100000", "at most 500"),
        ("#of=valley", "an address has on, rule, start, steps, seed, not 'of'"),
        ("#rule=%E0%A4", "is no text that an address can hold"),
        ("#on=/etc/evil.py:f", "names a file that this page was not given"),
        ("#on=<img src=x onerror=alert(1)>", "is no landscape"),
        ("#nonsense", "not 'nonsense'"),
    ],
)
def test_a_broken_address_says_so_and_shows_the_default(browser, served, hash_, words):
    open_(browser, served, hash_)
    wait(browser, "document.getElementById('problem').textContent")
    told = js(browser, "return document.getElementById('problem').textContent")
    assert told.startswith("This address asks for what cannot be shown: ") and words in told
    assert matches(browser)
    set_(browser, "rule-0-lr", 0.02)
    wait(browser, "location.hash.includes('adam:lr=0.02')")
    assert js(browser, "return document.getElementById('problem').textContent") == ""


def test_what_python_refuses_is_said_and_the_last_picture_stays(page):
    set_(page, "rule-0-lr", -1)
    wait(page, "document.getElementById('problem').textContent")
    assert "lr must be a number above 0" in js(page, "return document.getElementById('problem').textContent")
    assert matches(page)


def test_one_request_is_under_way_and_the_newest_waits(page):
    js(
        page,
        """
      window.asked = [], window.answers = [];
      const real = minimix.ask;
      minimix.ask = (request) => {
        asked.push(request);
        return new Promise((done) => answers.push(() => real(request).then(done)));
      };
    """,
    )
    for lr in (0.01, 0.02, 0.03, 0.04):
        set_(page, "rule-0-lr", lr)
    specs = "return asked.map((request) => request.rules[0])"
    assert js(page, specs) == ["adam:lr=0.01"]
    js(page, "answers.shift()()")
    wait(page, "asked.length === 2")
    assert js(page, specs) == ["adam:lr=0.01", "adam:lr=0.04"]
    js(page, "answers.shift()()")
    wait(page, "location.hash.includes('adam:lr=0.04')")
    assert matches(page, rules=["adam:lr=0.04", "sgd:lr=0.001"])


def test_that_python_is_at_work_is_said_where_it_takes_long(page):
    js(
        page,
        "const real = minimix.ask; minimix.ask = (r) => new Promise((done) => { window.go = () => done(real(r)); })",
    )
    set_(page, "rule-0-lr", 0.01)
    wait(page, "document.getElementById('starting').textContent === 'Python is running the rules …'")
    js(page, "go()")
    wait(page, "document.getElementById('starting').textContent === ''")


def test_python_that_does_not_answer_is_said(page):
    js(page, "minimix.ask = () => Promise.reject(new Error('gone'))")
    set_(page, "rule-0-lr", 0.01)
    wait(page, "document.getElementById('problem').textContent.includes('Python does not answer: gone')")


def test_without_a_hook_there_are_no_controls_until_one_is_there(browser, served, tmp_path):
    path = tmp_path / "playground.html"
    hook = "<script>window.connect = () => minimix.playground.connect(() => Promise.resolve({error: 'none'}));</script>"
    path.write_text(live.playground(BASE, after=hook), encoding="utf-8")
    browser.open(path.as_uri())
    assert js(browser, "return document.getElementById('playground').hidden")
    js(browser, "minimix.playground.progress('starting Python …', 0.4)")
    assert js(browser, "return document.getElementById('starting').textContent") == "starting Python … 40 %"
    js(browser, "connect()")
    assert not js(browser, "return document.getElementById('playground').hidden")
    assert js(browser, "return document.getElementById('starting').textContent") == ""


@pytest.mark.skipif(Chromium.missing() is not None, reason=str(Chromium.missing()))
def test_the_playground_fits_and_axe_finds_no_violation(served):
    shots = os.environ.get("MINIMIX_SHOTS")
    with Chromium() as chromium:
        for width, scheme in itertools.product((360, 1280), ("light", "dark")):
            hash_ = "#rule=mas:s=sgd(lr=1e-3)&rule=split:x=adam,y=sgd&steps=20"
            open_(chromium, served, hash_, width=width, scheme=scheme)
            wait(chromium, "document.getElementById('rule-1-x-lr')")
            chromium.run("for (const d of document.querySelectorAll('details')) d.open = true")
            assert chromium.run(WIDE) == []
            if shots:
                chromium.screenshot(Path(shots) / f"playground_{width}_{scheme}.png")
            assert violations(chromium) == []


def test_a_drag_is_answered_while_it_goes_on(page):
    """Each answer of a drag comes before the next is asked for, and holds the terms of the step in view alone."""
    js(
        page,
        """
      window.log = [];
      const real = minimix.ask;
      minimix.ask = async (request) => {
        log.push(['ask', request.at]);
        const answer = await real(request);
        log.push(['answer', request.at]);
        return answer;
      };
    """,
    )
    drag(page, ".start", (80, 10))
    wait(page, "log.length && String(log[log.length - 1]) === 'answer,'")
    told = js(page, "return log")
    assert [kind for kind, _ in told] == ["ask", "answer"] * (len(told) // 2)
    assert {at for _, at in told[:-2]} == {1} and told[-1][1] is None
