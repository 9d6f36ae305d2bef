"""Cells with IPython's syntax as Python, with IPython and without it: the same cells run, and define the same."""

import builtins
import importlib.util
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimix.course.notebook import cells, python

RIGHT = "def f(x):\n    return x % 2\n"
CELLS = {
    RIGHT: {"f"},
    "": set(),
    "%matplotlib inline\n" + RIGHT: {"f"},
    "%%time\n" + RIGHT: {"f"},
    "\n%%timeit -n 1\n%%capture out\n" + RIGHT: {"f"},
    "%%bash\necho hello | wc -c\n": set(),
    "%%writefile e.txt\nfree text\n   as you like\n": set(),
    "if True:\n    %time x = 1\n": {"x"},
    "!pip install \\\n   numpy \\\n  more\n" + RIGHT: {"f"},
    "files = !ls\nn = len(files)\n": {"files", "n"},
    "n = 3\nn?\n?n\nn??\nprint?\n": {"n"},
    "y = (7\n % 4)\n!ls\n": {"y"},
    'text = """\n%s stays\n!too\n"""\n!ls\nassert text == "\\n%s stays\\n!too\\n"\n': {"text"},
    "for k in range(3):\n    !echo {k}\n    last = k\n": {"k", "last"},
    "x = 1 # a comment?\n%load_ext autoreload\n%autoreload 2\n": {"x"},
}


@pytest.fixture(params=["with IPython", "without"])
def ipython(request, monkeypatch):
    monkeypatch.setattr(builtins, "get_ipython", None, raising=False)
    if request.param == "without":
        monkeypatch.setitem(sys.modules, "IPython.core.inputtransformer2", None)
    elif importlib.util.find_spec("IPython") is None:
        pytest.skip("IPython is not installed: pip install ipython")


@pytest.mark.parametrize("cell", CELLS)
def test_what_is_python_runs_and_what_is_for_the_shell_does_nothing(cell, ipython, monkeypatch):
    main = type(sys)("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)
    exec(compile(python(cell), "a cell", "exec"), vars(main))
    assert {name for name in vars(main) if not name.startswith("_")} == CELLS[cell]


@given(st.text("%!?=ab( \n\\'\"", max_size=30))
def test_any_text_without_ipython_gives_some_text(cell):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "IPython.core.inputtransformer2", None)
        assert isinstance(python(cell), str)


def test_old_notebooks_are_converted():
    nbformat = pytest.importorskip("nbformat", reason="nbformat reads notebooks before version 4: pip install nbformat")
    sheet = [nbformat.v3.new_text_cell("markdown", "t"), nbformat.v3.new_code_cell("x = 1")]
    old = nbformat.v3.new_notebook(worksheets=[nbformat.v3.new_worksheet(cells=sheet)])
    assert cells(json.dumps(old), "old.ipynb") == [(2, "x = 1")]
