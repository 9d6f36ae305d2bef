"""minimix/data/idx.py: the IDX files are read as they are, or refused; fetched whole, or not at all."""

import gzip
import hashlib
import importlib
import os
import struct
import tracemalloc

import numpy as np
import pytest

from minimix.data import cache, load, mnist
from minimix.data.idx import SHA256, fetch_mnist
from tests.data.mirror import mirror

NAMES = list(SHA256)


def idx(array):
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    return [
        rng.integers(0, 256, (7, 28, 28)).astype(np.uint8),
        np.array([3, 1, 4, 1, 5, 9, 2], np.uint8),
        rng.integers(0, 256, (3, 28, 28)).astype(np.uint8),
        np.array([6, 5, 0], np.uint8),
    ]


@pytest.fixture
def files(arrays):
    return {name: idx(array) for name, array in zip(NAMES, arrays, strict=True)}


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An empty folder, the only one that is looked in."""
    monkeypatch.setenv("MINIMIX_DATA", str(tmp_path))
    monkeypatch.setattr(cache, "default_root", lambda: tmp_path / "cache")
    return tmp_path


@pytest.fixture
def official(files, monkeypatch):
    """Let the small files pass for the official ones."""
    module = importlib.import_module("minimix.data.idx")
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    monkeypatch.setattr(module, "SHA256", sums)


def write(folder, files, suffix=""):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / (name + suffix)).write_bytes(gzip.compress(data) if suffix else data)


@pytest.mark.parametrize("folder", ["mnist", "."])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_files_are_read_plain_or_zipped_from_either_folder(root, arrays, files, folder, suffix):
    write(root / folder, files, suffix)
    data = mnist()
    for x, y, images, labels in (
        (data.x_train, data.y_train, *arrays[:2]),
        (data.x_test, data.y_test, *arrays[2:]),
    ):
        assert x.shape == (*images.shape, 1)
        np.testing.assert_allclose(x[..., 0], (images / 255 - 0.1307) / 0.3081, atol=1e-5)
        assert np.array_equal(y, labels)


def test_sizes_take_the_first(root, files, arrays):
    write(root, files)
    data = mnist(train=4, test=2)
    assert data.y_train.tolist() == [3, 1, 4, 1]
    assert data.y_test.tolist() == [6, 5]


def test_without_files_the_command_to_run_is_named(root):
    with pytest.raises(FileNotFoundError, match=f"mnist is not in {root} or .*`minimix data fetch mnist`"):
        mnist()


def images_as_labels(files):
    files[NAMES[1]] = files[NAMES[0]]


def cut(files):
    files[NAMES[0]] = files[NAMES[0]][:-1]


def lengthen(files):
    files[NAMES[2]] += b"\0"


def empty(files):
    files[NAMES[3]] = b""


def wrong_label(files):
    files[NAMES[1]] = idx(np.array([1, 2, 3, 4, 10, 6, 7], np.uint8))


def too_few_labels(files):
    files[NAMES[3]] = idx(np.array([1, 2], np.uint8))


def wrong_size(files):
    files[NAMES[2]] = idx(np.zeros((3, 28, 27), np.uint8))


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize(
    ("damage", "name", "sentence"),
    [
        (images_as_labels, NAMES[1], "must begin with the bytes 00000801, but it begins with 00000803"),
        (cut, NAMES[0], "must have 5,504 bytes .*, but it has 5,503"),
        (lengthen, NAMES[2], "must have 2,368 bytes .*, but it has 2,369"),
        (empty, NAMES[3], "must begin with the bytes 00000801, but it begins with none"),
        (wrong_label, NAMES[1], "must hold labels 0..9, but label 4 is 10"),
        (too_few_labels, NAMES[3], "must hold 3 labels, one an image, not 2"),
        (wrong_size, NAMES[2], r"must hold images of 28x28, but they are \(28, 27\)"),
    ],
)
def test_a_damaged_file_is_named_with_what_is_wrong(root, files, suffix, damage, name, sentence):
    damage(files)
    write(root, files, suffix)
    with pytest.raises(ValueError, match=f"{name}{suffix} {sentence}"):
        mnist()


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda data: data[:-20], id="cut"),
        pytest.param(lambda data: data[:10] + b"\xff" + data[11:], id="no deflate stream"),
        pytest.param(lambda data: data[:-8] + bytes(4) + data[-4:], id="wrong check sum"),
    ],
)
def test_a_damaged_gzip_file_is_named(root, files, harm):
    write(root, files, ".gz")
    path = root / f"{NAMES[0]}.gz"
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(ValueError, match=rf"{NAMES[0]}\.gz is not a whole gzip file"):
        mnist()


@pytest.mark.parametrize("level", [0, 9])
def test_fetching_gives_files_that_load_whatever_their_compression(root, files, official, level):
    served = {f"{name}.gz": gzip.compress(data, level) for name, data in files.items()}
    with mirror(files=served) as url:
        assert fetch_mnist(root, [url + "/"])
    assert mnist().y_test.tolist() == [6, 5, 0]
    assert sorted(os.listdir(root / "mnist")) == sorted(served)


def test_what_is_there_is_not_fetched_again(root, files, official):
    write(root, files)
    assert not fetch_mnist(root, ["http://127.0.0.1:9"])


@pytest.mark.parametrize("spelling", ["{}", "{}.gz", "dotted"])
@pytest.mark.parametrize("others", [True, False])
def test_a_file_of_a_reader_s_own_is_left_and_told(root, files, official, spelling, others):
    served = {f"{name}.gz": gzip.compress(data) for name, data in files.items()}
    if others:
        write(root / "mnist", files, ".gz")
    name = NAMES[2].replace("-idx", ".idx") if spelling == "dotted" else spelling.format(NAMES[2])
    (root / "mnist").mkdir(exist_ok=True)
    (root / "mnist" / f"{NAMES[2]}.gz").unlink(missing_ok=True)
    (root / "mnist" / name).write_bytes(idx(np.ones((3, 28, 28), np.uint8)))
    before = {path.name: path.read_bytes() for path in (root / "mnist").iterdir()}
    with (
        mirror(files=served) as url,
        pytest.raises(FileExistsError, match=rf"{name} has the SHA-256 .*: move it away, or"),
    ):
        fetch_mnist(root, [url])
    assert {path.name: path.read_bytes() for path in (root / "mnist").iterdir()} == before


def test_an_interrupted_fetch_goes_on_where_it_stopped(root, files, official):
    served = {f"{name}.gz": gzip.compress(data) for name, data in files.items()}
    with (
        mirror(files={f"{NAMES[0]}.gz": served[f"{NAMES[0]}.gz"]}) as url,
        pytest.raises(OSError, match="404"),
    ):
        fetch_mnist(root, [url])
    del served[f"{NAMES[0]}.gz"]
    with mirror(files=served) as url:
        assert fetch_mnist(root, [url])
    assert len(mnist().x_train) == 7


@pytest.mark.parametrize("fault", ["truncate", "corrupt", "stall"])
def test_a_bad_fetch_leaves_nothing(root, files, official, fault):
    served = {f"{name}.gz": gzip.compress(data) for name, data in files.items()}
    with (
        mirror(fault, served) as url,
        pytest.raises(OSError, match=r"^could not fetch train-images-idx3-ubyte.gz"),
    ):
        fetch_mnist(root, [url], timeout=0.2)
    assert os.listdir(root / "mnist") == []


def test_a_well_zipped_file_of_another_content_is_refused(root, files, official):
    served = {f"{name}.gz": gzip.compress(data + b"!") for name, data in files.items()}
    with mirror(files=served) as url, pytest.raises(OSError, match=r"the file has the SHA-256 .* not "):
        fetch_mnist(root, [url])


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_names_with_a_dot_are_found_too(root, files, suffix):
    write(root, {name.replace("-idx", ".idx"): data for name, data in files.items()}, suffix)
    assert len(mnist().x_train) == 7


@pytest.mark.parametrize("page", [b"<!DOCTYPE html><title>403</title>", b"\n<html>\n"])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_web_page_in_a_file_s_place_is_told(root, page, suffix):
    write(root, dict.fromkeys(NAMES, page))
    for name in NAMES:
        (root / name).rename(root / (name + suffix))
    with pytest.raises(
        ValueError, match=r"is a web page \(HTML\), not an IDX file: move it away, and download it again"
    ):
        mnist()
    served = mirror(files=dict.fromkeys([f"{name}.gz" for name in NAMES], page))
    with served as url, pytest.raises(OSError, match=r"the file is a web page \(HTML\)"):
        fetch_mnist(root / "new", [url])


def test_a_small_file_that_unpacks_without_end_is_given_up(root, files):
    honest = files[NAMES[0]]
    bomb = gzip.compress(honest + bytes(1 << 24))
    write(root, files, ".gz")
    (root / f"{NAMES[0]}.gz").write_bytes(bomb)
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"must have 5,504 bytes .*, but it has 5,505"):
        mnist()
    assert tracemalloc.get_traced_memory()[1] < 1 << 22
    tracemalloc.stop()


@pytest.mark.parametrize("zipped", [True, False])
def test_sizes_that_the_file_cannot_hold_are_refused_before_memory_is_taken(root, files, zipped):
    write(root, files)
    huge = struct.pack(">HBB3I", 0, 8, 3, 1 << 20, 28, 28) + bytes(1 << 10)
    (root / NAMES[0]).write_bytes(gzip.compress(huge) if zipped else huge)
    with pytest.raises(ValueError, match="cannot hold the 822,083,584 of its shape"):
        mnist()


def test_data_are_called_mnist_by_their_sums_alone(root, files, official):
    write(root / "mnist", files)
    assert (mnist().name, mnist().note) == ("mnist", "")
    (root / "mnist" / NAMES[3]).write_bytes(idx(np.array([6, 5, 1], np.uint8)))
    data = mnist()
    assert data.name == "not mnist" and data.note == f"not MNIST's by the SHA-256 of the files in {root / 'mnist'}"
    assert data.note in repr(data)


def test_a_folder_s_data_are_known_by_their_sums(tmp_path, files, arrays, monkeypatch):
    files[NAMES[1]], files[NAMES[3]] = idx(np.arange(7, dtype="u1")), idx(np.arange(3, dtype="u1"))
    module = importlib.import_module("minimix.data.idx")
    write(tmp_path, files, ".gz")
    assert load(str(tmp_path)).note == ""
    published = hashlib.md5((tmp_path / f"{NAMES[0]}.gz").read_bytes()).hexdigest()
    monkeypatch.setitem(module.PUBLISHED, published, "Sock-MNIST")
    assert load(str(tmp_path)).note == "the files of Sock-MNIST"
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    monkeypatch.setattr(module, "SHA256", sums)
    assert load(str(tmp_path)).note == "the files of MNIST"


def strokes(n):
    """Images of something taller than wide, on an empty border."""
    images = np.zeros((n, 28, 28), np.uint8)
    images[:, 4:24, 9:19] = 200
    return images


def test_glyphs_on_their_side_get_a_hint(tmp_path):
    labels = idx(np.arange(9, dtype="u1"))
    for images, lying in (
        (strokes(9), False),
        (strokes(9).transpose(0, 2, 1), True),
        (np.repeat(strokes(9).transpose(0, 2, 1).max(axis=2, keepdims=True), 28, axis=2), False),  # they have no border
    ):
        write(tmp_path, {NAMES[0]: idx(np.ascontiguousarray(images)), NAMES[1]: labels})
        note = load(str(tmp_path)).note
        assert ("wider than tall: EMNIST's are stored on their side" in note) == lying


SPELLINGS = {
    "Fashion-MNIST's": ("{}-idx{}-ubyte.gz", "t10k"),
    "Kaggle's": ("{}.idx{}-ubyte", "t10k"),
    "EMNIST's": ("emnist-letters-{}-idx{}-ubyte.gz", "test"),
}


@pytest.mark.parametrize(("form", "test"), SPELLINGS.values(), ids=SPELLINGS)
def test_a_folder_of_files_named_as_mnists_is_read_whatever_the_size_of_its_images(tmp_path, form, test):
    rng = np.random.default_rng(0)
    images = {"train": rng.integers(0, 256, (6, 5, 4), np.uint8), test: rng.integers(0, 256, (3, 5, 4), np.uint8)}
    labels = {"train": np.array([2, 0, 1, 2, 1, 0], np.uint8), test: np.array([1, 1, 2], np.uint8)}
    for kind, dimensions, arrays in (("images", 3, images), ("labels", 1, labels)):
        for split, array in arrays.items():
            path = tmp_path / form.format(f"{split}-{kind}", dimensions)
            path.write_bytes(gzip.compress(idx(array)) if path.suffix == ".gz" else idx(array))
    data = load(str(tmp_path))
    mean, std = images["train"].mean(), images["train"].std()
    assert data.classes == ("0", "1", "2")
    np.testing.assert_allclose(data.x_train[..., 0], (images["train"] - mean) / std, atol=1e-5)
    np.testing.assert_allclose(data.x_test[..., 0], (images[test] - mean) / std, atol=1e-5)
    assert data.y_train.tolist() == [2, 0, 1, 2, 1, 0] and data.y_test.tolist() == [1, 1, 2]


def test_a_folder_without_files_for_testing_is_split(tmp_path, files):
    write(tmp_path, {name: files[name] for name in NAMES[:2]})
    files[NAMES[1]] = idx(np.array([0, 1, 2, 0, 1, 2, 0], np.uint8))
    write(tmp_path, {NAMES[1]: files[NAMES[1]]})
    data = load(str(tmp_path))
    assert len(data.x_train) == 6 and len(data.x_test) == 1 and "test part drawn with seed 0" in repr(data)


def test_the_plain_file_is_taken_before_its_zipped_twin(tmp_path, files):
    write(tmp_path, files)
    write(tmp_path, dict.fromkeys(NAMES, b"damaged"), ".gz")
    with pytest.raises(ValueError, match="labels must be 0 to"):  # read, and found wanting
        load(str(tmp_path))


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([], "it has no train-images-idx3-ubyte"),
        (NAMES[:1], "it has no train-labels-idx1-ubyte"),
        (NAMES[:3], "it has no t10k-labels-idx1-ubyte"),
        ([*NAMES, f"emnist-{NAMES[0]}"], f"has both emnist-{NAMES[0]} and {NAMES[0]}: put one data set into a folder"),
    ],
)
def test_a_folder_that_holds_no_data_set_or_several_is_told(tmp_path, names, sentence):
    write(tmp_path, {name: idx(np.zeros(1, np.uint8)) for name in names})
    with pytest.raises(ValueError, match=sentence):
        load(str(tmp_path))


def test_the_real_one():
    try:
        data = mnist()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    assert np.bincount(data.y_train).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(data.y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert abs(data.x_train.mean()) < 1e-3
    assert abs(data.x_train.std() - 1) < 1e-3
    assert (data.name, data.note) == ("mnist", "")
