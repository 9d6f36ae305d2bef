"""Update rules and schedules of a reader's own: a class or a function in a file, made one that is watched."""

import functools
import inspect
from typing import Any

from ..optim import Rule
from ..optim.function import function_rule, function_schedule
from ..optim.schedules import Schedule
from .faults import fault
from .limit import Limit
from .loading import load, not_callable, source_file
from .watched import SECONDS, WatchedRule, WatchedSchedule


def rule(reference: str, **options: Any) -> Rule:
    """The update rule that "file.py:name" and its options mean. Raises ValueError or RuntimeError with one sentence.

    The name is that of a class with propose(self, w, g, state), derived from `optim.Rule` or not, or of a function
    step(w, g, state, t), see `optim.function.FunctionRule`.
    """
    return make(rule_class(reference), options)


def rule_class(reference: str) -> type[Rule]:
    """The class of the rules that "file.py:name" means: watched Rules, with the reference as `own_reference`."""
    thing = _loaded(reference, "an update rule")
    return _watched(reference, thing, WatchedRule, Rule, "propose(self, w, g, state)", function_rule)


def schedule_class(reference: str) -> type[Schedule]:
    """The class of the schedules that "file.py:name" means: a class with __call__(self, t), or a function of t."""
    thing = _loaded(reference, "a schedule")
    return _watched(reference, thing, WatchedSchedule, Schedule, "__call__(self, t)", function_schedule)


def make(cls: type, options: dict[str, Any]) -> Any:
    """cls(**options); where cls is of the two above, its arguments must be kept. Raises ValueError or RuntimeError."""
    name = getattr(cls, "own_reference", None)
    if name is None:
        return cls(**options)
    try:
        made = Limit(SECONDS)(functools.partial(cls, **options))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    except BaseException as error:
        raise fault(error, name, source_file(name), " as it is made", SECONDS) from error
    given = inspect.signature(cls).bind(**options)
    given.apply_defaults()
    for key, x in given.arguments.items():
        kept = getattr(made, key, made)
        if kept is made or not (kept is x or kept == x):
            raise ValueError(
                f"{name} must keep its argument {key} as it is, as self.{key}, so that it can be shown, compared and "
                "made again"
            )
    return made


def _loaded(reference, what):
    thing = load(reference, what)
    if not (inspect.isclass(thing) or inspect.isroutine(thing)):
        raise not_callable(reference, thing, what)
    return thing


@functools.cache
def _watched(reference, thing, watched, base, method, of_function):
    """The class `thing`, or that of a function, with `watched` before it and `base` behind it."""
    if inspect.isclass(thing):
        name = method.partition("(")[0]
        if issubclass(thing, Rule) > issubclass(base, Rule) or not _defines(thing, name, base):
            raise ValueError(f"{reference} is a class without {method}")
    else:
        try:
            thing = of_function(thing)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{reference}: {error}") from error
    for p in inspect.signature(thing).parameters.values():
        if p.kind not in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY):
            raise ValueError(f"{reference} takes {p}; name the constructor's arguments, for only those can be given")
    bases = (watched, thing) if issubclass(thing, base) else (watched, thing, base)
    names = {key: getattr(thing, key) for key in ("__module__", "__qualname__", "__doc__")}
    made = type(thing.__name__, bases, names | {"own_reference": reference})
    made.unwatched = super(watched, made).__call__
    return made


def _defines(cls, method, base):
    return any(method in vars(c) for c in cls.__mro__ if c not in base.__mro__)
