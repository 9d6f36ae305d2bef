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
def test_a_command_that_is_terminated_ends_its_workers_and_says_what_is_kept(tmp_path):
    process = kills.start(tmp_path / "s", "--jobs", 2, "--epochs", 10_000)
    while not list(tmp_path.glob("s/progress/*.jsonl")):
        assert process.poll() is None
    process.terminate()
    _, said = process.communicate()
    kills.alone(process)
    assert process.returncode == 130
    assert "0 finished trials kept; --resume" in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_full_disk_is_said_and_loses_no_finished_trial():
    kills.full_disk(["--jobs", 2])


@pytest.mark.slow
def test_two_commands_at_once_on_one_folder_end_with_the_same_bytes():
    kills.twice_at_once(["--jobs", 1])
