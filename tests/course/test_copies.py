import ast
import json

import pytest

from minimix.course import copies


def test_the_student_s_copy_has_gaps_and_no_notes(tmp_path):
    written, kept = copies.copy(tmp_path / "course")
    assert [path.name for path in written] == [path.name for path in copies.files().values()] and not kept
    for path in written:
        text = path.read_text(encoding="utf-8")
        ast.parse(text)
        assert "your code here" in text and "solution>" not in text


def test_the_teacher_s_copy_has_solutions_and_notes(tmp_path):
    written, _ = copies.copy(tmp_path, solutions=True)
    assert {path.suffix for path in written} == {".py", ".md"}
    for path in written:
        assert "your code here" not in path.read_text(encoding="utf-8")
        assert "solution>" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("solutions", [False, True])
def test_notebooks_have_the_cells_of_the_scripts_and_open_in_jupyter(tmp_path, solutions):
    copies.copy(tmp_path, solutions, notebooks=True)
    scripts = sorted(tmp_path.glob("*.py"))
    assert [path.stem for path in sorted(tmp_path.glob("*.ipynb"))] == [path.stem for path in scripts]
    for path in scripts:
        notebook = json.loads(path.with_suffix(".ipynb").read_text(encoding="utf-8"))
        assert notebook["nbformat"] == 4 and notebook["cells"][0]["source"][0].startswith("# ")
        assert [cell["id"] for cell in notebook["cells"]] == [f"cell-{k + 1}" for k in range(len(notebook["cells"]))]
        code = "\n\n".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code")
        assert ast.dump(ast.parse(code)) == ast.dump(ast.parse(path.read_text(encoding="utf-8")))
        assert ("your code here" in code) is not solutions and "solution>" not in code


def test_notebooks_are_what_jupyter_and_jupytext_hold_for_notebooks(tmp_path):
    nbformat = pytest.importorskip("nbformat", reason="nbformat knows what a notebook is: pip install nbformat")
    jupytext = pytest.importorskip("jupytext", reason="jupytext turns scripts into notebooks: pip install jupytext")
    copies.copy(tmp_path, notebooks=True)
    for path in tmp_path.glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
        nbformat.validate(notebook)
        theirs = jupytext.read(path.with_suffix(".py")).cells
        assert [(c.cell_type, c.source) for c in notebook.cells] == [(c.cell_type, c.source) for c in theirs]


def test_the_same_lesson_is_the_same_notebook(tmp_path):
    for name in ("a", "b"):
        copies.copy(tmp_path / name, notebooks=True)
    name = copies.files()[7].stem + ".ipynb"
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_what_is_there_already_is_left_as_it_is(tmp_path):
    first = next(iter(copies.files().values()))
    for name in (first.name, f"{first.stem}.ipynb"):
        (tmp_path / name).write_text("my work")
        written, kept = copies.copy(tmp_path, notebooks=name.endswith("b"))
        assert (tmp_path / name).read_text() == "my work"
        assert tmp_path / name in kept and tmp_path / name not in written


def test_titles_are_the_first_headings():
    assert copies.title(copies.files()[1]) == "1. A derivative is a number you can check"
