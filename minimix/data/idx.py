"""IDX files, and MNIST from its official ones: 70,000 handwritten digits (LeCun, Cortes, Burges 1998)."""

from __future__ import annotations

import gzip
import hashlib
import math
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..files import digest, explodes, kind
from .cache import Progress, Silent, default_root, download, find, there
from .dataset import SPLIT, Dataset, normalize

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
BYTES = dict(zip(SHA256, (47_040_016, 60_008, 7_840_016, 10_008), strict=True))  # decompressed
PUBLISHED = {  # MD5 of the training images, as other data sets in this format are published
    "8d4fb7e6c68d591d4c3dfef9ec88bf0d": "Fashion-MNIST",
    "bdb82020997e1d708af4cf47b453dcf7": "KMNIST",
    "4041b0d6f15785d3fa35263901b5496b": "EMNIST balanced",
    "8795078f199c478165fe18db82625747": "EMNIST letters",
    "d2662ecdc47895a6bbfce25de9e9a677": "EMNIST digits",
}
LYING = "most images are wider than tall: EMNIST's are stored on their side, and x.swapaxes(1, 2) sets them up"
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
)


def mnist(train: int | None = None, test: int | None = None) -> Dataset:
    """Handwritten digits, 28x28 gray, (n, 28, 28, 1), as (pixel / 255 - 0.1307) / 0.3081.

    All 60,000 training and 10,000 test images, or the first `train` and `test` of them.
    Read from the IDX files, plain or .gz, in `mnist/` or at the top of a folder of MINIMIX_DATA or of the
    user's cache. Other data under MNIST's names are read too, but are not called "mnist": see `about`.
    Raises FileNotFoundError where they are missing, ValueError where one is damaged.
    """
    paths = dict(zip(PARTS, find_mnist().values(), strict=True))
    arrays = {part: _read_idx(path, PARTS[part][1]) for part, path in paths.items()}
    splits: dict[str, np.ndarray] = {}
    for split in ("train", "test"):
        x, y = f"x_{split}", f"y_{split}"
        _check(paths[x], arrays[x], paths[y], arrays[y])
        splits |= {x: normalize(arrays[x][..., None], MEAN, STD), y: arrays[y].astype(np.int64)}
    is_mnist, note = about(paths, arrays)
    if not is_mnist:
        note = "; ".join(filter(None, [f"not MNIST's by the SHA-256 of the files in {paths['x_train'].parent}", note]))
    name = "mnist" if is_mnist else "not mnist"
    return Dataset(name, **splits, classes=CLASSES, note="" if is_mnist else note).subset(train, test)


def about(paths: Mapping[str, Path], arrays: Mapping[str, np.ndarray]) -> tuple[bool, str]:
    """Whether IDX files are MNIST's own, by their SHA-256, and what is to be told of them.

    That is the name of a data set that is known by its sum, and a hint where the images lie on their side.
    """
    sums = dict(zip(PARTS, SHA256.values(), strict=True))
    official, images = all(_sum(array) == sums[part] for part, array in arrays.items()), paths["x_train"]
    known = "MNIST" if official else ""
    if not official and images.suffix == ".gz":  # as they are published
        known = PUBLISHED.get(digest(images, "md5"), "")
    notes = [f"the files of {known}" if known else "", LYING if _lie(arrays["x_train"]) else ""]
    return official, "; ".join(filter(None, notes))


def _sum(array):
    """The SHA-256 of the decompressed IDX file that holds the array."""
    found = hashlib.sha256(bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes())
    found.update(np.ascontiguousarray(array))
    return found.hexdigest()


def _lie(images):
    """Whether glyphs on an empty border are mostly wider than tall: of MNIST's 12 % are, and 77 % if transposed."""
    ink = images[:2000] > 64
    tall, wide = ink.any(axis=2).sum(axis=1), ink.any(axis=1).sum(axis=1)
    border = ink[:, 0].any(axis=1) | ink[:, :, 0].any(axis=1)
    return (wide > tall).mean() > 0.6 and border.mean() < 0.1 and images.shape[1:] == (28, 28)


def idx_files(folder: Path) -> dict[str, Path]:
    """{"x_train", "y_train", "x_test", "y_test": path} of IDX files that are named as MNIST's are.

    As train-images-idx3-ubyte or t10k-labels.idx1-ubyte, plain or .gz; "test" may stand for "t10k", and more before the
    name. Without files for testing, only the first two. Raises ValueError where there is none, or more than one.
    """
    found = {}
    for part, (name, dimensions) in PARTS.items():
        spelling = re.compile(rf"(.*[-_])?{name.replace('t10k', '(t10k|test)')}[-.]idx{dimensions}-ubyte(\.gz)?")
        paths = sorted(path for path in Path(folder).iterdir() if spelling.fullmatch(path.name) and path.is_file())
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


def read_idx(folder: Path) -> tuple[dict[str, np.ndarray], str]:
    """({part: array of bytes} of the IDX files in a folder, what `about` tells of them); see `idx_files`.

    Raises ValueError where one is damaged.
    """
    paths = idx_files(folder)
    arrays = {part: _read_idx(path, PARTS[part][1]) for part, path in paths.items()}
    return arrays, about(paths, arrays)[1]


def is_mnist(paths: Mapping[str, Path]) -> bool:
    """Whether the files that `find_mnist` found are MNIST's own, by their SHA-256."""
    try:
        for name, path in paths.items():
            _verify(path, name)
    except ValueError:
        return False
    return True


def find_mnist(root: Path | None = None) -> dict[str, Path]:
    """The paths of the four files, in `root` or wherever data are looked for; FileNotFoundError without."""
    return find("mnist", tuple(SHA256), folders=("mnist", "."), spellings=_spellings, root=root)


def _spellings(name):
    """As published and, with a dot, as some programs unpack it."""
    return [spelt + end for spelt in (name, name.replace("-idx", ".idx")) for end in ("", ".gz")]


def fetch_mnist(
    root: Path | None = None,
    mirrors: Sequence[str] = MIRRORS,
    timeout: float = 30.0,
    progress: Callable[[str], Progress] = Silent,
) -> bool:
    """Download those of the four files that `root`/mnist lacks; True if there were any.

    `timeout`: seconds of silence after which a mirror is given up. Raises FileExistsError where a file of such a name
    is not MNIST's, and leaves it as it is; OSError when every mirror fails.
    """
    root = root or default_root()
    try:
        found = find_mnist(root)
    except FileNotFoundError:
        found = there(root / "mnist", tuple(SHA256), _spellings)
    for name, path in found.items():
        try:
            _verify(path, name)
        except ValueError as error:
            raise FileExistsError(f"{error}: move it away, or choose another folder") from None
    for name in [name for name in SHA256 if name not in found]:
        target = root / "mnist" / f"{name}.gz"
        urls = [f"{mirror.rstrip('/')}/{target.name}" for mirror in mirrors]
        most = BYTES[name] + BYTES[name] // 1000 + 1000  # gzip adds so much at the most
        download(urls, target, most, partial(_verify, name=name), timeout, progress)
    return len(found) < len(SHA256)


def _verify(path, name):
    with path.open("rb") as file, _unpacked(file, path) as stream:
        content = stream.read(BYTES[name] + 1)
    if what := kind(content[:100]):
        raise ValueError(f"{path} is {what}")
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256[name]:
        raise ValueError(f"{path} has the SHA-256 {found[:12]}... unpacked, not {SHA256[name][:12]}...")


@contextmanager
def _unpacked(file, path):
    """The bytes of an open file, plain or .gz; ValueError where these are not whole."""
    zipped = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    try:
        yield gzip.GzipFile(fileobj=file) if zipped else file
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{path} is not a whole gzip file: {error}") from None


def _read_idx(path: Path, dimensions: int) -> np.ndarray:
    with path.open("rb") as file:
        return idx_array(file, path, dimensions)


def idx_array(file: BinaryIO, path: Path | str, dimensions: int) -> np.ndarray:
    """The array in an open IDX file of bytes, plain or .gz: a big-endian magic number 0x80d, d sizes, then the values.

    No more is read than the sizes say. path: what messages call it. Raises ValueError where it is damaged.
    """
    packed, header = file.seek(0, 2), 4 + 4 * dimensions
    file.seek(0)
    with _unpacked(file, path) as stream:
        start = stream.read(100)
        magic, expected = start[:4], bytes((0, 0, 8, dimensions))
        if what := kind(start):
            raise ValueError(f"{path} is {what}, not an IDX file: move it away, and download it again")
        if magic != expected:
            raise ValueError(
                f"{path} must begin with the bytes {expected.hex()}, but it begins with {magic.hex() or 'none'}"
            )
        shape = tuple(int.from_bytes(start[i : i + 4], "big") for i in range(4, header, 4))
        size = math.prod(shape)
        if explodes(size, packed):
            raise ValueError(f"{path} has {packed:,} bytes, which cannot hold the {size:,} of its shape {shape}")
        stream.seek(header)
        values = stream.read(size + 1)
    if len(values) != size:
        has = f"{header + len(values):,}" if len(start) >= header else f"{len(start)}"
        raise ValueError(f"{path} must have {header + size:,} bytes for its shape {shape}, but it has {has}")
    return np.frombuffer(values, np.uint8).reshape(shape)


def _check(images_path, images, labels_path, labels):
    if images.shape[1:] != (28, 28):
        raise ValueError(f"{images_path} must hold images of 28x28, but they are {images.shape[1:]}")
    if len(images) != len(labels):
        raise ValueError(f"{labels_path} must hold {len(images):,} labels, one an image, not {len(labels):,}")
    if (wrong := np.flatnonzero(labels > 9)).size:
        raise ValueError(f"{labels_path} must hold labels 0..9, but label {wrong[0]} is {labels[wrong[0]]}")
