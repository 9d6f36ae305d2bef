"""Code that may do anything, in a process of its own: it ends in time, and what it tells is plain data.

The process starts afresh, on every system alike. It has no input, shows no output and starts no other process; its
memory is limited too where the system can do that (Linux can; Windows and macOS do not). Messages are lines of JSON on
a channel of their own: nothing is unpickled, and what the code prints or closes, or how it exits, changes none of them.
This ends accidents and cheap tricks, it is no sandbox: the code runs with the rights of whoever starts it.
"""

import contextlib
import ctypes
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from importlib import import_module
from typing import Any

MEMORY = 2 << 30  # bytes
LARGEST = 64 << 20  # bytes of a message
FILE = 1 << 30  # bytes of a file that is written
LETTERS = 2000  # of a text of the code's that is shown
SPARE = 2  # seconds after which code that should have stopped is ended
STARTING = 60  # seconds that a process may take to start, on a busy machine
PROCESSOR = 600  # seconds of its time, should nobody be there to end the process
PROCESSES = ("fork", "exec", "system", "spawn", "kill", "startfile")  # in the names of audit events
ENVIRONMENT = {
    "MINIMIX_PICTURES": "",
    "MPLBACKEND": "agg",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONIOENCODING": "utf-8:backslashreplace",
}
_START = "import sys; sys.path[:] = sys.argv[1:]; from minimix.own.apart import _serve; _serve()"


class Lost(RuntimeError):
    """The process did not tell what was waited for; the message is why: "was stopped after 5 seconds", …"""


def answer(target: str, request: Any, name: str, seconds: float) -> Any:
    """What target(request) returns, in a process of its own. Raises what `Apart.hear` does; `name` begins its sentence.

    name: of the code that may do anything.
    """
    with Apart("minimix.own.apart:_return", [target, request]) as process:
        try:
            return process.hear(seconds)
        except Lost as error:
            raise RuntimeError(f"{name} {error}") from error


class Apart:
    """A process that calls target(request, tell); use it in a `with`, whose end is the process's end too.

    target: "module:function" of minimix; request: plain data, as JSON has it; tell(message) sends plain data back.
    """

    def __init__(self, target: str, request: Any):
        paths = [os.path.abspath(path) for path in sys.path]  # of modules: not the folder that this runs in
        environment = {key: x for key, x in os.environ.items() if key != "PYTHONWARNINGS"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START, *paths],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment | ENVIRONMENT,
            start_new_session=os.name == "posix",
        )
        with contextlib.suppress(OSError), self.process.stdin as pipe:  # type: ignore[union-attr]
            pipe.write(json.dumps([target, request]).encode())
        self._reader: threading.Thread | None = None

    def __enter__(self):
        self.hear(STARTING)
        return self

    def __exit__(self, *_):
        self._end()

    def hear(self, seconds: float) -> Any:
        """The next message. Raises Lost where it does not come, or not in time; ValueError with what the target raised.

        seconds: that it was to take; it has SPARE ones besides, to end in order.
        """
        lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        read = self.process.stdout.readline  # type: ignore[union-attr]
        self._reader = threading.Thread(target=lambda: lines.put(read(LARGEST)), daemon=True)
        self._reader.start()
        try:
            what, message = json.loads(lines.get(timeout=seconds + SPARE))
        except queue.Empty:
            self._end()
            raise Lost(f"was stopped after {seconds:g} seconds: it does not end, or it is too slow") from None
        except (ValueError, TypeError, RecursionError):
            self._end()
            raise Lost(f"ended its process{_how(self.process.returncode)} before it had given an answer") from None
        if what == "raised":
            raise ValueError(printable(message))
        return message

    def _end(self):
        """End the process and all that it has started."""
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()
        self.process.wait()
        self._reader.join(1)
        if not self._reader.is_alive():
            self.process.stdout.close()


def printable(text: str) -> str:
    """A text of a stranger's, in which nothing moves a terminal's cursor or looks like another line; its beginning."""
    return "".join(c if c.isprintable() else " " for c in str(text)[:LETTERS])


def _how(code):
    if code < 0 and code != -9:  # ours
        return f" ({signal.Signals(-code).name})"
    return f" with exit code {code}" if code >= 0 else ""


def _serve():
    """What the new process does."""
    (target, request), sys.argv[1:] = json.load(sys.stdin.buffer), []
    channel = os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "r+b") as nowhere:
        for number in (0, 1, 2):
            os.dup2(nowhere.fileno(), number)

    def tell(message, what="told"):
        channel.write(json.dumps([what, message]).encode() + b"\n")
        channel.flush()

    _limit()
    tell("started")
    try:
        _function(target)(request, tell)
    except BaseException as error:
        tell(str(error) or type(error).__name__, "raised")
    finally:
        os._exit(0)  # threads and handlers of the code's own are not waited for


def _return(request, tell):
    target, request = request
    tell(_function(target)(request))


def _function(target):
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)


def _limit():
    """Bound the memory and the files of this process, and let it start no other one."""
    with contextlib.suppress(ImportError):  # there is none on Windows
        import resource

        for what, most in {"DATA": MEMORY, "FSIZE": FILE, "CPU": PROCESSOR, "CORE": 0}.items():
            with contextlib.suppress(ValueError, OSError):  # there may be a lower limit already
                resource.setrlimit(getattr(resource, f"RLIMIT_{what}"), (most, most))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: it ends with its parent, however that ends
    sys.addaudithook(_refuse)


def _refuse(event, _):
    if event == "subprocess.Popen" or (event.startswith(("os.", "pty.")) and any(w in event for w in PROCESSES)):
        raise PermissionError(f"code that is checked starts and ends no processes ({event})")
