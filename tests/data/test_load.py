"""minimix/data/__init__.py: data sets by name, from files, and from a function."""

import numpy as np
import pytest

from minimix import data


def test_load_passes_the_sizes_on():
    digits = data.load("glyphs", train=30, test=20, seed=5)
    assert np.array_equal(digits.x_train, data.glyphs(30, 20, 5).x_train)
    assert len(digits.x_test) == 20
    assert data.load("shapes", train=3, test=2).name == "shapes"


@pytest.mark.parametrize(("name", "meant"), [("glyph", "glyphs"), ("minst", "mnist"), ("cifar-10", "cifar10")])
def test_a_near_miss_is_answered_with_what_was_meant(name, meant):
    with pytest.raises(ValueError, match=rf"data must be one of .*{name}.*did you mean '{meant}'\?$"):
        data.load(name)


def test_a_name_like_no_other_is_answered_with_the_names_alone():
    with pytest.raises(
        ValueError, match=r"glyphs, shapes, mnist, cifar10, a \.npz file, a folder of IDX files, file\.py:name"
    ) as error:
        data.load("imagenet")
    assert "mean" not in str(error.value)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_function_in_a_file_may_return_arrays_or_a_dataset_and_may_take_the_seed(here):
    (here / "my.py").write_text(
        "import numpy as np\n"
        "from minimix import data\n"
        "def pair(seed): return np.arange(12.0).reshape(6, 2) + seed, np.array([0, 1, 0, 1, 0, 1])\n"
        "def named(): x, y = pair(3); return {'x_train': x, 'y_train': y, 'x_test': x[:2], 'y_test': y[:2]}\n"
        "def drawn(seed): return data.glyphs(20, 10, seed)\n"
    )
    assert sorted(data.load("my.py:pair", split_seed=5).x_train[:, 0] % 2) == [1] * 5
    assert np.array_equal(data.load("my.py:named").x_test, [[3, 4], [5, 6]])
    assert np.array_equal(data.load("my.py:drawn", split_seed=4, test=3).x_test, data.glyphs(20, 10, 4).x_test[:3])


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("def data(): return 3", "my.py:data must have x_train, .* got the type int"),
        ("def data(a, b): return a, b", "my.py:data must take a seed or nothing, but it needs a, b"),
        ("def data():\n    return [][1]", r"my.py:data fails: line 2 of my.py \(.*`\): IndexError: list index out"),
        ("data = 3", "data must be a function"),
    ],
)
def test_a_function_that_gives_no_data_is_told(here, body, sentence):
    (here / "my.py").write_text(body)
    with pytest.raises(ValueError, match=sentence):
        data.load("my.py:data")


def test_a_data_set_and_arrays_are_taken_as_they_are():
    digits = data.glyphs(30, 20)
    assert data.load(digits) is digits and len(data.load(digits, train=5).x_train) == 5
    assert data.load((np.zeros((10, 3)), np.arange(10) % 2)).name == "data"


def test_the_files_of_a_source_are_those_that_it_is_read_from(here):
    from tests.data.test_idx import idx

    (here / "folder").mkdir()
    for name, array in (
        ("train-images-idx3-ubyte", np.zeros((2, 2, 2), "u1")),
        ("train-labels.idx1-ubyte", np.zeros(2, "u1")),
    ):
        (here / "folder" / name).write_bytes(idx(array))
    assert [path.name for path in data.files("folder")] == ["train-images-idx3-ubyte", "train-labels.idx1-ubyte"]
    assert [str(path) for path in data.files("some/digits.npz")] == ["some/digits.npz"]
    assert data.files("glyphs") == data.files("my.py:data") == []
