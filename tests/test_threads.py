import pytest

from minimix import set_threads
from minimix.threads import blas_libraries


@pytest.fixture(autouse=True)
def restore():
    yield
    set_threads(1)


def test_blas_gets_the_number_asked_for():
    set_threads(2)
    assert {n for *_, n in blas_libraries()} == {2}
    set_threads(1)
    assert {n for *_, n in blas_libraries()} == {1}


@pytest.mark.parametrize("n", [0, -1, 1.5, True, "2", 10_000])
def test_a_wrong_number_is_named(n):
    with pytest.raises(ValueError, match="set_threads takes an integer from 1 to 1024, got"):
        set_threads(n)
