"""CIFAR-10: 60,000 small photographs, from the official binary version (Krizhevsky 2009)."""

from __future__ import annotations

import gzip
import os
import tarfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..files import digest, kind, read, temporary
from .cache import Progress, Silent, default_root, download, find, there
from .dataset import Dataset, normalize

MEAN = STD = 0.5
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
FOLDER = "cifar-10-batches-bin"
FILES = (*(f"data_batch_{k}.bin" for k in range(1, 6)), "test_batch.bin")
RECORDS = 10_000  # in a file
RECORD = 1 + 3 * 32 * 32  # bytes: the label, then the red, green and blue planes
ARCHIVE = "cifar-10-binary.tar.gz"
PACKED = 170_052_171  # its bytes
MEMBERS = 20  # files and folders in it, at most
MD5 = "c32a1d4ab5d03f1284b67883e8d87530"  # of the archive, as published
MIRRORS = (
    "https://www.cs.toronto.edu/~kriz",
    "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10",
    "https://mindspore-website.obs.cn-north-4.myhuaweicloud.com/notebook/datasets",
)


def cifar10(train: int | None = None, test: int | None = None) -> Dataset:
    """Photographs, 32x32 RGB, (n, 32, 32, 3), as (pixel / 255 - 0.5) / 0.5.

    All 50,000 training and 10,000 test images, or the first `train` and `test` of them.
    Read from the six .bin files in `cifar10/cifar-10-batches-bin/`, `cifar-10-batches-bin/` or at the top of
    a folder of MINIMIX_DATA or of the user's cache. Raises FileNotFoundError where they are missing,
    ValueError where one is damaged.
    """
    *batches, last = find_cifar10().values()
    return Dataset("cifar10", *_read(batches), *_read([last]), classes=CLASSES).subset(train, test)


def find_cifar10(root: Path | None = None) -> dict[str, Path]:
    """The paths of the six files, in `root` or wherever data are looked for; FileNotFoundError without."""
    return find("cifar10", FILES, folders=(f"cifar10/{FOLDER}", FOLDER, "."), root=root)


def fetch_cifar10(
    root: Path | None = None,
    mirrors: Sequence[str] = MIRRORS,
    timeout: float = 30.0,
    progress: Callable[[str], Progress] = Silent,
) -> bool:
    """Download the six files to `root`/cifar10, unless they are there and whole; True if it did.

    The archive's MD5 is checked; what is there already is checked for sizes and labels (no sums of the single
    files are published). `timeout`: seconds of silence after which a mirror is given up. Raises OSError when
    every mirror fails.
    """
    root = root or default_root()
    folder = root / "cifar10" / FOLDER
    try:
        found = find_cifar10(root)
    except FileNotFoundError:
        found = there(folder, FILES, lambda name: (name,))
    for path in found.values():
        try:
            _records(path)
        except ValueError as error:
            raise FileExistsError(f"{error}: move it away, or choose another folder") from None
    if len(found) == len(FILES):
        return False
    archive = folder.parent / ARCHIVE
    if archive.exists():
        raise FileExistsError(f"{archive} is in the way: move it, or choose another folder")
    urls = [f"{mirror.rstrip('/')}/{ARCHIVE}" for mirror in mirrors]
    try:
        download(urls, archive, PACKED, _verify, timeout, progress)
        with archive.open("rb") as file:
            unpack(file, archive, folder, progress)
    finally:
        archive.unlink(missing_ok=True)
    return True


def _verify(path):
    with path.open("rb") as file:
        start = kind(file.read(100))
    if start not in ("", "a gzip file"):
        raise ValueError(f"{path} is {start}")
    if (found := digest(path, "md5")) != MD5:
        raise ValueError(f"{path} has the MD5 {found}, not {MD5}")


def unpack(file: BinaryIO, archive: Path, folder: Path, progress: Callable[[str], Progress] = Silent) -> None:
    """Copy the six files out of an open archive, by name; they appear in `folder` once all of them are whole.

    Nothing else is written, links least of all. Raises ValueError where it is damaged, lacks one or has more than the
    official one; `archive` is what messages call it.
    """
    size, whole = RECORDS * RECORD, {}
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with ExitStack() as stack:
            tar = stack.enter_context(tarfile.open(fileobj=file, mode="r:gz"))
            bar = stack.enter_context(closing(progress("unpacking")))
            bar.total = len(FILES)
            for count, member in enumerate(tar):  # in the archive's order: going back would decompress it again
                if member.size > size or count >= MEMBERS:
                    raise ValueError(f"{archive} has more in it than {', '.join(FILES)}")
                inside, _, name = member.name.removeprefix("./").rpartition("/")
                if inside == FOLDER and name in FILES and member.isreg() and name not in whole:
                    whole[name] = stack.enter_context(temporary(folder / name))
                    content = tar.extractfile(member).read(size + 1)  # type: ignore[union-attr]  # isreg() says it has some
                    records(content, archive / member.name)
                    whole[name].write_bytes(content)
                    bar.update(1)
            if missing := [name for name in FILES if name not in whole]:
                raise ValueError(f"{archive} must hold {FOLDER}/{missing[0]}, but it does not")
            for name, part in whole.items():
                if (folder / name).exists() and (folder / name).read_bytes() != part.read_bytes():
                    raise FileExistsError(f"{folder / name} is not CIFAR-10's: move it away, or choose another folder")
            for name, part in whole.items():
                os.replace(part, folder / name)
    except (tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise ValueError(f"{archive} is not a whole archive: {error}") from None


def _read(paths: Sequence[Path]) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, 32, 32, 3), normalized, and labels of the files, one after another."""
    images = np.empty((len(paths), RECORDS, 32, 32, 3), np.float32)
    labels = np.empty((len(paths), RECORDS), np.int64)
    for i, path in enumerate(paths):
        records = _records(path)
        labels[i] = records[:, 0]
        planes = records[:, 1:].reshape(-1, 3, 32, 32)
        normalize(planes.transpose(0, 2, 3, 1), MEAN, STD, out=images[i])
    return images.reshape(-1, 32, 32, 3), labels.reshape(-1)


def _records(path: Path) -> np.ndarray:
    size = path.stat().st_size
    _check_size(size, path)
    return records(read(path, size), path)


def records(content: bytes, path: Path) -> np.ndarray:
    """The records of a batch, (10000, 3073) bytes. Raises ValueError where it is damaged; messages call it `path`."""
    _check_size(len(content), path)
    found = np.frombuffer(content, np.uint8).reshape(RECORDS, RECORD)
    if (wrong := np.flatnonzero(found[:, 0] > 9)).size:
        raise ValueError(f"{path} must hold labels 0..9, but label {wrong[0]} is {found[wrong[0], 0]}")
    return found


def _check_size(size, path):
    if size != RECORDS * RECORD:
        raise ValueError(
            f"{path} must have {RECORDS * RECORD:,} bytes, {RECORDS:,} records of {RECORD:,}, but it has {size:,}"
        )
