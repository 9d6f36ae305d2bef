"""What an exercise is."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature


@dataclass(frozen=True)
class Exercise:
    """A function that a student writes, and what is needed to check it.

    oracle: the right function; its name and its arguments are the exercise's. play: play(function) calls
    the function and yields (place, outputs) after every call: place is "step 3" or "x = 2", outputs one
    value for each of `terms`. Only arrays, Tensors and numbers are compared. returns: the names of what the
    function returns, in order; one name for a function with a single output. mistakes: pairs (hint, wrong
    variant of the oracle); the only one that does what the student's function does is told. terms: the names
    of what play yields, where that is not what the function returns (a state that it updates). may_change:
    the names of the arguments that it may change in place.
    """

    oracle: Callable
    play: Callable
    returns: tuple[str, ...] = ("the result",)
    mistakes: tuple[tuple[str, Callable], ...] = ()
    terms: tuple[str, ...] | None = None
    may_change: tuple[str, ...] = ()

    @property
    def name(self):
        """That of its oracle."""
        return self.oracle.__name__


def cases(*placed):
    """A play of independent calls: cases(("x = 2", f, 2.0), …), each a place and the arguments."""

    def play(function):
        for place, *arguments in placed:
            yield place, function(*arguments)

    return play


def unmoved(step):
    """Mistakes of a step(w, g, …, lr, …), which returns the new w, alone or first: what w moves by, in its place."""
    names = list(signature(step).parameters)

    def instead(of):
        def wrong(w, *others):
            new, *state = made if isinstance(made := step(w, *others), tuple) else [made]
            lr = others[names.index("lr") - 1]
            return (of(w, new, lr), *state) if state else of(w, new, lr)

        return wrong

    return (
        ("this is the change alone; return the new w.", instead(lambda w, new, lr: new - w)),
        ("this is what w moves by, its sign turned; return the new w.", instead(lambda w, new, lr: w - new)),
        (
            "this is the direction; return the new w, which has moved against it.",
            instead(lambda w, new, lr: (w - new) / lr),
        ),
    )
