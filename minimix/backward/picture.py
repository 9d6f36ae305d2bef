"""Pictures of a tape: its nodes in layers, each with its value and gradient; whole, or one picture a step."""

import base64

import numpy as np

from ..plots import COLOURS
from ..plots import save as save_figure
from . import telling
from .terminal import cell, known
from .values import shown

ACROSS = 7  # layers in a row; then the next row begins
WIDE, HIGH = 1.75, 1.3  # inches of a node
LETTERS = 20
MOST = 80  # nodes of a picture


def save(tape, path, on_picture):
    """Write the whole tape, or with {step} in the path one picture a step; on_picture() is called after each."""
    path = str(path)
    if len(tape.kept) > MOST:
        raise ValueError(
            f"png: {len(tape.nodes):,} nodes are too many for a picture, which holds {MOST}: write a page with html"
        )
    if "{step}" not in path:
        save_figure(draw(tape), path)
        return on_picture()
    digits = len(str(len(tape.steps)))
    for i in range(len(tape.steps)):
        save_figure(draw(tape, i), path.replace("{step}", f"{i + 1:0{digits}d}"))
        on_picture()


def draw(tape, i=None):
    """The figure of a tape after all steps, or at step i (from 0)."""
    from matplotlib.figure import Figure

    places, columns, height = _places(tape)
    figure = Figure(figsize=(WIDE * columns + 0.2, HIGH * height + 0.5), layout="constrained")
    axes = figure.subplots()
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(height - 0.5, -0.5))
    axes.set_axis_off()
    now = len(tape.steps) - 1 if i is None else i
    step = tape.steps[now]
    handed = {(handed.to, step.node) for handed in step.vjps} if i is not None else set()
    for node in tape.kept:
        for user in node.users:
            if user in places:
                _edge(axes, places[node], places[user], (node, user) in handed)
    computed, sums = known(tape, now)
    for node, place in places.items():
        done = not node.operator or node in computed
        _node(tape, axes, node, place, done, sums.get(node), i is not None and node is step.node)
    what = f"{tape.title}: {telling.about(tape)}" if i is None else f"step {i + 1}, {step.phase}: {telling.said(step)}"
    axes.set_title(what, fontsize=9, loc="left")
    return figure


def _places(tape):
    """({node: (x, y)}, columns, rows): layers from left to right, ACROSS of them in a row."""
    places, top, row = {}, 0, 0
    described = {own["id"]: own for own in telling.layers(tape)}
    tallest = 0
    for node in sorted(tape.kept, key=lambda node: described[node.number]["layer"]):
        own = described[node.number]
        if own["layer"] // ACROSS > row:
            row, top, tallest = own["layer"] // ACROSS, top + tallest, 0
        places[node] = (own["layer"] % ACROSS, top + own["place"])
        tallest = max(tallest, own["place"] + 1)
    columns = 1 + max(x for x, _ in places.values())
    return places, columns, top + tallest


def _edge(axes, start, end, lit):
    """A line from a node to its user, around those between; an arrow back where something is handed.

    To a user in the next row it is dotted, since it crosses what lies between.
    """
    style = {"color": COLOURS[1], "lw": 2.2} if lit else {"color": "0.7", "lw": 1}
    style |= {"arrowstyle": "<|-", "shrinkA": 30} if lit else {"arrowstyle": "-", "shrinkA": 12}
    if end[0] <= start[0]:
        style |= {"linestyle": (0, (1, 3))}
    elif end[0] - start[0] > 1 and end[1] == start[1]:
        style |= {"connectionstyle": "arc3,rad=-0.3"}
    axes.annotate("", end, start, arrowprops={**style, "shrinkB": 12}, zorder=2 if lit else 1)


def _node(tape, axes, node, place, done, g, lit):
    kind = node.operator.name.lstrip("_") if node.operator else "leaf"
    lines = [f"{_cut(node.name)}", f"{kind}  {'×'.join(map(str, node.tensor.shape))}".strip()]
    lines += [_cut(cell(node.tensor)) if done else ""]
    lines += [_cut(f"grad {cell(g)}") if g is not None else ""]
    box = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": COLOURS[0] if lit else "0.6"}
    axes.text(
        *place,
        "\n".join(lines),
        fontsize=7,
        ha="center",
        va="center",
        bbox={**box, "lw": 2.4 if lit else 0.9},
        zorder=3,
    )
    value = shown(tape.pictures.get(node.tensor, node.tensor)) if done else {}
    if value.get("kind") == "picture":
        _thumbnail(axes, value["pictures"][0], place)


def _thumbnail(axes, picture, place):
    shape = picture["height"], picture["width"], picture["channels"]
    pixels = np.frombuffer(base64.b64decode(picture["pixels"]), np.uint8).reshape(shape)
    x, y = place
    inset = axes.inset_axes([x - 0.1, y - 0.51, 0.2, 0.27], transform=axes.transData, zorder=4)
    inset.imshow(pixels if shape[2] == 3 else pixels[..., 0], cmap="gray", aspect="auto")
    inset.set_axis_off()


def _cut(text):
    return text if len(text) <= LETTERS else f"{text[: LETTERS - 1]}…"
