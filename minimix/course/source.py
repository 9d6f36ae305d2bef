"""What a file of lessons holds: its definitions, and its solutions between markers."""

import ast
import contextlib
import io
import json
import linecache
import re
import symtable
from pathlib import Path

from ..own import Limit, fault

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

    Nothing else runs: no training, no picture. Raises ValueError where the file is no Python, RuntimeError where it
    takes more than ten seconds even so.
    """
    source, name = read(path), str(path)
    linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name  # a notebook's lines too
    try:
        nodes = ast.parse(source, name).body
        used = _globals(symtable.symtable(source, name, "exec"))
    except SyntaxError as error:
        raise fault(error, name, name) from error
    wanted = []
    for node in reversed(nodes):
        if isinstance(node, ASSIGNMENT) and _names(node, ast.Store) & used:
            used |= _names(node, ast.Load)
            wanted.append(node)
        elif isinstance(node, DEFINITION):
            wanted.append(node)
    namespace = {"__name__": "lesson", "__file__": name}
    code = compile(ast.Module(wanted[::-1], []), name, "exec")
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            Limit(SECONDS)(exec, code, namespace)
    except BaseException as error:
        raise fault(error, name, name, seconds=SECONDS) from error
    return namespace


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
