"""Equations: one source text, written as plain text and MathML, in symbols and in numbers, and evaluated.

The source is a Python expression in the study's letters, "b1*m_old + (1-b1)*g". Its functions are the operators, and
FUNCTIONS, of which dot(a, b) = <a, b>; cases(n, a, b), which takes the first n elements of a layer from a, the rest
from b; and kept(a, shape=…), which is a with axes of length 1 that broadcasting needs, and is written as a.
"""

import ast
import functools
from dataclasses import dataclass
from html import escape

import numpy as np

from ..operators import OPERATORS
from .terms import letter
from .writing import ADD, RIGHT, as_mathml, as_text, number

__all__ = [
    "Equation",
    "compute",
    "evaluate",
    "last",
    "mathml",
    "names",
    "number",
    "plain_symbol",
    "spoken",
    "symbol",
    "text",
]


@dataclass(frozen=True)
class Equation:
    """target = source, where `when` holds; keys: (name in the source, key of the term in a step) pairs.

    A name is written as the last part of its key: the direction of the rule "s" in a mix is d_s, whatever that rule
    calls it. aside: (name, path) pairs, where that alone would be ambiguous, as the m of both parts of a mix.
    group: the rule that the equation belongs to. also: another source that gives the same, or "".
    """

    target: str
    source: str
    keys: tuple
    group: str = ""
    when: str = ""
    aside: tuple = ()
    also: str = ""

    @property
    def key(self):
        """The key of the target's term."""
        return dict(self.keys)[self.target]

    def written(self, name):
        """(name to write, path to write beside it or None) for a name in the source."""
        return last(dict(self.keys)[name]), dict(self.aside).get(name)


def last(key):
    """The last part of a key: "m" of "dense1.bias:a.m"."""
    return key.rpartition(":")[2].rpartition(".")[2]


@functools.cache
def _parse(source):
    return ast.parse(source, mode="eval").body


@functools.cache
def names(source):
    """The set of names in a source, without those of functions."""
    tree = _parse(source or "0")
    functions = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and n not in functions}


def evaluate(equation, values, source=None):
    """What the equation (or another source in its names) gives for {key: number or array}, in float64."""
    given = {name: values[key] for name, key in equation.keys if key in values}
    return compute(equation.source if source is None else source, given)


def compute(source, values):
    """What a source gives for {name: number or array}, in float64."""

    def value(node):
        if isinstance(node, ast.Constant):
            return float(node.value) if isinstance(node.value, (int, float)) else node.value
        if isinstance(node, ast.Name):
            return values[node.id]
        if isinstance(node, ast.UnaryOp):
            return np.logical_not(value(node.operand)) if isinstance(node.op, ast.Not) else -value(node.operand)
        if isinstance(node, ast.Call):
            return _call(node.func.id, node.args, {k.arg: option(k.value) for k in node.keywords})
        if isinstance(node, ast.Subscript):
            return np.asarray(value(node.value))[option(node.slice)]
        if isinstance(node, ast.Attribute):
            return np.transpose(value(node.value))
        if isinstance(node, ast.BoolOp):
            return functools.reduce(LOGIC[type(node.op)], map(value, node.values))
        if isinstance(node, ast.Compare):
            return COMPARE[type(node.ops[0])](value(node.left), value(node.comparators[0]))
        return ARITHMETIC[type(node.op)](value(node.left), value(node.right))

    def option(node):
        if isinstance(node, (ast.Tuple, ast.List)):
            return (tuple if isinstance(node, ast.Tuple) else list)(map(option, node.elts))
        if isinstance(node, ast.Call):  # slice(1, 2, None)
            return slice(*map(option, node.args))
        return values[node.id] if isinstance(node, ast.Name) else ast.literal_eval(node)

    def _call(name, arguments, options):
        if name == "cases":
            return np.where(values["index"] < arguments[0].value, *map(value, arguments[1:]))
        function = FUNCTIONS.get(name) or OPERATORS[name].forward
        given = (value(x) for x in arguments)
        return function(*(np.float64(x) if np.asarray(x).dtype.kind == "f" else x for x in given), **options)

    with np.errstate(all="ignore"):
        return value(_parse(source))


FUNCTIONS = {
    "abs": np.abs,
    "max": lambda a, *b, **options: np.maximum(a, *b) if b else np.max(a, **options),
    "min": lambda a, *b, **options: np.minimum(a, *b) if b else np.min(a, **options),
    "where": np.where,
    "kept": lambda a, shape: np.reshape(a, shape),
    "dot": lambda a, b: np.atleast_1d(a) @ np.atleast_1d(b),
}
"""Functions that formulas write otherwise than the operators are called; all others are those."""
ARITHMETIC = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide, ast.Pow: np.power,
    ast.FloorDiv: np.floor_divide, ast.Mod: np.remainder, ast.MatMult: np.matmul,
}  # fmt: skip
COMPARE = {
    ast.Gt: np.greater, ast.Lt: np.less, ast.LtE: np.less_equal, ast.GtE: np.greater_equal, ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}  # fmt: skip
LOGIC = {ast.And: np.logical_and, ast.Or: np.logical_or}


def spoken(name, aside=None):
    """A name as plain text, with its path beside it: the code's own letters, but <d_s, d_a>, norm(g) and Δw."""
    own = letter(name)
    if own[0] in "⟨‖Δ":
        name = own.replace("⟨", "<").replace("⟩", ">").replace(",", ", ")
        name = f"norm({name[1:-1]})" if own[0] == "‖" else name
    return f"{name}({aside})" if aside else name


def text(equation, values=None, source=None):
    """The right side as plain text; with {key: value}, the numbers stand in place of the letters."""
    keys = dict(equation.keys)

    def name(local):
        if values is None:
            return spoken(*equation.written(local))
        return number(values[keys[local]])

    return as_text(_parse(equation.source if source is None else source), name)


def mathml(equation, numbers=False, source=None):
    """The right side as MathML: its terms, each to be set in a <math> of its own, so that a long line can break.

    numbers: an empty <mrow data-key="…"> stands for each name, to be filled; data-tight on it says that a negative
    number needs brackets there, data-tight="base" that one with a power of ten needs them too.
    """
    keys = dict(equation.keys)

    def name(local):
        if numbers:
            return f'<mrow data-key="{escape(keys[local])}"></mrow>'
        own, aside = equation.written(local)
        return symbol(own, keys[local], aside)

    def terms(node):
        if isinstance(node, ast.BinOp) and type(node.op) in (ast.Add, ast.Sub):
            sign = "+" if isinstance(node.op, ast.Add) else "−"
            return [*terms(node.left), f'<mo form="infix">{sign}</mo>{as_mathml(node.right, name, around=RIGHT + ADD)}']
        return [as_mathml(node, name, around=0 if isinstance(node, (ast.Compare, ast.BoolOp)) else ADD)]

    return terms(_parse(equation.source if source is None else source))


def symbol(local, key=None, aside=None):
    """A name as MathML: m_hat as m with a hat, m_old with t-1 below it, d_s with s below it; aside stands above."""
    data = f' data-key="{escape(key)}"' if key else ""
    written = letter(local)
    if written[0] in "⟨‖":
        inside = "<mo>,</mo>".join(map(symbol, written[1:-1].split(",")))
        return f"<mrow{data}><mo>{written[0]}</mo>{inside}<mo>{written[-1]}</mo></mrow>"
    base, _, below = written.partition("_")
    base = letter(base)
    markup = f"<mi>{escape(base)}</mi>"
    if below == "hat":
        markup, below = f"<mover>{markup}<mo>^</mo></mover>", ""
    when = {"old": "<mi>t</mi><mo>−</mo><mn>1</mn>", "new": "<mi>t</mi><mo>+</mo><mn>1</mn>"}
    below = "<mo>,</mo>".join(when.get(part, f"<mi>{escape(part)}</mi>") for part in below.split("_") if part)
    above = f"<mrow><mo>(</mo><mi>{escape(aside)}</mi><mo>)</mo></mrow>" if aside else ""
    if below and above:
        markup = f"<msubsup>{markup}<mrow>{below}</mrow>{above}</msubsup>"
    elif below or above:
        tag = "msub" if below else "msup"
        markup = f"<{tag}>{markup}<mrow>{below or above}</mrow></{tag}>"
    return f"<mrow{data}>{markup}</mrow>"


def plain_symbol(name):
    """A reader's own name as MathML: w_1 as w with 1 below it, eta as η; the study's words mean nothing here."""
    base, _, below = name.partition("_")
    known = letter(base)
    markup = f"<mi>{escape(known if len(known) == 1 else base or name)}</mi>"
    return f"<msub>{markup}<mi>{escape(below)}</mi></msub>" if base and below else markup
