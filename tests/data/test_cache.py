"""minimix/data/cache.py: where files are looked for, and that a download is whole or not there at all."""

import os

import pytest

from minimix.data.cache import default_root, download, find, roots
from tests.data.mirror import BODY, mirror


def is_body(path):
    if path.read_bytes() != BODY:
        raise ValueError(f"{path} is wrong")


def test_roots_are_those_of_the_environment_then_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("MINIMIX_DATA", os.pathsep.join([str(tmp_path / "a"), "", str(tmp_path / "b")]))
    assert roots() == [tmp_path / "a", tmp_path / "b", default_root()]
    monkeypatch.delenv("MINIMIX_DATA")
    assert roots() == [default_root()]


def test_find_takes_the_first_folder_that_has_everything(monkeypatch, tmp_path):
    for name in ("a/x", "b/set/x", "b/set/y.gz", "b/x", "b/y"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.setenv("MINIMIX_DATA", os.pathsep.join([str(tmp_path / "a"), str(tmp_path / "b")]))
    found = find("letters", ["x", "y"], ["set", "."], lambda name: [name, f"{name}.gz"])
    assert found == {"x": tmp_path / "b/set/x", "y": tmp_path / "b/set/y.gz"}


def test_what_is_missing_is_told_in_one_sentence(monkeypatch, tmp_path):
    (tmp_path / "x").touch()
    monkeypatch.setenv("MINIMIX_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError) as error:
        find("letters", ["x", "y"], ["."])
    message = str(error.value)
    assert f"not in {tmp_path} or {default_root()}" in message
    assert f"({tmp_path} has a part of it, but no y)" in message
    assert "`minimix data fetch letters`" in message


def test_a_good_mirror_gives_the_file(tmp_path):
    with mirror() as url:
        download([f"{url}/file"], tmp_path / "set" / "file", len(BODY), is_body)
    assert (tmp_path / "set" / "file").read_bytes() == BODY
    assert os.listdir(tmp_path / "set") == ["file"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("truncate", "broke off before the end of the file"),
        ("corrupt", "the file is wrong"),
        ("stall", "sent nothing for 0.2 s"),
        ("absent", "HTTP status 404"),
        ("hang up", ""),
    ],
)
def test_after_a_bad_mirror_nothing_has_changed(tmp_path, fault, reason):
    target = tmp_path / "file"
    for before in (None, b"old"):
        if before:
            target.write_bytes(before)
        with (
            mirror(fault) as url,
            pytest.raises(OSError, match=rf"^could not fetch file \({url}/f: .*{reason}") as error,
        ):
            download([f"{url}/f"], target, len(BODY), is_body, timeout=0.2 if fault == "stall" else 60)
        assert "\n" not in str(error.value)
        assert os.listdir(tmp_path) == (["file"] if before else [])
        assert before is None or target.read_bytes() == before


def test_silence_is_given_up_before_the_mirror_gives_up(tmp_path):
    with mirror("stall") as url, pytest.raises(OSError, match="sent nothing"):
        download([f"{url}/f"], tmp_path / "f", len(BODY), is_body, timeout=0.1)


def test_mirrors_are_tried_in_turn(tmp_path):
    with mirror("corrupt") as bad, mirror() as good, mirror("absent") as absent:
        download([f"{bad}/f", f"{good}/f", f"{absent}/f"], tmp_path / "f", len(BODY), is_body)
        assert (tmp_path / "f").read_bytes() == BODY
        with pytest.raises(OSError, match=rf"{bad}/f: .*; {absent}/f: HTTP status 404"):
            download([f"{bad}/f", f"{absent}/f"], tmp_path / "g", len(BODY), is_body)


def test_a_mirror_that_cannot_be_reached_is_told(tmp_path):
    with mirror() as url:
        pass
    with pytest.raises(OSError, match=f"{url}/f: could not be reached"):
        download([f"{url}/f"], tmp_path / "f", len(BODY), is_body)


def test_progress_is_reported_to_the_end(tmp_path):
    class Log:
        total = 0

        def __init__(self, label):
            self.label, self.done, self.closed = label, 0, False
            logs.append(self)

        def update(self, steps):
            self.done += steps

        def reset(self):
            self.done = 0

        def close(self):
            self.closed = True

    logs = []
    with mirror("corrupt") as bad, mirror() as good:
        download([f"{bad}/f", f"{good}/f"], tmp_path / "f", len(BODY), is_body, progress=Log)
    assert [(log.label, log.done, log.total, log.closed) for log in logs] == [("f", len(BODY), len(BODY), True)] * 2


@pytest.mark.parametrize("fault", [None, "endless"])
def test_no_more_is_taken_than_the_file_can_have(tmp_path, fault):
    target = tmp_path / "file"
    with mirror(fault) as url, pytest.raises(OSError, match="sent more than the 1,000 bytes that the file can have"):
        download([f"{url}/f"], target, 1000, is_body)
    assert os.listdir(tmp_path) == []
