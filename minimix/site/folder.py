"""The folder of a site: a new one takes the place of an old one as a whole, and of nothing that is not ours."""

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .. import __version__
from ..hint import shown

MARKER = "minimix-site.json"
LEFT_BY_SYSTEMS = {".DS_Store", "Thumbs.db", "desktop.ini"}


def check(target: str | Path) -> None:
    """Raise OSError or ValueError, with one sentence, where a site may not be written to the folder `target`."""
    target = Path(target)
    if not os.path.lexists(target):
        return
    if not target.is_dir():
        raise NotADirectoryError(f"{str(target)!r} is no folder: name one, or a path where there is nothing")
    there = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_symlink() or path.is_file()}
    there = {name for name in there if name.rpartition("/")[2] not in LEFT_BY_SYSTEMS}
    ours = _ours(target)
    if there and not ours:
        raise ValueError(f"{str(target)!r} holds something that is no site of minimix: name another folder")
    if foreign := sorted(there - ours):
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise ValueError(
            f"{str(target)!r} is a site, but {shown(foreign[0])}{more} in it is not of `minimix site build` and would "
            "be lost: move it elsewhere, or name another folder"
        )


def _ours(target):
    """The files that a site says are its own; none where it is no site."""
    try:
        return {MARKER, *json.loads((target / MARKER).read_text(encoding="utf-8"))["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


@contextmanager
def replacing(target: str | Path) -> Iterator[Path]:
    """A new folder that takes the place of `target` when the block ends; where the block fails, `target` is as it was.

    Raises what `check` raises, before the block, and OSError.
    """
    check(target)
    target, given = Path(os.path.realpath(target)), str(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        room = Path(tempfile.mkdtemp(prefix=".minimix-site-", dir=target.parent))
    except OSError as error:
        raise type(error)(f"{given!r} cannot be made: {error.strerror}") from error
    new, old = room / "new", room / "old"
    try:
        new.mkdir()
        yield new
        names = sorted(path.relative_to(new).as_posix() for path in new.rglob("*") if path.is_file())
        (new / MARKER).write_text(json.dumps({"minimix": __version__, "files": names}, indent=0), encoding="utf-8")
        check(target)  # a minute later
        _swap(new, target, old)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _swap(new, target, old):
    """Move `target`, where it is there, to `old`, and `new` to its place."""
    if not target.exists():
        return os.replace(new, target)
    new.chmod(stat.S_IMODE(target.stat().st_mode))
    os.replace(target, old)
    try:
        os.replace(new, target)
    except OSError:
        os.replace(old, target)
        raise
