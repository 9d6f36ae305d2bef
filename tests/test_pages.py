"""What self-contained pages share."""

import json
import re
from html import unescape
from importlib.resources import files

import pytest

from minimix import pages
from minimix.stepping import stepper
from tests.browser import Firefox, needs_axe, violations


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The name of a package with a page of its own."""
    own = tmp_path / "paged"
    own.mkdir()
    own.joinpath("__init__.py").touch()
    own.joinpath("page.html").write_text("<p>{{word}}</p>", encoding="utf-8")
    own.joinpath("page.css").write_text(".own { color: red }", encoding="utf-8")
    own.joinpath("page.js").write_text("minimix.controls;", encoding="utf-8")
    own.joinpath("parts.js").write_text("minimix.parts;", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return "paged"


TEXTS = {"title": "a < b", "name": "n", "about": "{{word}}", "word": "<b>{{data}}</b>"}


def test_texts_are_escaped_and_nothing_in_them_is_filled_in(package):
    html = pages.fill(package, {"x": "{{title}} </script>"}, **TEXTS)
    assert "<title>a &lt; b</title>" in html
    assert "<p>&lt;b&gt;{{data}}&lt;/b&gt;</p>" in html and "<p>{{word}}</p>" in html
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)[1]
    assert json.loads(found) == {"x": "{{title}} </script>"}


def test_own_style_and_script_come_after_the_shared_ones(package):
    html = pages.fill(package, {}, scripts=("parts.js", "page.js"), **TEXTS)
    assert html.index("--paper") < html.index(".own { color: red }") < html.index("<body>")
    assert html.index("const minimix") < html.index("minimix.parts;") < html.index("minimix.controls;")
    assert f'content="{pages.POLICY}"' in html


def test_a_text_that_the_page_asks_for_must_be_there(package):
    with pytest.raises(KeyError, match="word"):
        pages.fill(package, {}, title="", name="", about="")


def test_a_frame_holds_the_page_escaped():
    page = '<p title="x">&amp; \'</p>'
    frame = pages.frame(page, 'a "b"')
    assert unescape(re.search(r'srcdoc="([^"]*)"', frame)[1]) == page
    assert 'title="a &quot;b&quot;"' in frame and "allow-same-origin" not in frame


def test_to_json_refuses_what_json_has_not():
    assert "<" not in pages.to_json(["</script>"])
    with pytest.raises(ValueError):
        pages.to_json([float("nan")])


SPECS = ["adam:lr=0.05", "mas:lr=0.002,combine=correction"]
LARGE = "return document.documentElement.classList.contains('projector')"
BESIDE = """
  const [picture, formulas] = document.querySelector('.beside').children;
  return formulas.getBoundingClientRect().left >= picture.getBoundingClientRect().right"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("pages") / "page.html"
    stepper(SPECS, on="rosenbrock", steps=20).html(path)
    return path.as_uri()


def test_b_and_the_button_make_the_page_large_and_the_address_keeps_it(chromium, address):
    chromium.open(address, 1280)
    assert not chromium.run(LARGE) and not chromium.run(BESIDE)
    size = chromium.run("return getComputedStyle(document.body).fontSize")
    chromium.press("b")
    assert chromium.run(LARGE) and chromium.run(BESIDE)
    assert float(chromium.run("return getComputedStyle(document.body).fontSize")[:-2]) > float(size[:-2])
    assert chromium.run("return location.href") == address + "?projector"
    chromium.open(address + "?projector", 1280)
    assert chromium.run(LARGE)
    chromium.click("#projector")
    assert not chromium.run(LARGE) and chromium.run("return location.href") == address


@needs_axe
@pytest.mark.parametrize(("scheme", "ask"), [("dark", ""), ("light", "?projector"), ("dark", "?projector")])
def test_axe_finds_no_violation_in_the_dark_or_large(chromium, address, scheme, ask):
    chromium.open(address + ask, 1280, scheme=scheme)
    paper = chromium.run("return getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
    assert violations(chromium) == []


def test_a_step_of_two_rules_prints_on_one_page_without_its_controls(chromium, address):
    chromium.open(address, 1280)
    assert chromium.sheets() == 1
    chromium.run("document.querySelector('.controls').remove()")
    shown = chromium.pdf()
    chromium.open(address, 1280)
    assert len(chromium.pdf()) == len(shown)


@pytest.mark.slow
@pytest.mark.skipif(Firefox.missing() is not None, reason=str(Firefox.missing()))
def test_firefox_prints_a_step_on_one_page_and_has_large_type_too(address):
    with Firefox() as firefox:
        firefox.open(address + "?projector", 1280)
        assert firefox.run(LARGE) and firefox.run(BESIDE)
        firefox.press("b")
        assert not firefox.run(LARGE) and firefox.run("return location.href") == address
        assert firefox.sheets() == 1


LESSON = """<!doctype html><html lang="en"><title>n</title><style>{style}</style>
<main><section class="cell"><div class="editor"><div class="sheet"><pre class="code"><code>{line}</code></pre>
<textarea>{line}</textarea></div></div><div class="bar"><button class="run">Run</button></div></section></main>"""


def test_a_lesson_prints_its_code_whole_and_without_its_buttons(chromium, tmp_path):
    css = [files("minimix").joinpath("page.css")]
    css += [files("minimix.site").joinpath(f"{name}.css") for name in ("nav", "site", "cells")]
    text = LESSON.format(style="".join(path.read_text("utf-8") for path in css), line="x = 1 + " * 60)
    path = tmp_path / "lesson.html"
    path.write_text(text, encoding="utf-8")
    chromium.open(path.as_uri(), 794)
    assert chromium.run("return document.querySelector('.bar').offsetHeight") > 0
    chromium._send("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"media": "print"}})
    assert chromium.run("return document.querySelector('.bar').offsetHeight") == 0
    assert chromium.run("return document.querySelector('.code').scrollWidth") < 794
    chromium._send("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"media": ""}})
