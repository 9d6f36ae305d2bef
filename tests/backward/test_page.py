"""The page of a tape as text."""

import re

import numpy as np

import minimix
from minimix.backward.page import SCRIPTS
from minimix.nn import Conv2D, Dense, Flatten, MaxPool2D, ReLU, Sequential
from minimix.pages import fill
from tests.backward import drawn


def page(data):
    return fill("minimix.backward", data, scripts=SCRIPTS, title=data["title"], name=data["title"], about=data["about"])


def test_the_page_asks_for_nothing_from_elsewhere():
    html = page(drawn.small())
    assert re.findall(r"""\b(?:src|href|action)\s*=\s*["']?([^"'\s>]*)""", html) == ["data:,"]
    assert set(re.findall(r"https?://[^\s\"'<)]+", html)) <= {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in html and "{{" not in html


def test_sixty_nodes_are_below_500_kB():
    assert len(page(drawn.chain(60)).encode()) < 500_000


def test_sixty_nodes_of_a_network_with_pictures_are_below_500_kB():
    convolved = [layer for k in range(6) for layer in (Conv2D(2 if k else 1, 2, 3, k), ReLU())]
    pooled = [layer for _ in range(5) for layer in (MaxPool2D(1), ReLU())]
    net = Sequential(*convolved, *pooled, Flatten(), Dense(32, 9, 0))
    images = minimix.Tensor(np.random.default_rng(0).random((4, 16, 16, 1), dtype=np.float32))
    loss = minimix.cross_entropy(net(images), np.arange(4))
    for k in range(20):
        loss = loss * loss if k % 2 else minimix.sin(loss)
    tape = minimix.tape(loss)
    assert 55 < len(tape.nodes) < 65
    assert len(tape.html().encode()) < 500_000
