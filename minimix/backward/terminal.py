"""The tape in a terminal, by keys, and as plain text in a pipe."""

import functools

import numpy as np

from .. import screen
from ..tensor import Tensor
from .formulas import FEW as FEW_NUMBERS
from .formulas import short
from .telling import about, cut, formula, why
from .values import host

LONG = 68  # letters of a line of formulas
FEW = 14  # nodes of a table on the screen
FREED = "g is the gradient of the loss. A node that is freed lets go of its inputs, whose memory can be used again."
MARK = {True: "▸", False: " "}


def blocks(tape):
    """The text of a tape, part by part: the nodes, then every step."""
    said = [f"{tape.title}: {about(tape)}.", cut(tape), FREED if any(step.freed for step in tape.steps) else ""]
    yield "\n".join([*filter(None, said), *table(tape, tape.kept)])
    kept = set(tape.kept_steps)
    for i, step in enumerate(tape.steps):
        if step in kept:
            yield block(tape, i)


def block(tape, i):
    """Step i (from 0) as lines of text."""
    step = tape.steps[i]
    node = step.node
    where = f"   in {node.group}" if node.group else ""
    lines = [f"step {i + 1} of {len(tape.steps)}   {_phase(step)}   {node.name}{where}"]
    if step.g is None:
        return "\n".join([*lines, f"  {_line(node.name, formula(tape, node), node.tensor)}"])
    lines += [f"  {why(step)}", f"  g = {short(step.g)}"]
    for handed in step.vjps:
        lines += _handed(handed)
    if not step.vjps:
        lines.append(f"  {node.name}.grad = {short(step.g)}")
    lines += [f"  recorded: {_line(new.name, formula(tape, new), new.tensor)}" for new in step.made if new.operator]
    waiting = ", ".join(other.name for other in step.ready[:6]) + (", …" if step.waiting > 6 else "")
    ends = [f"freed: {node.name}"] * step.freed + [f"ready: {waiting}"] * bool(waiting)
    return "\n".join([*lines, *(["  " + "   ".join(ends)] if ends else [])])


def _phase(step):
    if step.phase == "second":
        return "second time, forward" if step.g is None else "second time, backward"
    return step.phase


def _line(name, own, result, indent="    "):
    """name = letters = numbers = result; on several lines where one would be long."""
    parts = list(dict.fromkeys([name, own.text(), own.text(numbers=True), short(result)]))
    line = " = ".join(parts)
    return line if len(line) <= LONG else f"\n{indent}  = ".join([" = ".join(parts[:2]), *parts[2:]])


def _handed(handed):
    """What one VJP gives, and what becomes of it."""
    to = handed.to.name
    yield f"  to {to}: {_line('', handed.formula(), handed.given).removeprefix(' = ')}"
    if handed.undone:
        yield f"    {handed.undone}: {short(handed.handed)}"
    if handed.before is not None:
        yield f"    added up: {short(handed.before)} + {short(handed.handed)} = {short(handed.total)}"
    if handed.left:
        yield f"    {to} waits for {handed.left} more"


def table(tape, nodes, i=None):
    """The nodes as lines: name, operator, shape, value and gradient; at step i, as far as they are known there."""
    now = len(tape.steps) - 1 if i is None else i
    computed, sums = known(tape, now)
    rows = [("", "node", "operator", "shape", "value", "gradient")]
    for node in nodes:
        done = not node.operator or node in computed
        g = sums.get(node)
        rows.append(
            (
                MARK[i is not None and tape.steps[now].node is node],
                node.name,
                node.operator.name.lstrip("_") if node.operator else "leaf",
                "×".join(map(str, node.tensor.shape)),
                cell(node.tensor) if done else "",
                cell(g) if g is not None else "",
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(n) for cell, n in zip(row, widths, strict=True)).rstrip() for row in rows]


def cell(x):
    """A value in a table: a number or a small array; of a larger one, whose shape stands beside it, the norm."""
    text = short(x)
    if not text.startswith("[") or (np.size(host(x)) <= FEW_NUMBERS and np.ndim(host(x)) <= 2 and len(text) <= 28):
        return text
    return f"norm {short(np.linalg.norm(host(x).ravel()))}"


def known(tape, now):
    """The nodes that are computed by step `now`, and {node: the gradient that it has then}."""
    computed, sums = set(), {}
    phase = tape.steps[now].phase
    for step in tape.steps[: now + 1]:
        computed.update([step.node] if step.g is None else step.made)
        if step.phase == phase and step.g is not None:
            sums[step.node] = step.g
            sums |= {handed.to: handed.total for handed in step.vjps}
    return computed, sums


def frame(tape, which, i, height, width):
    """The screen for step i: with a table of the nodes where there is room, all of them or those of this step."""
    step, text = tape.steps[i], block(tape, i)
    near = [node for node in tape.nodes if node is step.node or node in step.node.users or node in _inputs(tape, step)]
    nodes = near if which or len(tape.nodes) > FEW else tape.nodes
    texts = ["\n".join([text, "", *table(tape, nodes, i)]), text]
    return screen.filled(texts, i, len(tape.steps), height, width)


def _inputs(tape, step):
    return {tape.by[x] for x in step.node.inputs if isinstance(x, Tensor)}


def interact(tape, **keys):
    """Show one step at a time and obey keys until q. keys: see `screen.interact`."""
    screen.interact(functools.partial(frame, tape), len(tape.steps), **keys)
