"""What README.md says of the study is what the trials in lessons/study say."""

from pathlib import Path

import pytest

from minimix.study import claims, sensitivity, tuning
from minimix.study.folder import Folder

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FOLDER = Folder(ROOT / "lessons" / "study")
TASKS = tuning.tuned(FOLDER)


def row(cells):
    """A line of a table in Markdown."""
    return f"| {' | '.join(cells)} |"


def test_the_table_of_claims_is_that_of_the_trials():
    judged = [claim for claim in claims.judged(FOLDER) if claim.here]
    assert len(judged) >= 12
    for line in map(row, [claims.HEADS, *(claim.cells() for claim in judged)]):
        assert line in README


@pytest.mark.parametrize("task", TASKS)
def test_the_tables_of_the_tuned_comparison_are_those_of_the_trials(task):
    verdicts = [FOLDER.verdict(FOLDER.plans()[f"{task}, {kind}"]) for kind in ("default", "tuned")]
    for cells in sensitivity.cells(TASKS[task], *verdicts)[1:]:
        assert row(cells) in README
