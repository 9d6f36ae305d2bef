import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimix.course import copies, percent
from minimix.site.highlight import highlighted


def plain(html):
    text = re.sub(r'</?span(?: class="[kdsnc]")?>', "", html)
    assert "<" not in text and not re.search("&(?!amp;|lt;|gt;|quot;|#x27;)", text)
    return unescape(text)


@given(st.text())
def test_the_text_stays_as_it_is_whatever_it_is(text):
    assert plain(highlighted(text)) == text


@given(st.text("def x():'\"#\n\t {}<&f1\\"))
def test_what_is_nearly_python_stays_as_it_is_too(text):
    assert plain(highlighted(text)) == text


@pytest.mark.parametrize("path", copies.files().values(), ids=lambda path: path.stem)
def test_the_code_of_a_lesson_stays_as_it_is(path):
    for cell in percent.cells(path.read_text(encoding="utf-8")):
        assert plain(highlighted(cell["source"])) == cell["source"]


def test_what_has_a_colour():
    html = highlighted("class A:\n    b = 1\n")
    assert html == '<span class="k">class</span> <span class="d">A</span>:\n    b = <span class="n">1</span>\n'
    html = highlighted('def f(x):\n    return x + 0.5, "a < b", """two\nlines"""  # done\n')
    found = [(kind, unescape(text)) for kind, text in re.findall(r'<span class="(.)">(.*?)</span>', html, re.DOTALL)]
    assert found == [
        ("k", "def"),
        ("d", "f"),
        ("k", "return"),
        ("n", "0.5"),
        ("s", '"a < b"'),
        ("s", '"""two\nlines"""'),
        ("c", "# done"),
    ]


def test_what_python_does_not_understand_has_no_colour_from_there_on():
    assert highlighted("x = 1\ny = '''") == 'x = <span class="n">1</span>\ny = &#x27;&#x27;&#x27;'
