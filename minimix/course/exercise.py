"""What an exercise is."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Exercise:
    """A function that a student writes, and what is needed to check it.

    oracle: the right function; its name and its arguments are the exercise's. play: play(function) calls
    the function and yields (place, outputs) after every call: place is "step 3" or "x = 2", outputs one
    value for each of `terms`. Only arrays, Tensors and numbers are compared. returns: the names of what the
    function returns, in order; one name for a function with a single output. mistakes: pairs (hint, wrong
    variant of the oracle); the first that does what the student's function does is told. terms: the names
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
