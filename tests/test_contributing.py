"""CONTRIBUTING.md: its walks, taken in a copy of the tree."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
WALKS = {walk.partition("\n")[0]: walk for walk in re.split(r"^## (?=An? )", TEXT, flags=re.M)[1:]}
PLACE = re.compile(r"(?:#|<!--) ((?:minimix|tests|lessons)/[\w/]+\.\w+)[^\n]*\n")


@pytest.fixture
def tree(tmp_path):
    """A copy of the tree."""
    for folder in ("minimix", "tests", "lessons"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    return tmp_path


@pytest.mark.parametrize("walk", WALKS)
def test_a_walk_leads_where_it_says(walk, tree):
    environment = os.environ | {"PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    ran = 0
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```$", WALKS[walk], re.M | re.S):
        if language == "sh":
            for line in block.splitlines():
                command = line.replace(".venv/bin/python -m pytest", f"{sys.executable} -m pytest -x -n 0")
                command = command.replace(
                    ".venv/bin/minimix", f'{sys.executable} -c "from minimix.cli import main; main()"'
                )
                done = subprocess.run(command, shell=True, cwd=tree, env=environment, capture_output=True, text=True)
                assert done.returncode == 0, f"{line}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
                ran += 1
        else:
            place = PLACE.match(block)
            with open(tree / place[1], "a", encoding="utf-8") as file:
                file.write(block[place.end() :])
    assert ran
