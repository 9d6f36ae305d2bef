"""Every command on a Python that lacks what Windows lacks, with its encodings and odd paths; see tests/windows.py."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from minimix.cli import main
from minimix.cli.legible import plain

PLAYED = Path(__file__).parents[1] / "windows.py"
HELP = ["--help", *(f"{name} --help" for name in main.commands)]
HELP += [f"{name} {own} --help" for name in ("data", "lessons") for own in main.commands[name].commands]
SMALL = "--data bilder.npz --epochs 1 --batch-size 50 --record 1"
WORK = [
    f"compare {SMALL} --trials 1 --jobs 2 -o sgd -o adam --out 'läuft jetzt'",
    f"train {SMALL} --out größe.npz",
    "plot 'läuft jetzt'",
    "step adam mas:lr=0.05 swats --steps 2",
    "step sgd --steps 2 --html 'a b.html' --csv γ.csv --png 'bild ä.png' --sensitivity",
    "step sgd --steps 1 --on 'C:\\Eigene Dateien ü/own.py:valley'",
    "gradcheck 'C:\\Eigene Dateien ü/own.py:cube'",
    "rulecheck 'C:\\Eigene Dateien ü/own.py:rule' --against sgd",
    "lessons list",
    "lessons copy 'mein kurs ü'",
    "lessons copy klasse/Åsa --solutions --notebooks",
    "lessons check 01 klasse --csv 'klasse ü.csv'",
    "data list",
]
OWN = """# Größe und Maß: γ → ∇
def valley(w):
    return (w * w).sum()

def cube(x):
    return x * x * x

def rule(w, g, state, t, lr=0.1):
    return w - lr * g
"""


def played(commands, folder, encoding):
    """(the exit codes, the output) of commands in a Windows that is played."""
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "PYTHONPATH": str(PLAYED.parents[1])}
    command = [sys.executable, "-X", "warn_default_encoding", PLAYED, *commands]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True)
    output, errors = done.stdout.decode(encoding), done.stderr.decode(encoding)
    assert "Traceback" not in errors, errors
    return dict(zip(commands, json.loads(errors.splitlines()[-1]), strict=True)), output


def test_every_command_does_its_work(tmp_path):
    home = tmp_path / "C:\\Eigene Dateien ü"
    home.mkdir()
    (home / "own.py").write_text(OWN, "utf-8")
    np.savez(tmp_path / "bilder.npz", x=np.zeros((100, 28, 28), "uint8"), y=np.arange(100) % 10)
    codes, output = played([*WORK, "bench --memory"], tmp_path, "cp437")
    assert codes == dict.fromkeys(WORK, 0) | {"bench --memory": 1}
    assert "cube agrees with central differences" in output and "läuft jetzt/figure.png" in output.replace("\\", "/")
    assert 'Start with: cd "mein kurs ü" && python 01_' in output
    assert "+ right" in output
    written = {path.name for path in tmp_path.iterdir()}
    assert written >= {"a b.html", "γ.csv", "bild ä.png", "größe.npz", "läuft jetzt", "mein kurs ü", "klasse ü.csv"}
    assert "γ" in (tmp_path / "mein kurs ü" / "09_mas_and_its_variants.py").read_text("utf-8")


SAID = [*HELP, "step mas:combine=normalized --steps 1", "data lst"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return played(SAID, tmp_path_factory.mktemp("whole"), "utf-8")


@pytest.mark.parametrize("encoding", ["cp437", "cp1252"])
def test_help_and_steps_are_the_same_text_in_every_encoding(whole, tmp_path, encoding):
    (codes, expected), (same, output) = whole, played(SAID, tmp_path, encoding)
    assert codes == same == dict.fromkeys(SAID, 0) | {"data lst": 2}
    assert "m̂" in expected and "m_hat" in output and plain(output) == plain(expected)
