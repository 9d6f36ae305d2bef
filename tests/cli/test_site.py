import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from minimix.cli import main
from minimix.site import building, runtime


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, ["site", "build", *map(str, arguments)])


@pytest.mark.parametrize(("fetched", "says"), [(["a.whl"], "is in runtime"), ([], "was in runtime already")])
def test_fetch_says_where_it_is(fetched, says, monkeypatch):
    monkeypatch.setattr(runtime, "fetch", lambda folder, timeout, progress: fetched if timeout == 5.0 else None)
    result = CliRunner().invoke(main, ["site", "fetch", "runtime", "--timeout", "5"])
    assert result.output == f"Pyodide {runtime.VERSION} {says}, verified.\n"


def test_it_says_what_to_open_and_passes_on_what_was_asked_for(run, tmp_path, monkeypatch):
    def made(target, *asked, on_part):
        target.mkdir()
        (target / "index.html").write_text("x" * 1_234_000)
        on_part(1, 2)
        assert asked == (Path("runtime"), (7, 8), 1)

    monkeypatch.setattr(building, "build", made)
    result = run("site", "--only", 7, "--only", 8, "--pyodide", "runtime", "--jobs", 1)
    assert result.output == "site/index.html: open it in a browser; 1 file, 1.2 MB\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["notes"], r"'notes' holds something that is no site of minimix: name another folder"),
        (["notes/a.txt"], r"'notes/a.txt' is no folder"),
        (["site", "--only", 99], r"there is no lesson 99; `minimix lessons list` shows what there is"),
        (["site", "--pyodide", "notes"], r"'notes' is not Pyodide: it has no pyodide-lock.json"),
        (["site", "--pyodide", "nowhere"], r"'nowhere' is not Pyodide"),
        (["site", "--jobs", 0], r"n_jobs must be a whole number from 1, or -1 for one on each core, not 0"),
    ],
)
def test_bad_input_gets_one_sentence_and_leaves_everything_as_it_was(run, tmp_path, arguments, says):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("mine")
    result = run(*arguments)
    assert result.exit_code != 0 and re.search(says, result.output) and result.output.count("\n") <= 3
    assert [path.name for path in tmp_path.rglob("*")] == ["notes", "a.txt"]


def test_a_package_that_is_missing_is_said_before_anything_is_done(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "markdown_it", None)
    result = run("site")
    assert "the site needs the package markdown-it-py: pip install 'minimix[site]'" in result.output
    assert not list(tmp_path.iterdir())
