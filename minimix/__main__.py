"""The command `minimix`, also as `python -m minimix`: it can be ended while it is still importing the rest."""

import signal
import sys

ENDINGS = ("SIGTERM", "SIGHUP", "SIGBREAK")
"""How batch systems, a terminal that closes, and Windows end a program."""


def program():
    """Run the command that the arguments name."""
    try:
        _end_as_by_ctrl_c()
        from .cli import main
    except KeyboardInterrupt:
        sys.exit("Aborted!")
    main(prog_name="minimix")


def _end_as_by_ctrl_c():
    """Have the signals that end a program raise KeyboardInterrupt, so that what cleans up does so."""
    for name in ENDINGS:
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) is signal.SIG_DFL:  # else it is ignored, as by nohup
            signal.signal(number, signal.default_int_handler)


if __name__ == "__main__":  # worker processes import this file too
    program()
