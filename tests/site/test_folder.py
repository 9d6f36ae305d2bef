import json

import pytest

from minimix.site import folder


def write(target, *names):
    """A site of files that hold their own names."""
    with folder.replacing(target) as part:
        for name in names:
            (part / name).parent.mkdir(exist_ok=True)
            (part / name).write_text(name)


def there(target):
    return {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}


def test_a_new_site_takes_the_place_of_the_old_one_as_a_whole(tmp_path):
    write(tmp_path / "site", "index.html", "lessons/1.html")
    write(tmp_path / "site", "index.html", "gallery.html")
    assert there(tmp_path / "site") == {"index.html", "gallery.html", folder.MARKER}
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_what_fails_leaves_the_old_site_and_nothing_else(tmp_path):
    write(tmp_path / "site", "index.html")
    before = (tmp_path / "site" / folder.MARKER).read_text()
    with pytest.raises(KeyboardInterrupt), folder.replacing(tmp_path / "site") as part:
        (part / "gallery.html").write_text("half")
        raise KeyboardInterrupt
    assert there(tmp_path) == {"site/index.html", f"site/{folder.MARKER}"}
    assert (tmp_path / "site" / folder.MARKER).read_text() == before


def test_a_site_that_cannot_be_moved_into_its_place_leaves_the_old_one(tmp_path, monkeypatch):
    write(tmp_path / "site", "index.html")
    replace = folder.os.replace

    def refuse(source, target):
        if source.name == "new":
            raise PermissionError(13, "Permission denied")
        replace(source, target)

    monkeypatch.setattr(folder.os, "replace", refuse)
    with pytest.raises(PermissionError):
        write(tmp_path / "site", "gallery.html")
    assert there(tmp_path) == {"site/index.html", f"site/{folder.MARKER}"}


def test_folders_above_are_made_and_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "a" / "site").mkdir(parents=True)
    write(tmp_path / "a" / "site", "index.html")
    write(tmp_path / "b" / "c", "index.html")
    assert (tmp_path / "a" / "site" / "index.html").exists() and (tmp_path / "b" / "c" / "index.html").exists()


def test_a_link_to_a_site_stays_one(tmp_path):
    write(tmp_path / "site", "index.html")
    (tmp_path / "link").symlink_to(tmp_path / "site")
    write(tmp_path / "link", "gallery.html")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "site" / "gallery.html").exists()


@pytest.mark.parametrize("marker", [None, "", "[]", '{"files": 3}', '{"minimix": "0.1.0"}'])
def test_a_folder_that_is_no_site_is_left_alone(tmp_path, marker):
    (tmp_path / "thesis.txt").write_text("years of work")
    if marker is not None:
        (tmp_path / folder.MARKER).write_text(marker)
    with pytest.raises(ValueError, match="holds something that is no site of minimix: name another folder"):
        write(tmp_path, "index.html")
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize("name", ["CNAME", "lessons/mine.html", ".git/HEAD"])
def test_a_site_with_a_file_of_somebody_else_is_left_alone(tmp_path, name):
    write(tmp_path / "site", "index.html", "lessons/1.html")
    (tmp_path / "site" / name).parent.mkdir(exist_ok=True)
    (tmp_path / "site" / name).write_text("mine")
    with pytest.raises(ValueError, match=f"'{name}' in it is not of `minimix site build` and would be lost"):
        write(tmp_path / "site", "index.html")
    assert (tmp_path / "site" / name).read_text() == "mine"


def test_what_systems_leave_in_folders_is_no_file_of_anybody(tmp_path):
    write(tmp_path / "site", "index.html")
    (tmp_path / "site" / ".DS_Store").write_text("")
    write(tmp_path / "site", "index.html")
    assert not (tmp_path / "site" / ".DS_Store").exists()


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "site").write_text("text")
    with pytest.raises(NotADirectoryError, match=r"'.*site' is no folder: name one"):
        write(tmp_path / "site", "index.html")


def test_the_marker_names_every_file(tmp_path):
    write(tmp_path, "index.html", "lessons/1.html")
    assert json.loads((tmp_path / folder.MARKER).read_text())["files"] == ["index.html", "lessons/1.html"]


def test_a_place_where_nothing_can_be_made_is_told_as_it_was_given(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"file/site' cannot be made: "):
        write(tmp_path / "file" / "site", "index.html")
