"""That the strict array module offers what CuPy offers, under CuPy's parameters, and that minimix asks for no more.

CuPy's signatures are read, without importing it, from an installed CuPy or from the wheel, or folder of an unpacked
one, that MINIMIX_CUPY_WHEEL names: pip download --no-deps cupy-cuda12x. Python files state those of its functions, the
docstrings in its compiled core those of the array's methods.
"""

import ast
import functools
import importlib.util
import inspect
import operator
import os
import re
import zipfile
from pathlib import Path

import pytest

from tests import strict

ROOT = Path(__file__).parents[1]
ONLY_NUMPY = {"errstate"}  # in a branch for arrays on the host
NO_METHODS = {"base", "dtype", "ndim", "flags", "T", *strict._ATTRIBUTES.split()}


class CuPy:
    """The files of a CuPy, in a wheel or a folder."""

    def __init__(self, place):
        if place.is_file():
            wheel = zipfile.ZipFile(place)
            self.names, self.read = wheel.namelist(), wheel.read
        else:
            self.names = [path.relative_to(place).as_posix() for path in (place / "cupy").rglob("*.*")]
            self.read = lambda name: (place / name).read_bytes()
        self.module = functools.cache(self._module)

    def _module(self, name):
        """{name: the statement that defines or imports it} of a module."""
        path = name.replace(".", "/")
        file = next(file for file in (f"{path}.py", f"{path}/__init__.py") if file in self.names)
        found = {}
        statements = ast.parse(self.read(file)).body
        statements += [inner for node in statements if isinstance(node, ast.If) for inner in node.body]
        for node in statements:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                found |= {alias.asname or alias.name: node for alias in node.names}
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found[node.name] = node
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found |= {target.id: node for target in targets if isinstance(target, ast.Name)}
        return found

    def find(self, name, module="cupy"):
        """The statement that makes cupy.name, in the file where it stands; None without one."""
        inner, _, name = name.rpartition(".")
        module = f"{module}.{inner}" if inner else module
        node = self.module(module).get(name)
        if isinstance(node, ast.ImportFrom) and node.module and f"{node.module.replace('.', '/')}.py" in self.names:
            original = next(alias.name for alias in node.names if (alias.asname or alias.name) == name)
            return self.find(original, node.module)
        return node

    @functools.cached_property
    def methods(self):
        """{method of an array: its parameters}, as {name: default or None}."""
        core = [name for name in self.names if re.fullmatch(r"cupy/_core/core\.[^/]*(so|pyd)", name)]
        if not core:
            pytest.skip("this CuPy has no compiled core, whose docstrings are read")
        found = re.findall(rb"_ndarray_base\.(\w+)\(self(?:, )?([^)\x00\n]*)\)", self.read(core[0]))
        return {name.decode(): _parameters(text.decode()) for name, text in found}


def _parameters(text):
    """The parameters that stand in a docstring, as inspect has them, without their C types."""
    names = [re.sub(r"^[\w ]* (?=\w)", "", part) for part in text.replace("\\", "").split(", ") if part]
    return inspect.signature(eval(f"lambda {', '.join(names)}: None", {})).parameters


def _of(node, name):
    """The parameters of a function or a GUFunc; those that hide in its **kwargs stand in its docstring."""
    if isinstance(node, ast.FunctionDef):
        doc = ast.get_docstring(node) or ""
    else:
        doc = "".join(k.value.value for k in ast.walk(node) if isinstance(k, ast.keyword) and k.arg == "doc")
    if stated := re.match(rf"{name}\((.*)\)", doc):
        return _parameters(stated[1])
    given, p = node.args, inspect.Parameter
    kinds = [
        (given.posonlyargs, p.POSITIONAL_ONLY),
        (given.args, p.POSITIONAL_OR_KEYWORD),
        ([given.vararg], p.VAR_POSITIONAL),
        (given.kwonlyargs, p.KEYWORD_ONLY),
    ]
    told = re.findall(r"^ *(\w+) ?\(", doc, re.M) if given.kwarg else []
    found = {x.arg: p(x.arg, kind) for arguments, kind in kinds for x in arguments if x}
    return {name: p(name, p.KEYWORD_ONLY) for name in told} | found


@pytest.fixture(scope="module")
def cupy():
    place = os.environ.get("MINIMIX_CUPY_WHEEL")
    if not place and (installed := importlib.util.find_spec("cupy")):
        place = Path(installed.origin).parents[1]
    if not place:
        pytest.skip("no CuPy to read: pip download --no-deps cupy-cuda12x, and MINIMIX_CUPY_WHEEL=its file")
    return CuPy(Path(place))


def fits(ours, theirs):
    """What of our parameters CuPy's do not take, in words; None where they take all."""
    by_place = [p.name for p in theirs.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    several = any(p.kind == p.VAR_POSITIONAL for p in theirs.values())
    for k, (name, p) in enumerate(ours.items()):
        if p.kind == p.VAR_POSITIONAL:
            if not several:
                return f"*{name}"
        elif p.kind == p.POSITIONAL_ONLY:
            if k >= len(by_place) and not several:
                return f"{k + 1} arguments by place"
        elif name not in theirs or (p.kind == p.POSITIONAL_OR_KEYWORD and (k >= len(by_place) or by_place[k] != name)):
            return name
    return None


@pytest.mark.parametrize("name", strict._functions)
def test_cupy_has_every_function_with_these_parameters(cupy, name):
    assert (found := cupy.find(name)) is not None
    assert fits(strict._functions[name].__signature__.parameters, _of(found, name)) is None


@pytest.mark.parametrize("name", strict._ufuncs)
def test_cupy_has_every_ufunc(cupy, name):
    found = cupy.find(name)
    assert found is not None and not isinstance(found, ast.FunctionDef)


@pytest.mark.parametrize(
    "name", [*strict._BORROWED.split(), "asarray", "array", "asnumpy", "result_type", "ElementwiseKernel"]
)
def test_cupy_has_every_other_name(cupy, name):
    assert cupy.find(name) is not None


@pytest.mark.parametrize("name", sorted({n for n in vars(strict.ndarray) if n[0] != "_"} - NO_METHODS))
def test_cupy_s_array_has_every_method_with_these_parameters(cupy, name):
    _, *ours = inspect.signature(getattr(strict.ndarray, name)).parameters.items()
    assert fits(dict(ours), cupy.methods[name]) is None


def calls():
    """(name, keywords, where) of what minimix asks of an array module: xp.name(…), module_of(x).name(…)."""
    for path in sorted((ROOT / "minimix").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and (name := _asked(node.func)):
                yield name, [k.arg for k in node.keywords], f"{path.relative_to(ROOT)}:{node.lineno}"


def _asked(node):
    """ "linalg.norm" of xp.linalg.norm, self.xp.linalg.norm and module_of(x).linalg.norm; None for what is no such."""
    names = []
    while isinstance(node, ast.Attribute) and node.attr != "xp":
        names.append(node.attr)
        node = node.value
    asks = isinstance(node, ast.Call) and getattr(node.func, "id", None) == "module_of"
    is_module = asks or getattr(node, "attr", None) == "xp" or getattr(node, "id", None) == "xp"
    return ".".join(reversed(names)) if names and is_module else None


def test_minimix_asks_for_nothing_that_the_strict_module_lacks():
    found = list(calls())
    assert len(found) > 50
    for name, keywords, where in found:
        asked = operator.attrgetter(name)(strict) if name not in ONLY_NUMPY else len
        assert callable(asked), f"{name} in {where}"
        if name in strict._functions:
            assert set(keywords) <= asked.__signature__.parameters.keys(), f"{name} in {where}"
