"""What went wrong in a reader's code, in one sentence."""

import contextlib
import dis
import sysconfig
import traceback
from collections.abc import Iterator
from pathlib import Path

from .limit import TimeUp

HOUSE = str(Path(__file__).parents[1])
NOT_OWN = (HOUSE, "<frozen ", *map(sysconfig.get_path, ("stdlib", "purelib", "platlib")))  # lines of other people


def told(error: BaseException, file: str | None = None) -> str:
    """An exception in one sentence, with the last line of `file` that it passed: "line 3 (`x[7]`): IndexError: …".

    Without a file it is the last line that a reader wrote, "line 3 of my.py (`x[7]`)". An exception that passed none,
    as when a function is called with too many arguments, is told by its message alone.
    """
    kind, message, place = type(error).__name__, str(error).partition("\n")[0], _place(error, file)
    if isinstance(error, SyntaxError) and error.filename:
        message = error.msg if error.filename == file else f"{error.msg} in line {error.lineno} of {error.filename}"
    if not place:
        return message or kind
    return f"{place}: {kind}{': ' + message if message else ''}"


def fault(error: BaseException, name: str, file: str | None = None, where: str = "", seconds: float = 0) -> Exception:
    """The ValueError or RuntimeError to raise for what code in `file` raised; one sentence that begins with `name`.

    where: of the call, as " at step 3". seconds: the limit that it had. A SystemExit is the code's own fault, and so
    is a KeyboardInterrupt that it raised itself; the user's Ctrl-C is not, and is raised again.
    """
    if isinstance(error, KeyboardInterrupt) and not _raised_by_a_statement(error):
        raise error
    if isinstance(error, TimeUp):
        place = _place(error, file)
        return RuntimeError(
            f"{name} was stopped after {seconds:g} seconds{where}{place and ' in ' + place}: a loop in it does not "
            "end, or it is too slow"
        )
    return ValueError(f"{name} fails{where}: {told(error, file)}")


@contextlib.contextmanager
def blamed(name: str, seconds: float = 0) -> Iterator[None]:
    """Raise the `fault` of what a reader's code raises; minimix's own sentences stay as they are."""
    try:
        yield
    except MemoryError:
        raise
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1].filename
        if isinstance(error, (ValueError, OSError, RuntimeError)) and last.startswith(HOUSE):
            raise
        raise fault(error, name, seconds=seconds) from error


def _place(error, file):
    """ "line 3 (`x[7]`)", or "" for an exception that has passed no line of the file."""
    if isinstance(error, SyntaxError) and error.filename == file and error.lineno:
        number, text, of = error.lineno, (error.text or "").strip(), ""
    else:
        frames = traceback.extract_tb(error.__traceback__)
        frames = [f for f in frames if (f.filename == file if file else not f.filename.startswith(NOT_OWN))]
        if not frames:
            return ""
        number, text = frames[-1].lineno, frames[-1].line
        of = "" if file else f" of {Path(frames[-1].filename).name}"
    return f"line {number}{of} (`{text}`)" if text else f"line {number}{of}"


def _raised_by_a_statement(error):
    """Whether a `raise` of the reader's raised it, and not the interpreter between two instructions."""
    last = error.__traceback__
    while last.tb_next:
        last = last.tb_next
    code = last.tb_frame.f_code
    return not code.co_filename.startswith(HOUSE) and code.co_code[last.tb_lasti] == dis.opmap["RAISE_VARARGS"]
