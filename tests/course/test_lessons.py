"""Every lesson runs: as a script within its time, as the student's copy, and as a notebook."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import matplotlib
import pytest

import minimix as mx
from minimix.course import copies, percent
from minimix.course.notebook import from_script
from minimix.course.source import solved

FILES = list(copies.files().values())
SECONDS = 20
# One thread: several of these run at the same time, and BLAS threads of different processes wait for each other.
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(copies.__file__).parents[2]), "OPENBLAS_NUM_THREADS": "1"}


LONG = [pytest.param(path, marks=pytest.mark.slow if path.name > "08" else (), id=path.stem) for path in FILES]
"""All lessons, of which those that train are for -m slow."""


NUMBERS = {
    6: [("about 3.6 times", 3.6, r"η = 0.077:.* (\d+) steps(?s:.)*η = 0.11:.* (\d+) steps", 0.03)],
    8: [("Longer, by 3.16 in the first step", 3.16, r"step 1 is (\S+) times too long", 0.01)],
    9: [("about 120 times as long", 120, r"dense1.weight +d_a is (\S+) times", 0.05)],
    10: [
        ("0.18 % of the parameters", 0.18, r"are biases: (\S+)%", 0.02),
        ("202 parameters that never moved", 202, r"(\d+) of 109386", 0),
    ],
    11: [("jumps from 2.3 to about 70", 70, r"2/\(t\+2\) +loss 2.31, after one step (\S+),", 0.05)],
    12: [
        ("about two deals in three", 100 * 2 / 3, r"(\d+)% of the deals,", 0.1),
        ("For one point, 8 paired trials", 8, r"(\d+) paired trials", 0),
        ("(23 unpaired)", 23, r"(\d+) unpaired trials", 0),
    ],
    14: [
        ("0.027 after one step", 0.027, r"learned from +1 steps: η = (\S+);", 0.02),
        ("0.13 after a hundred", 0.13, r"learned from +100 steps: η = (\S+);", 0.05),
        ("from a loss of about 1.48", 1.48, r"→ η = \S+, γ = \S+: loss (\S+)", 0.01),
        ("the best place in the table, about 1.35", 1.35, r"the best of a table .* loss (\S+)", 0.01),
        ("loss is 2.3 at the start", 2.3, r"loss at the start (\S+)", 0.02),
        ("with η = 1.2, 1.4 after fifty steps", 1.4, r"η = 1.2: loss (\S+) after 50", 0.02),
        ("About 10,000,000,000 (negative)", -1e10, r"η = 1.2: .* its derivative (\S+);", 0.1),
    ],
}
"""{lesson: [(what its text or its notes say, that number, what it prints, one or the ratio of two, tolerance)]}."""


SHORTER = [path for path in FILES if "in_browser" in path.read_text(encoding="utf-8")]
"""Those that train for less in a browser: the same lines, in half the time."""
SETTINGS = [pytest.param(path, "1", id=f"{path.stem}-as-in-a-browser") for path in SHORTER]
SETTINGS += [pytest.param(path, "", marks=[pytest.mark.slow] * (path in SHORTER), id=path.stem) for path in FILES]


def run(path, pictures, in_browser=""):
    environment = ENVIRONMENT | {"MPLBACKEND": "agg", "MINIMIX_PICTURES": str(pictures), "PYTHONWARNINGS": "error"}
    environment["MINIMIX_IN_BROWSER"] = in_browser
    done = subprocess.run([sys.executable, path], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(("path", "in_browser"), SETTINGS)
def test_it_runs_as_a_script_draws_and_prints_what_its_texts_say(path, in_browser, tmp_path):
    printed = run(path, tmp_path, in_browser)
    assert "right (" in printed
    texts = " ".join(
        re.sub(r"\n(?:#| ) *", " ", x.read_text(encoding="utf-8")) for x in (path, path.with_suffix(".md"))
    )
    for said, number, pattern, tolerance in NUMBERS.get(int(path.name[:2]), ()):
        found = [float(x) for x in re.search(pattern, printed).groups()]
        assert said in texts
        assert found[0] / (found[1] if len(found) > 1 else 1) == pytest.approx(number, rel=tolerance), said
    pictures = [picture.name[:2] for picture in tmp_path.iterdir()]
    assert pictures and set(pictures) == {path.name[:2]}


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_takes_a_class_no_longer_than_its_time(path, tmp_path):
    start = os.times()
    run(path, tmp_path)
    end = os.times()  # processor time, so that what else the machine does is hardly counted
    assert end.children_user + end.children_system - start.children_user - start.children_system < SECONDS


@pytest.mark.parametrize("path", LONG)
def test_it_runs_on_an_array_module_like_cupy(path, device, tmp_path, monkeypatch, capsys):
    matplotlib.use("agg")
    monkeypatch.setenv("MINIMIX_PICTURES", str(tmp_path))
    with mx.using(device):
        runpy.run_path(str(path), run_name="__main__")
    said = capsys.readouterr().out
    assert "right (" in said and "not done" not in said


@pytest.mark.parametrize("path", LONG)
def test_the_student_s_copy_runs_to_its_end(path, tmp_path, monkeypatch, capsys):
    matplotlib.use("agg")
    monkeypatch.setenv("MINIMIX_PICTURES", str(tmp_path))
    copies.copy(tmp_path)
    runpy.run_path(str(tmp_path / path.name))
    assert "not done yet." in capsys.readouterr().out


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_has_the_parts_of_a_lesson(path):
    text = path.read_text(encoding="utf-8")
    parts = ["# %% [markdown]\n# # ", "**Question.**", "**Predict.**", "**Exercise 1.**", "**Take away.**"]
    places = [text.find(part) for part in [*parts, "**Where this comes from.**"]]
    assert places[0] == 0 and places == sorted(places)
    assert text.startswith(f"# %% [markdown]\n# # {int(path.name[:2])}. ")
    assert set(re.findall(r"^(?:import|from) (\w+)", text, re.M)) <= {"numpy", "matplotlib", "minimix"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_other_lessons_are_cited_by_title(path):
    for text in (path, path.with_suffix(".md")):
        assert not re.search(r"\blessons? \d", text.read_text(encoding="utf-8"), re.IGNORECASE)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_sentence_breaks_into_a_list_or_a_heading(path):
    markdown_it = pytest.importorskip("markdown_it", reason="markdown-it-py reads Markdown: pip install markdown-it-py")
    parts = percent.cells(path.read_text(encoding="utf-8"))
    texts = [percent.markdown(part["source"]) for part in parts if part["kind"] == "text"]
    for text in (*texts, path.with_suffix(".md").read_text(encoding="utf-8")):
        lines, tokens = text.splitlines(), markdown_it.MarkdownIt().parse(text)
        assert not {"ordered_list_open", "blockquote_open", "code_block", "html_block"} & {x.type for x in tokens}
        assert all(x.markup == "-" for x in tokens if x.type == "bullet_list_open")
        assert all(x.markup[0] == "#" for x in tokens if x.type == "heading_open")
        before = [lines[x.map[0] - 1] for x in tokens if x.type == "bullet_list_open" and x.map[0]]
        assert all(line == "" or line.startswith("#") for line in before)
        assert not any("*" in word.content for x in tokens for word in x.children or () if word.type == "text")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_teacher_has_notes(path):
    text = path.with_suffix(".md").read_text(encoding="utf-8")
    places = [text.find(f"\n## {part}\n") for part in ("Time", "On the board", "Questions that come up", "Answers")]
    assert -1 not in places and places == sorted(places)
    assert text.startswith(f"# {copies.title(path)}: notes for the teacher\n")


@pytest.mark.parametrize("path", LONG)
def test_it_runs_as_a_notebook(path, tmp_path):
    pytest.importorskip("nbmake", reason="nbmake runs notebooks: pip install nbmake ipykernel")
    pytest.importorskip("ipykernel", reason="a kernel runs notebooks: pip install ipykernel")
    text = from_script(solved(path.read_text(encoding="utf-8")))
    (tmp_path / f"{path.stem}.ipynb").write_text(text, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "--nbmake", "--nbmake-kernel=python3", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, str(tmp_path)], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "1 passed" in done.stdout
