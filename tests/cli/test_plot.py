"""minimix plot: one figure of several runs tells them apart."""

import re

import pytest
from click.testing import CliRunner

from minimix.cli import main
from tests import small
from tests.study.filled import fill


def made(path, trials=2, **settings):
    small.study(path, optimizers=["adam"], trials=trials, **settings)


@pytest.fixture
def labels(tmp_path, monkeypatch):
    """The labels of the figure of the folders a and b, as an SVG's comments have them."""
    monkeypatch.chdir(tmp_path)

    def draw():
        result = CliRunner().invoke(main, ["plot", "a", "b", "--out", "both.svg"])
        assert result.exit_code == 0, result.output
        return [
            text for text in re.findall(r"<!-- (.*) -->", (tmp_path / "both.svg").read_text("utf-8")) if "adam" in text
        ]

    return draw


def test_runs_on_other_data_or_with_other_settings_say_so_in_their_labels(labels):
    made("a", data="glyphs", epochs=2)
    made("b", data="shapes", epochs=3)
    assert labels() == [
        "a (epochs: 2) adam:lr=0.001 on glyphs",
        "b (epochs: 3) adam:lr=0.001 on shapes",
    ]


def test_data_are_called_what_they_are(labels):
    made("a", data="mnist", dataset={"name": "mnist", "sha256": {"x_train": "0" * 64}})
    made("b", data="mnist", dataset={"name": "not mnist", "sha256": {"x_train": "1" * 64}})
    assert labels() == ["a adam:lr=0.001 on mnist", "b adam:lr=0.001 on not mnist"]


def test_runs_with_the_same_settings_are_told_apart_by_their_folders(labels):
    made("a")
    made("b", trials=1)
    assert labels() == ["a adam:lr=0.001 (2 trials)", "b adam:lr=0.001 (1 trial)"]


def test_the_figure_is_that_of_the_verdict_that_was_named_beforehand(tmp_path):
    fill(tmp_path / "a", reference="sgd:lr=0.01")
    result = CliRunner().invoke(main, ["plot", str(tmp_path / "a"), "--out", str(tmp_path / "a.svg")])
    assert result.exit_code == 0, result.output
    assert "difference to sgd:lr=0.01" in (tmp_path / "a.svg").read_text("utf-8")


def test_files_of_one_name_and_other_content_are_told_apart(labels, tmp_path):
    for folder in "ab":
        (tmp_path / "rule.py").write_text(f"def net(seed):\n    pass  # {folder}\n")
        made(folder, model="rule.py:net")
    first, second = labels()
    assert re.fullmatch(r"a \(files: rule\.py [0-9a-f]{6}\) adam:lr=0\.001", first)
    assert first[1:] != second[1:]


def test_figures_stay_in_their_folder_whatever_a_plan_is_called_and_none_takes_another_s_place(tmp_path):
    folder = small.study(tmp_path / "a", optimizers=["adam"], trials=2)
    for name in ("../b/c", "-b-c", "fig2+code", "task, tuned", "x" * 300):
        folder.plan(name, folder.plans()["compare"])
    result = CliRunner().invoke(main, ["plot", str(folder.path)])
    assert result.exit_code == 0, result.output
    drawn = {path.name for path in folder.path.glob("*.png")}
    assert len(drawn) == 6 and {"figure.png", "fig2+code.png", "task, tuned.png"} < drawn
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
