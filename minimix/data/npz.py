""".npz files: NumPy arrays in a zip file, read without unpickling anything."""

from __future__ import annotations

import math
import zipfile
import zlib
from pathlib import Path

import numpy as np

from .arrays import FORM, NAMES

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def read_npz(path: str | Path) -> dict[str, np.ndarray]:
    """{name: array} of what a .npz file has of x_train, y_train, x_test, y_test, x and y.

    Raises FileNotFoundError where there is no file, ValueError where it is damaged, or holds none of these or Python
    objects.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r}")
    try:
        with zipfile.ZipFile(path) as archive:
            members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            found = {name: _read(archive, members[name], path) for name in NAMES if name in members}
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ValueError(f"{path} is not a whole .npz file, as numpy.savez writes it: {error}") from None
    if not found:
        raise ValueError(f"{path} must hold {FORM}, but it holds {', '.join(members) or 'nothing'}")
    return found


def _read(archive, info, path):
    """One array, once its header is found to fit its size: nothing large is allocated for a damaged one."""
    with archive.open(info) as file:
        try:
            version = np.lib.format.read_magic(file)
            if version not in _HEADERS:
                raise ValueError(f"format {version} is not for plain arrays")
            shape, _, dtype = _HEADERS[version](file)
        except ValueError as error:
            raise ValueError(f"{path}: {info.filename} is no array: {error}") from None
        if dtype.hasobject:
            raise ValueError(
                f"{path}: {info.filename} holds Python objects, which would have to be unpickled; save it as an array "
                "of numbers"
            )
        expected = file.tell() + math.prod(shape) * dtype.itemsize
        if expected != info.file_size:
            raise ValueError(
                f"{path}: {info.filename} must have {expected:,} bytes for its shape {shape}, but it has "
                f"{info.file_size:,}"
            )
        file.seek(0)
        return np.lib.format.read_array(file, allow_pickle=False)
