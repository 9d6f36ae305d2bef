"""A tape in words: each step as a sentence and as a block of text, the nodes as a table, all of it as plain data."""

from ..tensor import Tensor
from . import formulas
from .formulas import short
from .values import shown

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


def formula(tape, node):
    """The Formula of a node that an operator computed."""
    by = {other.tensor: other.name for other in tape.nodes}
    return formulas.forward(node.operator, node.inputs, node.options, node.tensor, by.__getitem__)


def options(node):
    """The options of a node's operator that say something, as text."""
    some = {key: x for key, x in node.options.items() if key not in formulas.TECHNICAL and x is not None}
    texts = {key: repr(x) if not hasattr(x, "shape") else f"[{'×'.join(map(str, x.shape))}]" for key, x in some.items()}
    return ", ".join(f"{key}={text}" for key, text in texts.items() if len(text) <= OPTION)


def said(step):
    """What happens, in a sentence."""
    name = step.node.name
    if step.phase == "forward":
        return f"{name} is computed."
    if not step.vjps:
        return f"{name} is a leaf: its gradient is complete, and is added to {name}.grad."
    to = list(dict.fromkeys(handed.to.name for handed in step.vjps))
    return f"{name} hands the gradient on to {_join(to)}."


def why(tape, step):
    """Why a node's turn has come."""
    if step.phase == "forward":
        return ""
    parts = step.parts
    if not parts:
        return f"It is the {'loss' if step.phase == 'backward' else 'output'}, where the sweep begins, with gradient 1."
    users = _join(list(dict.fromkeys(handed.step.node.name for handed in parts)))
    if len(parts) == 1:
        return f"Its one use, in {users}, is done."
    small = all(handed.handed.size == 1 for handed in parts)
    added = f": {' + '.join(short(handed.handed) for handed in parts)} = {short(step.g)}" if small else ""
    return f"All {len(parts)} uses, in {users}, are done; what they handed is added up{added}."


def _join(names):
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def data(tape):
    """See `Tape.data`."""
    return {
        "title": tape.title,
        "about": about(tape),
        "cut": "",
        "nodes": [_node(tape, node) for node in tape.nodes],
        "steps": [_step(tape, step) for step in tape.steps],
    }


def _node(tape, node):
    x, own = node.tensor, formula(tape, node) if node.operator else None
    ids = {other.tensor: other.number for other in tape.nodes}
    return {
        "id": node.number,
        "name": node.name,
        "part": node.part,
        "operator": node.operator.name.lstrip("_") if node.operator else "",
        "options": options(node),
        "shape": "×".join(map(str, x.shape)),
        "dtype": str(getattr(x.dtype, "__name__", x.dtype)),
        "layer": node.layer,
        "place": node.place,
        "inputs": list(dict.fromkeys(ids[y] for y in node.inputs if isinstance(y, Tensor))),
        "group": node.group,
        "trained": x.requires_grad,
        "value": shown(x),
        "gradient": shown(node.gradient),
        "second": shown(node.second),
        "formula": own.mathml() if own else "",
        "numbers": own.mathml(numbers=True) if own else "",
        "text": f"{own.text()} = {own.text(numbers=True)}" if own else "",
    }


def _step(tape, step):
    return {
        "phase": step.phase,
        "node": step.node.number,
        "said": said(step),
        "why": why(tape, step),
        "g": shown(step.g),
        "ready": [node.number for node in step.ready],
        "vjps": [_handed(handed) for handed in step.vjps],
        "freed": [step.node.number] if step.freed else [],
    }


def _handed(handed):
    own, node = handed.formula(), handed.step.node
    names = formulas.argument_names(node.operator.vjps[handed.argument], node.operator, len(node.inputs))
    return {
        "to": handed.to.number,
        "argument": handed.argument,
        "name": names[2 + handed.argument],
        "letters": own.mathml(),
        "numbers": own.mathml(numbers=True),
        "text": f"{own.text()} = {own.text(numbers=True)}",
        "handed": shown(handed.handed),
        "undone": handed.undone,
        "before": shown(handed.before),
        "adds": shown(handed.total) if handed.before is not None else None,
        "left": handed.left,
    }


def text(tape):
    """See `Tape.text`."""
    return "\n\n".join(block(tape, i) for i in range(len(tape.steps)))


def block(tape, i):
    """Step i (from 0) as lines of text."""
    step = tape.steps[i]
    node, lines = step.node, []
    lines.append(f"step {i + 1} of {len(tape.steps)}   {step.phase}   {node.name}")
    if step.phase == "forward":
        own = formula(tape, node)
        lines.append(f"  {node.name} = {own.text()} = {own.text(True)} = {short(node.tensor)}")
        return "\n".join(lines)
    lines.append(f"  {why(tape, step)}")
    lines.append(f"  g = {short(step.g)}")
    for handed in step.vjps:
        own = handed.formula()
        parts = dict.fromkeys([own.text(), own.text(True), short(handed.given)])
        lines.append(f"  to {handed.to.name}: {' = '.join(parts)}")
        if handed.undone:
            lines.append(f"    {handed.undone}: {short(handed.handed)}")
        if handed.before is not None:
            lines.append(f"    added: {short(handed.before)} + {short(handed.handed)} = {short(handed.total)}")
    if not step.vjps:
        lines.append(f"  {node.name}.grad = {short(step.g)}")
    return "\n".join(lines)
