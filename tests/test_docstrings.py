"""Every public name says what it is, and the examples in docstrings do what they show."""

import doctest
import importlib
import inspect
import pkgutil
from dataclasses import is_dataclass
from operator import attrgetter

import numpy as np
import pytest

import minimix

MODULES = {
    info.name: importlib.import_module(info.name)
    for info in pkgutil.walk_packages(minimix.__path__, "minimix.")
    if not info.name.startswith(("minimix.course.bank", "minimix.course.lessons"))
} | {"minimix": minimix}
EXAMPLES = {
    test.name: test
    for name, module in MODULES.items()
    for test in doctest.DocTestFinder(exclude_empty=True).find(module, name)
    if test.examples
}


def public():
    """{full name: docstring} of every function, class, method and property that a module defines."""
    found = {}
    for name, module in MODULES.items():
        for own, x in vars(module).items():
            if own.startswith("_") or getattr(x, "__module__", None) != name:
                continue
            if inspect.isroutine(x):
                found[f"{name}.{own}"] = x.__doc__
            if inspect.isclass(x):
                made = is_dataclass(x) and (x.__doc__ or "").startswith(f"{x.__name__}(")
                found[f"{name}.{own}"] = None if made else x.__doc__
                for key in vars(x):
                    same = [vars(cls)[key] for cls in x.__mro__ if key in vars(cls)]
                    if not key.startswith("_") and (inspect.isroutine(same[0]) or isinstance(same[0], property)):
                        found[f"{name}.{own}.{key}"] = next(filter(None, map(inspect.getdoc, same)), None)
    return found


def test_every_module_and_every_public_name_says_what_it_is():
    documented = {name: module.__doc__ for name, module in MODULES.items()} | public()
    assert len(documented) > 500 and not [name for name, doc in documented.items() if not doc]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_does_what_it_shows(name, capsys):
    test = EXAMPLES[name]
    test.globs = {"mx": minimix, "np": np}
    failed, _ = doctest.DocTestRunner().run(test)
    assert not failed, capsys.readouterr().out


def test_what_people_meet_first_has_an_example():
    first = """Tensor no_grad grad hvp gradcheck using where concatenate einsum softmax cross_entropy mse_loss compare
        evaluate stepper nn.Dense nn.Sequential nn.Module models.mlp optim.Optimizer optim.unroll data.Batches"""
    for name in first.split():
        assert ">>> " in attrgetter(name)(minimix).__doc__, name
