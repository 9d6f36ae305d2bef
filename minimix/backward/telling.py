"""A tape in words: each step as a sentence and why its turn has come, and all of it as plain data."""

from collections import Counter

from ..tensor import Tensor
from . import formulas
from .formulas import short
from .values import shown

FEW = 6  # parts of a sum that is written out, users that are named
OPTION = 40  # letters of an option that is shown


def about(tape):
    """How large a tape is."""
    leaves = [node for node in tape.nodes if not node.operator]
    trained = [node for node in leaves if node.tensor.requires_grad]
    return (
        f"{_count(len(tape.nodes) - len(leaves), 'operation')} on {_count(len(leaves), 'leaf', 'leaves')}, of which "
        f"{_count(len(trained), 'gets', 'get')} a gradient"
    )


def _count(n, one, more=None):
    return f"{n:,} {one if n == 1 else more or one + 's'}"


def cut(tape):
    """What of a long tape is not shown, in a sentence, or ""."""
    if len(tape.kept) == len(tape.nodes):
        return ""
    return (
        f"The tape has {len(tape.nodes):,} nodes: the first and the last of them are shown, {len(tape.kept)} in all, "
        "with their steps; the gradients are those of the whole tape."
    )


def formula(tape, node):
    """The Formula of a node that an operator computed."""
    return formulas.forward(node.operator, node.inputs, node.options, node.tensor, lambda x: tape.by[x].name)


def options(node):
    """The options of a node's operator that say something, as text."""
    some = {key: x for key, x in node.options.items() if key not in formulas.TECHNICAL and x is not None}
    texts = {key: repr(x) if not hasattr(x, "shape") else f"[{'×'.join(map(str, x.shape))}]" for key, x in some.items()}
    return ", ".join(f"{key}={text}" for key, text in texts.items() if len(text) <= OPTION)


def said(step):
    """What happens, in a sentence."""
    name = step.node.name
    if step.g is None:
        return f"{name} is computed."
    if not step.vjps:
        delivered = f", and is added to {name}.grad" if step.phase == "backward" else ""
        return f"{name} is a leaf: its gradient is complete{delivered}."
    return f"{name} hands the gradient on to {_join([handed.to.name for handed in step.vjps])}."


def why(step):
    """Why a node's turn has come."""
    if step.g is None:
        return ""
    parts = step.parts
    if not parts:
        what = "the loss" if step.phase == "backward" else "the sum of the squares of the gradient"
        return f"It is {what}, where the sweep begins: its gradient with respect to itself is 1."
    users = _join([handed.step.node.name for handed in parts])
    if len(parts) == 1:
        return f"Its one use, in {users}, is done."
    small = len(parts) <= FEW and all(handed.handed.size == 1 for handed in parts)
    added = f": {' + '.join(short(handed.handed) for handed in parts)} = {short(step.g)}" if small else ""
    count = "Both" if len(parts) == 2 else f"All {len(parts)}"
    return f"{count} uses, in {users}, are done, and what they handed is added up{added}."


def _join(names):
    names = list(dict.fromkeys(names))
    names = names if len(names) <= FEW else [*names[: FEW - 1], f"{len(names) - FEW + 1} more"]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def data(tape):
    """See `Tape.data`."""
    places = layers(tape)
    return {
        "title": tape.title,
        "about": about(tape),
        "cut": cut(tape),
        "nodes": [_node(tape, node) | place for node, place in zip(tape.kept, places, strict=True)],
        "steps": [_step(step) for step in tape.kept_steps],
    }


def layers(tape):
    """{"id", "layer", "place"} of each node that is kept; no layer is empty."""
    ranks = {layer: k for k, layer in enumerate(sorted({node.layer for node in tape.kept}))}
    count, found = Counter(), []
    for node in tape.kept:
        layer = ranks[node.layer]
        found.append({"id": node.number, "layer": layer, "place": count[layer]})
        count[layer] += 1
    return found


def _node(tape, node):
    x, own = node.tensor, formula(tape, node) if node.operator else None
    return {
        "name": node.name,
        "part": node.part,
        "operator": node.operator.name.lstrip("_") if node.operator else "",
        "options": options(node),
        "shape": "×".join(map(str, x.shape)),
        "dtype": str(getattr(x.dtype, "__name__", x.dtype)),
        "inputs": sorted({tape.by[y].number for y in node.inputs if isinstance(y, Tensor)} & tape.kept_numbers),
        "group": node.group,
        "trained": x.requires_grad,
        "value": shown(tape.pictures.get(x, x)),
        "gradient": shown(node.gradient),
        "second": shown(node.second),
        "formula": own.mathml() if own else "",
        "numbers": own.mathml(numbers=True) if own else "",
        "text": f"{own.text()} = {own.text(numbers=True)}" if own else "",
    }


def _step(step):
    return {
        "phase": step.phase,
        "node": step.node.number,
        "said": said(step),
        "why": why(step),
        "g": shown(step.g),
        "ready": [node.number for node in step.ready],
        "waiting": step.waiting,
        "vjps": [_handed(handed) for handed in step.vjps],
        "freed": [step.node.number] if step.freed else [],
        "made": [node.number for node in step.made],
    }


def _handed(handed):
    own = handed.formula()
    return {
        "to": handed.to.number,
        "argument": handed.argument,
        "letters": own.mathml(),
        "numbers": own.mathml(numbers=True),
        "text": f"{own.text()} = {own.text(numbers=True)}",
        "handed": shown(handed.handed),
        "undone": handed.undone,
        "before": shown(handed.before),
        "adds": shown(handed.total) if handed.before is not None else None,
        "left": handed.left,
    }
