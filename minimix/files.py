"""Files are written whole or not at all, and what they hold is read up to a known size."""

from __future__ import annotations

import csv
import hashlib
import os
import re
import secrets
import shutil
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

KINDS = {  # what a file that is not the expected one may begin with
    b"<!DOCTYPE": "a web page (HTML)",
    b"<!doctype": "a web page (HTML)",
    b"<html": "a web page (HTML)",
    b"<HTML": "a web page (HTML)",
    b"<?xml": "a page of XML",
    b"version https://git-lfs": "a pointer of Git LFS",
    b"PK\x03\x04": "a zip archive",
    b"\x1f\x8b": "a gzip file",
}


def kind(start: bytes) -> str:
    """What a file that begins so is, in words; "" where that is not known."""
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((name for magic, name in KINDS.items() if start.startswith(magic)), "")


def read(path: str | Path, most: int) -> bytes:
    """What a file holds. Raises OSError where it cannot be read, ValueError where it is none or has more bytes."""
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            raise ValueError(f"{str(path)!r} is not a file")
        with path.open("rb") as file:
            content = file.read(most + 1)
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no file {str(path)!r}") from None
    except OSError as error:
        raise OSError(f"{str(path)!r} cannot be read: {error.strerror}") from error
    if len(content) > most:
        raise ValueError(f"{str(path)!r} must have at most {most:,} bytes, but it has more")
    return content


def digest(path: str | Path, algorithm: str = "sha256") -> str:
    """The sum of a file, read piece by piece. Raises OSError; FileNotFoundError where there is no file."""
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r}")
    found = hashlib.new(algorithm, usedforsecurity=False)
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            found.update(piece)
    return found.hexdigest()


@contextmanager
def temporary(target: Path, room: Path | None = None) -> Iterator[Path]:
    """A new empty file beside `target`, or in the folder `room`, to be moved there when whole; otherwise it goes.

    It has the ending of `target` and a name that no other process takes, on this host or on one that shares the folder.
    """
    host = re.sub("[^A-Za-z0-9]", "", socket.gethostname())[:16]
    part = (room or target.parent) / f".minimix-{host}-{os.getpid()}-{secrets.token_hex(4)}{target.suffix}"
    part.open("xb").close()
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def replacing(target: str | Path, room: Path | None = None) -> Iterator[Path]:
    """The path to write a file to that takes the place of `target` when the block ends.

    room: the folder that it is in until then, on the same disk; by default that of `target`.
    Where the block fails, `target` is as it was, or not there. Raises OSError with one sentence for what the system
    refuses. A device or a pipe is written to directly.
    """
    if _is_special(target):
        yield Path(target)
        return
    target = Path(os.path.realpath(target))
    try:
        with temporary(target, room) as part:
            yield part
            if target.exists():
                shutil.copymode(target, part)
            with part.open("r+b") as file:
                os.fsync(file.fileno())
            os.replace(part, target)
    except OSError as error:
        raise _unwritten(target, error) from error


def write(target: str | Path, content: str | bytes, room: Path | None = None) -> None:
    """Write a text, as UTF-8, or bytes to a file; see `replacing`."""
    with replacing(target, room) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)


def write_rows(target: str | Path, head: Iterable, rows: Iterable) -> None:
    """Write a table as CSV: a head and rows, both of plain values; see `replacing`."""
    with replacing(target) as part, part.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(head)
        table.writerows(rows)


def check_target(target: str | Path, force: bool = True) -> None:
    """Raise OSError with one sentence where a file could not be written, or with force=False where there is one."""
    target = Path(target)
    if os.path.isdir(target):
        raise IsADirectoryError(f"{str(target)!r} is a folder: name a file in it")
    if os.path.exists(target) and not force:
        raise FileExistsError(f"{str(target)!r} exists: choose another name, or write over it with --force")
    if not os.path.isdir(target.parent):
        raise FileNotFoundError(f"{str(target)!r} cannot be written: there is no folder {str(target.parent)!r}")
    try:
        if not _is_special(target):
            with suppress(FileNotFoundError):
                os.stat(target)  # fails where the name is too long
            with temporary(Path(os.path.realpath(target))):
                pass
    except OSError as error:
        raise _unwritten(target, error) from error


def _is_special(target):
    """Whether it is a device or a pipe."""
    return os.path.exists(target) and not os.path.isfile(target) and not os.path.isdir(target)


def _unwritten(target, error):
    """The error in one sentence, once."""
    if error.strerror is None:
        return error
    left = "its former content is whole" if os.path.exists(target) else "nothing of it is left"
    return OSError(f"{str(target)!r} could not be written: {error.strerror}; {left}")


def explodes(unpacked: int, packed: int) -> bool:
    """Whether a file of `packed` bytes cannot honestly hold so many: deflate packs 1,032 into one at the very best.

    More than 1 GiB must be packed less tightly than 100 to one.
    """
    return unpacked > min(1032 * packed + 1024, max(1 << 30, 100 * packed))
