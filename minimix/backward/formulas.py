"""Formulas of a tape: what a node computes, and its vector-Jacobian products, printed off what they record.

A VJP is called on Tensors, and what it computed is printed down to those, by their names on the tape. So no formula is
written a second time, and a reader's own operator shows its own.
"""

import ast
from dataclasses import dataclass, field

import numpy as np

from ..explain import notation
from ..explain.trees import Trees, applied, plain
from ..explain.writing import as_mathml, as_text
from ..operators import Operator
from ..tensor import Tensor, _unrecorded, recording, value
from .values import host

TECHNICAL = ("keepdims", "saved", "winners", "algorithm")  # options that say nothing about what is computed
GIVEN = ("stride", "padding", "size")  # that a VJP has from its node, where they are shown
FEW = 6  # numbers of an array that is written out in a formula


@dataclass(frozen=True)
class Formula:
    """A Python expression in names, with how each is written and its value. without: options that are not written."""

    source: str
    written: dict
    values: dict = field(repr=False)
    without: frozenset = frozenset()

    def text(self, numbers=False):
        """As plain text; with `numbers` small values stand in place of their names, and shapes of large ones."""
        name = (lambda local: short(self.values[local])) if numbers else self.written.__getitem__
        tree = _parse(self.source)
        return as_text(tree, name, _options(tree) if numbers else self.without)

    def mathml(self, numbers=False):
        """The same as MathML."""

        def name(local):
            return markup(self.values[local]) if numbers else notation.plain_symbol(self.written[local])

        tree = _parse(self.source)
        return f"<math>{as_mathml(tree, name, _options(tree) if numbers else self.without)}</math>"

    def value(self):
        """What the formula gives, in float64."""
        return notation.compute(self.source, self.values)


def _parse(source):
    return ast.parse(source, mode="eval").body


def _options(tree):
    """The names of all options in an expression: beside numbers none is written."""
    return {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword)}


def short(x):
    """A number or a small array in 4 digits, and the shape of a larger one: [32×10]."""
    x = host(x)
    return notation.number(x, 4) if x.size <= FEW and x.ndim <= 2 else f"[{'×'.join(map(str, x.shape))}]"


def markup(x):
    """The same as MathML: a matrix in rows; the page's style draws its brackets."""
    x = host(x)
    if not x.ndim:
        return _number_markup(x)
    if x.size > FEW or x.ndim > 2:
        return f"<mtext>{short(x)}</mtext>"
    cells = [[f"<mtd>{_number_markup(item)}</mtd>" for item in row] for row in np.atleast_2d(x)]
    rows = "".join(f"<mtr>{''.join(row)}</mtr>" for row in cells)
    return f"<mtable>{rows}</mtable>"


def _number_markup(x):
    return f"<mn>{notation.number(x, 4).replace('-', '−')}</mn>"


def forward(operator, inputs, options, output, name_of):
    """The Formula of what a node computed. name_of: a function of an input Tensor, which gives its name."""
    printer = _Printer({id(x): (f"x_{i}", name_of(x), x) for i, x in enumerate(inputs) if isinstance(x, Tensor)})
    node = printer.root = _unrecorded(output._data)
    node._operator, node._inputs, node._options = operator, inputs, options
    return printer.formula(printer.inside(node))


def vjp(operator, i, g, y, inputs, options, name_of):
    """The Formula of an operator's VJP number i, with this gradient g of the output y, off a call of its own.

    It is written in g and the names that name_of gives to the Tensors y and inputs, not in the VJP's own letters. One
    that cannot be called on Tensors, as with np.cos in it, is written as what it is: cube_vjp(g, y, x).
    """
    arrays = [g, value(y), *map(value, inputs)]
    given = [_named(x) if isinstance(x, Tensor) or hasattr(x, "dtype") else x for x in arrays]
    try:
        with recording(), np.errstate(all="ignore"):
            result = operator.vjps[i](*given, **options)
    except Exception:  # a reader's; on the arrays of the sweep it did without
        result = None
    own = [("g", "g"), *((f"x_{k}", name_of(x)) for k, x in enumerate((y, *inputs)) if isinstance(x, Tensor))]
    nodes = [given[0], *(x for x, known in zip(given[1:], (y, *inputs), strict=True) if isinstance(known, Tensor))]
    printer = _Printer({id(x): (*names, x) for names, x in zip(own, nodes, strict=True)})
    printer.root = result
    whole = applied(f"{operator.name}_vjp", *map(printer.tree, given)) if result is None else printer.tree(result)
    return printer.formula(whole, GIVEN)


_GIVEN = Operator(lambda: None, ())
"""The operator of what is given, so that everything that is computed from it is remembered, whole numbers too."""


def _named(x):
    node = _unrecorded(x)
    node.requires_grad = x.dtype.kind == "f"
    node._operator = _GIVEN
    return node


class _Printer(Trees):
    """Prints nodes down to those that are named. names: {id of a Tensor: (name in the source, how to write it, it)}."""

    def __init__(self, names):
        self.names, self.written, self.values, self.root = names, {}, {}, None

    def formula(self, tree, without=()):
        return Formula(ast.unparse(tree), self.written, self.values, frozenset([*without, *TECHNICAL]))

    def tree(self, x, span=None):
        if id(x) in self.names:
            name, written, _ = self.names[id(x)]
            return self._name(name, written, host(value(x)))
        if isinstance(x, Tensor) and x._operator is _GIVEN:
            return self._array(value(x))
        if isinstance(x, Tensor) and x._operator is not None:
            return self.inside(x)
        return self._constant(value(x))

    def _name(self, name, written, x):
        self.written[name], self.values[name] = written, x
        return ast.Name(name)

    def _constant(self, x):
        if x is None or isinstance(x, (str, bool)):
            return ast.Constant(x)
        if not getattr(x, "ndim", 0):
            return _number(plain(x))
        alike = host(x)
        if alike.size and (alike == alike.flat[0]).all() and alike.dtype.kind != "b":
            return _number(plain(alike.flat[0]))  # an array beside arrays, which a number can stand for
        return self._array(x)

    def _array(self, x):
        """A constant array, by a name of its own."""
        if not getattr(x, "ndim", 0):
            return self._constant(x)
        x = host(x)
        kind = "mask" if x.dtype.kind == "b" else "ones" if (x == 1).all() else "c"
        same = (k for k, old in self.values.items() if k.startswith(kind) and old is x)
        name = next(same, None) or next(k for k in (f"{kind}_{i}" for i in range(1, 999)) if k not in self.values)
        return self._name(name, name, x)

    def inside(self, x, span=None):
        name, inputs = x._operator.name, x._inputs
        if name == "power" and not isinstance(inputs[1], Tensor) and inputs[1] == 1:
            return self.tree(inputs[0])
        return super().inside(x)

    def where(self, inputs, span):
        """The branch that was taken, where it is one for all elements."""
        condition, a, b = inputs
        holds = host(value(condition))
        if holds.all():
            return self.tree(a)
        if not holds.any():
            return self.tree(b)
        return applied("where", *map(self.tree, inputs))

    def logic(self, name, inputs, span):
        """The parts that decide: of `or` those that hold anywhere, of `and` those that fail anywhere."""
        idle = np.all if name == "logical_and" else lambda x: not np.any(x)
        parts = [x for x in inputs if not idle(host(value(x)))] or inputs[:1]
        return super().logic(name, parts, span) if len(parts) > 1 else self.tree(parts[0])

    def other(self, x, span):
        name, inputs, options = x._operator.name, x._inputs, x._options or {}
        if name == "_matmul":
            return ast.BinOp(self.tree(inputs[0]), ast.MatMult(), self.tree(inputs[1]))
        if name == "transpose" and options.get("axes") in (None, tuple(reversed(range(x.ndim)))):
            return ast.Attribute(self.tree(inputs[0]), "T")
        if name == "getitem" and (index := _literal(options["index"])) is not None:
            return ast.Subscript(self.tree(inputs[0]), index)
        inner = x is not self.root
        if (name in ("broadcast_to", "reshape") and x.shape == inputs[0].shape) or (name == "cast" and inner):
            return self.tree(inputs[0])
        if name == "reshape" and inner and [n for n in x.shape if n > 1] == [n for n in inputs[0].shape if n > 1]:
            name = "kept"  # axes of length 1, for broadcasting alone
        tree = self._applied(x, name)
        if name == "broadcast_to" and inputs[0].size == 1 and self._is_reshape(inputs[0]):
            tree.args = [self.tree(inputs[0]._inputs[0])]  # a number needs no axes before it is repeated
        return tree

    def _is_reshape(self, x):
        inside = isinstance(x, Tensor) and x._operator is not None and id(x) not in self.names
        return inside and x._operator.name == "reshape"

    def _applied(self, x, name):
        given = (self.tree(y) if isinstance(y, Tensor) else self._array(y) for y in x._inputs)
        tree = applied(name, *given)
        for key, option in (x._options or {}).items():
            if option is not None:
                tree.keywords.append(ast.keyword(key, _literal(option) or self._name(key, key, option)))
        return tree


def _number(x):
    return ast.UnaryOp(ast.USub(), ast.Constant(-x)) if x < 0 else ast.Constant(x)


def _literal(x):
    """A plain value as an expression: numbers, text, tuples of them, slices; None for anything else."""
    if isinstance(x, slice):
        return applied("slice", *map(_literal, (x.start, x.stop, x.step)))
    if isinstance(x, (tuple, list)):
        parts = [_literal(item) for item in x]
        return None if None in parts else (ast.Tuple if isinstance(x, tuple) else ast.List)(parts, ast.Load())
    if isinstance(x, np.dtype):
        return ast.Constant(str(x))
    if x is None or x is Ellipsis or isinstance(x, (bool, str)):
        return ast.Constant(x)
    if isinstance(x, (int, float)):
        return _number(x)
    return ast.Constant(int(x)) if isinstance(x, np.integer) else None
