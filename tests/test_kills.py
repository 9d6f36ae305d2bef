"""A round or two of what tests/kills.py does fifty times."""

import pytest

from tests import kills


def test_a_study_that_is_killed_within_a_write_goes_on_and_ends_with_the_same_bytes():
    assert kills.kills(1, 1, ["--jobs", 1], say=lambda *_, **__: None)["killed within a write"] >= 1


@pytest.mark.slow
def test_a_study_on_two_workers_that_is_killed_goes_on_and_ends_with_the_same_bytes():
    kills.kills(3, 1, ["--jobs", 2], say=lambda *_, **__: None)


@pytest.mark.slow
def test_a_study_on_dask_that_is_killed_goes_on_and_ends_with_the_same_bytes():
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'minimix[cluster]'")
    with kills.dask(True) as options:
        kills.kills(3, 1, options, say=lambda *_, **__: None)


@pytest.mark.slow
def test_a_full_disk_is_said_and_loses_no_finished_trial():
    kills.full_disk(["--jobs", 2])


@pytest.mark.slow
def test_two_commands_at_once_on_one_folder_end_with_the_same_bytes():
    kills.twice_at_once(["--jobs", 1])
