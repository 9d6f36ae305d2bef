"""Expressions written as plain text and as MathML."""

import ast
import re
from html import escape

import numpy as np

SIGNS = {
    ast.Add: "+", ast.Sub: "-", ast.Gt: ">", ast.Lt: "<", ast.LtE: "<=", ast.GtE: ">=", ast.Eq: "=", ast.NotEq: "!=",
    ast.FloorDiv: "//", ast.Mod: "mod", ast.MatMult: "@",
}  # fmt: skip
PRETTY = {"-": "−", "<=": "≤", ">=": "≥", "!=": "≠"}
WORDS = {ast.And: "and", ast.Or: "or"}


def number(x, digits=5):
    """A number or an array for reading: 5 significant digits, [x, y] for a vector, [[x, y]] for a matrix with a row."""
    if np.ndim(x):
        return f"[{', '.join(number(item, digits) for item in x)}]"
    return f"{float(x):.{digits}g}"


COMPARED, ADD, MULTIPLY, POWER = 1, 2, 4, 6  # how tightly an operator binds
RIGHT = 1  # its right operand needs brackets around its equals
PRECEDENCE = {ast.Add: ADD, ast.Sub: ADD, ast.Mult: MULTIPLY, ast.Div: MULTIPLY, ast.Pow: POWER}
PRECEDENCE |= {ast.FloorDiv: MULTIPLY, ast.Mod: MULTIPLY, ast.MatMult: MULTIPLY}


def _is_tight(around):
    """Whether a minus sign needs brackets: not at the beginning of a sum or of a product."""
    return around not in (0, COMPARED, ADD, MULTIPLY)


class _Writer:
    """Writes a tree; brackets stand where the operator around binds tighter.

    name: a function of a name, which gives what to write for it. without: names of options that are left out.
    """

    def __init__(self, name, without=()):
        self.name, self.without = name, without

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
            options = [(k.arg, k.value) for k in node.keywords if k.arg not in self.without]
            if node.func.id == "kept":
                return self.write(node.args[0], around)
            given = [
                *(self.write(x) for x in node.args if ast.unparse(x) != "None"),
                *(self.option(key, self.given(x)) for key, x in options),
            ]
            return self.call(node.func.id.lstrip("_"), given)
        if isinstance(node, ast.Attribute):
            return self.transposed(self.write(node.value, POWER + RIGHT))
        if isinstance(node, ast.Subscript):
            inside = _spelled(node.slice)
            inside = inside[1:-1].removesuffix(",") if isinstance(node.slice, ast.Tuple) else inside
            return self.subscript(self.write(node.value, POWER + RIGHT), inside)
        if isinstance(node, ast.BoolOp):
            word = WORDS[type(node.op)]
            return self.bracket(self.words(word, [self.write(part, COMPARED) for part in node.values]), around > 0)
        if isinstance(node, ast.Compare):
            left, right = self.write(node.left, ADD), self.write(node.comparators[0], ADD)
            return self.bracket(self.infix(left, SIGNS[type(node.ops[0])], right), around > COMPARED)
        return self.binary(node, around)

    def given(self, node):
        """An option: a name or a literal."""
        return self.named(node.id, 0) if isinstance(node, ast.Name) else self.literal(node)


def _spelled(node):
    """An option or an index as Python writes it, slice(1, None, None) as 1: too."""
    if isinstance(node, (ast.Tuple, ast.List)):
        left, right = "()" if isinstance(node, ast.Tuple) else "[]"
        inside = ", ".join(map(_spelled, node.elts))
        return f"{left}{inside}{',' * (left == '(' and len(node.elts) == 1)}{right}"
    if isinstance(node, ast.Call):
        first, last, step = ("" if ast.unparse(part) == "None" else ast.unparse(part) for part in node.args)
        return f"{first}:{last}{':' * bool(step)}{step}"
    return "..." if ast.unparse(node) == "Ellipsis" else ast.unparse(node)


def _constant(x):
    return number(x) if isinstance(x, float) else str(x)


class _Text(_Writer):
    """As plain text, in Python's own signs but for the power."""

    def constant(self, x):
        return _constant(x)

    def literal(self, node):
        return _spelled(node)

    def option(self, name, x):
        return f"{name}={x}"

    def transposed(self, x):
        return f"{x}.T"

    def subscript(self, x, index):
        return f"{x}[{index}]"

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
    """As MathML. A name may be an empty <mrow>, to be filled later; data-tight on it says that it may need brackets."""

    def constant(self, x):
        return f"<mn>{_constant(x)}</mn>"

    def literal(self, node):
        return f"<mtext>{escape(_spelled(node))}</mtext>"

    def option(self, name, x):
        return f"<mrow><mi>{name}</mi><mo>=</mo>{x}</mrow>"

    def transposed(self, x):
        return f"<msup>{x}<mi>T</mi></msup>"

    def subscript(self, x, index):
        return f"<mrow>{x}<mo>[</mo><mtext>{escape(index)}</mtext><mo>]</mo></mrow>"

    def named(self, local, around):
        kind = 'data-tight="base"' if around > POWER else 'data-tight=""' if _is_tight(around) else ""
        written = self.name(local)
        if written.startswith(("<mn>-", "<mn>−")):
            return self.bracket(written, bool(kind))
        return written.replace("<mrow", f"<mrow {kind}", 1) if kind else written

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
        head = f"<mi>{escape(function)}</mi>" if left == "(" else ""
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


def as_text(tree, name, without=()):
    """An expression (an ast node) as plain text. name, without: see _Writer."""
    return _Text(name, without).write(tree)


def as_mathml(tree, name, without=(), around=0):
    """The same as MathML; around: how tightly an operator that stands around it binds."""
    return _MathML(name, without).write(tree, around)
