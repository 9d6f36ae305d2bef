"""minimix/data/cifar10.py: the binary batches are read or refused; fetched whole or not at all."""

import hashlib
import importlib
import io
import os
import tarfile

import numpy as np
import pytest

from minimix.data import cache, cifar10
from minimix.data.cifar import FILES, FOLDER, fetch_cifar10
from tests.data.mirror import mirror

RECORDS = 5
MODULE = importlib.import_module("minimix.data.cifar")


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An empty folder, the only one that is looked in; batches have 5 records."""
    monkeypatch.setenv("MINIMIX_DATA", str(tmp_path))
    monkeypatch.setattr(cache, "default_root", lambda: tmp_path / "cache")
    monkeypatch.setattr(MODULE, "RECORDS", RECORDS)
    return tmp_path


@pytest.fixture
def records():
    """Labels and pixels of the six batches: (6, 5) and (6, 5, channel, row, column)."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 10, (6, RECORDS)), rng.integers(0, 256, (6, RECORDS, 3, 32, 32))


@pytest.fixture
def files(records):
    labels, pixels = records
    both = np.concatenate([labels[..., None], pixels.reshape(6, RECORDS, -1)], axis=-1).astype(np.uint8)
    return {name: batch.tobytes() for name, batch in zip(FILES, both, strict=True)}


def write(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def archive(files, prefix=f"{FOLDER}/"):
    """A .tar.gz of the files, with others that are not to be unpacked."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, data in {"../outside.bin": b"!", f"{prefix}readme.html": b"", **files}.items():
            member = tarfile.TarInfo(prefix + name if name in files else name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def serve(monkeypatch, packed, fault=None):
    """A mirror of the archive, taken for the official one."""
    monkeypatch.setattr(MODULE, "MD5", hashlib.md5(packed, usedforsecurity=False).hexdigest())
    return mirror(fault, {"cifar-10-binary.tar.gz": packed})


@pytest.mark.parametrize("folder", [f"cifar10/{FOLDER}", FOLDER, "."])
def test_batches_are_read_from_each_folder(root, records, files, folder):
    write(root / folder, files)
    labels, pixels = records
    data = cifar10()
    assert data.x_train.shape == (25, 32, 32, 3)
    assert data.x_test.shape == (5, 32, 32, 3)
    assert np.array_equal(data.y_train, labels[:5].ravel())
    assert np.array_equal(data.y_test, labels[5])
    for image, batch, record, row, column, channel in (
        (0, 0, 0, 0, 0, 0),
        (13, 2, 3, 31, 7, 1),
        (24, 4, 4, 5, 6, 2),
    ):
        expected = (pixels[batch, record, channel, row, column] / 255 - 0.5) / 0.5
        assert data.x_train[image, row, column, channel] == pytest.approx(expected, abs=1e-6)
    assert data.x_test[1, 2, 3, 2] == pytest.approx(pixels[5, 1, 2, 2, 3] / 127.5 - 1, abs=1e-6)


def test_sizes_take_the_first(root, files, records):
    write(root, files)
    data = cifar10(train=7, test=2)
    assert data.y_train.tolist() == records[0].ravel()[:7].tolist()
    assert len(data.x_test) == 2


def test_without_files_the_command_to_run_is_named(root):
    with pytest.raises(FileNotFoundError, match="`minimix data fetch cifar10`"):
        cifar10()


@pytest.mark.parametrize("size", [0, 3073 * 4, 3073 * 5 - 1, 3073 * 6])
def test_a_batch_of_the_wrong_size_is_named(root, files, size):
    files["data_batch_3.bin"] = (files["data_batch_3.bin"] * 2)[:size]
    write(root, files)
    with pytest.raises(ValueError, match=f"data_batch_3.bin must have 15,365 bytes.* but it has {size:,}$"):
        cifar10()


def test_a_label_above_nine_is_named_with_its_place(root, files):
    files["test_batch.bin"] = files["test_batch.bin"][: 2 * 3073] + b"\x0a" + files["test_batch.bin"][2 * 3073 + 1 :]
    write(root, files)
    with pytest.raises(ValueError, match=r"test_batch.bin must hold labels 0..9, but label 2 is 10"):
        cifar10()


def test_fetching_unpacks_the_six_files_and_nothing_else(root, files, monkeypatch):
    with serve(monkeypatch, archive(files)) as url:
        assert fetch_cifar10(root, [url])
    assert os.listdir(root) == ["cifar10"]
    assert os.listdir(root / "cifar10") == [FOLDER]
    assert {name: (root / "cifar10" / FOLDER / name).read_bytes() for name in FILES} == files
    assert len(os.listdir(root / "cifar10" / FOLDER)) == 6
    assert len(cifar10().x_train) == 25


def test_what_is_there_is_not_fetched_again(root, files):
    write(root / "cifar10" / FOLDER, files)
    assert not fetch_cifar10(root, ["http://127.0.0.1:9"])


@pytest.mark.parametrize("name", ["data_batch_2.bin", "../cifar-10-binary.tar.gz"])
@pytest.mark.parametrize("others", [True, False])
def test_a_file_of_a_reader_s_own_is_left_and_told(root, files, monkeypatch, name, others):
    folder = root / "cifar10" / FOLDER
    write(folder, {**(files if others and name in files else {}), name: b"mine"})
    with (
        serve(monkeypatch, archive(files)) as url,
        pytest.raises(FileExistsError, match=r"move (it away|it), or choose"),
    ):
        fetch_cifar10(root, [url])
    assert (folder / name).read_bytes() == b"mine"


def test_batches_of_a_reader_s_own_are_not_replaced_by_the_official_ones(root, files, monkeypatch):
    write(folder := root / "cifar10" / FOLDER, {FILES[0]: files[FILES[1]]})
    with serve(monkeypatch, archive(files)) as url, pytest.raises(FileExistsError, match=r"batch_1\.bin is not CIFAR"):
        fetch_cifar10(root, [url])
    assert os.listdir(root / "cifar10") == [FOLDER] and os.listdir(folder) == [FILES[0]]
    assert (folder / FILES[0]).read_bytes() == files[FILES[1]]


def test_a_fetch_goes_on_where_another_stopped(root, files, monkeypatch):
    write(root / "cifar10" / FOLDER, {FILES[0]: files[FILES[0]]})
    with serve(monkeypatch, archive(files)) as url:
        assert fetch_cifar10(root, [url])
    assert len(cifar10().x_train) == 25


@pytest.mark.parametrize("fault", ["truncate", "corrupt", "stall"])
def test_a_bad_fetch_leaves_nothing(root, files, monkeypatch, fault):
    with (
        serve(monkeypatch, archive(files), fault) as url,
        pytest.raises(OSError, match=r"^could not fetch cifar-10-binary"),
    ):
        fetch_cifar10(root, [url], timeout=0.2)
    assert os.listdir(root / "cifar10") == []


@pytest.mark.parametrize("change", [{"data_batch_5.bin": b"short"}, None])
def test_an_archive_that_lacks_a_batch_leaves_nothing(root, files, monkeypatch, change):
    if change:
        files.update(change)
    else:
        del files["data_batch_5.bin"]
    with serve(monkeypatch, archive(files)) as url, pytest.raises(ValueError, match=r"data_batch_5\.bin"):
        fetch_cifar10(root, [url])
    assert [name for _, _, names in os.walk(root) for name in names] == []


@pytest.mark.parametrize("more", [{f"more{k}": b"" for k in range(20)}, {"large": bytes(3073 * RECORDS + 1)}])
def test_an_archive_that_has_more_in_it_than_the_official_one_leaves_nothing(root, files, monkeypatch, more):
    packed = archive({**more, **files})
    with serve(monkeypatch, packed) as url, pytest.raises(ValueError, match="has more in it than data_batch_1"):
        fetch_cifar10(root, [url])
    assert [name for _, _, names in os.walk(root) for name in names] == []


def test_the_real_one():
    try:
        data = cifar10()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    assert np.bincount(data.y_train).tolist() == [5000] * 10
    assert np.bincount(data.y_test).tolist() == [1000] * 10
    means = data.x_train[::10].mean(axis=(0, 1, 2)) / 2 + 0.5
    np.testing.assert_allclose(means, [0.4914, 0.4822, 0.4465], atol=0.01)  # the published channel means
