"""Python as it is on Windows, as far as another system can play that. As a program it runs commands of minimix.

What Windows lacks is not there, here and in the worker processes that import this file, and to open a file in the
system's own encoding, which is not UTF-8 on Windows, is an error. The encoding of the output is set from outside:

    PYTHONIOENCODING=cp437 PYTHONUTF8=0 python -X warn_default_encoding windows.py 'step adam --steps 2' --help

tells the exit codes of the commands, a line each, on the last line of the errors.
"""

import os
import shlex
import signal
import sys
import warnings

import click._termui_impl  # noqa: F401  (what others do on this system, they may do with its modules)
import platformdirs  # noqa: F401

# Not what the code asks os.name for before it takes it: os.killpg and SIGKILL.
MODULES = ("crypt", "curses", "fcntl", "grp", "nis", "posix_ipc", "pty", "pwd", "readline", "resource", "spwd")
MODULES += ("syslog", "termios", "tty")
SIGNALS = ("SIGALRM", "SIGHUP", "SIGURG", "SIGUSR1", "SIGUSR2", "SIGWINCH")
FUNCTIONS = {
    os: ("chown", "fork", "forkpty", "getuid", "geteuid", "getgid", "mkfifo", "nice", "sched_getaffinity"),
    signal: ("alarm", "pthread_kill", "pthread_sigmask", "setitimer"),
}

for _name in MODULES:
    sys.modules[_name] = None
for _module, _names in {**FUNCTIONS, signal: FUNCTIONS[signal] + SIGNALS}.items():
    for _name in _names:
        if hasattr(_module, _name):
            delattr(_module, _name)
warnings.filterwarnings("error", category=EncodingWarning, module=r"minimix\b")


def main(commands):
    """Run the commands one after the other; their exit codes."""
    from minimix.cli import main as minimix

    codes = []
    for command in commands:
        try:
            minimix(shlex.split(command), prog_name="minimix")
        except SystemExit as end:
            codes.append(end.code or 0)
    return codes


if __name__ == "__main__":
    codes = main(sys.argv[1:])
    sys.stderr.write(f"\n{codes}")
