"""What self-contained pages share."""

import json
import re
from html import unescape

import pytest

from minimix import pages


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The name of a package with a page of its own."""
    own = tmp_path / "paged"
    own.mkdir()
    own.joinpath("__init__.py").touch()
    own.joinpath("page.html").write_text("<p>{{word}}</p>", encoding="utf-8")
    own.joinpath("page.css").write_text(".own { color: red }", encoding="utf-8")
    own.joinpath("page.js").write_text("minimix.controls;", encoding="utf-8")
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
    html = pages.fill(package, {}, **TEXTS)
    assert html.index("--paper") < html.index(".own { color: red }") < html.index("<body>")
    assert html.index("const minimix") < html.index("minimix.controls;")
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
