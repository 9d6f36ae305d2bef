import sys
import time

import pytest

from minimix.course.time_limit import TimeUp, time_limit


def one_line():
    while True: pass  # fmt: skip  # noqa: E701


def swallowing():
    while True:
        try:
            while True:
                len([])
        except Exception:
            continue


def generating():
    for _ in iter(int, 1):
        pass


@pytest.mark.parametrize("endless", [one_line, swallowing, generating])
def test_what_never_ends_is_stopped_when_its_time_is_up(endless):
    start = time.monotonic()
    with pytest.raises(TimeUp), time_limit(0.2):
        endless()
    assert 0.2 <= time.monotonic() - start < 2


def test_what_ends_in_time_gives_its_result_and_leaves_no_trace_hook():
    before = sys.gettrace()
    with time_limit(5):
        result = sorted(range(3))
    assert result == [0, 1, 2]
    assert sys.gettrace() is before
