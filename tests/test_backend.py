"""The array-module switch."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minimix as mm
from minimix import Tensor, backend
from tests import strict


@pytest.fixture(autouse=True)
def _restore():
    with backend.using("numpy"):
        yield


def test_use_lasts_and_using_ends_with_its_block():
    mm.use("strict")
    assert backend.current().name == "strict"
    with mm.using("numpy"):
        assert backend.current().name == "numpy"
        mm.use("strict")
    assert backend.current().name == "strict"
    with pytest.raises(ZeroDivisionError), mm.using("numpy"):
        1 / 0  # noqa: B018
    assert backend.current().name == "strict"


def test_creation_asks_the_switch_and_kernels_ask_their_arrays():
    with mm.using("strict"):
        x = Tensor([1.0, 2.0], requires_grad=True)
    assert type(x.data) is strict.ndarray
    (x * 2).sum().backward()  # numpy is current
    assert type(x.grad) is strict.ndarray
    assert type(x.detach().data) is strict.ndarray
    assert type(Tensor([1.0]).data) is np.ndarray
    assert type(mm.grad(lambda x: (x**2).sum())(Tensor(x.numpy())).data) is np.ndarray


def test_arrays_go_to_the_device_and_back_unchanged(backend):
    for a in (np.arange(3), np.arange(6.0).reshape(2, 3), np.float32(2.5), np.array(True)):
        x = mm.backend.asarray(a)
        assert type(x) is mm.backend.current().xp.ndarray
        assert mm.backend.asarray(x) is x
        np.testing.assert_array_equal(mm.backend.to_host(x), a, strict=isinstance(a, np.ndarray))
        assert mm.backend.asarray(x, "float32").dtype == np.float32


def test_arrays_of_another_module_are_brought_to_the_current_one():
    with mm.using("strict"):
        x = backend.asarray([1.0, 2.0])
    moved = backend.asarray(x)
    assert type(moved) is np.ndarray
    np.testing.assert_array_equal(moved, [1, 2])


@pytest.mark.parametrize(("name", "hint"), [("cuppy", "cupy"), ("nump", "numpy")])
def test_a_near_miss_is_answered_with_what_was_probably_meant(name, hint):
    with pytest.raises(ValueError, match=f"backend must be one of numpy, cupy.*, got '{name}'; did you mean '{hint}'?"):
        mm.use(name)
    with pytest.raises(ValueError, match=hint), mm.using(name):
        pass
    assert backend.current().name == "numpy"


def test_asking_for_cupy_where_there_is_none_says_what_to_install(monkeypatch):
    monkeypatch.delitem(backend._loaded, "cupy", raising=False)
    monkeypatch.setitem(sys.modules, "cupy", None)  # as if it were not installed
    with pytest.raises(RuntimeError, match=r"needs CuPy, which is not installed: pip install \"minimix\[cuda13\]\""):
        mm.use("cupy")
    assert backend.current().name == "numpy"


def test_cupy_without_a_gpu_says_so(monkeypatch):
    class Runtime:
        def getDeviceCount(self):
            raise OSError("no driver")

    cupy = type(sys)("cupy")
    cupy.cuda = type(sys)("cuda")
    cupy.cuda.runtime = Runtime()
    monkeypatch.delitem(backend._loaded, "cupy", raising=False)
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    with pytest.raises(RuntimeError, match="needs an NVIDIA GPU and its driver; CuPy says: no driver"):
        mm.use("cupy")


def in_a_thread(function):
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


def test_a_block_holds_in_its_own_thread_alone():
    entered, left = threading.Event(), threading.Event()

    def other():
        with mm.using("strict"):
            entered.set()
            left.wait()  # until the first thread has left its own block
            return backend.current().name

    with ThreadPoolExecutor(1) as pool:
        with mm.using("numpy"):
            told = pool.submit(other)
            entered.wait()
            assert backend.current().name == "numpy"
        left.set()
        assert told.result() == "strict"
        assert pool.submit(lambda: backend.current().name).result() == "numpy"


def test_use_holds_in_every_thread_and_in_a_block_until_its_end(monkeypatch):
    monkeypatch.setattr(backend._switch, "here", None)
    monkeypatch.setattr(backend._Switch, "everywhere", None)
    mm.use("strict")
    assert in_a_thread(lambda: backend.current().name) == "strict"
    with mm.using("numpy"):
        mm.use("strict")
        mm.use("numpy")
        assert in_a_thread(lambda: backend.current().name) == "strict"
    assert backend.current().name == "strict"


KEPT = {
    "subclass": np.arange(4.0).view(type("Table", (np.ndarray,), {})),
    "read-only": np.broadcast_to(np.float32(1.5), (2, 3)),
    "big-endian": np.arange(3, dtype=">f4"),
    "big-endian integers": np.arange(3, dtype=">i8"),
    "bool": np.array([True, False]),
    "uint8": np.arange(3, dtype=np.uint8),
    "float16": np.ones(2, np.float16),
    "NumPy's scalar": np.float64(0.1),
    "transposed": np.arange(6.0).reshape(2, 3).T,
    "empty": np.empty((0, 3)),
}


@pytest.mark.parametrize("array", KEPT.values(), ids=KEPT)
def test_an_array_keeps_its_numbers_and_its_dtype(backend, array):
    x = mm.backend.asarray(array)
    assert type(x) is mm.backend.current().xp.ndarray
    assert x.dtype == array.dtype.newbyteorder("=") and x.dtype.isnative
    np.testing.assert_array_equal(mm.backend.to_host(x), array)


def test_an_array_from_elsewhere_keeps_its_dtype(backend):
    class Series:
        def __array__(self, dtype=None, copy=None):
            return np.arange(3)

    assert mm.backend.asarray(Series()).dtype == np.int64


class Foreign:
    """An array of another library, as PyTorch's, which knows no ndarray's signs."""

    requires_grad = False
    shape, ndim = (2,), 1

    def __array__(self, dtype=None, copy=None):
        return np.arange(2, dtype="float16")

    def __add__(self, other):
        return self if isinstance(other, np.ndarray) else NotImplemented

    __radd__ = __add__


def test_an_array_of_another_library_becomes_one_but_is_none(backend):
    x = Tensor(Foreign())
    assert x.dtype == "float16" and x.tolist() == [0, 1]
    for add in (lambda: x + Foreign(), lambda: Foreign() + x):
        with pytest.raises(TypeError, match="an operator takes Tensors, arrays and real numbers, got"):
            add()


def test_a_memory_map_is_neither_copied_nor_read_before_it_is_used(tmp_path):
    memory = np.memmap(tmp_path / "x", "int16", "w+", shape=(1000, 10))
    for x in (Tensor(memory), Tensor(memory[3:5])):
        assert type(x.data) is np.ndarray and x.dtype == np.int16
        assert np.shares_memory(x.data, memory)
    assert type((Tensor(np.ones(10, np.float32)) * memory[0]).data) is np.ndarray


@pytest.mark.parametrize("numbers", [2, 2.5, True, [1, 2], (1.0, [2.0][0]), [[1], [2]], [np.float64(1), 2], range(3)])
def test_numbers_and_lists_of_them_become_float32(backend, numbers):
    x = mm.backend.asarray(numbers)
    assert x.dtype == np.float32
    np.testing.assert_array_equal(mm.backend.to_host(x), np.asarray(numbers))
    assert mm.backend.asarray(numbers, "float64").dtype == np.float64


NO_NUMBERS = {
    "None": (None, "got None"),
    "str": ("3.5", "got '3.5'"),
    "strings": (["1", "2"], "got \\['1', '2'\\]"),
    "bytes": (b"1", "got b'1'"),
    "complex": (1j, "got 1j"),
    "complex array": (np.ones(2, complex), "an array of complex128"),
    "objects": (np.array([None, 1]), "an array of object"),
    "dates": (np.array(["2020-01-01"], "M8[D]"), "an array of datetime64"),
    "records": (np.zeros(2, [("a", "f4")]), "an array of "),
    "dict": ({"a": 1}, "got {'a': 1}"),
    "set": ({1, 2}, "got {1, 2}"),
    "generator": ((x for x in [1]), "real numbers"),
    "function": (len, "real numbers"),
    "masked": (np.ma.masked_equal([1.0, 2.0], 2.0), "fill them first"),
    "Tensors": ([Tensor(1.0), Tensor(2.0)], "join them"),
    "Tensors in lists": ([[1.0, (2.0, Tensor(2.0))]], "join them"),
}


@pytest.mark.parametrize(("given", "said"), NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_what_is_not_made_of_real_numbers_is_refused_in_a_sentence(backend, given, said):
    for make in (mm.backend.asarray, Tensor):
        with pytest.raises(TypeError, match=said) as refused:
            make(given)
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize("dtype", [complex, object, str, "datetime64[D]"])
def test_a_dtype_that_is_not_of_real_numbers_is_refused(backend, dtype):
    with pytest.raises(TypeError, match="an array is made of real numbers, got dtype="):
        Tensor([1.0], dtype=dtype)


def test_device_arrays_in_a_list_are_refused(backend):
    with mm.using("strict"):
        x = mm.backend.asarray([1.0])
    with pytest.raises(TypeError, match="join them"):
        mm.backend.asarray([x, x])


def test_a_ragged_list_is_refused_in_a_sentence(backend):
    with pytest.raises(ValueError, match="lists of the same length"):
        Tensor([[1.0], [1.0, 2.0]])


BESIDE = {
    "right": lambda x, a: x * a,
    "left": lambda x, a: a * x,
    "product": lambda x, a: x @ a.T,
    "0-d": lambda x, a: x + np.array(2.0),
    "memory of another order": lambda x, a: x * np.asfortranarray(a),
    "condition": lambda x, a: mm.where(a > 2, x, 0.0),
    "both": lambda x, a: mm.where(a > 2, x, a),
    "concatenate": lambda x, a: mm.concatenate([x, a]),
    "index": lambda x, a: x[np.array([1, 1])],
    "True": lambda x, a: mm.where(True, x, 0.0),
    "NumPy's False": lambda x, a: mm.where(np.bool_(False), x, a),
    "labels": lambda x, a: mm.cross_entropy(x, np.array([2, 0])),
    "targets": lambda x, a: mm.mse_loss(x, a),
    "hessian": lambda x, a: x * mm.hvp(lambda z: (z**3 * x).sum(), a, a),
}


@pytest.mark.parametrize("f", BESIDE.values(), ids=BESIDE)
def test_numpy_arrays_beside_a_tensor_go_to_its_device(f, device):
    a = np.arange(6.0).reshape(2, 3)
    found = {}
    for name in ("numpy", device):
        with mm.using(name):
            x = Tensor(a + 1, requires_grad=True)
        y = f(x, a) if f is not BESIDE["hessian"] else in_module(name, f, x, a)
        y.sum().backward()
        assert {backend.backend_of(array).name for array in (y.data, x.grad)} == {name}
        found[name] = y.numpy(), backend.to_host(x.grad)
    for ours, theirs in zip(found["numpy"], found[device], strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=1e-12)


def in_module(name, f, *arguments):
    with mm.using(name):
        return f(*arguments)


def test_a_kernel_gets_numbers_in_the_dtype_of_its_first_array(device):
    """So float32 stays float32; 1 - b2 computed in a kernel would be 1.3 % off here, so it is handed over computed."""
    kernel = backend.fused(lambda x, b2: x * (1 - b2))
    with mm.using(device):
        y = kernel(mm.backend.asarray(np.ones(3, np.float32)), 0.999999)
    assert y.dtype == np.float32
    np.testing.assert_array_equal(backend.to_host(y), 1 - np.float32(0.999999))


@pytest.mark.parametrize(
    "index", [[2], np.array([-3, 0]), (0, [3]), (slice(None), np.array([[3]])), (..., range(2, 4)), 2]
)
def test_an_index_from_the_host_is_checked_wherever_the_array_is(backend, index):
    x = Tensor(np.arange(6.0).reshape(2, 3))
    with pytest.raises(IndexError, match="out of bounds"):
        x[index]
    with pytest.raises(IndexError, match="out of bounds"):
        x[index] = 1.0


def test_a_label_from_the_host_is_checked_wherever_the_logits_are(backend):
    for labels in ([0, 3], [-1, 0]):
        with pytest.raises(ValueError, match="3 logits allow labels 0 to 2"):
            mm.cross_entropy(Tensor(np.zeros((2, 3))), np.array(labels))


def test_tensors_of_two_modules_do_not_meet():
    model = mm.models.mlp(seed=0)
    with mm.using("strict"):
        images = Tensor(np.zeros((2, 28, 28, 1), np.float32))
    for attempt in (lambda: model(images), lambda: images * Tensor(1.0), lambda: Tensor([1.0]) * images.data):
        with pytest.raises(TypeError, match=r"numpy and strict, which do not meet: choose the module with use\(…\)"):
            attempt()


def run(name):
    code = "import minimix; print(minimix.backend.current().name)"
    environment = {**os.environ, "MINIMIX_BACKEND": name}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)


def test_the_environment_variable_sets_the_start():
    assert run("numpy").stdout.strip() == "numpy"
    assert run("").stdout.strip() == "numpy"
    assert "got 'cuppy'; did you mean 'cupy'?" in run("cuppy").stderr


@settings(max_examples=30)
@given(st.data())
def test_without_blas_a_product_is_the_same_sum_along_rows(data):
    n, k, m, stack = (data.draw(st.integers(1, most)) for most in (4, 80, 4, 3))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    x = [rng.random((n, k)), rng.random((k, n)).T, rng.random((stack, n, k))][data.draw(st.integers(0, 2))]
    w = [rng.random((k, m)), rng.random((m, k)).T, rng.random((stack, k, m))][data.draw(st.integers(0, 2))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backend, "NO_BLAS", True)
        y = backend.product(x, w)
        out = np.empty_like(y)
        backend.product(x, w, out)
    np.testing.assert_allclose(y, x @ w, rtol=1e-12)
    np.testing.assert_array_equal(out, y)
