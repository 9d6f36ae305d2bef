"""The array modules and the browser to test on, and how hypothesis draws."""

import functools
import os

import pytest
from hypothesis import HealthCheck, settings

from minimix import backend as switch
from minimix import set_threads
from minimix.kernels import kernel
from tests import strict
from tests.browser import Chromium

set_threads(1)  # small matrices; threads of several test runs on one machine would wait for each other

settings.register_profile(
    "reproducible",
    deadline=None,
    derandomize=True,
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("reproducible")


# As CuPy is registered, so that the tests take the ways that a GPU takes.
switch.register(
    "strict",
    lambda: switch.Backend(
        "strict",
        strict,
        strict.asnumpy,
        lambda: None,
        functools.partial(kernel, strict),
        block=1 << 28,
        launches=True,
    ),
)


def pytest_addoption(parser):
    parser.addoption("--backend", help="run the tests of every array module on this one: numpy, strict or cupy")


def pytest_configure(config):
    os.environ.pop("COLUMNS", None)  # tables are as wide as they are
    name = config.getoption("--backend")
    if name:
        try:
            with switch.using(name):
                pass
        except (RuntimeError, ValueError) as error:
            raise pytest.UsageError(f"--backend: {error}") from error


def pytest_generate_tests(metafunc):
    if "backend" in metafunc.fixturenames:
        name = metafunc.config.getoption("--backend")
        metafunc.parametrize("backend", [name] if name else ["numpy", "strict"], indirect=True)


@pytest.fixture
def backend(request):
    """The name of an array module, which is the current one during the test."""
    with switch.using(request.param):
        yield request.param


@pytest.fixture
def device(request):
    """The name of the array module that is compared with NumPy: the strict one, or that of --backend."""
    return request.config.getoption("--backend") or "strict"


@pytest.fixture(scope="module")
def chromium():
    """A headless Chromium; what needs one is skipped where there is none."""
    if Chromium.missing():
        pytest.skip(Chromium.missing())
    with Chromium() as browser:
        yield browser
