"""A time limit for code that may never end."""

import contextlib
import ctypes
import signal
import sys
import threading
import time
import weakref

LOOKS = 8  # of the watchdog during the shortest limit that there is
PAUSE = 0.02  # seconds between two looks at least


class TimeUp(BaseException):
    """The time is up. Not an Exception, so that `except Exception` in a loop does not swallow it."""


class Limit:
    """limit(function, *arguments) is function(*arguments), in which TimeUp is raised once it has taken `seconds`.

    A Limit may be called again and again: all that a call costs is to set a mark and to take it off. One thread, the
    watchdog, looks from time to time; where it sees the same mark for too long it raises TimeUp in the thread that
    set it, and at every look again. Where no thread can be started, as in a browser, the interpreter's trace hook
    looks at the clock instead. A call of compiled code is interrupted only where it waits in the operating system (a
    sleep, input), and only in the main thread on a POSIX system; else TimeUp comes when it returns.
    """

    def __init__(self, seconds: float):
        self.seconds, self.fired, self.mark, self.seen, self.since = seconds, False, None, None, 0.0
        self.watched = _start_watchdog(self)

    def __reduce__(self):
        return type(self), (self.seconds,)  # a copy is looked at too

    def __call__(self, function, *arguments):
        if not self.watched:
            return _traced(self.seconds, function, *arguments)
        self.mark = []  # a new object: of this call alone
        try:
            return function(*arguments)
        finally:
            self.mark = None
            if self.fired:
                self._settle()

    def look(self, now: float) -> None:
        """The watchdog's look. It holds _looking, so that a call that has just ended can wait for it."""
        mark = self.mark
        if mark is None or mark is not self.seen:
            self.seen, self.since = mark, now
        elif now - self.since > self.seconds:
            self.fired = True
            thread = self._thread()
            if thread and self.mark is mark:  # still: a call that ends from here on sees `fired`, and settles
                _raise_in(thread)
                _wake(thread)

    def _thread(self):
        """The thread that is in a call; None where an exception has come between the last instructions of one."""
        for thread, frame in sys._current_frames().items():
            while frame:
                if frame.f_code is Limit.__call__.__code__ and frame.f_locals["self"] is self:
                    return thread
                frame = frame.f_back
        return None

    def _settle(self):
        """Let what has been raised in this thread arrive here, if it has not arrived yet.

        A thread has room for one exception from outside: a new one, which is sure to arrive, takes its place. (To
        take one back leaves CPython 3.11 unable to trace.)
        """
        with _looking:
            self.fired = False
        with contextlib.suppress(TimeUp):
            _raise_in(threading.get_ident())
            while True:
                time.sleep(0)


_limits: weakref.WeakSet[Limit] = weakref.WeakSet()
_looking, _news = threading.Lock(), threading.Event()
_watchdog: threading.Thread | None = None


def _start_watchdog(limit):
    """Have the watchdog look at a limit; False where there are no threads."""
    global _watchdog
    with _looking:
        if not (_watchdog and _watchdog.is_alive()):
            _watchdog = threading.Thread(target=_watch, name="minimix time limits", daemon=True)
            try:
                _watchdog.start()
            except RuntimeError:
                return False
        _limits.add(limit)
    _news.set()
    _let_sleepers_wake()
    return True


def _watch():
    pause = None
    while True:
        _news.wait(pause)
        _news.clear()
        pause = _look()


def _look():
    """Look at all limits; returns the seconds until the next look, None where there is nothing to look at."""
    with _looking:
        for limit in _limits:
            limit.look(time.monotonic())
        return min((max(limit.seconds / LOOKS, PAUSE) for limit in _limits), default=None)


def _raise_in(thread):
    """Have a thread raise TimeUp at its next instruction."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(TimeUp))


def _let_sleepers_wake():
    """Give SIGURG, which means nothing to most programs, a handler: then it can interrupt a sleep."""
    with contextlib.suppress(ValueError):  # only the main thread may do that
        if hasattr(signal, "SIGURG") and signal.getsignal(signal.SIGURG) is signal.SIG_DFL:
            signal.signal(signal.SIGURG, lambda *_: None)


def _wake(thread):
    if thread == threading.main_thread().ident and hasattr(signal, "SIGURG"):
        signal.pthread_kill(thread, signal.SIGURG)


def _traced(seconds, function, *arguments):
    """function(*arguments), with a look at the clock before each instruction of Python."""
    end = time.monotonic() + seconds

    def trace(frame, event, argument):
        frame.f_trace_opcodes = True  # `while True: pass` never comes to another line
        if time.monotonic() > end:
            raise TimeUp
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        return function(*arguments)
    finally:
        sys.settrace(before)
