"""A sample of what tests/fuzz.py does a million times: damaged input is refused with a message."""

import pytest

from tests.fuzz import fuzz, outcome
from tests.readers import READERS, Reader


@pytest.mark.parametrize("name", READERS)
def test_a_reader_raises_nothing_but_its_documented_errors(name):
    read, refused, wrong, _ = fuzz(name, 3 if name == "commands" else 200)
    assert not wrong
    assert read and (refused or name == "commands")  # a command has told so itself


@pytest.mark.parametrize("name", READERS)
def test_valid_samples_are_read(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    reader = READERS[name]
    with reader.ready(tmp_path):
        assert any(outcome(reader, reader.packed(sample)) for sample in reader.samples)


@pytest.mark.parametrize("error", [KeyError("x"), RecursionError(), SystemExit(), ValueError("")])
def test_any_other_error_and_one_without_a_message_is_counted(monkeypatch, error):
    def read(content):
        if len(content) % 2:
            raise error

    monkeypatch.setitem(READERS, "idx", Reader([b"12", b"345"], read))
    read, refused, wrong, _ = fuzz("idx", 40)
    assert read and wrong and not refused
    again = fuzz("idx", 1, start=next(iter(wrong)))
    assert again[2].keys() == {next(iter(wrong))}  # by its number alone
