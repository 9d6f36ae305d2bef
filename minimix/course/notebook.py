"""A notebook's cells of code as Python, and a lesson as a notebook.

What only IPython understands does nothing, unless it runs Python itself.
"""

import ast
import builtins
import json
import re
import sys

from . import percent

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


def from_script(text):
    """The notebook (nbformat 4.5, a text of JSON) of a script in percent format; the same text for the same script."""
    found = [_cell(f"cell-{k}", **cell) for k, cell in enumerate(percent.cells(text), 1)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    notebook = {"cells": found, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _cell(name, kind, source):
    if kind == "text":
        kind, more = "markdown", {}
        source = percent.markdown(source)
    else:
        more = {"execution_count": None, "outputs": []}
    lines = source.strip("\n").splitlines(keepends=True)
    return {"cell_type": kind, "id": name, "metadata": {}, "source": lines, **more}


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
