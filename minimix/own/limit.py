"""A time limit for code that may never end."""

import contextlib
import ctypes
import signal
import sys
import threading
import time
import weakref

TICK = 0.05  # seconds between two looks of the watchdog
AGAIN = 0.25  # seconds after which code that has swallowed TimeUp gets it once more


class TimeUp(BaseException):
    """The time is up. Not an Exception, so that `except Exception` in a loop does not swallow it."""


class Limit:
    """limit(function, *arguments) is function(*arguments), in which TimeUp is raised once it has taken `seconds`.

    A Limit is made once and called as often as one likes; a call costs under half a microsecond, since all it does
    is to note when it should end. One thread, the watchdog, looks at all calls 20 times a second, and raises TimeUp
    in the thread of one that is late. Where no thread can be started, as in a browser, the interpreter's trace hook
    looks at the clock instead. A call of compiled code is interrupted only where it waits in the operating system (a
    sleep, input), and only in the main thread on a POSIX system; else TimeUp comes when it returns.
    """

    def __init__(self, seconds):
        self.seconds, self.end, self.thread, self.fired = seconds, 0.0, 0, False
        self.inside = threading.Lock()  # let go by the interpreter itself: no exception comes in between
        self.watched = _start_watchdog(self)

    def __reduce__(self):
        return Limit, (self.seconds,)  # copied and pickled without the lock

    def __call__(self, function, *arguments):
        if not self.watched:
            return _traced(self.seconds, function, *arguments)
        self.thread, self.end = threading.get_ident(), time.monotonic() + self.seconds
        try:
            with self.inside:
                return function(*arguments)
        except TimeUp:
            self.fired = False  # it has arrived: taking it back would leave Python 3.11 unable to trace
            raise
        finally:
            if self.fired:
                self._settle()

    def look(self, now):
        """The watchdog's look. It has _looking, so that a call that has just ended can wait for it."""
        if self._late(now):
            self.fired = True
            if self._late(now):  # still: a call that ends from here on sees `fired`, and settles
                self.end = now + AGAIN
                _raise_in(self.thread, TimeUp)

    def _late(self, now):
        return self.inside.locked() and now > self.end

    def _settle(self):
        """Take back what has been raised but has not arrived."""
        with _looking:
            self.fired = False
            _raise_in(self.thread, None)


_limits, _looking, _watchdog = weakref.WeakSet(), threading.Lock(), None


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
    _let_sleepers_wake()
    return True


def _watch():
    while True:
        time.sleep(TICK)
        with _looking:
            for limit in _limits:
                limit.look(time.monotonic())


def _raise_in(thread, kind):
    """Have the thread raise an exception of this class at its next instruction; None: no longer."""
    set_exception = ctypes.pythonapi.PyThreadState_SetAsyncExc
    set_exception(ctypes.c_ulong(thread), ctypes.py_object(kind) if kind else None)
    if kind and thread == threading.main_thread().ident and hasattr(signal, "SIGURG"):
        signal.pthread_kill(thread, signal.SIGURG)


def _let_sleepers_wake():
    """Give SIGURG, which means nothing to most programs, a handler: then it interrupts a sleep, and TimeUp arrives."""
    with contextlib.suppress(ValueError):  # only the main thread may do that
        if hasattr(signal, "SIGURG") and signal.getsignal(signal.SIGURG) is signal.SIG_DFL:
            signal.signal(signal.SIGURG, lambda *_: None)


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
