"""The page of a tape in a real browser: what lights up at a step, layers that open, keys, layout, accessibility."""

from html import escape

import pytest

from tests.backward import drawn
from tests.backward.test_page import page as made
from tests.browser import Chromium, needs_axe, violations

pytestmark = pytest.mark.skipif(Chromium.missing() is not None, reason=str(Chromium.missing()))

NAMES = "[...document.querySelectorAll('.node')].map((node) => [node.querySelector('b').textContent, node])"
MARKED = f"return {NAMES}.filter(([name, node]) => node.classList.contains(arguments[0])).map(([name]) => name)"
TOLD = f"return {NAMES}.find(([name]) => name === arguments[0])[1].querySelector('.unseen').textContent"
TEXT = TOLD.replace(".querySelector('.unseen')", "")
LIT = "return [...document.querySelectorAll('.edges .lit')].map((path) => path.getAttribute('class'))"
SHOWN = f"return {NAMES}.map(([name]) => name)"
PANEL = "return document.getElementById('step').textContent"
FOCUS = "const at = document.activeElement; return at.querySelector('b')?.textContent ?? at.id"
OPEN = "document.querySelector('#groups [aria-expanded=false]')?.click()"  # all layers
WIDE = """
  const width = document.documentElement.clientWidth, out = [];
  if (document.documentElement.scrollWidth > width) out.push(['page', document.documentElement.scrollWidth]);
  for (const node of document.querySelectorAll('main *, header *')) {
    if (node.closest('.scroll *, .unseen, .value')) continue;
    const box = node.getBoundingClientRect();
    if (box.right > width + 0.5 || box.left < -0.5) out.push([node.tagName, node.className, box.right]);
  }
  return out"""
OVERLAPS = """
  const boxes = [...document.querySelectorAll('.node')].map((node) => [node.textContent, node.getBoundingClientRect()]);
  const touch = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return boxes.flatMap(([a, one], i) => boxes.slice(i + 1).filter(([, two]) => touch(one, two)).map(([b]) => [a, b]))"""
COLOURS = f"""
  const canvas = {NAMES}.find(([name]) => name === arguments[0])[1].querySelector('canvas');
  return [...canvas.getContext('2d').getImageData(0, arguments[1], 1, 1).data].slice(0, 3)"""


@pytest.fixture(scope="module")
def addresses(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tape")
    for name, data in (("small", drawn.small()), ("chain", drawn.chain(60))):
        folder.joinpath(f"{name}.html").write_text(made(data), encoding="utf-8")
    return {name: folder.joinpath(f"{name}.html").as_uri() for name in ("small", "chain")}


@pytest.fixture
def small(chromium, addresses):
    chromium.log("browser"), chromium.log("performance")
    chromium.open(addresses["small"], 1280)
    yield chromium
    assert not [entry["message"] for entry in chromium.log("browser") if entry["level"] in ("SEVERE", "WARNING")]
    away = [url for url in chromium.requests() if url != addresses["small"] and not url.startswith("data:")]
    assert not away


def go(page, step):
    script = "const j = document.getElementById('jump'); j.value = arguments[0]; j.dispatchEvent(new Event('change'))"
    page.run(script, step)


def test_a_step_forward_lights_its_node_and_the_edges_from_its_inputs(small):
    go(small, 2)  # t = s + b
    assert small.run(MARKED, "current") == ["t"]
    assert small.run(LIT) == ["lit forward"] * 2
    assert small.run(MARKED, "later") == ["q", "y", "c", "z"]
    assert "value" not in small.run(TOLD, "q") and "t = add" in small.run(PANEL)


def test_a_step_backward_shows_what_is_ready_freed_handed_and_added_up(small):
    go(small, 10)  # q hands to t twice
    assert small.run(MARKED, "current") == ["q"] and small.run(MARKED, "ready") == ["t"]
    assert small.run(MARKED, "freed") == ["y", "c"]
    assert small.run(LIT) == ["lit backward"]
    assert "gradient 1.5, −3.5; 3.5, 2.5, a sum, ready next" in small.run(TOLD, "t")
    assert "gradient" not in small.run(TOLD, "s")
    panel = small.run(PANEL)
    assert "To t, argument 2 of multiply" in panel and "Added up:" in panel and "Ready next: t" in panel
    go(small, 11)  # t hands to s and b
    assert small.run(LIT) == ["lit backward"] * 2
    assert "Then summed over axes 0, 1: 4" in " ".join(small.run(PANEL).split())


def test_gradients_are_forgotten_on_the_way_back_to_an_earlier_step(small):
    small.press("end")
    assert "gradient 11.5, 4.5" not in small.run(TOLD, "w") and "gradient 12, " in small.run(TOLD, "w")
    small.press("home")
    assert "gradient" not in small.run(TOLD, "w")


def test_pictures_are_blue_below_zero_and_an_image_stays_as_it_is(small):
    small.press("end")
    low, high = small.run(COLOURS, "kernel", 0), small.run(COLOURS, "image", 7)
    assert low == [128, 184, 216]  # -1 where the furthest is 2: half way to blue
    assert high == [168, 169, 170]


def test_a_layer_folds_and_opens_by_click_and_by_key(small):
    assert {"s", "t"} <= set(small.run(SHOWN))
    small.click("#groups button")
    assert "line" in small.run(SHOWN) and not {"w", "s", "b", "t"} & set(small.run(SHOWN))  # its parameters too
    go(small, 1)
    assert small.run(MARKED, "current") == ["line"] and "4 nodes, now s" in small.run(TEXT, "line")
    small.run("document.querySelector('.node.folded').focus()")
    small.press("enter")
    assert {"w", "s", "b", "t"} <= set(small.run(SHOWN)) and small.run(FOCUS) == "w"


def test_nodes_are_reached_and_looked_at_by_key_alone(small):
    small.press("home")
    small.run("document.querySelector('#groups button').focus()")
    small.press("tab")
    assert small.run(FOCUS) == "s"
    small.press("down")
    assert small.run(FOCUS) == "b"
    small.press("enter")
    assert not small.run("return document.getElementById('chosen').hidden")
    assert small.run("return document.getElementById('which').textContent") == "b"
    small.press("up", "right")
    assert small.run(FOCUS) == "s" and small.run(MARKED, "current") == ["t"]


def test_each_step_is_said_and_the_nodes_stand_in_a_table_too(small):
    small.press("home", "right")
    said = small.run("return document.getElementById('said').textContent")
    assert said.startswith("Step 2 of 14, forward. t is computed.")
    small.click("#listed summary")
    go(small, 10)
    row = small.run("return [...document.querySelectorAll('#listed tbody tr')].map((row) => row.innerText)")[4]
    assert row.split("\t")[:4] == ["t", "add", "2×2", "s, b"] and row.endswith("ready next, a sum")


@pytest.mark.parametrize("name", ["small", "chain"])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_node_covers_another_and_nothing_overflows(chromium, addresses, name, width):
    chromium.open(addresses[name], width)
    for opened in (False, True):
        if opened:
            chromium.run(OPEN)
        for step in (1, 5, 9, 12):
            go(chromium, step)
            assert chromium.run(OVERLAPS) == [] and chromium.run(WIDE) == []
    assert len(chromium.run(SHOWN)) == {"small": 11, "chain": 60}[name]


@needs_axe
@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_axe_finds_no_violation(chromium, addresses, width, scheme):
    chromium.open(addresses["small"], width, scheme=scheme)
    chromium.run("document.getElementById('listed').open = true; document.querySelector('.node').click()")
    for step in (2, 5, 10, 14):
        go(chromium, step)
        assert violations(chromium) == []


@pytest.mark.parametrize("name", ["small", "chain"])
def test_a_step_prints_on_one_page(chromium, addresses, name):
    chromium.open(addresses[name], 1280)
    chromium.run(OPEN)
    go(chromium, 10)
    assert chromium.sheets() == 1


def test_a_page_that_was_folded_away_is_laid_out_when_it_is_opened(chromium, tmp_path):
    # Not in a sandbox, so that the boxes can be measured from here.
    frame = f'<iframe width="900" height="700" srcdoc="{escape(made(drawn.small()))}"></iframe>'
    page = tmp_path / "folded.html"
    page.write_text(f"<!doctype html><details><summary>x</summary>{frame}</details>", encoding="utf-8")
    chromium.open(page.as_uri(), 1000)
    chromium.run("document.querySelector('details').open = true")
    chromium.wait("document.querySelector('iframe').contentDocument.querySelector('.node')?.offsetHeight > 20", 10)
    inner = OVERLAPS.replace("document.", "document.querySelector('iframe').contentDocument.")
    assert chromium.run(inner) == []
