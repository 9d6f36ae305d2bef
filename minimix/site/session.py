"""The cells of a lesson run one after another in one namespace, as in a notebook; what they give is plain data.

The same code runs where the site is built and in the reader's browser. Nothing that a cell does ends the session.
"""

import ast
import base64
import contextlib
import importlib
import io
import json
import linecache
import os
import sys
import traceback
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..course import checker
from ..course.source import FUTURES, GAP
from ..own import fault

BACKEND = f"module://{__package__}.figures"
MOST = 100_000  # characters of what a cell prints
LINES = 8  # of a traceback
Output = dict[str, Any]


class Session:
    """A lesson that runs. folder: where its cells read and write files; by default, where this process is.

    An output is a dict with the "kind"
        "text"     "text": what was printed, or the value of the last expression
        "html"     "text": the page of a value that has one (_repr_html_)
        "image"    "data": a PNG in base64, "text": what it shows, in words
        "verdict"  what check found: "state" ("right", "wrong", "not done yet"), "text", and "hint" or None
        "error"    "text": one sentence, "trace": the reader's own lines on the way to it, outermost first
    """

    def __init__(self, folder: str | Path | None = None):
        self.folder, self.flags, self.cells = folder, 0, set[str]()
        self.module = types.ModuleType("__main__")
        self.heard = _Heard()

    def run(self, source: str, name: str, tell: Callable[[Output], Any] | None = None) -> list[Output]:
        """The outputs of a cell. name: of the cell, for messages; tell: what is told each output at once."""
        self.heard = _Heard(tell)
        self.cells.add(name)
        linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name
        with self._set(), _inside(self.folder):
            try:
                self._execute(source, name)
            except BaseException as error:
                self._failed(error, name)
            self._rest(name)
        return self.heard.outputs

    def _execute(self, source, name):
        """Run the statements; the value of a last expression goes to sys.displayhook, but for a `;` at the end."""
        body = ast.parse(source, name).body
        shown = bool(body) and isinstance(body[-1], ast.Expr) and not source.rstrip().endswith(";")
        last = [ast.Interactive([body.pop()])] if shown else []
        for part, mode in ((ast.Module(body, []), "exec"), *((part, "single") for part in last)):
            code = compile(part, name, mode, self.flags, dont_inherit=True)
            self.flags |= code.co_flags & FUTURES
            exec(code, vars(self.module))

    @contextlib.contextmanager
    def _set(self):
        """Where a cell prints to, reads from and shows things while it runs."""
        with contextlib.ExitStack() as stack:
            printed = _Printed(self.heard)
            for name, x in {
                "stdout": printed,
                "stderr": printed,
                "stdin": _Nobody(),
                "displayhook": self._value,
            }.items():
                stack.enter_context(_swapped(vars(sys), name, x))
            stack.enter_context(_swapped(vars(checker), "tell", self._verdict))
            stack.enter_context(_swapped(sys.modules, "__main__", self.module))
            stack.enter_context(_swapped(os.environ, "MPLBACKEND", BACKEND))
            if plt := sys.modules.get("matplotlib.pyplot"):
                stack.callback(plt.switch_backend, plt.get_backend())
                plt.switch_backend(BACKEND)
            yield

    def _value(self, x):
        """Show the value of an expression, in the best form that it has."""
        if x is None or isinstance(x, checker.Verdict):
            return
        if html := _form(x, "_repr_html_"):
            self.heard.add("html", text=html)
        elif png := _form(x, "_repr_png_"):
            text = getattr(x, "text", type(x).__name__)
            self.heard.add("image", data=base64.b64encode(png).decode(), text=text)
        else:
            self.heard.add("text", text=f"{x!r}\n")

    def _verdict(self, verdict):
        text = verdict.text.removesuffix(f"\n  Likely mistake: {verdict.hint}")
        self.heard.add("verdict", state=verdict.state, text=text, hint=verdict.hint)

    def _rest(self, name):
        """Show what has been drawn and not shown."""
        if plt := sys.modules.get("matplotlib.pyplot"):
            try:
                plt.show()
            except Exception as error:
                self._failed(error, name)

    def _failed(self, error, name):
        if isinstance(error, NotImplementedError) and error.args == (GAP,):
            self.heard.add("verdict", state="not done yet", text=f"{name}: not done yet.", hint=None)
            return
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename in self.cells]
        last = frames[-1].filename if frames else name
        where = f" in {last}" if last != name else ""
        trace = dict.fromkeys(f"{f.filename}, line {f.lineno}, in {f.name}: {f.line}" for f in frames)
        try:
            text = str(fault(error, name, last, where))
        except Exception:  # of its own __str__
            text = f"{name} fails: {type(error).__name__}"
        self.heard.add("error", text=text, trace=list(trace)[-LINES:])


class _Heard:
    """The outputs of one cell."""

    def __init__(self, tell=None):
        self.outputs: list[Output] = []
        self.tell, self.room = tell, MOST

    def add(self, kind, text, **more):
        if kind == "text":
            text = self._fitting(text)
        if not text:
            return
        if kind == "text" and self.outputs and self.outputs[-1]["kind"] == "text":
            self.outputs[-1]["text"] += text
        else:
            self.outputs.append({"kind": kind, "text": text, **more})
        if self.tell:
            self.tell({"kind": kind, "text": text, **more})

    def _fitting(self, text):
        """The text, as far as there is room for it."""
        left, self.room = self.room, self.room - len(text)
        if self.room >= 0:
            return text
        return f"{text[:left]}\n… (a cell shows {MOST:,} characters of what it prints)\n" if left >= 0 else ""


class _Printed(io.TextIOBase):
    """What a cell prints to."""

    encoding = "utf-8"

    def __init__(self, heard):
        self.heard = heard

    def writable(self):
        return True

    def write(self, text):
        self.heard.add("text", text=str(text))
        return len(text)


class _Nobody(io.TextIOBase):
    """What input() reads from."""

    def readline(self, size=-1):
        raise EOFError("nobody can answer here; write the value in")


@contextlib.contextmanager
def _inside(folder):
    """The process in a folder, and then again where it was."""
    before = os.getcwd()
    os.chdir(folder or before)
    try:
        yield
    finally:
        os.chdir(before)


@contextlib.contextmanager
def _swapped(names, name, x):
    """x under a name in a dict, and then again what was there."""
    before, there = names.get(name), name in names
    names[name] = x
    try:
        yield
    finally:
        if there:
            names[name] = before
        else:
            names.pop(name, None)


def _form(x, name):
    """x._repr_html_() or the like; None where it has none."""
    return getattr(x, name)() if hasattr(type(x), name) else None


def answer(target: str, argument: str) -> str:
    """module:function of minimix called with what a text of JSON holds; what it returns, as JSON.

    What it raises is {"error": one sentence}.
    """
    module, _, name = target.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)(json.loads(argument))
    except Exception as error:
        found = {"error": f"{error}" or type(error).__name__}
    return json.dumps(found)
