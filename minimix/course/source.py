"""What a file of lessons holds: its definitions, and its solutions between markers."""

import ast
import contextlib
import io
import json
import linecache
import re
import symtable
from pathlib import Path

from ..hint import did_you_mean
from .time_limit import TimeUp, time_limit

SECONDS = 10
DEFINITION = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
ASSIGNMENT = (ast.Assign, ast.AnnAssign)
SOLUTION = re.compile(r"^([ \t]*)# <solution>\n.*?^[ \t]*# </solution>\n", re.MULTILINE | re.DOTALL)
MARKER = re.compile(r"^[ \t]*# </?solution>\n", re.MULTILINE)


def gapped(source):
    """The student's copy: a line that says "your code here" in place of every solution."""
    return SOLUTION.sub(r'\1raise NotImplementedError("your code here")\n', source)


def solved(source):
    """The teacher's copy: the solutions without their markers."""
    return MARKER.sub("", source)


def read(path):
    """The Python of a script, or of a notebook's cells of code (without lines for the shell, "!" and "%")."""
    path = Path(path)
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = ["".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    return "\n\n".join(re.sub(r"^[!%].*", "", cell, flags=re.MULTILINE) for cell in cells)


def definitions(path):
    """{name: object} of a file's imports, functions, classes, and the assignments that these use.

    Nothing else runs: no training, no picture. Raises ValueError where the file is no Python, or takes more
    than ten seconds even so.
    """
    source, name = read(path), str(path)
    try:
        nodes = ast.parse(source, name).body
        used = _globals(symtable.symtable(source, name, "exec"))
    except SyntaxError as error:
        raise ValueError(f"{name}, line {error.lineno}: {error.msg}: {(error.text or '').strip()}") from error
    wanted = []
    for node in reversed(nodes):
        if isinstance(node, ASSIGNMENT) and _names(node, ast.Store) & used:
            used |= _names(node, ast.Load)
            wanted.append(node)
        elif isinstance(node, DEFINITION):
            wanted.append(node)
    linecache.cache[name] = (
        len(source),
        None,
        source.splitlines(keepends=True),
        name,
    )  # a notebook's lines too
    namespace = {"__name__": "lesson", "__file__": name}
    try:
        with time_limit(SECONDS), contextlib.redirect_stdout(io.StringIO()):
            for node in reversed(wanted):
                exec(compile(ast.Module([node], []), name, "exec"), namespace)
    except TimeUp:
        raise ValueError(f"{name} was stopped after {SECONDS} seconds in line {node.lineno}") from None
    except Exception as error:
        raise ValueError(f"{name}, line {node.lineno}: {type(error).__name__}: {error}") from error
    return namespace


def function(reference):
    """The function that "file.py:name" names. Raises ValueError or FileNotFoundError."""
    path, colon, name = reference.rpartition(":")
    if not (colon and path and name):
        raise ValueError(f"a function is named as file.py:name, got {reference!r}")
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {path!r}")
    found = {key: x for key, x in definitions(path).items() if callable(x)}
    if name not in found:
        raise ValueError(f"{path} has no function {name!r}{did_you_mean(name, found)}")
    return found[name]


def _globals(table):
    """The global names that functions and classes use, at any depth. The module's own comprehensions are neither."""
    names, comprehensions = set(), ("listcomp", "setcomp", "dictcomp", "genexpr")
    for child in table.get_children():
        if table.get_type() == "module" and child.get_name() in comprehensions:
            continue
        names |= {symbol.get_name() for symbol in child.get_symbols() if symbol.is_global()} | _globals(child)
    return names


def _names(node, context):
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, context)}
