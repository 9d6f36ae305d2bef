"""Steps on a terminal, one at a time, by keys: what the stepper and the tape share."""

import os
import shutil
import sys
import textwrap
import time

import click
import numpy as np

HELP = "q quit   → forward   ← back   j jump   p play"
FIRST, LAST = ("\x1b[H", "\x1bOH", "\x1b[1~", "\xe0G"), ("\x1b[F", "\x1bOF", "\x1b[4~", "\xe0O")
FORWARD, BACK = ("\x1b[C", "\x1bOC", "\xe0M", " ", "n", "l", "\r"), ("\x1b[D", "\x1bOD", "\xe0K", "b", "h", "\x7f")
PLAY = 0.4  # seconds a step


def interact(draw, count, turns=1, getchar=click.getchar, pressed=None):
    """Show one of `count` steps at a time and obey keys until q.

    draw: a function of a number from 0 to turns-1, which tab changes, the step from 0, height and width, which gives
    the text of the screen. getchar, pressed: where keys come from (for tests).
    """
    pressed = pressed or _pressed
    which = i = 0
    _show(draw, which, i)
    while True:
        try:
            key = getchar().replace("\0", "\xe0")  # on Windows, a key of the number pad
        except (KeyboardInterrupt, EOFError):
            return
        if key in ("q", "Q", "\x1b", "\x03", "\x04"):
            return
        if key == "p":
            while i < count - 1 and not pressed(PLAY):
                i += 1
                _show(draw, which, i)
        elif key in ("j", "g"):
            i = click.prompt("step", type=click.IntRange(1, count), default=i + 1, show_default=False) - 1
        elif key in FIRST or key in LAST:
            i = 0 if key in FIRST else count - 1
        elif key in ("\t", "r"):
            which = (which + 1) % turns
        else:
            i += (key in FORWARD) - (key in BACK)
        i = int(np.clip(i, 0, count - 1))
        _show(draw, which, i)


def _show(draw, which, i):
    """Clear the screen and draw a step."""
    width, height = shutil.get_terminal_size()
    click.echo("\x1b[H\x1b[2J" + draw(which, i, height, width))


def filled(texts, i, count, height, width, note="", more=""):
    """A screen: the first of some texts that fits, or as much of the last as does; the bar of step i; the keys.

    note: stands behind the number of the step. more: other keys.
    """
    bar = _bar(i + 1, count, max(width - 24, 10))
    foot = [f"{bar}  {i + 1}/{count}{note}", HELP + more]
    room = height - len(foot) - 1
    for text in texts:
        body = folded(text, width)
        if len(body) <= room:
            break
    return "\n".join([*body[: max(room, 0)], *(line[:width] for line in foot)])


def folded(text, width):
    """Lines no longer than the screen is wide, broken between words, so that no number is."""
    indent = " " * min(6, width // 4)
    wrapped = {"break_on_hyphens": False, "subsequent_indent": indent}
    return [part for line in text.splitlines() for part in textwrap.wrap(line, max(width, 1), **wrapped)]


def _bar(done, count, width):
    full = round(width * done / count)
    return "━" * full + "─" * (width - full)


def _pressed(seconds):
    """Wait; True at once when a key is pressed, which is swallowed."""
    try:
        import select
        import termios
        import tty
    except ImportError:  # Windows
        import msvcrt

        time.sleep(seconds)
        return bool(msvcrt.kbhit() and msvcrt.getch())
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        ready = bool(select.select([sys.stdin], [], [], seconds)[0])
        if ready:
            os.read(sys.stdin.fileno(), 32)  # an arrow key is several characters
        return ready
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
