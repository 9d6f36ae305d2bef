"""A time limit for code that may never end, without threads, processes or signals (browsers have none)."""

import contextlib
import sys
import time


class TimeUp(BaseException):
    """The time is up. Not an Exception, so that `except Exception` in a loop does not swallow it."""


@contextlib.contextmanager
def time_limit(seconds):
    """Raise TimeUp at the first instruction of Python that is reached `seconds` from now, in functions called here.

    A single call of compiled code that never returns cannot be stopped.
    """
    end = time.monotonic() + seconds

    def trace(frame, event, argument):
        frame.f_trace_opcodes = True  # `while True: pass` never comes to another line
        if time.monotonic() > end:
            raise TimeUp
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)
