"""A stand-in for the one time limit."""

from ..course.time_limit import TimeUp, time_limit

__all__ = ["Limit", "TimeUp"]


class Limit:
    """limit(function, *arguments) is function(*arguments), in which TimeUp is raised after `seconds`."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __call__(self, function, *arguments):
        with time_limit(self.seconds):
            return function(*arguments)
