"""Specs: update rules as short texts, "mas:gamma=0.5,combine=sum" <-> MAS(gamma=0.5, combine="sum").

    spec    = name [ ":" options ] | call                 the whole text
    call    = name "(" [ options ] ")"                    a rule or a schedule inside another
    options = key "=" value { "," key "=" value }
    value   = number | word | "true" | "false" | "none" | name | call

The names stand in RULES and SCHEDULES; the keys are the arguments of their classes, for split patterns of parameters
and for mas also s and a, the two rules that it mixes. A schedule may stand wherever a learning rate does.

    adam                                                  Adam()
    sgd:lr=cosine(lr=1e-2,steps=5000),momentum=0.9        SGD(Cosine(1e-2, 5000), 0.9)
    mas:gamma=0.5,s=sgd(lr=1e-2,momentum=0.9)             MAS(gamma=0.5, s=SGD(1e-2, 0.9))
    split:dense1=adam(lr=1e-3),*.bias=freeze,*=sgd        LayerSplit({"dense1": Adam(1e-3), "*.bias": Freeze(), …})
"""

import inspect
import re

from .hint import did_you_mean
from .optim import MAS, SGD, SWATS, Adam, Cosine, Freeze, FrankWolfe, LayerSplit, Rule, StepDecay, WarmUp
from .optim.schedules import Schedule

RULES = {
    "sgd": SGD, "adam": Adam, "mas": MAS, "split": LayerSplit, "swats": SWATS, "frank-wolfe": FrankWolfe,
    "freeze": Freeze,
}  # fmt: skip
SCHEDULES = {"step": StepDecay, "cosine": Cosine, "warmup": WarmUp}
CLASSES = RULES | SCHEDULES
NAMES = {cls: name for name, cls in CLASSES.items()}
WORDS = {"true": True, "false": False, "none": None}
VARIANTS = {
    "adamw": "adam:decoupled=true,weight_decay=0.01",
    "amsgrad": "adam:amsgrad=true",
    "momentum": "sgd:momentum=0.9",
    "nag": "sgd:momentum=0.9,nesterov=true",
    "nesterov": "sgd:momentum=0.9,nesterov=true",
}
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)


class SpecError(ValueError):
    """What is wrong with a spec: a sentence, and below it the spec with the wrong part, [start, stop), underlined."""

    def __init__(self, sentence, text, start, stop):
        super().__init__(f"{sentence}\n  {text}\n  {' ' * start}{'^' * max(stop - start, 1)}")
        self.sentence, self.text, self.start, self.stop = sentence, text, start, stop


def parse(text, lr=None, gamma=None):
    """The rule that a spec means. lr, gamma: for the rules and schedules in it that name none themselves.

    They go to all whose default is a number: frank-wolfe, which has a step size of its own, is left alone.
    Raises SpecError.
    """
    defaults = {"lr": lr, "gamma": gamma}
    return _Parser(text, {key: x for key, x in defaults.items() if x is not None}).spec()


def canonical(rule):
    """The one spec of a rule: parse(canonical(rule)) == rule, whatever the lr and gamma that parse is given.

    It names what differs from the defaults, in the order of the arguments, and always the learning rate and gamma.
    Raises ValueError for a rule that has no spec.
    """
    return _write(rule, whole=True)


def _write(x, whole=False):
    if x is None or isinstance(x, bool):
        return str(x).lower()
    if isinstance(x, (int, float)):
        return repr(float(x) if isinstance(x, float) else int(x)).removesuffix(".0")
    if isinstance(x, str):
        return x
    if type(x) not in NAMES:
        raise ValueError(f"no spec can express {x!r}")
    options = ",".join(f"{key}={_write(option)}" for key, option in _told(x).items())
    form = "{}" if not options else "{}:{}" if whole else "{}({})"
    return form.format(NAMES[type(x)], options)


def _told(rule):
    """The options of a rule that its canonical spec names."""
    if isinstance(rule, LayerSplit):
        for pattern in rule.rules:
            if not re.fullmatch(r"[^\s=,():]+", pattern):
                raise ValueError(f"no spec can express the pattern {pattern!r}")
        return rule.rules
    given, parameters = rule.hyperparameters(), inspect.signature(type(rule)).parameters
    always = {key for key in ("lr", "gamma") if _takes_default(type(rule), key, given)}
    return {key: x for key, x in given.items() if key in always or x != parameters[key].default}


def _takes_default(cls, key, given):
    """Whether lr or gamma of a class is a number by default, and used: not ls and la, or s and a, instead of it."""
    parameters = inspect.signature(cls).parameters
    instead = cls is MAS and {"gamma": ("ls", "la"), "lr": ("s", "a")}[key]
    replaced = instead and all(given.get(other) is not None for other in instead)
    return key in parameters and parameters[key].default is not None and not replaced


def _takes(cls, key):
    """What an option of a class takes: in words, as types, and the words among which a near miss is looked for."""
    default = None if cls is LayerSplit else inspect.signature(cls).parameters[key].default
    if cls is LayerSplit or key in ("s", "a"):
        return "an update rule", Rule, RULES
    if key == "lr":
        return "a number or a schedule", (int, float, Schedule), SCHEDULES
    if isinstance(default, bool):
        return "true or false", bool, ("true", "false")
    return ("a word", str, ()) if isinstance(default, str) else ("a number", (int, float), ())


class _Parser:
    """Recursive descent: one method for each line of the grammar."""

    def __init__(self, text, defaults):
        self.text, self.at, self.defaults = text, 0, defaults

    def fail(self, sentence, start, stop=None):
        raise SpecError(sentence, self.text, start, self.at if stop is None else stop)

    def take(self, pattern):
        """(the match of a pattern or '', where it starts), past blanks."""
        found = re.compile(rf"\s*({pattern})").match(self.text, self.at)
        if not found:
            return "", re.compile(r"\s*").match(self.text, self.at).end()
        self.at = found.end()
        return found[1], found.start(1)

    def word(self):
        return self.take(r"[^\s=,():]+")

    def spec(self):
        name, start = self.word()
        if self.take(":")[0]:
            rule = self.build(name, start, lambda cls: self.options(name, cls), whole=True)
        else:
            rule = self.call(name, start, whole=True)
        rest, i = self.take(".+")
        if rest:
            self.fail("this bracket closes nothing" if rest[0] == ")" else f"nothing may follow here, got {rest!r}", i)
        if not isinstance(rule, Rule):
            self.fail(f"{name} is a schedule: it stands in place of a learning rate, as in sgd:lr={name}(…)", start)
        return rule

    def call(self, name, start, whole=False):
        bracket, i = self.take(r"\(")
        if not bracket:
            return self.build(name, start, lambda cls: {}, whole)

        def options(cls):
            given = {} if self.take(r"\)")[0] else self.options(name, cls)
            if given and not self.text[: self.at].endswith(")"):
                pass
            return given

        return self.build(name, start, options, whole)
