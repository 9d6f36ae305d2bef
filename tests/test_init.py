"""What `import minimix` brings with it, and what it leaves for later."""

import re
import subprocess
import sys

import pytest

import minimix
from minimix.cli import main

HEAVY = {"contourpy", "hypothesis", "matplotlib", "PIL", "pooch", "requests", "torch"}


def brought(code, *, beyond=()):
    """The packages that are not Python's own, and are in memory once the code has run in a new process."""
    code += "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names)"
    command = [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}\n{code}"]  # -S: no .pth files
    return set(
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1].split()
    ) - set(beyond)


def test_importing_minimix_brings_numpy_and_nothing_else():
    assert brought("import minimix", beyond=brought("import numpy")) == {"minimix"}


def test_a_command_starts_without_what_only_some_need():
    assert not {*HEAVY, "distributed", "jinja2", "joblib", "scipy"} & brought("import minimix.cli")


def test_what_a_network_and_its_training_need_is_found_without_a_figure_or_a_download():
    assert not HEAVY & brought(
        "import minimix\nfrom minimix import data, models, nn, optim, train, compare, stepper, gradcheck, Result"
    )


def test_help_is_shown_without_what_draws_and_downloads():
    commands = [["--help"], *([name, "--help"] for name in main.commands)]
    assert not HEAVY & brought(
        f"from minimix.cli import main\nfor command in {commands}: main(command, standalone_mode=False)"
    )


def test_every_public_name_is_there_and_is_listed():
    for name in minimix.__all__:
        assert getattr(minimix, name) is getattr(minimix, name)
    assert set(minimix.__all__) <= set(dir(minimix))


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("Tensr", "has no attribute 'Tensr'; did you mean 'Tensor'?"),
        ("sum", "has no sum: write minimix.ops.sum"),
        ("cat", "has no cat: write minimix.concatenate([x, y])"),
        ("Dense", "has no Dense: write minimix.nn.Dense"),
        ("SGD", "has no SGD: write minimix.optim.SGD"),
        ("Linear", "has no Linear: write nn.Dense(fan_in, fan_out)"),
    ],
)
def test_a_name_that_is_not_there_is_answered_by_what_to_write(name, answer):
    with pytest.raises(AttributeError, match=re.escape(f"module 'minimix' {answer}")):
        getattr(minimix, name)


def test_a_tensor_is_not_made_by_its_module():
    with pytest.raises(TypeError, match=r"minimix\.tensor is a module: write minimix\.Tensor\("):
        minimix.tensor([1.0])
