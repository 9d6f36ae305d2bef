"""minimix report: where the page goes, and a sentence for what has no report."""

import pytest
from click.testing import CliRunner

from minimix.cli import main
from minimix.study import report
from tests.study.filled import fill


def run(*arguments):
    return CliRunner().invoke(main, ["report", *map(str, arguments)])


def test_the_page_is_written_into_the_folder_or_where_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "_pictures", lambda *about: [])  # they take most of the time
    folder = fill(tmp_path / "study", optimizers=["sgd"])
    before = {path: path.read_bytes() for path in folder.path.rglob("*.json")}
    result = run(folder.path)
    assert result.exit_code == 0, result.output
    assert f"{folder.path / 'report.html'}: open it in a browser" in result.output
    page = (folder.path / "report.html").read_text("utf-8")
    assert page == report.html(folder)
    assert run(folder.path, "--out", tmp_path / "other.html").exit_code == 0
    assert (tmp_path / "other.html").read_text("utf-8") == page
    assert {path: path.read_bytes() for path in folder.path.rglob("*.json")} == before


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("empty", "no study's folder"),
        ("not there", "no study's folder"),
        ("begun", "nothing that can be reported"),
    ],
)
def test_what_has_no_report_is_refused_in_a_sentence(tmp_path, name, sentence):
    (tmp_path / "empty").mkdir()
    fill(tmp_path / "begun", done=0)
    result = run(tmp_path / name)
    assert result.exit_code == 1
    assert result.output.startswith("Error: ") and sentence in result.output
    assert result.output.count("\n") == 1
    assert not list(tmp_path.rglob("report.html"))


def test_a_page_that_is_no_html_is_refused_before_anything_is_read(tmp_path):
    result = run(tmp_path, "--out", tmp_path / "page.pdf")
    assert result.exit_code == 2
    assert "must end in .html" in result.output
