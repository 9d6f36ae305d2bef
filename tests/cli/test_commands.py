"""What the program says when a command fails, whatever it fails with."""

import pytest
from click.testing import CliRunner

from minimix.cli import main


def fails(monkeypatch, error, *flags):
    def work(**_):
        raise error

    monkeypatch.setattr(main.commands["plot"], "callback", work)
    return CliRunner().invoke(main, [*flags, "plot", "x"])


@pytest.mark.parametrize(
    "error, sentence",
    [
        (ValueError("no such rule"), "no such rule"),
        (RuntimeError("it took too long"), "it took too long"),
        (PermissionError(13, "Permission denied", "a/b.png"), "'a/b.png': Permission denied"),
        (OSError("could not fetch it"), "could not fetch it"),
        (MemoryError("needs 3 TiB"), "out of memory: needs 3 TiB; try a smaller --batch-size or --train-size"),
        (KeyError("k"), "KeyError: 'k'; this is minimix's own fault, `minimix --debug …` shows where"),
    ],
)
def test_a_failure_is_one_sentence_and_with_debug_a_traceback(monkeypatch, error, sentence):
    result = fails(monkeypatch, error)
    assert (result.exit_code, result.output) == (1, f"Error: {sentence}\n")
    assert fails(monkeypatch, error, "--debug").exception is error


@pytest.mark.parametrize("error, said", [(KeyboardInterrupt(), "\nAborted!\n"), (BrokenPipeError(32, "closed"), "")])
def test_an_end_is_no_failure(monkeypatch, error, said):
    assert fails(monkeypatch, error).output == said


@pytest.mark.parametrize(
    "given, meant",
    [("comare", "'compare'"), ("lessons chek", "'check'"), ("data lst", "'list'"), ("step --htm x adam", "--html")],
)
def test_a_misspelt_command_or_option_is_answered_with_the_nearest(given, meant):
    result = CliRunner().invoke(main, given.split())
    assert result.exit_code == 2 and meant in result.output


@pytest.mark.parametrize("given", ["sgd:lr=1e999", f"sgd:lr={'9' * 320}", "adam --seed -1", "²:²=²"])
def test_numbers_that_are_none_are_refused(given):
    result = CliRunner().invoke(main, ["step", *given.split()])
    assert result.exit_code in (1, 2) and "Error: " in result.output and "own fault" not in result.output


@pytest.mark.parametrize(
    ("words", "word", "answer"),
    [
        ("minimix les", 1, "plain,lessons"),
        ("minimix compare --tri", 2, "plain,--trials"),
        ("minimix lessons ch", 2, "plain,check"),
    ],
)
def test_the_shell_completes_commands_and_options(words, word, answer):
    asked = {"_MINIMIX_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(word)}
    assert CliRunner().invoke(main, env=asked, prog_name="minimix").output == answer + "\n"
