"""What the report says of its figures beside their numbers, in a form that trials can be held against."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Above:
    """A statement: the accuracy of `label` is above that of every label in `than` by more than `by` points.

    A label of another figure is written "fig6/SGD". by: below 0 for "near or above". asked: whether the report does not
    state it, but leaves it open.
    """

    text: str
    label: str
    than: tuple[str, ...]
    by: float = 0.0
    asked: bool = False

    @property
    def published(self) -> str:
        """What the report says, in a table's few words."""
        if self.asked:
            return "left open"
        if not self.by:
            return "above"
        points = "point" if self.by == 1 else "points"
        return f"above by more than {self.by:g} {points}" if self.by > 0 else f"at most {-self.by:g} points below"


@dataclass(frozen=True)
class Faster:
    """A statement: in the time of an epoch of `label`, `than` does 1 / `low` to 1 / `high` of it."""

    text: str
    label: str
    than: str
    low: float
    high: float


@dataclass(frozen=True)
class Rises:
    """A statement: the validation loss of `label` ends above its first recording."""

    text: str
    label: str
