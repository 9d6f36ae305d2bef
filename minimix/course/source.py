"""What a file of lessons holds: solutions between markers, and what it defines when it runs."""

import __future__

import ast
import io
import json
import linecache
import os
import re
import symtable
import sys
import time
import tokenize
import types
from pathlib import Path

from ..own import Limit, TimeUp, fault
from .notebook import cells

SECONDS = 10
MORE = 3  # seconds for the rest, when the time is up
DEFINITION = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
GAP = "your code here"  # what stands in a student's copy
FUTURES = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
SOLUTION = re.compile(r"^([ \t]*)# <solution>\n.*?^[ \t]*# </solution>\n", re.MULTILINE | re.DOTALL)
MARKER = re.compile(r"^[ \t]*# </?solution>\n", re.MULTILINE)


def gapped(source):
    """The student's copy: a line that raises GAP in place of every solution."""
    return SOLUTION.sub(rf'\1raise NotImplementedError("{GAP}")\n', source)


def solved(source):
    """The teacher's copy: the solutions without their markers."""
    return MARKER.sub("", source)


def read(path):
    """The parts of a script, one, or of a notebook, its cells of code: [(label for messages, Python)].

    The text may have a byte-order mark, a coding line, or be UTF-16, as some editors on Windows write it. Raises
    ValueError with a sentence for what is no text or no notebook.
    """
    path = Path(path)
    content, notebook = path.read_bytes(), path.suffix.lower() == ".ipynb"
    encoding = json.detect_encoding(content)
    try:
        if encoding.startswith("utf-8") and not notebook:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = io.StringIO(content.decode(encoding), newline=None).read()
    except (SyntaxError, ValueError) as error:
        raise ValueError(f"{path.name} is no text: {error}") from error
    if not notebook:
        return [(str(path), text)]
    return [(f"{path}, cell {k}", python) for k, python in cells(text, path.name)]


def run(path, lesson="", wanted=(), seconds=SECONDS):
    """({name: object} of what a file defines, notes): its statements run in order, as Python runs them, as "__main__".

    What `lesson` has too, the original's source, is left out where nothing else uses what it makes, and it makes no
    name that is wanted: the lesson's training and pictures take seconds. A statement that raises, or cells that are no
    Python, are noted, and the rest runs all the same, as in a notebook. When the time is up, only definitions and what
    these use still run. The process stays in the file's folder, with its modules. Raises ValueError where a script is
    no Python.
    """
    path = Path(path).resolve()
    statements, notes = _statements(path)
    sys.modules["__main__"] = module = types.ModuleType("__main__")
    module.__file__, names = str(path), vars(module)
    sys.path.insert(0, str(path.parent))
    os.chdir(path.parent)
    original = {ast.dump(node) for node in ast.parse(lesson).body}
    waiting = _used(statements, lambda node: ast.dump(node) in original, set(wanted))
    flags, end = 0, time.monotonic() + seconds
    while waiting:
        (label, node), *waiting = waiting
        try:
            code = compile(ast.Module([node], []), label, "exec", flags, dont_inherit=True)
            flags |= code.co_flags & FUTURES
            Limit(max(end - time.monotonic(), 0.1))(exec, code, names)
        except BaseException as error:
            notes.append(str(fault(error, Path(label).name, label, seconds=seconds)))
            if isinstance(error, TimeUp):
                end, waiting = (
                    time.monotonic() + MORE,
                    _used(waiting, lambda node: not isinstance(node, DEFINITION), set()),
                )
    return names, notes


def _statements(path):
    """[(label, statement)] of a file, and notes on cells that are no Python; a script that is none raises."""
    found, notes = [], []
    for label, source in read(path):
        linecache.cache[label] = len(source), None, source.splitlines(keepends=True), label  # a cell's lines too
        try:
            found += [(label, node) for node in ast.parse(source, label).body]
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            wrong = fault(error, Path(label).name, label)
            if label == str(path):
                raise wrong from error
            notes.append(str(wrong))
    return found, notes


def _used(statements, idle, needed):
    """The statements without those that are idle and make nothing that is needed, by name or by a later statement."""
    kept = []
    for label, node in reversed(statements):
        made, used = _names(node)
        if not idle(node) or made & needed:
            needed = needed | used
            kept.append((label, node))
    return kept[::-1]


def _names(node):
    """The global names that a statement makes, and those that it, or a function in it, uses."""
    made, used = set(), set()
    tables = [symtable.symtable(ast.unparse(node), "?", "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            if symbol.is_global() or table.get_type() == "module":
                made |= {symbol.get_name()} if symbol.is_assigned() or symbol.is_imported() else set()
                used |= {symbol.get_name()} if symbol.is_referenced() else set()
    return made, used
