"""Equations: one source text, written as plain text and MathML, in symbols and in numbers, and evaluated.

The source is a Python expression in the study's letters, "b1*m_old + (1-b1)*g". Its functions are the operators, and
FUNCTIONS, of which dot(a, b) = <a, b>, and cases(n, a, b), which takes the first n elements of a layer from a, the rest
from b.
"""

import ast
import functools
import re
from dataclasses import dataclass
from html import escape

import numpy as np

from ..operators import OPERATORS
from .terms import letter

SIGNS = {
    ast.Add: "+", ast.Sub: "-", ast.Gt: ">", ast.Lt: "<", ast.LtE: "<=", ast.GtE: ">=", ast.Eq: "=", ast.NotEq: "!=",
    ast.FloorDiv: "//", ast.Mod: "mod",
}  # fmt: skip
PRETTY = {"-": "−", "<=": "≤", ">=": "≥", "!=": "≠"}


@dataclass(frozen=True)
class Equation:
    """target = source, where `when` holds; keys: (name in the source, key of the term in a step) pairs.

    A name is written as the last part of its key: the direction of the rule "s" in a mix is d_s, whatever that rule
    calls it. aside: (name, path) pairs, where that alone would be ambiguous, as the m of both parts of a mix.
    group: the rule that the equation belongs to.
    """

    target: str
    source: str
    keys: tuple
    group: str = ""
    when: str = ""
    aside: tuple = ()

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
    keys = dict(equation.keys)

    def value(node):
        if isinstance(node, ast.Constant):
            return float(node.value)
        if isinstance(node, ast.Name):
            return values[keys[node.id]]
        if isinstance(node, ast.UnaryOp):
            return np.logical_not(value(node.operand)) if isinstance(node.op, ast.Not) else -value(node.operand)
        if isinstance(node, ast.Call):
            if node.func.id == "cases":
                return np.where(values[keys["index"]] < node.args[0].value, *map(value, node.args[1:]))
            function = FUNCTIONS.get(node.func.id) or OPERATORS[node.func.id].forward
            return function(*map(np.float64, map(value, node.args)))
        if isinstance(node, ast.BoolOp):
            return functools.reduce(LOGIC[type(node.op)][0], map(value, node.values))
        if isinstance(node, ast.Compare):
            return COMPARE[type(node.ops[0])](value(node.left), value(node.comparators[0]))
        return ARITHMETIC[type(node.op)](value(node.left), value(node.right))

    with np.errstate(all="ignore"):
        return value(_parse(equation.source if source is None else source))


FUNCTIONS = {
    "abs": np.abs,
    "max": lambda a, *b: np.maximum(a, *b) if b else np.max(a),
    "min": lambda a, *b: np.minimum(a, *b) if b else np.min(a),
    "where": np.where,
    "dot": lambda a, b: np.atleast_1d(a) @ np.atleast_1d(b),
}
"""Functions that formulas write otherwise than the operators are called; all others are those."""
ARITHMETIC = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide, ast.Pow: np.power,
    ast.FloorDiv: np.floor_divide, ast.Mod: np.remainder,
}  # fmt: skip
COMPARE = {
    ast.Gt: np.greater, ast.Lt: np.less, ast.LtE: np.less_equal, ast.GtE: np.greater_equal, ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}  # fmt: skip
LOGIC = {ast.And: (np.logical_and, "and"), ast.Or: (np.logical_or, "or")}


def number(x, digits=5):
    """A number or a vector for reading: 5 significant digits, [x, y] for a vector."""
    if np.ndim(x):
        return f"[{', '.join(number(float(item), digits) for item in x)}]"
    return f"{float(x):.{digits}g}"


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

    return _Text(name).write(_parse(equation.source if source is None else source))


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

    writer = _MathML(name)

    def terms(node):
        if isinstance(node, ast.BinOp) and type(node.op) in (ast.Add, ast.Sub):
            sign = "+" if isinstance(node.op, ast.Add) else "−"
            return [*terms(node.left), f'<mo form="infix">{sign}</mo>{writer.write(node.right, RIGHT + ADD)}']
        return [writer.write(node, 0 if isinstance(node, (ast.Compare, ast.BoolOp)) else ADD)]

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


COMPARED, ADD, MULTIPLY, POWER = 1, 2, 4, 6  # how tightly an operator binds
RIGHT = 1  # its right operand needs brackets around its equals
PRECEDENCE = {ast.Add: ADD, ast.Sub: ADD, ast.Mult: MULTIPLY, ast.Div: MULTIPLY, ast.Pow: POWER}
PRECEDENCE |= {ast.FloorDiv: MULTIPLY, ast.Mod: MULTIPLY}


def _is_tight(around):
    """Whether a minus sign needs brackets: not at the beginning of a sum or of a product."""
    return around not in (0, COMPARED, ADD, MULTIPLY)


class _Writer:
    """Writes a tree; brackets stand where the operator around binds tighter."""

    def __init__(self, name):
        self.name = name

    def write(self, node, around=0):
        if isinstance(node, ast.Constant):
            return self.constant(node.value)
        if isinstance(node, ast.Name):
            return self.named(node.id, around)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self.words("not", ["", self.write(node.operand, ADD)]).strip()
        if isinstance(node, ast.UnaryOp):
            return self.bracket(self.minus(self.write(node.operand, MULTIPLY + RIGHT)), _is_tight(around))
        if isinstance(node, ast.Call):
            return self.call(node.func.id, [self.write(a) for a in node.args])
        if isinstance(node, ast.BoolOp):
            word = LOGIC[type(node.op)][1]
            return self.bracket(self.words(word, [self.write(part, COMPARED) for part in node.values]), around > 0)
        if isinstance(node, ast.Compare):
            left, right = self.write(node.left, ADD), self.write(node.comparators[0], ADD)
            return self.bracket(self.infix(left, SIGNS[type(node.ops[0])], right), around > COMPARED)
        return self.binary(node, around)


class _Text(_Writer):
    def constant(self, x):
        return str(x) if isinstance(x, int) else number(x)

    def named(self, local, around):
        written = self.name(local)
        return self.bracket(written, written.startswith("-") and _is_tight(around))

    def minus(self, x):
        return f"-{x}"

    def bracket(self, x, needed):
        return f"({x})" if needed else x

    def infix(self, a, sign, b):
        return f"{a} {sign} {b}"

    def words(self, word, parts):
        return f" {word} ".join(parts)

    def call(self, function, arguments):
        if function == "dot":
            return f"<{', '.join(arguments)}>"
        if function == "cases":
            return f"{{first {arguments[0]}: {arguments[1]}; the rest: {arguments[2]}}}"
        return f"{function}({', '.join(arguments)})"

    def binary(self, node, around):
        own = PRECEDENCE[type(node.op)]
        if isinstance(node.op, ast.Pow):
            return f"{self.write(node.left, own + RIGHT)}^{self.write(node.right, own)}"
        left, right = self.write(node.left, own), self.write(node.right, own + RIGHT)
        tight = {ast.Mult: f"{left}*{right}", ast.Div: f"{left}/{right}"}
        joined = tight.get(type(node.op)) or self.infix(left, SIGNS[type(node.op)], right)
        return self.bracket(joined, around > own)


class _MathML(_Writer):
    def constant(self, x):
        return f"<mn>{x if isinstance(x, int) else number(x)}</mn>"

    def named(self, local, around):
        kind = 'data-tight="base"' if around > POWER else 'data-tight=""' if _is_tight(around) else ""
        return self.name(local).replace("<mrow", f"<mrow {kind}", 1) if kind else self.name(local)

    def minus(self, x):
        return f"<mrow><mo>−</mo>{x}</mrow>"

    def bracket(self, x, needed):
        return f"<mrow><mo>(</mo>{x}<mo>)</mo></mrow>" if needed else x

    def infix(self, a, sign, b):
        return f"<mrow>{a}<mo>{escape(PRETTY.get(sign, sign))}</mo>{b}</mrow>"

    def words(self, word, parts):
        return f"<mtext>&#160;{word}&#160;</mtext>".join(parts)

    def call(self, function, arguments):
        if function == "sqrt":
            return f"<msqrt>{arguments[0]}</msqrt>"
        if function == "cases":
            count, *arguments = arguments
            rows = zip(arguments, (f"first {re.sub('<[^>]*>', '', count)}", "the rest"), strict=True)
            cells = "".join(f"<mtr><mtd>{x}</mtd><mtd><mtext>{where}</mtext></mtd></mtr>" for x, where in rows)
            return f'<mtable class="cases">{cells}</mtable>'
        left, right = {"dot": "⟨⟩", "norm": "‖‖", "abs": "||"}.get(function, "()")
        head = f"<mi>{function}</mi>" if left == "(" else ""
        return f"<mrow>{head}<mo>{left}</mo>{'<mo>,</mo>'.join(arguments)}<mo>{right}</mo></mrow>"

    def binary(self, node, around):
        own = PRECEDENCE[type(node.op)]
        if isinstance(node.op, ast.Div):
            return f"<mfrac><mrow>{self.write(node.left)}</mrow><mrow>{self.write(node.right)}</mrow></mfrac>"
        if isinstance(node.op, ast.Pow):
            base = self.write(node.left, own + RIGHT)
            return f"<msup><mrow>{base}</mrow><mrow>{self.write(node.right)}</mrow></msup>"
        left, right = self.write(node.left, own), self.write(node.right, own + RIGHT)
        sign = "·" if isinstance(node.op, ast.Mult) else SIGNS[type(node.op)]
        return self.bracket(self.infix(left, sign, right), around > own)
