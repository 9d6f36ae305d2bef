"""The site, of one lesson here, of all for -m slow: complete without scripts, its links lead somewhere."""

import base64
import json
import re
from html import unescape

import pytest

from minimix.course import copies, percent
from minimix.course.source import SOLUTION, gapped
from minimix.site import building, gallery, lessons, runtime
from tests.site import small
from tests.site.reading import Page

NUMBER = 7


def read(folder):
    """{name: Page} of every page."""
    return {path.relative_to(folder).as_posix(): Page(path.read_text("utf-8")) for path in folder.rglob("*.html")}


@pytest.fixture(scope="module")
def baked():
    return lessons.bake(NUMBER)


@pytest.fixture(scope="module")
def made(tmp_path_factory, baked):
    """(folder of the site, its pages), with lesson 7 and a small gallery."""
    folder = tmp_path_factory.mktemp("built") / "site"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lessons, "bake", lambda number: baked)
        parts = []
        small.build(folder, NUMBER, on_part=lambda done, of: parts.append((done, of)))
    assert parts[-1][0] == parts[-1][1] == len(parts)
    return folder, read(folder)


@pytest.fixture
def lesson(made):
    return made[1][f"lessons/{copies.files()[NUMBER].stem}.html"]


def check_pages(folder, pages):
    for name, page in pages.items():
        assert not page.faults, name
        assert len(page.ids) == len(set(page.ids)), name
        assert [own["lang"] for own, _ in page.all("html")] == ["en"], name
        assert len(list(page.all("h1"))) == 1 and all(text.strip() for _, text in page.all("title")), name
        assert all(own.get("alt") for own, _ in page.all("img")), name
        check_links(folder, pages, name)


def check_links(folder, pages, name):
    """Every link is relative, and to something that is there."""
    places = {(folder / other).resolve(): set(page.ids) for other, page in pages.items()}
    for link in pages[name].links:
        if link.startswith("data:"):
            continue
        address, _, fragment = link.partition("#")
        assert not re.match(r"\w+:|/", address), f"{name}: {link}"
        target = (folder / name).parent / address if address else folder / name
        assert target.is_file(), f"{name}: {link}"
        if fragment and target.suffix == ".html" and "=" not in fragment:
            assert fragment in places[target.resolve()], link


def check_lesson(page, number, baked):
    """All text, code and outputs of a lesson stand in its page."""
    seen = " ".join(page.text.split())
    for cell, (outputs, _) in zip(lessons.cells(number), baked, strict=True):
        if cell["kind"] == "code":
            assert " ".join(cell["source"].split()) in seen
        else:
            text = unescape(re.sub("<[^>]*>", "", lessons.markdown(percent.markdown(cell["source"]))))
            assert " ".join(text.split()) in seen
        for output in outputs:
            if output["kind"] == "image":
                source = f"data:image/png;base64,{output['data']}"
                assert list(page.all("img", src=source, alt=output["text"]))
            else:
                assert " ".join(output["text"].split()) in seen
    (_, data), *_ = page.all("script", id="lesson")
    assert percent.script(json.loads(data)["cells"]) == gapped(copies.files()[number].read_text("utf-8"))


def test_every_page_is_well_formed_and_its_links_lead_somewhere(made):
    check_pages(*made)


def test_a_lesson_is_complete_without_scripts(lesson, baked):
    assert sum(output["kind"] == "image" for outputs, _ in baked for output in outputs) >= 1
    check_lesson(lesson, NUMBER, baked)


def test_the_cells_are_the_file_that_a_student_gets(made, lesson, tmp_path):
    copies.copy(tmp_path)
    (_, data), *_ = lesson.all("script", id="lesson")
    data = json.loads(data)
    assert percent.script(data["cells"]).encode() == (tmp_path / data["file"]).read_bytes()
    assert (made[0] / "lessons" / data["file"]).read_bytes() == (tmp_path / data["file"]).read_bytes()
    assert (data["number"], data["title"]) == (7, "AdaGrad and RMSprop: a rate for every parameter")


def test_every_cell_of_code_has_its_place_for_the_script(lesson):
    (_, data), *_ = lesson.all("script", id="lesson")
    code = [str(k) for k, cell in enumerate(json.loads(data)["cells"]) if cell["kind"] == "code"]
    sections = [own for own, _ in lesson.all("section", class_="cell")]
    assert [own["data-cell"] for own in sections] == code
    assert [own["id"] for own in sections] == [f"cell-{k}" for k in code]
    assert all(float(own["data-seconds"]) >= 0 for own in sections)
    for name in ("code", "bar", "output"):
        assert len(list(lesson.all(class_=name))) == len(code)


def test_after_the_prediction_what_gives_an_answer_away_is_folded(lesson):
    ((field, _),) = lesson.all("div", class_="predict")
    assert field["data-cell"] == "0" and len(list(lesson.all("textarea"))) == 1
    folded = [text for own, text in lesson.all("details") if "open" not in own]
    assert len(folded) == 1 and "RMSprop comes within 1 of the minimum" in folded[0]
    assert all("not done yet" not in text for text in folded)


@pytest.mark.parametrize("number", copies.files())
def test_no_solution_is_in_a_page(number):
    source = copies.files()[number].read_text("utf-8")
    cells = lessons.cells(number)
    templates = building._templates(pages={}, bundled=0, version="")
    texts = {"lesson": lessons.about(number), "before": None, "after": None, "scripts": (), "root": "", "here": ""}
    texts["policy"] = ""
    texts |= {"shown": lessons.shown(cells, [([], 0.0)] * len(cells)), "data": building.to_json(cells)}
    html = unescape(re.sub("</?span[^>]*>", "", templates.get_template("lesson.html").render(texts)))
    assert "solution>" not in html and html.count("your code here") >= 2
    for solution in SOLUTION.finditer(source):
        lines = solution[0].strip().splitlines()[1:-1]
        assert "\n".join(lines) not in html
        assert json.dumps("\n".join(lines), ensure_ascii=False)[1:-1] not in html


def test_the_start_page_has_the_lessons_with_their_times_and_questions(made):
    start = made[1]["index.html"]
    ((_, text),) = start.all("ol", class_="lessons")
    text = " ".join(text.split())
    assert "AdaGrad and RMSprop: a rate for every parameter" in text and "35 minutes" in text
    assert "How long is AdaGrad's step 10,000" in text


@pytest.mark.parametrize("number", copies.files())
def test_a_lesson_s_time_is_that_of_its_notes(number):
    about = lessons.about(number)
    notes = copies.files()[number].with_suffix(".md").read_text("utf-8")
    assert f"{about['minutes']} minutes" in notes.partition("## Time")[2].partition("##")[0]
    assert about["title"] in notes and about["question"].count("?") >= 1


def test_the_gallery_has_a_picture_of_every_rule_that_moves_on_every_landscape(made):
    page = made[1]["gallery.html"]
    pictures = [own["aria-label"] for own, _ in page.all("svg", role="img")]
    moving = [name for name in gallery.specs() if name != "freeze"]
    assert [tuple(label.split(",")[0].split(" on ")) for label in pictures] == [
        (name, on) for name in moving for on in gallery.LANDSCAPES
    ]
    assert "it moves nothing: freeze" in " ".join(page.text.split())


def test_what_minimix_needs_in_a_browser_is_beside_the_pages(made):
    folder, _ = made
    assert (folder / "runtime" / "minimix.zip.js").stat().st_size > 100_000


def test_the_browser_is_told_to_let_nothing_out(made):
    for name, page in made[1].items():
        (own, _), *_ = page.all("meta", **{"http-equiv": "Content-Security-Policy"})
        rules = dict(rule.split(" ", 1) for rule in own["content"].split("; "))
        assert rules["default-src"] == "'none'", name
        elsewhere = {source for sources in rules.values() for source in sources.split() if "//" in source}
        assert elsewhere == ({runtime.CDN} if "connect-src" in rules else set()), name


def test_html_in_a_text_is_shown_as_it_is_written():
    assert lessons.markdown("a <b>c</b> & d") == "<p>a &lt;b&gt;c&lt;/b&gt; &amp; d</p>\n"


@pytest.mark.slow
def test_the_whole_site(tmp_path):
    building.build(tmp_path / "site")
    pages = read(tmp_path / "site")
    check_pages(tmp_path / "site", pages)
    with_pictures = 0
    for number, path in copies.files().items():
        page = pages[f"lessons/{path.stem}.html"]
        check_lesson(page, number, [([], 0)] * len(lessons.cells(number)))
        assert (tmp_path / "site" / f"lessons/{path.stem}.html").stat().st_size < 1_500_000
        pictures = [base64.b64decode(own["src"].partition(",")[2]) for own, _ in page.all("img")]
        assert all(png.startswith(b"\x89PNG") for png in pictures)
        with_pictures += bool(pictures)
        assert "not done yet" in page.text and not list(page.all(class_="error"))
    assert with_pictures >= len(copies.files()) - 2  # some are drawn of a right answer alone
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 12_000_000
