""".npz files: NumPy arrays in a zip file, written whole, and read without unpickling or believing anything."""

from __future__ import annotations

import io
import math
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..files import explodes, kind, replacing
from .arrays import FORM, NAMES

HEADER = 1 << 14  # bytes; NumPy refuses those of more than 10,000
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, UnicodeError, NotImplementedError)
_ENCRYPTED = 1  # the bit of a member's flags


def write_npz(path: str | Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write {name: array} as a .npz file of exactly this name. Raises OSError; then a former file is as it was."""
    with replacing(path) as part, zipfile.ZipFile(part, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)


def read_npz(path: str | Path, shapes: Mapping[str, tuple] | None = None) -> dict[str, np.ndarray]:
    """{name: array} of what a .npz file has of x_train, y_train, x_test, y_test, x and y, or of the names in `shapes`.

    shapes: {name: shape} that the arrays must have. Raises FileNotFoundError where there is no file, ValueError where
    it is damaged, has none of these names, another shape, or Python objects; no array is read before its header fits.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r}")
    with open(path, "rb") as file:
        return arrays_in(file, path, shapes)


def arrays_in(file: BinaryIO, path: str | Path, shapes: Mapping[str, tuple] | None = None) -> dict[str, np.ndarray]:
    """The arrays in an open file; see `read_npz`. path: what messages call it."""
    size = file.seek(0, io.SEEK_END)
    names = NAMES if shapes is None else shapes
    try:
        with zipfile.ZipFile(file) as archive:
            members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            if shapes is not None and (odd := sorted(members.keys() ^ shapes.keys())):
                has = "has" if odd[0] in members else "lacks"
                raise ValueError(f"{path} {has} {odd[0][:100]!r}; it must hold {', '.join(shapes)}, and no more")
            wanted = {name: members[name] for name in names if name in members}
            unpacked = sum(info.file_size for info in wanted.values())
            if explodes(unpacked, size):
                raise ValueError(f"{path} has {size:,} bytes, but says that {unpacked:,} are packed in it")
            found = {name: _read(archive, info, path, (shapes or {}).get(name)) for name, info in wanted.items()}
    except _DAMAGED as error:
        file.seek(0)
        wrong = kind(file.read(100)).replace("a zip archive", "") or error
        raise ValueError(f"{path} is not a whole .npz file, as numpy.savez writes it: {wrong}") from None
    if not found:
        holds = ", ".join(members)[:200] or "nothing"
        raise ValueError(f"{path} must hold {FORM}, but it holds {holds}")
    return found


def _read(archive, info, path, wanted):
    """One array, once its header is found to fit its size: nothing large is allocated for a damaged one."""
    if info.compress_type not in _PACKED or info.flag_bits & _ENCRYPTED:
        raise ValueError(f"{path}: {info.filename} is encrypted or packed as numpy.savez does not")
    with archive.open(info) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of headers that Python 2 wrote
        start = io.BytesIO(file.read(HEADER))
        try:
            version = np.lib.format.read_magic(start)
            if version not in _HEADERS:
                raise ValueError(f"format {version} is not for plain arrays")
            shape, _, dtype = _HEADERS[version](start)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError, tokenize.TokenError) as error:
            raise ValueError(f"{path}: {info.filename} is no array: {str(error).partition(chr(10))[0]}") from None
        if dtype.hasobject:
            raise ValueError(
                f"{path}: {info.filename} holds Python objects, which would have to be unpickled; save it as an array "
                "of numbers"
            )
        if wanted is not None and tuple(wanted) != shape:
            raise ValueError(f"{path}: {info.filename} has the shape {shape}, but {tuple(wanted)} is needed")
        expected = start.tell() + math.prod(shape) * dtype.itemsize
        if expected != info.file_size or not dtype.itemsize or any(n < 0 for n in shape):
            raise ValueError(
                f"{path}: {info.filename} must have {expected:,} bytes for its shape {shape}, but it has "
                f"{info.file_size:,}"
            )
        file.seek(0)
        return np.lib.format.read_array(file, allow_pickle=False)
