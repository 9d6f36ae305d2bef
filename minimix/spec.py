"""Specs: update rules as short texts, "mas:gamma=0.5,combine=sum" <-> MAS(gamma=0.5, combine="sum").

    spec    = name [ ":" options ] | call                 the whole text
    call    = name [ "(" [ options ] ")" ]                a rule or a schedule, inside another too
    name    = a word | file ".py:" a word                 of our own, or of the reader's
    options = key "=" value { "," key "=" value }
    value   = number | word | "true" | "false" | "none" | call

The words stand in RULES and SCHEDULES; the keys are the arguments of their classes, for split patterns of
parameters. What a value may be is read off the argument: a rule where it is annotated as one or has one as its
default, a number or a schedule for lr, and what its default is for others.

    adam                                                  Adam()
    sgd:lr=cosine(lr=1e-2,steps=5000),momentum=0.9        SGD(Cosine(1e-2, 5000), 0.9)
    mas:gamma=0.5,s=sgd(lr=1e-2,momentum=0.9)             MAS(gamma=0.5, s=SGD(1e-2, 0.9))
    split:dense1=adam(lr=1e-3),*=sgd                      LayerSplit({"dense1": Adam(1e-3), "*": SGD()})
    mas:s=my.py:MyRule(lr=0.1)                            MAS(s=MyRule(0.1)), see `own.rules`
"""

import difflib
import inspect
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from . import optim
from .hint import did_you_mean
from .optim import LayerSplit, Rule
from .optim.describing import meant
from .optim.schedules import Schedule
from .own import is_reference
from .own.rules import make, rule_class, schedule_class

STUDY = ("sgd", "adam", "mas", "split", "swats", "frank-wolfe", "freeze")
RULES = {
    cls.spec_name or cls.__name__.lower(): cls  # type: ignore[attr-defined]
    for cls in vars(optim).values()
    if isinstance(cls, type) and issubclass(cls, Rule) and cls is not Rule
}
RULES = {name: RULES[name] for name in dict.fromkeys((*STUDY, *RULES))}  # the study's own come first
SCHEDULES = {"step": optim.StepDecay, "cosine": optim.Cosine, "warmup": optim.WarmUp}
WORDS = {"true": True, "false": False, "none": None}
VARIANTS = {
    "adamw": "adam:decoupled=true,weight_decay=0.01",
    "amsgrad": "adam:amsgrad=true",
    "momentum": "sgd:momentum=0.9",
    "nag": "sgd:momentum=0.9,nesterov=true",
    "nesterov": "sgd:momentum=0.9,nesterov=true",
}
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)
DEEPEST, LONGEST = 20, 2000  # rules in one another, and characters
DIGITS = 300  # of a whole number, which then is below all floats' largest
WORD = r"[^\s=,():]+"
REFERENCE = rf"(?:[A-Za-z]:(?=[/\\]))?[^=,():\n]+?\.py(?=[\s=,():]|$)(?:\s*:\s*(?:{WORD}|))?"
"""file.py:name, the name missing perhaps. A path may have blanks in it, and a drive before it."""


def classes() -> dict[str, type]:
    """{name: class} of all that a spec can call without naming a file."""
    return RULES | SCHEDULES


def name_of(cls: type) -> str | None:
    """What a spec calls a class: its name here, or file.py:name; None for others."""
    return getattr(cls, "own_reference", None) or next((name for name, c in classes().items() if c is cls), None)


def references(rule: Rule | Schedule) -> list[str]:
    """The file.py:name of every rule and schedule of a reader's own in a rule, itself among them."""
    own = [rule.own_reference] if hasattr(type(rule), "own_reference") else []
    parts = rule.rules if isinstance(rule, LayerSplit) else rule.hyperparameters()
    return own + [r for part in parts.values() if isinstance(part, (Rule, Schedule)) for r in references(part)]


class SpecError(ValueError):
    """What is wrong with a spec: a sentence, and below it the spec with text[start:stop] underlined."""

    def __init__(self, sentence: str, text: str, start: int, stop: int):
        super().__init__(f"{sentence}\n  {text}\n  {' ' * start}{'^' * max(stop - start, 1)}")
        self.sentence, self.text, self.start, self.stop = sentence, text, start, stop

    def __reduce__(self):
        return SpecError, (self.sentence, self.text, self.start, self.stop)


def parse(text: str, lr: float | None = None, gamma: float | None = None) -> Rule:
    """The rule that a spec means. lr, gamma: for the rules and schedules in it that name none themselves.

    They go to all whose default is a number: frank-wolfe, which has a step size of its own, is left alone.
    Raises SpecError.
    """
    if not isinstance(text, str):
        raise TypeError(f"a spec is a text like 'adam:lr=1e-3', got {text!r}")
    if len(text) > LONGEST:
        raise SpecError(f"a spec has at most {LONGEST:,} characters, got {len(text):,}", text[:60], 0, 60)
    defaults = {"lr": lr, "gamma": gamma}
    return _Parser(text, {key: x for key, x in defaults.items() if x is not None}).spec()


def canonical(rule: Rule) -> str:
    """The one spec of a rule: parse(canonical(rule)) == rule, whatever the lr and gamma that parse is given.

    It names what differs from the defaults, in the order of the arguments, and lr and gamma where used.
    Raises ValueError for a rule that has no spec.
    """
    return _write(rule, whole=True)


def _write(x, whole=False):
    if x is None or isinstance(x, bool):
        return str(x).lower()
    if isinstance(x, (int, float)):
        return repr(float(x) if isinstance(x, float) else int(x)).removesuffix(".0")
    name = name_of(type(x))
    if isinstance(x, str) and re.fullmatch(WORD, x) and not NUMBER.fullmatch(x):
        return x
    if not name or not isinstance(x, (Rule, Schedule)):
        raise ValueError(f"no spec can express {x!r}")
    options = ",".join(f"{key}={_write(option)}" for key, option in _told(x).items())
    form = "{}" if not options else "{}:{}" if whole and not is_reference(name) else "{}({})"
    return form.format(name, options)


def _told(rule):
    """The options of a rule that its canonical spec names."""
    if isinstance(rule, LayerSplit):
        for pattern in rule.rules:
            if not re.fullmatch(WORD, pattern):
                raise ValueError(f"no spec can express the pattern {pattern!r}")
        return rule.rules
    given, parameters = rule.hyperparameters(), inspect.signature(type(rule)).parameters
    always = {key for key in ("lr", "gamma") if takes_default(type(rule), key, given)}
    return {key: x for key, x in given.items() if key in always or x != parameters[key].default}


def takes_default(cls: type, key: str, given: dict) -> bool:
    """Whether lr or gamma of a class is a number by default, and not replaced by s and a, or ls and la."""
    parameters = inspect.signature(cls).parameters
    instead = cls is optim.MAS and {"gamma": ("ls", "la"), "lr": ("s", "a")}[key]
    replaced = instead and all(given.get(other) is not None for other in instead)
    return key in parameters and parameters[key].default is not None and not replaced


class _Parser:
    """Recursive descent: one method for each line of the grammar."""

    def __init__(self, text, defaults):
        self.text, self.at, self.depth, self.defaults = text, 0, 0, defaults

    def take(self, pattern):
        """What matches the pattern here, or "", and where it starts; blanks before it are skipped."""
        found = re.compile(rf"\s*({pattern}|)").match(self.text, self.at)
        self.at = found.end()
        return found[1], found.start(1)

    def name(self):
        """The name of a class, or any other word."""
        reference, start = self.take(REFERENCE)
        return (re.sub(r"\s*:\s*", ":", reference), start) if reference else self.take(WORD)

    def fail(self, sentence, start, stop=None):
        raise SpecError(sentence, self.text, start, self.at if stop is None else stop)

    def spec(self):
        name, start = self.name()
        if not name:
            self.fail(f"a spec starts with the name of an update rule: {', '.join(RULES)}", start)
        rule = self.call(name, start, whole=True)
        if isinstance(rule, Schedule):
            self.fail(f"{name} is a schedule: it stands for a learning rate, as in sgd:lr={name}(…)", start)
        self.end()
        return rule

    def call(self, name, start, whole=False, for_rate=False):
        cls, given, places = self.cls(name, start, whole, for_rate), {}, {}
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail(f"rules and schedules may stand in one another {DEEPEST} deep", start)
        if whole and self.take(":")[0]:
            given, places = self.options(name, cls)
        elif (bracket := self.take(r"\("))[0] and not self.take(r"\)")[0]:
            given, places = self.options(name, cls)
            if not self.take(r"\)")[0]:
                self.end()
                self.fail("this bracket is never closed", bracket[1], bracket[1] + 1)
        self.depth -= 1
        return self.build(name, cls, given, places, start)

    def cls(self, name, start, whole, for_rate):
        """The class of a name; for_rate: a reader's own is a schedule there."""
        if is_reference(name):
            try:
                return schedule_class(name) if for_rate else rule_class(name)
            except (OSError, RuntimeError, ValueError) as error:
                self.fail(str(error), start)
        choices = RULES if whole else classes()
        if name not in classes():
            hint = _meant(name, choices, whole)
            if not hint and re.match(r"[^:]*[=,()][^:]*\.py:", self.text[start:]):
                hint = "; the path of a file may hold none of = , ( )"
            self.fail(f"{name!r} is none of {', '.join(choices)}{hint}", start)
        return classes()[name]

    def end(self):
        """Fail unless the text ends here."""
        rest, start = self.take(".+")
        if rest:
            other = "',' and another option" if "=" in self.text[:start] else "':' and options"
            why = {
                ")": "this bracket closes nothing",
                ":": "':' stands after the first name alone; inside, write name(key=value)",
            }.get(rest[0], f"nothing may follow here but {other}")
            self.fail(why, start)

    def options(self, name, cls):
        given, places = {}, {}
        keys = inspect.signature(cls).parameters
        more = ","
        while more:
            key, start = self.take(WORD)
            stop = self.at
            if not key:
                self.fail("an option is missing here: key=value", start, start)
            if not self.take("=")[0]:
                self.fail(f"{key!r} has no value: options are written key=value", start, stop)
            if cls is not LayerSplit and key not in keys:
                has = f"has {', '.join(keys)}" if keys else "has none"
                hint = meant(key, keys) or _elsewhere(key)
                self.fail(f"{key!r} is no option of {name}, which {has}{hint}", start, stop)
            if key in given:
                self.fail(f"{name}: {key} is given twice", start, stop)
            given[key], places[key] = self.value(name, cls, key, start)
            more, _ = self.take(",")
        return given, places

    def value(self, name, cls, key, key_start):
        takes = _takes(cls, key)
        word, start = self.name()
        if not word:
            self.fail(f"{name}: {key}= needs a value, {takes.words}", key_start)
        is_call = self.text[self.at :].lstrip().startswith("(")
        if is_reference(word) or is_call or (word in classes() and not takes.any_word):
            x = self.call(word, start, for_rate=takes.near is SCHEDULES)
        elif NUMBER.fullmatch(word):
            whole = word.lstrip("+-").isdecimal() and len(word) < DIGITS
            x = int(word) if whole else float(word)
        else:
            x = word if takes.any_word else WORDS.get(word, word)
        if not takes.allowed(x):
            got = f"the rule {word}" if isinstance(x, Rule) else f"{self.text[start : self.at]!r}"
            self.fail(f"{name}: {key} takes {takes.words}, got {got}{_meant(word, takes.near)}", start)
        return x, (start, self.at)

    def build(self, name, cls, given, places, start):
        if cls is LayerSplit:
            study = {} if given else {pattern: type(rule) for pattern, rule in LayerSplit().rules.items()}
            return LayerSplit(given | {p: self.build(name_of(own), own, {}, {}, start) for p, own in study.items()})
        unnamed = {k: x for k, x in self.defaults.items() if k not in given and takes_default(cls, k, given)}
        for key, parameter in inspect.signature(cls).parameters.items():
            if parameter.default is parameter.empty and key not in given | unnamed:
                self.fail(f"{name} needs {key}=", start)
        try:
            return make(cls, given | unnamed)
        except (RuntimeError, TypeError, ValueError) as error:
            named = {key: re.search(rf"\b{key}\b", str(error)) for key in places if not isinstance(given[key], Rule)}
            first = min((m.start(), key) for key, m in named.items() if m) if any(named.values()) else None
            wrong = given[first[1]] if first else None
            hint = _meant(wrong, RULES) if isinstance(wrong, str) and "update rule" in str(error) else ""
            self.fail(f"{error}{hint}", *(places[first[1]] if first else (start, self.at)))


@dataclass(frozen=True)
class _Takes:
    """What an option takes, in words and as a test. near: names that a near miss may mean; any_word: true, sgd too."""

    words: str
    allowed: Callable
    near: dict | tuple = ()
    any_word: bool = False


def _takes(cls, key):
    """What an option of a class takes, by its argument's annotation and default; its own check does the rest."""
    if cls is LayerSplit:
        return _Takes("an update rule", lambda x: isinstance(x, Rule), RULES)
    parameter = inspect.signature(cls).parameters[key]
    default, annotation = parameter.default, str(parameter.annotation)
    if isinstance(default, Rule) or re.search(r"\bRule\b", annotation):
        return _Takes("an update rule", lambda x: isinstance(x, Rule) or (x is None and default is None), RULES)
    if isinstance(default, bool):
        return _Takes("true or false", lambda x: isinstance(x, bool), ("true", "false"))
    if isinstance(default, str):
        return _Takes("a word", lambda x: isinstance(x, str), any_word=True)

    def is_number(x):
        return (x is None and default is None) or (isinstance(x, (int, float)) and not isinstance(x, bool))

    if key == "lr":
        return _Takes("a number or a schedule", lambda x: is_number(x) or isinstance(x, Schedule), SCHEDULES)
    if default is None or default is parameter.empty:
        return _Takes("a value", lambda x: True)
    return _Takes("a number", is_number)


def _meant(word, choices, whole=False):
    """A hint: the variant of a rule that goes by another name, or the nearest of the choices."""
    if word not in VARIANTS or "adam" not in choices:
        return did_you_mean(word, choices)
    return f"; write {VARIANTS[word] if whole else VARIANTS[word].replace(':', '(') + ')'}"


def _elsewhere(key):
    """A hint for the option of another rule."""
    owners = {k: name for name, cls in reversed(classes().items()) for k in inspect.signature(cls).parameters}
    near = difflib.get_close_matches(key, owners, 1)
    return f"; {near[0]!r} is an option of {owners[near[0]]}" if near else ""


def _describe(name, cls):
    """The line of a rule or a schedule in GRAMMAR."""
    parameters = {} if cls is LayerSplit else inspect.signature(cls).parameters.values()
    keys = [p.name if p.default in (p.empty, None) else f"{p.name}={_write(p.default)}" for p in parameters]
    line = f"  {name:<12}{' '.join(keys) or ('PATTERN=RULE,…' if cls is LayerSplit else '')}"
    return textwrap.fill(line, 76, subsequent_indent=" " * 14, break_on_hyphens=False)


GRAMMAR = "\n".join(
    [
        "An optimizer is NAME or NAME:KEY=VALUE,KEY=VALUE… A value is a number, a",
        "word, true, false, none, or a rule or schedule, NAME(KEY=VALUE,…).",
        "Rules, their keys and defaults:",
        *(_describe(name, cls) for name, cls in RULES.items()),
        "s and a are the rules that mas mixes. A PATTERN is a layer (dense1), a",
        "parameter (*.bias), first2, last1, or * for all others.",
        "A rule of your own is file.py:NAME, as in mas:s=my.py:MyRule(lr=0.1): a",
        "class with propose(self, w, g, state), or a function step(w, g, state, t)",
        "in NumPy that returns the new w. A schedule of your own is a function of t.",
        "Schedules, in place of a learning rate:",
        *(_describe(name, cls) for name, cls in SCHEDULES.items()),
        "Examples:",
        "  adam:lr=1e-3",
        "  sgd:lr=cosine(lr=1e-2,steps=5000),momentum=0.9",
        "  mas:combine=normalized,gamma=0.6,s=sgd(lr=1e-2,momentum=0.9)",
        "  split:dense1=adam(lr=1e-3),*.bias=freeze,*=sgd(lr=1e-2)",
    ]
)
"""The grammar for a command's --help: names, keys, defaults, examples."""
