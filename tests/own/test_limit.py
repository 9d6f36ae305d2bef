"""What never ends is stopped, and nothing is stopped that has ended."""

import contextlib
import copy
import ctypes
import functools
import signal
import sys
import threading
import time

import pytest

from minimix.own import Limit, TimeUp
from minimix.own import limit as module


def one_line():
    while True: pass  # fmt: skip  # noqa: E701


def swallowing():
    while True:
        try:
            x = []
            while True:
                len(x)
        except Exception:
            continue


def generating():
    for _ in iter(int, 1):
        pass


def swallowing_all(times=3):
    while times:
        try:
            x = []
            while True:
                len(x)
        except BaseException:
            times -= 1


ENDLESS = [one_line, swallowing, generating]


@pytest.mark.parametrize("endless", ENDLESS)
@pytest.mark.parametrize("threads", [True, False])
def test_what_never_ends_is_stopped_when_its_time_is_up(endless, threads, monkeypatch):
    if not threads:
        monkeypatch.setattr(module, "_start_watchdog", lambda limit: False)
    start = time.monotonic()
    with pytest.raises(TimeUp):
        Limit(0.1)(endless)
    assert time.monotonic() - start >= 0.1


def test_where_no_thread_can_be_started_the_trace_hook_takes_over(monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(module, "_watchdog", None)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    before = sys.gettrace()
    with pytest.raises(TimeUp):
        Limit(0.1)(one_line)
    assert Limit(5)(sorted, range(3)) == [0, 1, 2]
    assert sys.gettrace() is before


def test_one_who_swallows_it_gets_it_again():
    limit = Limit(0.05)
    limit(swallowing_all)  # it ends after the third time


def test_it_reaches_the_thread_that_is_late():
    caught = []

    def other():
        try:
            Limit(0.1)(one_line)
        except TimeUp as error:
            caught.append(error)

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert len(caught) == 1


@pytest.mark.skipif(not hasattr(signal, "SIGURG"), reason="needs a POSIX system")
def test_a_sleep_is_interrupted():
    start = time.monotonic()
    with pytest.raises(TimeUp):
        Limit(0.1)(time.sleep, 600)
    assert time.monotonic() - start < 300


def test_the_outer_of_two_limits_holds_too():
    def within():
        with pytest.raises(TimeUp):
            Limit(0.05)(one_line)
        one_line()

    with pytest.raises(TimeUp):
        Limit(0.2)(within)


def test_what_was_raised_too_late_to_arrive_within_a_call_does_not_arrive_after_it():
    limit = Limit(60)
    limit.fired = True  # as the watchdog does it, in compiled code that then fails without another instruction
    set_exception = functools.partial(ctypes.pythonapi.PyThreadState_SetAsyncExc, ctypes.c_ulong(threading.get_ident()))
    try:
        limit(sum, map(set_exception, [ctypes.py_object(TimeUp)]), ())
    except (TypeError, TimeUp) as error:
        raised = error
    assert raised
    assert sum(len([k]) for k in range(1000)) == 1000


def test_a_call_that_ends_about_when_its_time_is_up_ends_or_is_stopped(monkeypatch):
    monkeypatch.setattr(module, "PAUSE", 0.0002)
    interval, limit = sys.getswitchinterval(), Limit(0.001)
    sys.setswitchinterval(1e-5)
    try:
        for k in range(200):
            with contextlib.suppress(TimeUp):
                limit(_work, 0.0005 + 0.0001 * (k % 10))
            _work(0.0005)
    finally:
        sys.setswitchinterval(interval)


def _work(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def test_a_limit_is_for_each_call_and_not_for_all_of_them():
    limit = Limit(0.2)
    module._limits.discard(limit)  # the looks are ours, at times that we choose
    for k in range(10):
        limit(lambda start: (limit.look(start), limit.look(start + 0.15)), 0.15 * k)
    with pytest.raises(TimeUp):
        limit(lambda: [limit.look(time) for time in (9, 9.3)])


def test_what_the_function_raises_is_raised():
    with pytest.raises(ZeroDivisionError):
        Limit(5)(lambda: 1 / 0)


def test_a_copy_limits_too():
    with pytest.raises(TimeUp):
        copy.deepcopy(Limit(0.1))(one_line)


def test_a_debugger_can_trace_afterwards():
    def traced():
        for k in range(20):
            len([k])

    def events():
        seen = []
        before = sys.gettrace()
        sys.settrace(lambda frame, event, argument: seen.append(event) or (lambda f, e, a: seen.append(e)))
        traced()
        sys.settrace(before)
        return len(seen)

    expected = events()
    with pytest.raises(TimeUp):
        Limit(0.1)(one_line)
    Limit(0.1)(swallowing_all)
    assert events() == expected
