"""The equations of a step, read off its tape: which nodes lead to the step, printed down to what has a name.

Where a rule chose a branch, the branch that was taken is printed, and why.
"""

import ast
import re
from collections import Counter
from dataclasses import replace

import numpy as np

from ..ops import one_after_the_other
from ..optim.watch import resolve
from ..tensor import Tensor
from .notation import Equation, last
from .notation import names as names_in
from .trees import Trees, applied, plain

LARGE = 6  # operators that formulas may repeat; what would repeat more gets a name of its own


class _Hidden(Exception):
    """An expression that the numbers shown cannot reproduce: it needs coordinates that are not shown."""


def explain(names, indices, prefix=""):
    """(equations, {key: value}, settings) of one layer's step; all keys start with `prefix`.

    names: its `optim.watch.Names`; indices: the coordinates shown, in flat order. The equations are in the order of
    computation, and end with dw and w_new. The values are of all terms in them. settings: the keys of
    hyperparameters that may not change between steps.
    """
    printer = _Printer(names, indices)
    now, later = printer.rows()
    direction, step = names.result
    rows = [*now, ("the step", "dw", f"-{_local(step)}*{_local(direction)}", ""), ("the step", "w_new", "w + dw", "")]
    rows += later
    also = _also({_local(key): source for _, key, source, _ in rows}, set(map(_local, printer.hats)), *names.result)
    keys = {_local(key): key for key in (*names.spots, "dw", "w_new", "index")}
    equations = [_equation(*row, keys, prefix, also.get(_local(row[1]), "")) for row in rows]
    count = Counter(last(key) for key in {key for e in equations for _, key in e.keys} - {prefix + "t"})
    doubles = {name for name, n in count.items() if n > 1}
    equations = tuple(_with_aside(e, doubles, prefix) for e in equations)
    used = {key.removeprefix(prefix): None for e in equations for _, key in e.keys} | dict.fromkeys(names.result)
    settings = [key for key in used if key in names.settings]
    order = dict.fromkeys(["w", "g", *settings, *(e.key.removeprefix(prefix) for e in equations), *used])
    values = {key: names.value(key) for key in order if key in names.spots}
    return equations, values, {key for key in settings if last(key) not in ("eta", "lr")}


class _Printer(Trees):
    """Prints nodes as Python expressions in names."""

    def __init__(self, names, indices):
        self.names, self.size = names, names.layer.slice.stop - names.layer.slice.start
        self.whole = len(indices) == self.size
        self.owners, self.kept, self.hats = {}, [], []
        for call in names.calls:
            keys = {name: self._key(call, x) for name, x in (call.hats | call.names | call.kept).items()}
            given = {keys[name] for name in call.arguments if name in keys}
            self.owners |= dict.fromkeys({key for key in keys.values() if key and key not in given}, call.owner)
            self.kept += filter(None, (self._key(call, x) for x in call.kept.values()))
            self.hats += filter(None, (self._key(call, x) for x in call.hats.values()))
        averages = [key for key in self.kept if f"{key}_hat" in self.hats]
        self.roots = [*averages, *self.hats, *self.kept, *names.result]
        self._name_what_is_used_twice()

    def _key(self, call, x):
        spot = self.names.spot(call, x)
        return spot and self.names.key(*spot)

    def rows(self):
        """[(title, key, source, condition)] in the order of computation, a rule's own together where that allows it.

        Two lists: of what leads to this step, and of what is only kept for later ones.
        """
        uses, rows = {}, {}

        def visit(key):
            if key not in uses:
                row, uses[key] = self._row(key)
                for other in uses[key]:
                    visit(other)
                if row:
                    rows[key] = row

        for key in self.roots:
            visit(key)

        def lead_to(found):
            for key in found:  # it grows
                found += [other for other in uses[key] if other not in found]
            return found

        now = lead_to([*self.names.result])
        now += [key for key in self.hats if {*uses[key]} & {*self.kept} & {*now}]
        later = lead_to([key for key in self.kept if key in rows and not self._is_idle(key, rows[key])])
        owners = {key: self.owners.get(key, self.names.calls[0]) for key in rows if key in now or key in later}
        order = []

        def write(key):
            for other in uses[key]:
                if other in owners and other not in order:
                    write(other)
            order.append(key)

        for key in sorted(owners, key=lambda key: owners[key].done):
            if key not in order:
                write(key)
        return tuple(
            [(_title(owners[key], leads), key, *rows[key]) for key in order if (key in now) == leads]
            for leads in (True, False)
        )

    def _is_idle(self, key, row):
        """Whether what is kept is only carried on, or has not left 0 yet."""
        return row[0] == f"{_local(key)}_old" or not np.any(self.names.value(key))

    def _row(self, key):
        """((source, condition) of a term, or None for one that is given; the keys in it)."""
        node, span = self.names.spots[key]
        self.used, self.when, self.offset = [], [], 0
        if not isinstance(node, Tensor) or (node._operator is None and not self._is_result(key)):
            return None, []
        try:
            tree = ast.Constant(plain(node.data)) if node._operator is None else self.inside(node, span)
        except _Hidden:
            return None, self._named_below(node, span)
        return (ast.unparse(tree), " and ".join(dict.fromkeys(map(ast.unparse, self.when)))), self.used

    def _named_below(self, node, span):
        """The keys of the nearest terms that a node is computed from."""
        found, seen, stack = [], set(), self._inputs(node, span)
        while stack:
            spot = stack.pop()
            if spot not in seen:
                seen.add(spot)
                key = self.names.key(*spot)
                found += [key] if key else []
                stack += [] if key else self._inputs(*spot)
        return found

    def _is_result(self, key):
        return key in self.names.result and key not in self.names.settings

    def tree(self, x, span):
        """An expression for elements start to stop of x, down to names."""
        x, span = resolve(x, span)
        if not isinstance(x, Tensor):
            return ast.Constant(plain(x))
        key = self.names.key(x, span)
        if not key and span:  # a part of a layer, in cases: names are of whole ones
            key = self.names.key(x, (span[0] - self.offset, span[0] - self.offset + self.size))
        if not key and x._operator is None:
            key = self._new_name(x, span, "c")
        if not key:
            return self.inside(x, span)
        self.used.append(key)
        return ast.Name(_local(key))

    def inside(self, x, span=None):
        """The expression for a node, past its own name."""
        inputs = x._inputs
        if x._operator.name == "same" and inputs[0]._operator is None and not self.names.key(*resolve(inputs[0], span)):
            raise _Hidden  # a direction that came without a tape, as a plain function's
        return super().inside(x, span)

    def other(self, x, span):
        """A join in cases, or a function of all elements, as norm(g); a reader's own operator is one too."""
        name, inputs = x._operator.name, x._inputs
        if name in ("_concatenate", "assemble"):
            return self._cases(x, span)
        named = x._options.keys() <= {"axis", "keepdims"} and not name.startswith("_")  # else the name says too little
        if name == "reshape" and inputs[0]._operator.name == "_matmul":
            name, inputs, named = "dot", inputs[0]._inputs, True
        scalar = not x.ndim and not x._options.get("keepdims")
        alike = (scalar or x.shape == (self.size,)) and all(getattr(y, "size", 1) in (1, self.size) for y in inputs)
        if not (self.whole and alike and named):
            raise _Hidden
        return applied(name, *(self.tree(y, (0, y.size) if getattr(y, "ndim", 0) else None) for y in inputs))

    def _cases(self, x, span):
        """The parts of a join, each with the number of its elements: cases(n, first, rest)."""
        places = x._options.get("places") or one_after_the_other(x._inputs)
        if any(len(slices) > 1 for slices in places):
            raise _Hidden
        parts = sorted(
            ((s.start, s.stop, part) for (s,), part in zip(places, x._inputs, strict=True)), key=lambda p: p[0]
        )
        parts = [(start, stop, part) for start, stop, part in parts if start < span[1] and span[0] < stop]
        outer, trees = self.offset, []
        for start, stop, part in parts:
            self.offset = outer + max(start - span[0], 0)
            inside = max(span[0] - start, 0), min(span[1], stop) - start
            trees.append((self.offset + inside[1] - inside[0], self.elements(part, inside)))
        self.offset = outer
        (_, tree), *others = reversed(trees)
        for stop, other in others:
            tree = applied("cases", ast.Constant(stop), other, tree)
        return tree

    def _name_what_is_used_twice(self):
        """So that a rule that works in a loop is printed once a turn, and not once for each way through the tape."""
        inner, uses, order = {}, Counter(), []
        stack = [(self.names.spots[key], False) for key in self.roots]
        while stack:
            spot, finished = stack.pop()
            if finished:
                order.append(spot)
            elif spot not in inner:
                inner[spot] = self._inputs(*spot)
                uses.update(inner[spot])
                stack += [(spot, True), *((own, False) for own in inner[spot])]
        sizes = {}
        for spot in order:
            sizes[spot] = 1 + sum(sizes[own] for own in inner[spot] if not self.names.key(*own))
            if (uses[spot] - 1) * sizes[spot] > LARGE and not self.names.key(*spot):
                self._new_name(*spot, "x")

    def _inputs(self, x, span):
        """The spots that one is computed from, without those that are given."""
        inner = [resolve(y, self._span(y, x, span)) for y in getattr(x, "_inputs", ())]
        return [(y, own) for y, own in inner if isinstance(y, Tensor) and y._operator is not None]

    def _span(self, y, x, span):
        """Which elements of y a span of x is computed from: the same, or of what becomes one number this layer's."""
        if not getattr(y, "ndim", 0):
            return None
        if span and x.size > 1:
            return span
        layers = [call.layers for call in self.names.calls if call.layers[-1].slice.stop == y.size]
        own = [layer.slice for layer in (layers[0] if layers else ()) if layer.name == self.names.layer.name]
        return (own[0].start, own[0].stop) if own else (0, y.size)

    def _new_name(self, x, span, kind):
        number = next(k for k in range(1, 1000) if f"{kind}_{k}" not in self.names.spots)
        return self.names.add(f"{kind}_{number}", (x, span))


def _local(key):
    """A key as a name in a source."""
    return re.sub(r"\W", "__", key)


def _title(call, now):
    """The rule and its words: "MAS, linear (s)"."""
    chosen = [x for x in call.rule.hyperparameters().values() if isinstance(x, str)]
    title = ", ".join([call.rule.title, *chosen]) + (f" ({call.path[:-1]})" if call.path else "")
    return title if now else f"{title}, for later steps"


def _equation(title, key, source, when, keys, prefix, also):
    target = _local(key)
    used = names_in(source) | names_in(when) | names_in(also)
    used = {name for name in used if name in keys and name != target} | ({"index"} if "cases(" in source else set())
    keys = tuple((name, prefix + keys[name]) for name in [*sorted(used), target])
    return Equation(target, source, keys, title, when, also=also)


def _also(sources, hats, direction, step):
    """{name: its source with corrected averages}, where the rule corrects elsewhere what it averages.

    With m̂ = m/(1 - b1^t), m is (1 - b1^t)*m̂; a divisor sqrt(v)/sqrt(1 - b2^t) is sqrt(v̂); and where the first factor
    falls out of the product of direction and step size, dw is the textbook's.
    """
    found = {}
    for hat in sorted(hats & sources.keys()):
        kept, _, weight = sources[hat].partition(" / ")
        for name in sources.keys() - hats - {kept}:
            text = before = found.get(name, sources[name])
            text = text.replace(f"sqrt({kept}) / sqrt{weight}", f"sqrt({hat})")
            text = re.sub(rf"^{re.escape(kept)} / \(", f"{weight} * {hat} / (", text)
            if text != before:
                found[name] = text
    weight, times, rest = found.get(_local(direction), "").partition(") * ")
    rate, _, divisor = sources.get(_local(step), "").partition(" / ")
    if times and divisor == f"{weight})" and rest.count("(") == 2 and rest.endswith(")"):
        found["dw"] = f"-{rate} * {rest}"
    return found


def _with_aside(equation, doubles, prefix):
    """The same equation, with the paths of those names that several rules of the nesting share."""
    paths = ((name, key.removeprefix(prefix).rpartition(".")[0]) for name, key in equation.keys)
    aside = tuple((name, path) for name, path in paths if path and equation.written(name)[0] in doubles)
    return replace(equation, aside=aside)
