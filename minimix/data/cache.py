"""Where data files are looked for, and how they are downloaded: a file is in place only when it is whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

from ..files import temporary

VARIABLE = "MINIMIX_DATA"


class Progress(Protocol):
    """What shows a job's progress, in pooch's protocol; `close` may be called more than once."""

    total: int

    def update(self, steps: int) -> None:
        """So many bytes more are there."""

    def reset(self) -> None:
        """Begin anew."""

    def close(self) -> None:
        """Nothing more comes."""


class Silent(Progress):
    """Progress that nobody sees."""

    total = 0

    def __init__(self, label: str):
        pass


def default_root() -> Path:
    """The user's cache folder, where downloads go unless told otherwise."""
    import pooch  # takes as long to import as all of minimix

    return Path(pooch.os_cache("minimix"))


def roots() -> list[Path]:
    """The folders to look in: those in MINIMIX_DATA (separated as in PATH), then the user's cache folder."""
    named = os.environ.get(VARIABLE, "").split(os.pathsep)
    return [*(Path(root).expanduser() for root in named if root), default_root()]


def find(
    data_set: str,
    names: Sequence[str],
    folders: Sequence[str],
    spellings: Callable[[str], Sequence[str]] = lambda name: (name,),
    root: Path | None = None,
) -> dict[str, Path]:
    """The path of each named file, all from the first folder that has every one of them.

    Looks in `folders` of `root`, or of every root there is, for the first of a name's `spellings`. A FileNotFoundError
    says what is missing where.
    """
    partial = ""
    looked = [root] if root else roots()
    for folder in (place / folder for place in looked for folder in folders):
        paths = there(folder, names, spellings)
        if len(paths) == len(names):
            return paths
        if paths and not partial:
            missing = next(name for name in names if name not in paths)
            partial = f" ({folder} has a part of it, but no {missing})"
    raise FileNotFoundError(
        f"{data_set} is not in {' or '.join(map(str, looked))}{partial}: run "
        f"`minimix data fetch {data_set}`, or name the folder that has it in {VARIABLE}"
    )


def there(folder: Path, names: Sequence[str], spellings: Callable[[str], Sequence[str]]) -> dict[str, Path]:
    """{name: path} of those of the files that a folder has."""
    paths = {name: [folder / spelt for spelt in spellings(name)] for name in names}
    return {name: found[0] for name, own in paths.items() if (found := [path for path in own if path.is_file()])}


def download(
    urls: Sequence[str],
    target: Path,
    most: int,
    verify: Callable[[Path], object],
    timeout: float = 30.0,
    progress: Callable[[str], Progress] = Silent,
) -> None:
    """Put the first of `urls` that passes `verify(path)` at `target`; try them in turn.

    A connection that sends nothing for `timeout` seconds, or more than `most` bytes, is given up. `verify` raises a
    ValueError on a wrong file. Where every url fails an OSError tells why each did, and `target` is as it was.
    """
    import pooch

    failures = []
    target.parent.mkdir(parents=True, exist_ok=True)
    for url in urls:
        with temporary(target) as part, closing(progress(target.name)) as bar:
            fetch = pooch.HTTPDownloader(progressbar=bar, timeout=timeout, chunk_size=1 << 16)
            try:
                with part.open("wb") as file:
                    fetch(url, _Bounded(file, most), None)
                verify(part)
            except (OSError, ValueError) as error:  # what requests raises is an OSError too
                failures.append(f"{url}: {_reason(error, timeout).replace(str(part), 'the file')}")
                continue
            os.replace(part, target)
            return
    raise OSError(f"could not fetch {target.name} ({'; '.join(failures)})")


class _Bounded:
    """A file to write to, and no more than so many bytes."""

    def __init__(self, file, most):
        self.file, self.most, self.flush = file, most, file.flush

    def write(self, chunk):
        if self.file.tell() + len(chunk) > self.most:
            raise ValueError(f"sent more than the {self.most:,} bytes that the file can have")
        return self.file.write(chunk)


def _reason(error, timeout):
    text = str(error)
    if (response := getattr(error, "response", None)) is not None:
        return f"HTTP status {response.status_code}"
    if "timed out" in text:
        return f"sent nothing for {timeout:g} s"
    if "IncompleteRead" in text:
        return "broke off before the end of the file"
    if "Max retries exceeded" in text:
        return "could not be reached"
    return text
