"""Code in a process of its own: however it ends, and whatever it writes, the parent gets an answer or a sentence."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from minimix.own import apart
from minimix.own.apart import Apart, Lost, answer

ROOT = Path(__file__).parents[2]
ENDED = "ended its process"


def first(order, seconds=10):
    with Apart("tests.own.targets:obey", order) as process:
        return process.hear(seconds)


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        ("import os; os._exit(0)", f"^{ENDED} with exit code 0 before it had given an answer$"),
        ("import ctypes; ctypes.string_at(0)", rf"^{ENDED} (\(SIG\w+\)|with exit code \d+) before"),
        ("import os; os.closerange(0, 99)", f"^{ENDED}.* before"),
        ("import os; [os.write(k, b'[3]\\n') for k in range(3, 9) if os.path.exists(f'/dev/fd/{k}')]", f"^{ENDED}"),
    ],
)
def test_a_process_that_ends_or_forges_is_lost(order, sentence):
    with pytest.raises(Lost, match=sentence):
        first(order)


@pytest.mark.parametrize("order", ["sum(range(10**15))", "import time; time.sleep(99)"])
def test_what_never_ends_is_ended_within_compiled_code_too(order, monkeypatch):
    monkeypatch.setattr(apart, "SPARE", 0.1)
    start = time.monotonic()
    with pytest.raises(Lost, match=r"^was stopped after 0\.1 seconds: it does not end, or it is too slow$"):
        first(order, 0.1)
    assert time.monotonic() - start < 60


def test_one_process_s_worth_of_tricks_changes_nothing():
    order = """
import os, subprocess, sys, warnings
for trick in (os.fork, lambda: os.kill(os.getppid(), 9), lambda: os.system("true"), lambda: subprocess.run(["true"])):
    try:
        trick()
    except PermissionError:
        pass
    else:
        raise AssertionError(trick)
try:
    assert len(bytearray(3 << 30)) and sys.platform != "linux"
except MemoryError:
    pass
assert sys.stdin.read() == ""
print("alive", "\\u2211")
sys.stdout.close()
os.close(1)
tell({"seen": list(os.environ.get("MPLBACKEND"))})
"""
    assert first(order) == {"seen": list("agg")}


def test_what_the_code_raises_is_one_printable_sentence():
    with pytest.raises(ValueError, match=r"^two  \[2Jlines: ∑$"):
        first("raise TypeError('two\\n\\x1b[2Jlines: ∑')")


def test_an_answer_is_what_the_target_returns_and_its_sentence_begins_with_the_name():
    assert answer("minimix.own.apart:printable", "a\tb", "f", 10) == "a b"
    with pytest.raises(RuntimeError, match=r"^my\.py:f ended its process with exit code 7"):
        answer("os:_exit", 7, "my.py:f", 10)


def test_the_process_imports_what_this_one_does_and_nothing_beside_the_student_s_file(tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit")
    (tmp_path / "numpy.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    assert first("import numpy; numpy.zeros(3)") == "alive"


def test_the_words_for_an_end():
    assert (
        re.fullmatch(r" \(SIGSEGV\)", apart._how(-11)) and apart._how(-9) == "" and apart._how(3) == " with exit code 3"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_process_ends_with_its_parent_however_that_ends():
    program = (
        "from minimix.own.apart import Apart\n"
        "with Apart('tests.own.targets:obey', 'sum(range(10**15))') as process:\n"
        "    print(process.process.pid, flush=True)\n"
        "    process.hear(99)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    state = Path(f"/proc/{int(parent.stdout.readline())}/stat")
    parent.kill()
    parent.communicate()
    for _ in range(600):
        if not state.exists() or state.read_text("utf-8").rpartition(")")[2].split()[0] in "ZX":
            return
        time.sleep(0.05)
    raise AssertionError("it goes on")


def test_a_stranger_s_text_is_one_line_and_not_a_book():
    assert apart.printable("\x1b[2J\n" + "x" * 10**6) == " [2J " + "x" * (apart.LETTERS - 5)
