"""A notebook's cells of code as Python; what only IPython understands does nothing, unless it runs Python itself."""

import ast
import builtins
import json
import re
import sys

PYTHON = ("time", "timeit", "prun", "capture")  # magics whose cell, or rest of the line, is Python
CELL = re.compile(r"\s*%%\s*(\w+).*\n?")
LINE = re.compile(r"(?P<before>\s*(?:[\w\s,.]+=(?!=))?)\s*(?:%\s*(?P<magic>\w+)\s*(?P<rest>.*)|[!?%].*|.*\?\s*)$")


def cells(text, name):
    """[(number from 1, Python)] of the cells of code. Raises ValueError with a sentence for what is no notebook."""
    try:
        found = [(cell["cell_type"], "".join(cell["source"])) for cell in _read(text)["cells"]]
    except Exception as error:
        raise ValueError(f"{name} is no notebook that can be read ({type(error).__name__}: {error})") from error
    return [(k, python(source)) for k, (kind, source) in enumerate(found, 1) if kind == "code"]


def _read(text):
    notebook = json.loads(text)
    if notebook.get("nbformat", 4) < 4:
        import nbformat  # which few need

        notebook = nbformat.reads(text, as_version=4)
    return notebook


def python(cell):
    """The Python of a cell. Where it has some of IPython's syntax, IPython says what that means, if it is installed."""
    if magic := CELL.match(cell):
        return python(cell[magic.end() :]) if magic[1] in PYTHON else ""
    if _stop(cell) is None:
        return cell
    try:
        from IPython.core.inputtransformer2 import TransformerManager
    except ImportError:
        return _without_magics(cell.splitlines())
    builtins.get_ipython = _Shell
    try:
        return TransformerManager().transform_cell(cell)
    except SyntaxError:
        return cell


class _Shell:
    """What IPython's Python calls: only what runs Python does anything."""

    def run_line_magic(self, name, line, *_):
        if name in PYTHON:
            exec(python(line), vars(sys.modules["__main__"]))

    def __getattr__(self, name):
        return lambda *_, **__: []  # the lines that `x = !ls` would have got


def _without_magics(lines):
    """The text of lines, in which those that stop Python and look like IPython's do nothing."""
    while (k := _stop("\n".join(lines))) is not None and k < len(lines) and (found := LINE.match(lines[k])):
        rest = found["rest"] if found["magic"] in PYTHON else "[]" if "=" in found["before"] else "pass"
        while lines[k].endswith("\\") and k + 1 < len(lines):
            lines[k : k + 2] = [lines[k + 1]]
        lines[k] = found["before"] + rest
    return "\n".join(lines)


def _stop(text):
    """The number from 0 of the line where Python stops understanding a text, or None."""
    try:
        ast.parse(text)
    except SyntaxError as error:
        return (error.lineno or 1) - 1
    except (ValueError, RecursionError, MemoryError):
        return 0
    return None
