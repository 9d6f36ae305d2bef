"""IDX files, and MNIST from its official ones: 70,000 handwritten digits (LeCun, Cortes, Burges 1998)."""

from __future__ import annotations

import gzip
import hashlib
import math
import re
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from .arrays import SPLIT
from .cache import Progress, Silent, default_root, download, find
from .dataset import Dataset, normalize

MEAN, STD = 0.1307, 0.3081  # of the training pixels / 255
CLASSES = tuple("0123456789")
PARTS = {  # of a data set: what its file is called, and the dimensions in it
    "x_train": ("train-images", 3),
    "y_train": ("train-labels", 1),
    "x_test": ("t10k-images", 3),
    "y_test": ("t10k-labels", 1),
}
SHA256 = {  # of the decompressed bytes: each mirror may have compressed them anew
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
)


def mnist(train: int | None = None, test: int | None = None) -> Dataset:
    """Handwritten digits, 28x28 gray, (n, 28, 28, 1), as (pixel / 255 - 0.1307) / 0.3081.

    All 60,000 training and 10,000 test images, or the first `train` and `test` of them.
    Read from the IDX files, plain or .gz, in `mnist/` or at the top of a folder of MINIMIX_DATA or of the
    user's cache. Raises FileNotFoundError where they are missing, ValueError where one is damaged.
    """
    paths = list(find_mnist().values())
    splits = []
    for images_path, labels_path in (paths[:2], paths[2:]):
        images, labels = _read_idx(images_path, 3), _read_idx(labels_path, 1)
        _check(images_path, images, labels_path, labels)
        splits += [normalize(images[..., None], MEAN, STD), labels.astype(np.int64)]
    return Dataset("mnist", *splits, classes=CLASSES).subset(train, test)


def idx_files(folder: Path) -> dict[str, Path]:
    """{"x_train", "y_train", "x_test", "y_test": path} of IDX files that are named as MNIST's are.

    As train-images-idx3-ubyte or t10k-labels.idx1-ubyte, plain or .gz; "test" may stand for "t10k", and more before the
    name. Without files for testing, only the first two. Raises ValueError where there is none, or more than one.
    """
    found = {}
    for part, (name, dimensions) in PARTS.items():
        name = re.compile(rf"(.*[-_])?{name.replace('t10k', '(t10k|test)')}[-.]idx{dimensions}-ubyte(\.gz)?")
        paths = sorted(path for path in Path(folder).iterdir() if name.fullmatch(path.name) and path.is_file())
        if len({path.name.removesuffix(".gz") for path in paths}) > 1:
            raise ValueError(
                f"{folder} has both {paths[0].name} and {paths[1].name}: put one data set into a folder of its own"
            )
        if paths:
            found[part] = paths[0]
    if list(found) not in (list(SPLIT), list(SPLIT[:2])):
        missing = next(f"{name}-idx{d}-ubyte" for part, (name, d) in PARTS.items() if part not in found)
        raise ValueError(f"{folder} must have IDX files that are named as MNIST's are, but it has no {missing}")
    return found


def read_idx(folder: Path) -> dict[str, np.ndarray]:
    """{part: array of bytes} of the IDX files in a folder; see `idx_files`. Raises ValueError where one is damaged."""
    return {part: _read_idx(path, PARTS[part][1]) for part, path in idx_files(folder).items()}


def find_mnist(root: Path | None = None) -> dict[str, Path]:
    """The paths of the four files, in `root` or wherever data are looked for; FileNotFoundError without."""
    return find("mnist", tuple(SHA256), folders=("mnist", "."), suffixes=("", ".gz"), root=root)


def fetch_mnist(
    root: Path | None = None,
    mirrors: Sequence[str] = MIRRORS,
    timeout: float = 30.0,
    progress: Callable[[str], Progress] = Silent,
) -> bool:
    """Download the four files to `root`/mnist, unless they are there and right; True if it did.

    `timeout`: seconds of silence after which a mirror is given up. Raises OSError when every mirror fails.
    """
    root = root or default_root()
    try:
        wrong = [name for name, path in find_mnist(root).items() if not _official(path, name)]
    except FileNotFoundError:
        wrong = [name for name in SHA256 if not _official(root / "mnist" / f"{name}.gz", name)]
    for name in wrong:
        target = root / "mnist" / f"{name}.gz"
        urls = [f"{mirror.rstrip('/')}/{target.name}" for mirror in mirrors]
        download(urls, target, lambda path, name=name: _verify(path, name), timeout, progress)
        target.with_suffix("").unlink(missing_ok=True)  # a plain file would be read first, and it was wrong
    return bool(wrong)


def _official(path, name):
    try:
        _verify(path, name)
    except (FileNotFoundError, ValueError):
        return False
    return True


def _verify(path, name):
    found = hashlib.sha256(_bytes(path)).hexdigest()
    if found != SHA256[name]:
        raise ValueError(f"{path} has the SHA-256 {found[:12]}... unpacked, not {SHA256[name][:12]}...")


def _bytes(path: Path) -> bytes:
    data = path.read_bytes()
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        return gzip.decompress(data)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{path} is not a whole gzip file: {error}") from None


def _read_idx(path: Path, dimensions: int) -> np.ndarray:
    """The array in an IDX file of bytes: a big-endian magic number 0x80d, d sizes, then the values."""
    data = _bytes(path)
    magic, expected = data[:4], bytes((0, 0, 8, dimensions))
    if magic != expected:
        raise ValueError(
            f"{path} must begin with the bytes {expected.hex()}, but it begins with {magic.hex() or 'none'}"
        )
    header = 4 + 4 * dimensions
    shape = [int.from_bytes(data[i : i + 4], "big") for i in range(4, header, 4)]
    if len(data) != header + math.prod(shape):
        raise ValueError(
            f"{path} must have {header + math.prod(shape):,} bytes for its shape {tuple(shape)}, but it has "
            f"{len(data):,}"
        )
    return np.frombuffer(data, np.uint8, offset=header).reshape(shape)


def _check(images_path, images, labels_path, labels):
    if images.shape[1:] != (28, 28):
        raise ValueError(f"{images_path} must hold images of 28x28, but they are {images.shape[1:]}")
    if len(images) != len(labels):
        raise ValueError(f"{labels_path} must hold {len(images):,} labels, one an image, not {len(labels):,}")
    if (wrong := np.flatnonzero(labels > 9)).size:
        raise ValueError(f"{labels_path} must hold labels 0..9, but label {wrong[0]} is {labels[wrong[0]]}")
