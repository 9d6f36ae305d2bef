"""That what PyTorch calls its layers, rules and initializers is answered with what to write here."""

import re

import pytest

import minimix
from minimix import elsewhere, nn, optim

TABLES = ("PACKAGE", "NN", "INIT", "OPTIM", "MODULE", "OPTIMIZER")


@pytest.mark.parametrize("table", TABLES)
def test_what_is_to_be_written_instead_exists_and_what_is_looked_for_does_not(table):
    module = nn.Sequential()
    scope = {"minimix": minimix, "nn": nn, "optim": optim, "model": module, "optimizer": optim.Optimizer}
    for name, sentence in getattr(elsewhere, table).items():
        for path in re.findall(r"\b(?:minimix|nn|optim|model)(?:\.\w+)+", sentence):
            owner, *attributes = path.split(".")
            found = scope[owner]
            for attribute in attributes:
                if (owner, attribute) != ("model", "name"):  # any name
                    found = getattr(found, attribute)
        owner = {"PACKAGE": minimix, "NN": nn, "INIT": nn.init, "OPTIM": optim, "MODULE": module}.get(table)
        if owner is not None:
            with pytest.raises(AttributeError, match=rf"has no {name}: write {re.escape(sentence)}$"):
                getattr(owner, name)


@pytest.mark.parametrize(
    ("name", "meant"), [("Dens", "Dense"), ("Relu", "ReLU"), ("sequential", "Sequential"), ("Dropuot", "Dropout")]
)
def test_a_name_that_is_nearly_one_is_answered_with_it(name, meant):
    with pytest.raises(AttributeError, match=rf"minimix.nn has no attribute '{name}'; did you mean '{meant}'\?$"):
        getattr(nn, name)
    with pytest.raises(AttributeError, match=r"minimix.nn has no attribute 'Quux'$"):
        _ = nn.Quux
