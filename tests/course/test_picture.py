"""A lesson's pictures are seen, or the reader is told where they are."""

import matplotlib
import matplotlib.pyplot as plt
import pytest

from minimix.course import show


@pytest.fixture(autouse=True)
def _a_figure(monkeypatch, tmp_path):
    matplotlib.use("agg")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MINIMIX_PICTURES", raising=False)
    plt.subplots()
    yield
    plt.close("all")


@pytest.mark.parametrize("windowless", ["agg", "svg"])
def test_without_a_window_it_is_a_file_beside_the_reader_s_and_its_place_is_said(windowless, tmp_path, capsys):
    matplotlib.use(windowless)
    plt.subplots()
    show("01_picture")
    assert (tmp_path / "01_picture.png").read_bytes().startswith(b"\x89PNG")
    assert (
        capsys.readouterr().out == f"There is no window to show a picture in; it is in {tmp_path / '01_picture.png'}\n"
    )


def test_the_folder_can_be_named_or_forbidden(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MINIMIX_PICTURES", "new/folder")
    show("named")
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["named.png"]
    capsys.readouterr()
    monkeypatch.setenv("MINIMIX_PICTURES", "")
    show("forbidden")
    assert capsys.readouterr().out == "" and not plt.get_fignums()
    assert not list(tmp_path.rglob("forbidden*"))


def test_where_nothing_can_be_written_the_lesson_goes_on(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MINIMIX_PICTURES", "file/folder")
    show("unwritten")
    assert capsys.readouterr().out.startswith("There is no window to show a picture in, and no file: ")


def test_a_notebook_or_a_window_shows_it_itself(tmp_path, monkeypatch, capsys):
    shown = []
    monkeypatch.setattr(matplotlib, "get_backend", lambda: "module://elsewhere")
    monkeypatch.setattr(plt, "show", lambda: shown.append(plt.get_fignums()))
    show("shown")
    assert shown == [[1]] and not plt.get_fignums()
    assert capsys.readouterr().out == "" and not list(tmp_path.iterdir())
