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
from minimix.course import copies
from minimix.course.notebook import from_script
from minimix.course.source import solved

FILES = list(copies.files().values())
SECONDS = 20
# One thread: several of these run at the same time, and BLAS threads of different processes wait for each other.
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(copies.__file__).parents[2]), "OPENBLAS_NUM_THREADS": "1"}


LONG = [pytest.param(path, marks=pytest.mark.slow if path.name > "08" else (), id=path.stem) for path in FILES]
"""All lessons, of which those that train are for -m slow."""


def run(path, pictures):
    environment = ENVIRONMENT | {"MPLBACKEND": "agg", "MINIMIX_PICTURES": str(pictures), "PYTHONWARNINGS": "error"}
    done = subprocess.run([sys.executable, path], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_runs_as_a_script_and_draws(path, tmp_path):
    assert "right (" in run(path, tmp_path)
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
