import pytest
from click.testing import CliRunner

from minimix.cli import main

RULES = """\
import os
def sgd(w, g, state, t, lr=0.1): return w - lr * g
def uphill(w, g, state, t, lr=0.1): return w + lr * g
def gone(w, g, state, t): os._exit(0)
def nothing(w, g, state, t, lr=0.1): w - lr * g
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.py").write_text(RULES)
    return lambda *arguments: CliRunner().invoke(main, ["rulecheck", *arguments])


def test_a_right_rule_gets_one_sentence_and_exit_code_0(run):
    result = run("my.py:sgd", "--against", "sgd:lr=0.2")
    assert result.exit_code == 0
    assert result.output == "my.py:sgd agrees with sgd:lr=0.2 on 4 problems, 60 steps each, to 1e-9.\n"


def test_a_wrong_one_is_told_where_and_what_the_mistake_is(run):
    result = run("my.py:uphill", "--against", "sgd")
    assert result.exit_code == 1
    # The bowl's gradient at w[2] = 1.5 is 4 * 1.5 = 6.
    assert result.output == (
        "my.py:uphill parts from sgd:lr=0.05 at step 1 of the bowl: in first, w[2] is 1.8, expected 1.2.\n"
        "  Likely mistake: the sign: the step goes downhill, against the gradient.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["my.py:nothing", "--against", "sgd"], "Error: my.py:nothing"),
        (["my.py:gone", "--against", "sgd"], "Error: my.py:gone ended its process with exit code 0"),
        (["my.py:sgd", "--against", "adma"], "did you mean 'adam'?"),
        (["my.py:sgd"], "Missing option '--against'"),
    ],
)
def test_bad_input_gets_a_sentence(run, arguments, sentence):
    result = run(*arguments)
    assert result.exit_code in (1, 2) and isinstance(result.exception, SystemExit)
    assert sentence in result.output
