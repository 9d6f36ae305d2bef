"""The tape in a terminal, by keys, and as plain text in a pipe."""

import functools
import itertools

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
        what = f"{node.name}.grad" if step.phase == "backward" else f"gradient of norm2 for {node.name}"
        lines.append(f"  {what} = {short(step.g)}")
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
    """The nodes as lines: name, operator, shape, value and gradient; at step i, as far as they are known there.

    nodes: also pairs (group, number of nodes) that stand for a layer which is folded.
    """
    now = len(tape.steps) - 1 if i is None else i
    computed, sums = known(tape, now)
    rows = [("", "node", "operator", "shape", "value", "gradient")]
    for node in nodes:
        if isinstance(node, tuple):
            rows.append(("+", node[0], f"{node[1]} nodes", "", "", ""))
            continue
        done = not node.operator or node in computed
        g = sums.get(node)
        kind = node.operator.name.lstrip("_") if node.operator else "leaf"
        here = MARK[i is not None and tape.steps[now].node is node]
        value, gradient = cell(node.tensor) if done else "", cell(g) if g is not None else ""
        rows.append((here, node.name, kind, "×".join(map(str, node.tensor.shape)), value, gradient))
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
    """The screen for step i: with a table of the nodes where there is room.

    which: 0 shows the nodes of this step, of a short tape all; 1 all, but the layers folded that the step is not in.
    """
    text = block(tape, i)
    choose = _folded if which else _near
    nodes = tape.nodes if len(tape.nodes) <= FEW else choose(tape, tape.steps[i])
    texts = ["\n".join([text, *table(tape, nodes, i)]), text]
    more = "   tab all nodes" if len(tape.nodes) > FEW else ""
    return screen.filled(texts[:1] if which else texts, i, len(tape.steps), height, width, more=more)


def _near(tape, step):
    """A step's node with what it was computed from and the first that use it."""
    inputs = [tape.by[x] for x in step.node.inputs if isinstance(x, Tensor)]
    return sorted({*inputs, step.node, *step.node.users[:FEW]}, key=lambda node: node.number)


def _folded(tape, step):
    """The nodes that are shown, and (group, count) for the layers that the step's node is not in."""
    found = []
    for group, nodes in itertools.groupby(tape.kept, key=lambda node: node.group):
        nodes = list(nodes)
        found += nodes if len(nodes) == 1 or group in ("", step.node.group) else [(group, len(nodes))]
    return found


def interact(tape, **keys):
    """Show one step at a time and obey keys until q. keys: see `screen.interact`."""
    screen.interact(functools.partial(frame, tape), len(tape.steps), turns=2, **keys)
