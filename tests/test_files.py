"""minimix/files.py: what is written is whole or not there, and what is read is bounded."""

import contextlib
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from minimix import compare, files
from minimix.cli import main
from tests import small

resource = pytest.importorskip("resource", reason="a limit for the size of files wants a POSIX system")


SIZES = ["--train-size", "20", "--test-size", "10", "--epochs", "1", "--record", "1", "--batch-size", "20"]


@contextlib.contextmanager
def full_disk(room=500):
    """No file may get longer than `room` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@settings(max_examples=10)
@given(before=st.none() | st.binary(max_size=20), content=st.binary(max_size=2000) | st.text(max_size=900))
def test_a_file_has_all_of_the_new_content_or_all_of_the_old(tmp_path_factory, before, content):
    folder = tmp_path_factory.mktemp("x")
    if before is not None:
        (folder / "f").write_bytes(before)
    new = content.encode() if isinstance(content, str) else content
    fits = len(new) <= 500
    with (
        full_disk(),
        contextlib.nullcontext() if fits else pytest.raises(OSError, match=r"f' could not be written: File"),
    ):
        files.write(folder / "f", content)
    assert contents(folder) == ({"f": new} if fits else {} if before is None else {"f": before})


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, SystemExit])
def test_whatever_ends_the_writing_leaves_the_former_file(tmp_path, error):
    (tmp_path / "f.txt").write_text("old")
    with pytest.raises(error), files.replacing(tmp_path / "f.txt") as part:
        part.write_text("half")
        assert part.suffix == ".txt" and (tmp_path / "f.txt").read_text() == "old"
        raise error
    assert contents(tmp_path) == {"f.txt": b"old"}


def test_links_stay_links_and_the_rights_of_a_file_stay(tmp_path):
    (tmp_path / "f").write_text("old")
    (tmp_path / "f").chmod(0o640)
    (tmp_path / "link").symlink_to("f")
    files.write(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "f").read_text() == "new"
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o640


def test_a_device_and_a_pipe_are_written_to(tmp_path):
    files.write("/dev/null", "hello")
    assert not Path("/dev/null").is_file()
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    files.write(tmp_path / "pipe", "hello")
    assert os.read(reader, 9) == b"hello" and [path.name for path in tmp_path.iterdir()] == ["pipe"]
    os.close(reader)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "is a folder: name a file in it"),
        ("missing/f", "cannot be written: there is no folder '.*missing'"),
        ("there", "exists: choose another name, or write over it with --force"),
        ("x" * 300, "could not be written: File name too long"),
    ],
)
def test_a_target_is_tried_before_the_work(tmp_path, name, sentence):
    (tmp_path / "there").touch()
    with pytest.raises(OSError, match=sentence):
        files.check_target(tmp_path / name, force=False)
    files.check_target(tmp_path / "there")
    assert contents(tmp_path) == {"there": b""}


def commands(run):
    step = ["step", "sgd", "--steps", "2"]
    return {
        "page.html": [*step, "--html", "page.html"],
        "terms.csv": [*step, "--csv", "terms.csv"],
        "sheet.png": [*step, "--png", "sheet.png"],
        "both.svg": ["plot", str(run), "--out", "both.svg"],
        "model": ["train", *SIZES, "--out", "model"],
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder of one short trial."""
    return small.study(tmp_path_factory.mktemp("run") / "run", trials=1, optimizers="sgd").path


@pytest.mark.parametrize("name", commands(""))
def test_on_a_full_disk_every_command_leaves_what_was_there_and_says_so(tmp_path, monkeypatch, finished, name):
    monkeypatch.chdir(tmp_path)
    command = [*commands(finished)[name], *(["--force"] if name == "model" else [])]
    (tmp_path / name).write_bytes(b"mine")
    with full_disk():
        done = CliRunner().invoke(main, command)
    assert done.exit_code == 1 and "could not be written: File too large" in done.stderr, done.output
    assert contents(tmp_path) == {name: b"mine"}


@pytest.mark.parametrize("name", commands(""))
def test_every_command_tries_its_target_before_it_works(tmp_path, monkeypatch, finished, name):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, [x.replace(name, f"missing/{name}") for x in commands(finished)[name]])
    assert done.exit_code and "there is no folder 'missing'" in done.stderr and not done.stdout, done.output


def test_a_figure_s_ending_is_tried_before_it_is_drawn(finished):
    done = CliRunner().invoke(main, ["plot", str(finished), "--out", "figure.doc"])
    assert done.exit_code == 2 and "'figure.doc' must end in .png or .pdf or .svg" in done.stderr


def test_a_lesson_is_copied_whole_or_not_at_all(tmp_path):
    with full_disk():
        done = CliRunner().invoke(main, ["lessons", "copy", str(tmp_path)])
    assert done.exit_code == 1 and "could not be written" in done.stderr and contents(tmp_path) == {}


def test_a_result_s_table_is_written_whole_or_not_at_all(tmp_path):
    result = compare(small.network, small.dataset(), "sgd", 1, epochs=5, batch_size=16)
    with full_disk(), pytest.raises(OSError, match="could not be written"):
        result.csv(tmp_path / "r.csv")
    assert contents(tmp_path) == {}


def test_no_more_is_read_than_is_allowed(tmp_path):
    (tmp_path / "f").write_bytes(b"12345")
    assert files.read(tmp_path / "f", 5) == b"12345"
    with pytest.raises(ValueError, match="f' must have at most 4 bytes, but it has more"):
        files.read(tmp_path / "f", 4)
    with pytest.raises(FileNotFoundError, match=r"there is no file '.*g'"):
        files.read(tmp_path / "g", 4)
    for odd in (tmp_path, "/dev/zero"):
        with pytest.raises(ValueError, match="is not a file"):
            files.read(odd, 4)


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "f").touch(mode=0)
    if os.access(tmp_path / "f", os.R_OK):
        pytest.skip("root may read everything")
    with pytest.raises(OSError, match="f' cannot be read: Permission denied"):
        files.read(tmp_path / "f", 4)


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"<!DOCTYPE html>", "a web page (HTML)"),
        (b"\xef\xbb\xbf\r\n  <html>", "a web page (HTML)"),
        (b"version https://git-lfs.github.com/spec/v1", "a pointer of Git LFS"),
        (b"\x00\x00\x08\x03", ""),
    ],
)
def test_what_stands_in_a_file_s_place_is_known_by_its_first_bytes(start, kind):
    assert files.kind(start) == kind


@given(st.integers(0, 1 << 40))
def test_what_deflate_can_pack_does_not_explode_below_a_gibibyte_or_at_100_to_one(packed):
    best = 1032 * packed
    assert not files.explodes(min(best, max(1 << 30, 100 * packed)), packed)
    assert files.explodes(best + 2000, packed) and files.explodes(max(1 << 30, 100 * packed) + 1, packed)
