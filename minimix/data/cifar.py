"""CIFAR-10: 60,000 small photographs, from the official binary version (Krizhevsky 2009)."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np

from .cache import Progress, Silent, default_root, download, find, temporary
from .dataset import Dataset, normalize

MEAN = STD = 0.5
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
FOLDER = "cifar-10-batches-bin"
FILES = (*(f"data_batch_{k}.bin" for k in range(1, 6)), "test_batch.bin")
RECORDS = 10_000  # in a file
RECORD = 1 + 3 * 32 * 32  # bytes: the label, then the red, green and blue planes
ARCHIVE = "cifar-10-binary.tar.gz"
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
    if _whole(root):
        return False
    archive = root / "cifar10" / ARCHIVE
    urls = [f"{mirror.rstrip('/')}/{ARCHIVE}" for mirror in mirrors]
    try:
        download(urls, archive, _verify, timeout, progress)
        _unpack(archive, archive.parent / FOLDER, progress)
    finally:
        archive.unlink(missing_ok=True)
    return True


def _whole(root):
    try:
        for path in find_cifar10(root).values():
            _records(path)
    except (FileNotFoundError, ValueError):
        return False
    return True


def _verify(path):
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    if digest.hexdigest() != MD5:
        raise ValueError(f"{path} has the MD5 {digest.hexdigest()}, not {MD5}")


def _unpack(archive: Path, folder: Path, progress) -> None:
    """Copy the six files out of the archive, by name; they appear in `folder` once all of them are whole."""
    whole = {}
    with ExitStack() as stack:
        tar = stack.enter_context(tarfile.open(archive, "r:gz"))
        bar = stack.enter_context(closing(progress("unpacking")))
        bar.total = len(FILES)
        for member in tar:  # in the archive's order: going back would decompress it again
            inside, _, name = member.name.removeprefix("./").rpartition("/")
            if inside == FOLDER and name in FILES and member.isfile():
                whole[name] = stack.enter_context(temporary(folder / name))
                with whole[name].open("wb") as file:
                    shutil.copyfileobj(tar.extractfile(member), file)
                _records(whole[name])
                bar.update(1)
        if missing := [name for name in FILES if name not in whole]:
            raise ValueError(f"{archive} must hold {FOLDER}/{missing[0]}, but it does not")
        for name, part in whole.items():
            os.replace(part, folder / name)


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
    """The file's records, (10000, 3073) bytes."""
    data = np.fromfile(path, np.uint8)
    if data.size != RECORDS * RECORD:
        raise ValueError(
            f"{path} must have {RECORDS * RECORD:,} bytes, {RECORDS:,} records of {RECORD:,}, but it has {data.size:,}"
        )
    records = data.reshape(RECORDS, RECORD)
    if (wrong := np.flatnonzero(records[:, 0] > 9)).size:
        raise ValueError(f"{path} must hold labels 0..9, but label {wrong[0]} is {records[wrong[0], 0]}")
    return records
