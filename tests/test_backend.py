"""The array-module switch."""

import os
import subprocess
import sys

import numpy as np
import pytest

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


def run(name):
    code = "import minimix; print(minimix.backend.current().name)"
    environment = {**os.environ, "MINIMIX_BACKEND": name}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)


def test_the_environment_variable_sets_the_start():
    assert run("numpy").stdout.strip() == "numpy"
    assert run("").stdout.strip() == "numpy"
    assert "got 'cuppy'; did you mean 'cupy'?" in run("cuppy").stderr
