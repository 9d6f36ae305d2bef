"""Nodes of a tape as Python expressions, printed down to what has a name."""

import ast

from ..backend import to_host
from ..tensor import Number, Tensor, value

BINARY = {"add": ast.Add, "subtract": ast.Sub, "multiply": ast.Mult, "divide": ast.Div, "power": ast.Pow}
BINARY |= {"floor_divide": ast.FloorDiv, "remainder": ast.Mod}
OWN_NAME = (
    *("sqrt", "exp", "expm1", "log", "log1p", "sin", "cos", "arctan", "tanh"),
    *("sign", "sigmoid", "softplus", "relu", "square"),
)
FUNCTIONS = {"absolute": "abs", "maximum": "max", "minimum": "min"} | {name: name for name in OWN_NAME}
LOGIC = {"logical_and": ast.And, "logical_or": ast.Or}
COMPARE = {"greater": ast.Gt, "less": ast.Lt, "greater_equal": ast.GtE, "less_equal": ast.LtE}
COMPARE |= {"equal": ast.Eq, "not_equal": ast.NotEq}
OPPOSITE = {ast.Gt: ast.LtE, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
MIRRORED = {ast.Gt: ast.Lt, ast.Lt: ast.Gt, ast.GtE: ast.LtE, ast.LtE: ast.GtE, ast.Eq: ast.Eq, ast.NotEq: ast.NotEq}


class Trees:
    """What prints nodes on elements; a subclass says in `tree` where to stop, and in `other` what else there is.

    span: (start, stop) of the elements meant, for those who look at parts of a node.
    """

    when = None
    """What made the tape take the branches that it took, where that is asked for: a list."""

    def tree(self, x, span=None):
        """An expression for x, down to names."""
        raise NotImplementedError

    def other(self, x, span):
        """The expression for a node of an operator that is not here."""
        raise NotImplementedError

    def inside(self, x, span=None):
        """The expression for a node, past its own name."""
        name, inputs = x._operator.name, x._inputs
        if name == "same":
            return self.tree(inputs[0], span)
        if name == "zeros_like":
            return ast.Constant(0)
        if name == "where":
            return self.where(inputs, span)
        if name in COMPARE:
            return self.comparison(COMPARE[name], inputs, span)
        if name in LOGIC:
            return self.logic(name, inputs, span)
        if name == "logical_not":
            return ast.UnaryOp(ast.Not(), self.elements(inputs[0], span))
        if name == "power" and number(inputs[1]) == 0.5:
            return applied("sqrt", self.elements(inputs[0], span))
        if name in BINARY:
            left, right = (self.elements(y, span) for y in inputs)
            if name == "add" and isinstance(right, ast.BinOp) and isinstance(right.op, ast.Add):  # a + (b + c)
                left, right = ast.BinOp(left, ast.Add(), right.left), right.right
            return ast.BinOp(left, BINARY[name](), right)
        if name == "negative":
            return ast.UnaryOp(ast.USub(), self.elements(inputs[0], span))
        if name in FUNCTIONS:
            return applied(FUNCTIONS[name], *(self.elements(y, span) for y in inputs))
        return self.other(x, span)

    def elements(self, x, span=None):
        """An input of an operator on elements: a scalar, or the same elements."""
        return self.tree(x, span if getattr(x, "ndim", 0) else None)

    def logic(self, name, inputs, span):
        """Truth values joined by and, or."""
        return ast.BoolOp(LOGIC[name](), [self.elements(y, span) for y in inputs])

    def where(self, inputs, span):
        """A choice: of one condition for all elements, the branch that was taken."""
        condition, *branches = inputs
        holds = value(condition)
        if getattr(holds, "ndim", 0):
            return applied("where", self.elements(condition, span), *(self.elements(y, span) for y in branches))
        chosen, other = branches if holds else branches[::-1]
        guard = not isinstance(other, Tensor) and (other == 0 or any(chosen is x for x in _operands(condition)))
        why = None if guard else self._why(condition, bool(holds))
        if why is not None:
            self.when.append(why)
        return self.elements(chosen, span)

    def _why(self, condition, holds):
        """What made a condition hold, or not: of several parts that had to hold the first that did not."""
        operator = isinstance(condition, Tensor) and condition._operator
        if not operator:
            return None
        name, inputs = operator.name, condition._inputs
        if name == "logical_not":
            return self._why(inputs[0], not holds)
        if name in ("logical_and", "logical_or"):
            if holds == (name == "logical_and"):
                parts = [why for why in (self._why(x, holds) for x in inputs) if why is not None]
                return ast.BoolOp(ast.And(), parts) if len(parts) > 1 else parts[0] if parts else None
            return self._why(next(x for x in inputs if bool(value(x)) == holds), holds)
        if name not in COMPARE:
            return None
        return self.comparison(COMPARE[name] if holds else OPPOSITE[COMPARE[name]], inputs, None)

    def comparison(self, kind, inputs, span):
        """What is compared, in the order in which it was written."""
        if isinstance(inputs[0], Number) and type(inputs[1]) is Tensor:  # Python asks a Number first: x < n
            kind, inputs = MIRRORED[kind], inputs[::-1]
        left, right = (self.elements(x, span) for x in inputs)
        return ast.Compare(left, [kind()], [right])


def _operands(condition):
    """What a comparison compares: where one of them is chosen, it stands guard, as over a divisor that may be 0."""
    return condition._inputs if isinstance(condition, Tensor) else ()


def plain(x):
    """A number as it is written."""
    number = to_host(x).item() if hasattr(x, "dtype") else x
    return int(number) if isinstance(number, float) and number.is_integer() and abs(number) < 1e15 else number


def number(x):
    """A Python number, or None."""
    return x if isinstance(x, (int, float)) else None


def applied(function, *arguments):
    """function(*arguments) as an expression."""
    return ast.Call(ast.Name(function), list(arguments), [])
