"""minimix/data/npz.py: what is in the file is read, and nothing in it is believed or run."""

import io
import zipfile

import numpy as np
import pytest

from minimix.data import load
from minimix.data.npz import read_npz

X, Y = np.arange(24.0).reshape(12, 2), np.arange(12) % 3


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_file_that_numpy_wrote_is_read(tmp_path, save):
    save(
        tmp_path / "d.npz", x_train=X, y_train=Y, x_test=X[:4], y_test=np.asfortranarray(Y[:4]), about=np.array("text")
    )
    data = load(str(tmp_path / "d.npz"))
    assert np.array_equal(data.x_train, X) and np.array_equal(data.y_test, Y[:4])
    assert data.name == str(tmp_path / "d.npz") and len(data.classes) == 3
    save(tmp_path / "e.npz", x=np.asfortranarray(X), y=Y)
    assert np.array_equal(read_npz(tmp_path / "e.npz")["x"], X)


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("this was unpickled",)


def test_pickled_objects_are_refused_and_not_run(tmp_path):
    np.savez(tmp_path / "d.npz", x=np.array([Bomb()] * 4, object), y=Y[:4])
    with pytest.raises(ValueError, match=r"d\.npz: x\.npy holds Python objects, .*; save it as an array of numbers"):
        read_npz(tmp_path / "d.npz")


def header(shape, dtype="<f8"):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"shape": shape, "fortran_order": False, "descr": dtype})
    return file.getvalue()


DAMAGED = {
    "a header that asks for a terabyte": (
        header((1 << 37,)),
        r"x\.npy must have .* bytes for its shape \(137438953472,\)",
    ),
    "too short": (header((3,)) + bytes(23), r"x\.npy must have .* bytes for its shape \(3,\), but it has"),
    "no array": (b"hello", r"x\.npy is no array"),
    "another format": (b"\x93NUMPY\x03\x00" + bytes(20), r"x\.npy is no array: format \(3, 0\)"),
    "a header that is code": (header((3,)).replace(b"(3,)", b"f(3)"), r"x\.npy is no array"),
}


@pytest.mark.parametrize(("content", "sentence"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_array_is_refused_before_memory_is_taken(tmp_path, content, sentence):
    with zipfile.ZipFile(tmp_path / "d.npz", "w") as archive:
        archive.writestr("x.npy", content)
    with pytest.raises(ValueError, match=rf"d\.npz: {sentence}"):
        read_npz(tmp_path / "d.npz")


def test_a_file_that_is_damaged_missing_or_without_data_is_told(tmp_path):
    np.savez(tmp_path / "d.npz", images=X)
    with pytest.raises(ValueError, match=r"d\.npz must hold x_train, .* or x and y, but it holds images$"):
        read_npz(tmp_path / "d.npz")
    whole = (tmp_path / "d.npz").read_bytes()
    (tmp_path / "d.npz").write_bytes(whole[:-30])
    with pytest.raises(ValueError, match=r"d\.npz is not a whole \.npz file"):
        read_npz(tmp_path / "d.npz")
    np.savez(tmp_path / "d.npz", x=X)
    whole = (tmp_path / "d.npz").read_bytes()
    at = whole.index(X.tobytes()[:64])
    (tmp_path / "d.npz").write_bytes(whole[:at] + b"\xff" + whole[at + 1 :])
    with pytest.raises(ValueError, match=r"d\.npz is not a whole \.npz file.*CRC"):
        read_npz(tmp_path / "d.npz")
    with pytest.raises(FileNotFoundError, match=r"there is no file '.*f\.npz'"):
        read_npz(tmp_path / "f.npz")


def test_an_archive_that_says_that_it_unpacks_to_more_than_it_can_hold_is_refused_first(tmp_path):
    with zipfile.ZipFile(tmp_path / "d.npz", "w") as archive:
        archive.writestr("x.npy", head := header((1 << 27,)))
        archive.infolist()[0].file_size = len(head) + (1 << 30)
    with pytest.raises(ValueError, match=r"d\.npz has .* bytes, but says that 1,073,741,952 are packed in it"):
        read_npz(tmp_path / "d.npz")
