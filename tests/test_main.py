"""The command as a process: how it is started, and how it ends when it is told to."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import minimix.cli
from minimix.__main__ import ENDINGS, program

ENDLESS = "compare --data images.npz --batch-size 50 --record 1 --jobs 2 -o sgd -o adam --out run"


def start(folder, arguments, **streams):
    """`python -m minimix ARGUMENTS` in a folder that is also for temporary files."""
    environment = {**os.environ, "TMPDIR": str(folder), "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "minimix", *arguments.split()]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.Popen(command, cwd=folder, env=environment, text=True, encoding="utf-8", **pipes)


@pytest.mark.skipif(os.name != "posix", reason="sends signals to another process")
@pytest.mark.parametrize(
    "name, size, awaited, said",
    [
        ("SIGINT", "--epochs 20000", "run/progress/*.jsonl", r"stopped; 0 finished trials kept; .*"),
        ("SIGTERM", "--epochs 1 --trials 900", "run/trials/*.json", r"stopped; [1-9]\d* finished trials kept; .*"),
    ],
)
def test_a_run_that_is_ended_says_so_and_leaves_no_copy_of_its_data(tmp_path, name, size, awaited, said):
    np.savez(tmp_path / "images.npz", x=np.zeros((100, 28, 28), "uint8"), y=np.arange(100) % 10)
    process = start(tmp_path, f"{ENDLESS} {size}")
    while not list(tmp_path.glob(awaited)):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(getattr(signal, name))
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.fullmatch(f"\n{said}\n", errors)
    assert not [path.name for path in tmp_path.iterdir() if path.name not in ("images.npz", "run")]


@pytest.mark.skipif(os.name != "posix", reason="closes a pipe as POSIX does")
def test_a_reader_that_leaves_is_no_fault(tmp_path):
    process = start(tmp_path, "step adam --steps 100")
    assert process.stdout.readline() == "step 1 of 100   adam   on rosenbrock\n"
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    process.wait()


def test_a_signal_that_is_ignored_stays_ignored(monkeypatch):
    now = {getattr(signal, name): signal.SIG_IGN for name in ENDINGS if hasattr(signal, name)}
    now[signal.SIGTERM] = signal.SIG_DFL
    monkeypatch.setattr(signal, "getsignal", now.get)
    monkeypatch.setattr(signal, "signal", now.__setitem__)
    monkeypatch.setattr(minimix.cli, "main", lambda **_: None)
    program()
    assert now.pop(signal.SIGTERM) is signal.default_int_handler  # under nohup, SIGHUP
    assert set(now.values()) <= {signal.SIG_IGN}


def test_ctrl_c_while_the_command_is_imported_is_one_sentence(monkeypatch):
    class Importing:
        def __getattr__(self, name):
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "minimix.cli", Importing())
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit, match="Aborted!"):
        program()


def test_the_system_s_errors_are_told_without_their_numbers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    result = CliRunner().invoke(
        minimix.cli.main, ["data", "fetch", "mnist", "--to", "file", "--mirror", "http://127.0.0.1:9"]
    )
    assert result.exit_code == 1 and result.stderr == f"Error: {str(Path('file/mnist'))!r}: Not a directory\n"
