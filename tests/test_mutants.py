"""tests/mutants.py: mutants are drawn by the seed from the whole list, and are killed or survive."""

from pathlib import Path

import pytest

pytest.importorskip("cosmic_ray", reason="Cosmic Ray lists the mutants: pip install cosmic-ray")
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec

from tests import mutants


def test_every_area_has_files_and_tests_and_a_file_is_mutated_once():
    files = [(area, file) for area in mutants.AREAS for file in mutants.files(area)]
    assert len({file for _, file in files}) == len(files) > 30
    for area, file in files:
        assert all((mutants.ROOT / test).exists() for stage in mutants.stages(area, file) for test in stage)
    for area, (names, tests) in mutants.AREAS.items():
        assert all(list((mutants.ROOT / "minimix").glob(name)) for name in names), area
        assert all((mutants.ROOT / "tests" / name).exists() for name in tests), area


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A small tree with one function and its test, in place of ours."""
    (tmp_path / "minimix").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "minimix/small.py").write_text("def double(x):\n    unused = 1\n    return 2 * x\n" + 20 * "1 + 2\n")
    (tmp_path / "tests/test_small.py").write_text(
        "from minimix.small import double\n\n\ndef test_double():\n    assert double(3) == 6\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    monkeypatch.setitem(mutants.AREAS, "small", (["small.py"], []))
    return tmp_path


def drawn(path, seed):
    with use_db(path, WorkDB.Mode.create) as session:
        whole, own = mutants.draw(session, ["small"], 20, seed), [item.mutations[0] for item in session.work_items]
    return whole, {(mutation.operator_name, mutation.occurrence) for mutation in own}


def test_the_same_seed_draws_the_same_mutants_of_the_whole_list(tree):
    whole, first = drawn(tree / "a", 1)
    assert whole > 300 and len(first) == 20
    assert drawn(tree / "b", 1) == (whole, first)
    assert drawn(tree / "c", 2)[1] != first


def test_a_mutant_is_killed_by_its_mirror_or_survives(tree, tmp_path):
    trees = mutants.Trees(tmp_path / "copies")
    one = lambda occurrence: MutationSpec(Path("minimix/small.py"), "core/NumberReplacer", occurrence, (2, 0), (2, 1))
    unused, factor = trees.examine(one(0), "small"), trees.examine(one(2), "small")
    assert unused.test_outcome == "survived" and "- unused = 1" in unused.diff
    assert factor.test_outcome == "killed" and "- return 2 * x" in factor.diff
    assert (tree / "minimix/small.py").read_text().count("2 * x") == 1
