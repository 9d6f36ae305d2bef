"""Lessons in real browsers: they run, their work is kept, and nothing leaves the machine.

MINIMIX_PYODIDE names a folder with Pyodide (`minimix site fetch DIR` makes one); without it cells cannot run here. The
gate takes a sample, in Chromium by a double click; `pytest -m browser` takes everything, in Firefox and over http too.
"""

import json
import math
import os
import re
from html import unescape

import numpy as np
import pytest

from minimix.course import copies, grading, percent
from minimix.course.checker import exercises
from minimix.course.source import gapped, solved
from minimix.site import building, lessons, runtime
from minimix.site.highlight import highlighted
from minimix.stepping import LANDSCAPES, live
from tests.browser import Chromium, Firefox, Server, violations
from tests.site import small

RUNTIME, NUMBER = os.environ.get("MINIMIX_PYODIDE"), 7
needs_python = pytest.mark.skipif(not RUNTIME, reason="MINIMIX_PYODIDE names no folder with Pyodide")
WRONG = "def adagrad_step(w, g, s, lr, eps):\n    s = s + g**2\n    return w - lr * g / (s + eps), s\n\n\n"
WRONG += "check(adagrad_step)"
RIGHT = WRONG.replace("(s + eps)", "(np.sqrt(s) + eps)")
FIRST, STEP, SECOND, LAST = 1, 3, 5, 11  # cells of lesson 7: imports, two exercises, the picture
SET = """
  const field = document.querySelector(`#cell-${arguments[0]} textarea`);
  field.value = arguments[1];
  field.dispatchEvent(new Event('input'))"""
CELLS = """
  return Object.fromEntries([...document.querySelectorAll('.cell')].map((cell) => [cell.dataset.cell, {
    said: cell.querySelector('.bar .said').textContent,
    output: cell.querySelector('.output').textContent,
    hint: cell.querySelector('.hint')?.textContent ?? '',
    failed: cell.querySelectorAll('.error').length,
    pictures: [...cell.querySelectorAll('.output img')].map((image) => [image.alt, image.naturalWidth]),
  }]))"""
WIDE = """
  const width = document.documentElement.clientWidth;
  const all = [...document.querySelectorAll('.tools *, .bar *, .output *, .editor, .predict *, article p')];
  const wide = all.filter((node) => node.getBoundingClientRect().right > width + 0.5);
  return [document.documentElement.scrollWidth - width, ...wide.map((node) => node.outerHTML.slice(0, 200))]"""
PLACES = [(Chromium, "file"), (Chromium, "http"), (Firefox, "file"), (Firefox, "http")]


def cells(number=NUMBER):
    """{number: source} of a lesson's cells of code, with its solutions."""
    found = percent.cells(solved(copies.files()[number].read_text(encoding="utf-8")))
    return {k: cell["source"].rstrip("\n") for k, cell in enumerate(found) if cell["kind"] == "code"}


def copy(number=NUMBER):
    return gapped(copies.files()[number].read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return small.build(tmp_path_factory.mktemp("site") / "course", NUMBER, pyodide=RUNTIME)


@pytest.fixture(
    scope="module", params=[pytest.param(p, marks=[pytest.mark.browser] * (p != PLACES[0])) for p in PLACES]
)
def place(request, site):
    """(browser, URL of the site)"""
    kind, scheme = request.param
    if kind.missing():
        pytest.skip(kind.missing())
    with kind() as browser, Server(site) as base:
        yield browser, base if scheme == "http" else f"{site.as_uri()}/"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of a site with every lesson, whose outputs are not there yet."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lessons, "bake", lambda number: [([], 0.0) for _ in lessons.cells(number)])
        folder = small.build(tmp_path_factory.mktemp("whole") / "course", pyodide=RUNTIME)
    return folder


class Lesson:
    """A lesson's page in a browser."""

    def __init__(self, browser, base, number=NUMBER):
        self.browser, self.base, self.name = browser, base, f"lessons/{copies.files()[number].stem}.html"

    def open(self, *arguments, **options):
        self.browser.open(self.base + self.name, *arguments, **options)

    def write(self, cell, text):
        self.browser.run(SET, cell, text)

    def press(self, cell):
        self.browser.click(f"#cell-{cell} .run")

    def said(self, cell):
        return self.browser.run(f"return document.querySelector('#cell-{cell} .bar .said').textContent")

    def run(self, cell):
        """What the cells say and give after this one has run."""
        self.press(cell)
        return self.ended()

    def ended(self, seconds=300):
        self.browser.wait("document.querySelector('.tools button').textContent === 'Run all'", seconds)
        return {int(k): cell for k, cell in self.browser.run(CELLS).items()}

    def note(self):
        return self.browser.wait("document.querySelector('.tools .said').textContent")

    def tool(self, name):
        self.browser.run(
            "[...document.querySelectorAll('.tools button')].find((b) => b.textContent === arguments[0]).click()", name
        )

    def text(self, cell):
        return self.browser.run(f"return document.querySelector('#cell-{cell} textarea').value")


@pytest.fixture
def lesson(place):
    """Lesson 7, freshly opened; when the test ends, nothing has been asked for elsewhere, and no script has failed."""
    browser, base = place
    found = Lesson(browser, base)
    found.open()
    browser.run("localStorage.clear()")
    found.open()
    browser.away(), browser.complaints(), browser.requests()
    yield found
    assert browser.away() == []
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith((base, "data:", "blob:"))] == []


@pytest.fixture
def quiet(lesson):
    """The lesson, and when the test ends no Python is left."""
    yield lesson
    lesson.browser.run("minimix.python.stop()")


@needs_python
def test_with_the_right_answers_a_lesson_runs_from_its_first_cell_to_its_last(quiet):
    for cell, source in cells().items():
        quiet.write(cell, source)
    quiet.tool("Run all")
    found = quiet.ended()
    asked = [cell for cell, source in cells().items() if "check(" in source]
    assert all(found[cell]["said"].startswith("right") for cell in asked) and len(asked) == len(exercises(NUMBER))
    assert [cell for cell in found if found[cell]["failed"]] == []
    ((alt, width),) = found[LAST]["pictures"]
    assert "a minimum that moves: w over step t" in alt and width > 1000
    assert "the same\n" in found[LAST]["output"]
    assert "step 10,000: AdaGrad 0.010 η" in found[7]["output"]
    assert violations(quiet.browser) == []


@needs_python
def test_a_wrong_answer_gets_its_hint_an_error_its_line_an_endless_loop_an_end(quiet):
    quiet.write(STEP, WRONG)
    found = quiet.run(STEP)
    assert found[FIRST]["said"].startswith("done") and found[SECOND]["said"] == ""  # what stands above, and no more
    assert found[STEP]["said"].startswith("not right yet") and "at step 1, w[2] is 0.615" in found[STEP]["output"]
    assert found[STEP]["hint"].startswith("Likely mistake: the root is missing")
    quiet.write(STEP, RIGHT)
    assert quiet.run(STEP)[STEP]["said"].startswith("right")

    quiet.write(SECOND, "print('<img src=x onerror=alert(1)>')\nx = [1]\nx[7]")
    found = quiet.run(SECOND)
    assert found[SECOND]["said"].startswith("failed") and not found[SECOND]["pictures"]
    assert "<img src=x onerror=alert(1)>" in found[SECOND]["output"]
    assert violations(quiet.browser) == []
    assert f"cell {SECOND} fails: line 3 (`x[7]`): IndexError: list index out of range" in found[SECOND]["output"]

    quiet.write(SECOND, "print('begun')\nwhile True: pass")
    quiet.press(SECOND)
    quiet.browser.wait(f"document.querySelector('#cell-{SECOND} .output').textContent.includes('begun')")
    found = quiet.run(SECOND)  # the button says Stop now
    assert found[SECOND]["said"] == "stopped"
    quiet.write(SECOND, "raise SystemExit")
    found = quiet.run(SECOND)
    assert found[FIRST]["said"].startswith("done") and found[STEP]["said"].startswith("right")  # anew, in a new Python
    assert "SystemExit" in found[SECOND]["output"]


@needs_python
@pytest.mark.browser
def test_run_after_a_stop_while_python_loads_is_a_run_of_its_own(quiet):
    quiet.browser.run("minimix.python.stop()")
    quiet.write(FIRST, "6 * 7")
    presses = "const run = document.querySelector(`#cell-${arguments[0]} .run`); run.click()"
    quiet.browser.run(presses + "; setTimeout(() => run.click(), 60); setTimeout(() => run.click(), 120)", FIRST)
    quiet.browser.wait(f"document.querySelector('#cell-{FIRST} .output').textContent === '42\\n'", 60)


@needs_python
@pytest.mark.browser
def test_what_ends_python_is_said_and_the_next_run_begins_anew(quiet):
    quiet.write(FIRST, "import os\nos._exit(3)")
    found = quiet.run(FIRST)
    assert found[FIRST]["said"] == "failed" and "Python has ended: " in found[FIRST]["output"]
    quiet.write(FIRST, "6 * 7")
    assert quiet.run(FIRST)[FIRST]["output"] == "42\n"


def test_work_survives_a_reload_and_goes_out_and_in_as_the_file_that_check_takes(lesson, tmp_path):
    lesson.write(STEP, WRONG)
    lesson.browser.type(".predict textarea", "a hundredth")
    assert lesson.note() == "Your work is kept in this browser."
    lesson.open()
    assert lesson.text(STEP) == WRONG and lesson.note().startswith("Your work is here again")
    assert lesson.browser.run("return document.querySelector('.predict textarea').value") == "a hundredth"

    lesson.tool("Download")
    path = lesson.browser.downloads / copies.files()[NUMBER].name
    lesson.browser.until(path.exists)
    verdicts, notes = grading.check(path)
    assert verdicts["adagrad_step"].state == "wrong" and verdicts["rmsprop_step"].state == "not done yet" and not notes

    mine = tmp_path / "mine.py"
    text = path.read_text(encoding="utf-8").replace("(s + eps)", "(np.sqrt(s) + eps)")
    mine.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())  # as editors on Windows write it
    path.unlink()
    lesson.browser.type(".tools input", str(mine))
    assert lesson.browser.wait("document.querySelector('.tools .said').textContent.includes('mine.py is open')")
    assert lesson.text(STEP) == RIGHT

    fewer = copy().partition("# %% [markdown]\n# **Exercise 2")[0]
    for other, why in ((fewer, "other cells"), (copy(8), "another title"), ("x = 1\n", "another title")):
        (tmp_path / "other.py").write_text(other, encoding="utf-8")
        lesson.browser.type(".tools input", str(tmp_path / "other.py"))
        said = "document.querySelector('.tools .said').textContent"
        lesson.browser.wait(f"{said}.includes('copy of 07_adagrad_and_rmsprop.py: it has {why}')")
        assert lesson.text(STEP) == RIGHT

    odd = "x = 1\n# %% [markdown]\n# mine\n"
    lesson.write(SECOND, odd)
    lesson.open()
    assert lesson.text(SECOND) == odd.rstrip() and lesson.text(STEP) == RIGHT

    lesson.write(SECOND, "mine = 1")
    lesson.browser.run("setTimeout(() => document.querySelectorAll('.tools button')[3].click())")
    lesson.browser.accept()
    lesson.browser.wait(f"!document.querySelector('#cell-{STEP} textarea')?.value.includes('sqrt')")
    assert "your code here" in lesson.text(STEP) and "your code here" in lesson.text(SECOND)


def test_what_nobody_has_changed_goes_out_as_lessons_copy_writes_it(lesson):
    lesson.tool("Download")
    path = lesson.browser.downloads / copies.files()[NUMBER].name
    lesson.browser.until(path.exists)
    assert path.read_text(encoding="utf-8") == copy()
    path.unlink()


def test_a_browser_that_keeps_nothing_is_told_of(lesson):
    lesson.browser.run("Storage.prototype.setItem = () => { throw new DOMException('no', 'SecurityError') }")
    lesson.write(STEP, WRONG)
    assert lesson.note() == "This browser keeps nothing for this page: Download keeps your work."


def test_the_keyboard_indents_and_leaves(lesson):
    browser = lesson.browser
    lesson.write(STEP, "")
    browser.run(f"document.querySelector('#cell-{STEP} textarea').focus()")
    browser.press(*"if x:", "enter", *"y", "enter", "tab", *"z")
    assert lesson.text(STEP) == "if x:\n    y\n        z"
    browser.press("tab", holding=["shift"])
    assert lesson.text(STEP) == "if x:\n    y\n    z"
    browser.press("escape")
    assert browser.run("return document.activeElement.getAttribute('aria-label')") == f"Run cell {STEP}"


@needs_python
def test_the_keyboard_runs(quiet):
    quiet.write(STEP, "1 + 1")
    quiet.browser.run(f"document.querySelector('#cell-{STEP} textarea').focus()")
    quiet.browser.press("enter", holding=["shift"])
    assert quiet.said(STEP) == "waits" and quiet.text(STEP) == "1 + 1"
    quiet.press(STEP)
    assert quiet.said(STEP) == "stopped"


def test_the_colours_of_the_editor_are_those_of_the_page(lesson):
    drawn = lesson.browser.run("return [...document.querySelectorAll('.sheet code')].map((code) => code.innerHTML)")
    code = [cell["source"].rstrip("\n") for cell in percent.cells(copy()) if cell["kind"] == "code"]
    coloured = re.compile(r'class="(\w)">([^<]*)')
    assert len(drawn) == len(code)
    for ours, source in zip(drawn, code, strict=True):
        assert coloured.findall(unescape(ours)) == coloured.findall(unescape(str(highlighted(source))))


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_page_and_axe_finds_no_violation(lesson, width):
    browser = lesson.browser
    for scheme in ("light", "dark"):
        lesson.open(width, scheme=scheme)
        browser.run("document.querySelectorAll('details').forEach((d) => d.setAttribute('open', ''))")
        assert browser.run(WIDE) == [0]
        assert violations(browser) == []


def test_without_scripts_the_page_is_complete(lesson):
    if not isinstance(lesson.browser, Chromium):
        pytest.skip("Marionette switches no scripts off")
    lesson.open(scripts=False)
    shown = lesson.browser.run("return document.body.innerText")
    assert "def adagrad_step" in shown and "Take away." in shown and "Run all" not in shown
    assert lesson.browser.run("return document.querySelectorAll('.output img').length") == 1
    lesson.open()


def test_the_recorder_hears_what_asks_for_another_machine(place, tmp_path):
    browser, _ = place
    (tmp_path / "page.html").write_text("<!doctype html><title>a page without a policy</title>")
    browser.open((tmp_path / "page.html").as_uri())
    browser.away()
    browser.run("new Image().src = 'http://example.org/x.png'")
    browser.until(lambda: any("example.org" in line for line in browser.away()))
    browser.complaints(), browser.requests()


@pytest.fixture
def from_cdn(place, tmp_path):
    """build(url): lesson 7 of a site that takes Python from there, opened."""

    def built(url):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(building, "CDN", url)
            patch.setattr(runtime, "CDN", url)
            folder = small.build(tmp_path / "course", NUMBER)
        lesson = Lesson(place[0], f"{folder.as_uri()}/")
        lesson.open()
        return lesson

    yield built
    place[0].complaints(), place[0].requests()


@needs_python
@pytest.mark.browser
def test_a_site_without_python_takes_it_from_the_cdn(from_cdn):
    with Server(RUNTIME, to_all=True) as cdn:
        lesson = from_cdn(cdn)
        lesson.write(FIRST, "import numpy\nint(numpy.arange(3) @ numpy.arange(3))")
        assert lesson.run(FIRST)[FIRST]["output"].endswith("5\n")


@pytest.mark.browser
def test_where_the_cdn_cannot_be_reached_a_sentence_says_so(from_cdn):
    found = from_cdn("http://127.0.0.1:9/").run(FIRST)
    assert found[FIRST]["said"] == "failed" and found[FIRST]["output"].startswith("Python cannot be loaded: ")


REQUESTS = [{"rules": ["adam:lr=0.05", "mas:lr=0.002"], "on": on, "steps": 200} for on in LANDSCAPES]
REQUESTS += [{"rules": ["sgd:lr=0.01", "mas:lr=0.002"], "on": "mlp:dense3.bias[0,3]", "steps": 1, "data": "glyphs"}]
CALL = """
  const done = arguments[arguments.length - 1];
  minimix.python.call('minimix.stepping.live:answer', %s).then(done, (error) => done({ error: error.message }))"""


def numbers(x):
    """Every number of plain data, in order."""
    if isinstance(x, list):
        return [n for part in x for n in numbers(part)]
    return [x] if isinstance(x, (int, float)) and not isinstance(x, bool) else []


def check_same(there, request):
    """That the data of a page, made in a browser, has the numbers that Python has here; a network's have 32 bits."""
    here = json.loads(json.dumps(live.answer(request)))["data"]
    relative = 1e-5 if ":" in request["on"] else 1e-11
    for ours, theirs in zip(here["rules"], there["rules"], strict=True):
        assert ours["columns"].keys() == theirs["columns"].keys() != set()
        for term in ours["columns"]:
            a, b = column(ours, term), column(theirs, term)
            assert len(a) == len(b) > 0 and all(map(math.isfinite, a))
            largest = max(map(abs, a))  # what passes through 0 has no digits of its own there
            np.testing.assert_allclose(b, a, rtol=relative, atol=relative * largest, err_msg=f"{request}, {term}")


def column(rule, term):
    """All numbers of a term; where it is another's, the data has that one's name."""
    found = rule["columns"][term]
    return numbers(rule["columns"][found] if isinstance(found, str) else found)


@needs_python
@pytest.mark.browser
def test_the_playground_s_numbers_are_those_of_python_here(quiet):
    for request in REQUESTS:
        answer = quiet.browser.run_async(CALL % json.dumps(request))
        assert "error" not in answer, answer
        check_same(answer["data"], request)


@needs_python
@pytest.mark.browser
def test_the_playground_answers_a_change(place):
    browser, base = place
    browser.away(), browser.complaints(), browser.requests()
    browser.open(f"{base}playground.html#on=saddle&rule=sgd:lr=0.1&steps=50")
    browser.wait("document.getElementById('rule-0-lr')?.value === '0.1'", 300)
    browser.run("const f = document.getElementById('rule-0-lr'); f.value = 0.05; f.dispatchEvent(new Event('change'))")
    browser.wait("location.hash.includes('lr=0.05')")
    shown = browser.run("return JSON.parse(JSON.stringify(minimix.stepper.data()))")
    check_same(shown, {"on": "saddle", "rules": ["sgd:lr=0.05"], "steps": 50})
    assert browser.away() == browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith((base, "data:", "blob:"))] == []
    browser.run("minimix.python.stop()")


@needs_python
@pytest.mark.browser
@pytest.mark.parametrize("number", copies.files())
def test_every_lesson_runs_with_its_solutions(place, whole, number):
    browser, base = place
    with Server(whole) as served:
        lesson = Lesson(browser, served if base.startswith("http") else f"{whole.as_uri()}/", number)
        lesson.open()
        for cell, source in cells(number).items():
            lesson.write(cell, source)
        lesson.tool("Run all")
        found = lesson.ended(900)
        wrong = {k: cell["output"] for k, cell in found.items() if cell["said"].startswith(("failed", "not "))}
        assert wrong == {}, lesson.name
        assert sum(cell["said"].startswith("right") for cell in found.values()) == len(exercises(number)), lesson.name
        assert any(cell["pictures"] for cell in found.values()), lesson.name
        browser.run("minimix.python.stop(); localStorage.clear()")
