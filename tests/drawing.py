"""The strategies of hypothesis that tests/ops/cases.py uses, drawn with Python's random alone: for Pyodide.

hypothesis has compiled parts, which Pyodide lacks. `install()` puts this in its place: the same seed then draws the
same cases there and here.
"""

import random
import sys
import types

import numpy as np


class Strategy:
    """draw(random.Random) -> a value."""

    def __init__(self, draw):
        self.draw = draw

    def __or__(self, other):
        return Strategy(lambda rng: rng.choice((self, other)).draw(rng))

    def map(self, function):
        return Strategy(lambda rng: function(self.draw(rng)))


def integers(low, high):
    return Strategy(lambda rng: rng.randint(low, high))


def sampled_from(values):
    return Strategy(lambda rng: rng.choice(list(values)))


def booleans():
    return sampled_from([False, True])


def just(value):
    return Strategy(lambda rng: value)


def none():
    return just(None)


def tuples(*parts):
    return Strategy(lambda rng: tuple(part.draw(rng) for part in parts))


def lists(part, min_size=0, max_size=3):
    return Strategy(lambda rng: [part.draw(rng) for _ in range(rng.randint(min_size, max_size))])


def sets(part):
    return lists(part).map(set)


def permutations(values):
    return Strategy(lambda rng: rng.sample(list(values), len(values)))


def composite(function):
    return lambda *given, **options: Strategy(lambda rng: function(lambda part: part.draw(rng), *given, **options))


def array_shapes(min_dims, max_dims, max_side):
    return lists(integers(1, max_side), min_dims, max_dims).map(tuple)


@composite
def mutually_broadcastable_shapes(draw, num_shapes, max_dims, max_side):
    """Shapes that end alike but for ones."""
    whole, shapes = draw(array_shapes(0, max_dims, max_side)), []
    for _ in range(num_shapes):
        tail = whole[len(whole) - draw(integers(0, len(whole))) :]
        shapes.append(tuple(draw(sampled_from([1, n])) for n in tail))
    return types.SimpleNamespace(input_shapes=tuple(shapes), result_shape=np.broadcast_shapes(*shapes))


@composite
def basic_indices(draw, shape, allow_newaxis):
    """A tuple of integers, slices, new axes and an ellipsis."""
    index = [draw(integers(0, n - 1) | integers(0, n - 1).map(lambda start: slice(start, None, 2))) for n in shape]
    kept = draw(integers(0, len(index)))
    return (*index[:kept], ..., *draw(sampled_from([(), (None,)])))


def install():
    """Let `import hypothesis` give this."""
    for name in ("hypothesis", "hypothesis.extra", "hypothesis.extra.numpy", "hypothesis.strategies"):
        module = sys.modules[name] = types.ModuleType(name)
        vars(module).update(globals(), __name__=name)
    sys.modules["hypothesis"].strategies = sys.modules["hypothesis.strategies"]


def examples(strategies, count):
    """{name: [`count` values]} of {name: strategy}; a value hangs on its name and place alone."""
    return {
        name: [strategy.draw(random.Random(f"{name} {k}")) for k in range(count)]
        for name, strategy in strategies.items()
    }
