"""What went wrong in a reader's code, in one sentence."""

import dis
import traceback

from .limit import TimeUp


def told(error, file):
    """An exception in one sentence, with the last line of `file` that it passed: "line 3 (`x[7]`): IndexError: …".

    One that passed none, as when a function is called with too many arguments, is told by its message alone.
    """
    kind, message, place = type(error).__name__, str(error).partition("\n")[0], _place(error, file)
    if isinstance(error, SyntaxError) and error.filename:
        message = error.msg if error.filename == file else f"{error.msg} in line {error.lineno} of {error.filename}"
    if not place:
        return message or kind
    return f"{place}: {kind}{': ' + message if message else ''}"


def fault(error, name, file, where="", seconds=0):
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


def _place(error, file):
    """ "line 3 (`x[7]`)", or "" for an exception that has passed no line of the file."""
    if isinstance(error, SyntaxError) and error.filename == file and error.lineno:
        number, text = error.lineno, (error.text or "").strip()
    else:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
        if not frames:
            return ""
        number, text = frames[-1].lineno, frames[-1].line
    return f"line {number} (`{text}`)" if text else f"line {number}"


def _raised_by_a_statement(error):
    """Whether a `raise` raised it, and not the interpreter between two instructions."""
    last = error.__traceback__
    while last.tb_next:
        last = last.tb_next
    return last.tb_frame.f_code.co_code[last.tb_lasti] == dis.opmap["RAISE_VARARGS"]
