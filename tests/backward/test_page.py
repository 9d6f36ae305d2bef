"""The page of a tape as text."""

import re

from minimix.pages import fill
from tests.backward import drawn


def page(data):
    return fill("minimix.backward", data, title=data["title"], name=data["title"], about=data["about"])


def test_the_page_asks_for_nothing_from_elsewhere():
    html = page(drawn.small())
    assert re.findall(r"""\b(?:src|href|action)\s*=\s*["']?([^"'\s>]*)""", html) == ["data:,"]
    assert set(re.findall(r"https?://[^\s\"'<)]+", html)) <= {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in html and "{{" not in html


def test_sixty_nodes_are_below_500_kB():
    assert len(page(drawn.chain(60)).encode()) < 500_000
