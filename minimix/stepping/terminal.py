"""The stepper in a terminal, by keys, and as plain text in a pipe."""

import os
import shutil
import sys
import textwrap
import time

import click
import numpy as np

from ..explain import notation
from ..explain.notation import number

HELP = "q quit   → forward   ← back   j jump   p play   tab other rule"
FIRST, LAST = ("\x1b[H", "\x1bOH", "\x1b[1~", "\xe0G"), ("\x1b[F", "\x1bOF", "\x1b[4~", "\xe0O")
FORWARD, BACK = ("\x1b[C", "\x1bOC", "\xe0M", " ", "n", "l", "\r"), ("\x1b[D", "\x1bOD", "\xe0K", "b", "h", "\x7f")
PLAY = 0.4  # seconds a step


def block(stepper, run, i, short=False):
    """Step i (from 0) of a run as lines of text: each formula, the numbers in it, and what it gives.

    short: leave the formulas in letters out.
    """
    step, values = run.steps[i], run.values(i)
    lines = [
        f"step {step['t']} of {stepper.count}   {run.label}   on {stepper.landscape.name}",
        f"  w = {number(step['w'])}   loss = {number(step['loss'])}   g = {number(step['g'])}",
    ]
    group = None
    for equation in step["equations"]:
        head = (equation.key.partition(":")[0] + ": " if ":" in equation.key else "") + equation.group
        if head != group:
            group = head
            lines.append(head)
        lines.append(_equation(equation, values, short))
    if "rest" in step:
        rest = "   ".join(f"{key} {number(x)}" for key, x in sorted(step["rest"].items()))
        lines.append(f"  norms of the coordinates not shown:   {rest}")
    lines.append(f"  loss {number(step['loss'])} → {number(step['loss_new'])}")
    lines.append(f"  {step['changed']}")
    return "\n".join(lines)


def _equation(equation, values, short):
    letters, numbers = notation.text(equation), notation.text(equation, values)
    result = number(values[equation.key])
    parts = [letters, numbers, result] if not short or numbers == result else [numbers, result]
    line = " = ".join(dict.fromkeys([notation.spoken(*equation.written(equation.target)), *parts]))
    if equation.when:
        line += f"   because {notation.text(equation, source=equation.when)}"
    return f"  {line}"


def frame(stepper, which, i, height, width):
    """The screen for step i of the run number `which`: as much as fits, the short form where the long does not."""
    run = stepper.runs[which]
    ended = i >= len(run.steps)
    i = min(i, len(run.steps) - 1)
    bar = _bar(i + 1, stepper.count, max(width - 24, 10))
    foot = [f"{bar}  {i + 1}/{stepper.count}{'  ended here' if ended else ''}", HELP]
    body = _fold(block(stepper, run, i), width)
    if len(body) > height - len(foot) - 1:
        body = _fold(block(stepper, run, i, short=True), width)
    return "\n".join([*body[: max(height - len(foot) - 1, 0)], *(line[:width] for line in foot)])


def _fold(text, width):
    """Lines no longer than the screen is wide, broken between words, so that no number is."""
    indent = " " * min(6, width // 4)
    wrapped = {"break_on_hyphens": False, "subsequent_indent": indent}
    return [part for line in text.splitlines() for part in textwrap.wrap(line, max(width, 1), **wrapped)]


def _bar(done, count, width):
    full = round(width * done / count)
    return "━" * full + "─" * (width - full)


def interact(stepper, getchar=click.getchar, pressed=None):
    """Show one step at a time and obey keys until q. getchar, pressed: where keys come from (for tests)."""
    pressed = pressed or _pressed
    which = i = 0
    show(stepper, which, i)
    while True:
        try:
            key = getchar().replace("\0", "\xe0")  # on Windows, a key of the number pad
        except (KeyboardInterrupt, EOFError):
            return
        if key in ("q", "Q", "\x1b", "\x03", "\x04"):
            return
        if key == "p":
            i = _play(stepper, which, i, pressed)
        elif key in ("j", "g"):
            i = _jump(stepper, i)
        elif key in FIRST or key in LAST:
            i = 0 if key in FIRST else stepper.count - 1
        elif key in ("\t", "r"):
            which = (which + 1) % len(stepper.runs)
        else:
            i += (key in FORWARD) - (key in BACK)
        i = int(np.clip(i, 0, stepper.count - 1))
        show(stepper, which, i)


def show(stepper, which, i):
    """Clear the screen and draw a step."""
    width, height = shutil.get_terminal_size()
    click.echo("\x1b[H\x1b[2J" + frame(stepper, which, i, height, width))


def _jump(stepper, i):
    t = click.prompt("step", type=click.IntRange(1, stepper.count), default=i + 1, show_default=False)
    return t - 1


def _play(stepper, which, i, pressed):
    """Go on, a step every PLAY seconds, to the end or until a key is pressed; the step reached."""
    while i < stepper.count - 1 and not pressed(PLAY):
        i += 1
        show(stepper, which, i)
    return i


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
