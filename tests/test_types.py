"""Types stand where things from outside enter, and nowhere in the mathematics."""

import ast
from pathlib import Path

import minimix

ROOT = Path(minimix.__file__).parent
MODULES = ["files.py", "validation.py", "config.py", "spec.py", "comparison.py", "training.py", "result.py"]
DOORS = [*MODULES, "data", "own", "cli", "study/folder.py", "study/forms.py", "study/summary.py"]
MATHEMATICS = ["tensor.py", "operators.py", "gradients.py", "stale.py", "ops", "optim", "nn"]


def functions(places):
    """(where, function, whether it is public) of all functions in some files and folders."""
    for place in places:
        for path in [ROOT / place] if place.endswith(".py") else sorted((ROOT / place).rglob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            bodies = [(tree.body, True)]
            bodies += [(x.body, not x.name.startswith("_")) for x in tree.body if isinstance(x, ast.ClassDef)]
            for body, is_public in bodies:
                for f in body:
                    if isinstance(f, ast.FunctionDef):
                        yield f"{path.name}: {f.name}", f, is_public and (f.name[0] != "_" or f.name == "__init__")


def annotations(f):
    """The annotation of each argument and of what is returned, None where there is none."""
    given = [*f.args.posonlyargs, *f.args.args, f.args.vararg, *f.args.kwonlyargs, f.args.kwarg]
    given = [x.annotation for x in given if x and x.arg not in ("self", "cls")]
    return given if f.name == "__init__" else [*given, f.returns]


def test_every_public_function_at_a_door_says_what_it_takes_and_returns():
    doors = [(where, f) for where, f, is_public in functions(DOORS) if is_public]
    assert len(doors) > 100
    assert not [where for where, f in doors if None in annotations(f)]


def test_the_mathematics_has_no_types():
    inside = [(where, f) for where, f, _ in functions(MATHEMATICS)]
    assert len(inside) > 300
    assert not [where for where, f in inside if any(annotations(f))]
