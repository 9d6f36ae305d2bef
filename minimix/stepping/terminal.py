"""The stepper in a terminal, by keys, and as plain text in a pipe."""

import functools

from .. import screen
from ..explain import notation
from ..explain.notation import number


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
    of = " of this step's batch" if run.landscape.batches else ""
    lines.append(f"  loss{of} {number(step['loss'])} → {number(step['loss_new'])}")
    lines.append(f"  {step['changed']}")
    return "\n".join(lines)


def _equation(equation, values, short):
    letters, numbers = notation.text(equation), notation.text(equation, values)
    result = number(values[equation.key])
    also = [notation.text(equation, source=equation.also)] if equation.also else []
    parts = [letters, *also, numbers, result] if not short or numbers == result else [numbers, result]
    line = " = ".join(dict.fromkeys([notation.spoken(*equation.written(equation.target)), *parts]))
    if equation.when:
        line += f"   because {notation.text(equation, source=equation.when)}"
    return f"  {line}"


def frame(stepper, which, i, height, width):
    """The screen for step i of the run number `which`: as much as fits, the short form where the long does not."""
    run = stepper.runs[which]
    note = "  ended here" if i >= len(run.steps) else ""
    i = min(i, len(run.steps) - 1)
    texts = (block(stepper, run, i, short) for short in (False, True))
    return screen.filled(texts, i, stepper.count, height, width, note, more="   tab other rule")


def interact(stepper, **keys):
    """Show one step at a time and obey keys until q. keys: see `screen.interact`."""
    screen.interact(functools.partial(frame, stepper), stepper.count, len(stepper.runs), **keys)
