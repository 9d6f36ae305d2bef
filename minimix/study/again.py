"""The command that does a plan of a study's folder again, read off the plan."""

import shlex
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from ..config import Config
from .plans import READINGS, Reading, base, figures, in_reading

SEARCH = ("trials", "runs", "seeds", "validation", "lr_range", "reference")


def command(name: str, plan: dict[str, Any], config: Config) -> str:
    """The command for the folder DIR; plan: as study.json has it under this name, config: what that stands for."""
    if base(name) in figures():
        options, reading = _reading(name)
        usual = in_reading(reading, "--quick" in options).get(name)
        words = ["minimix", "study", base(name), *options]
        if usual:
            own = {"trials": usual.trials} | {key: usual.procedure[key] for key in ("epochs", "record")}
            words += _options(config, own)
        return shlex.join([*words, "--out", "DIR"])
    words = ["minimix", "compare", "--model", str(config.model), "--data", str(config.data)]
    specs: dict[str, Any] = config.optimizers  # type: ignore[assignment]  # a Config has made a dict of them
    rules = list(map(str, specs.values()))
    given = plan.keys() - {"optimizers", "data", "model"}
    if plan.get("kind") == "tune":
        given -= {"trials"}
        words[1:2] = ["tune", "--name", name]
        rules = [f"{label}={spec}" for label, spec in specs.items()]
        words += [word for key in SEARCH if plan.get(key) is not None for word in _option(key, plan[key])]
    words += [word for rule in rules for word in ("-o", rule)]
    own = {f.name: f.default for f in fields(Config) if f.name in given}
    return shlex.join([*words, *_options(config, own), "--out", "DIR"])


def _reading(name):
    """(options, Reading) of a figure whose name tells how it was run, as fig2+code or fig6+momentum-both."""
    options, given, reading = [], {}, Reading()
    for part in name.split("+")[1:]:
        key, _, value = part.partition("-")
        if part in READINGS:
            options, reading = [*options, "--as", part], READINGS[part]
        elif part.replace("-", "_") in Reading.__dataclass_fields__:
            options, given = [*options, f"--{part}"], given | {part.replace("-", "_"): True}
        elif key in Reading.__dataclass_fields__:
            options, given = [*options, f"--{key}", value], given | {key: value}
        else:
            options = [*options, f"--{part}"]
    return options, Reading(**given) if given else reading


def _options(config: Config, own: dict[str, Any]) -> list[str]:
    """What a command has to be told: settings that are not the `own` ones."""
    return [
        word for key, usual in own.items() if (value := getattr(config, key)) != usual for word in _option(key, value)
    ]


def _option(key: str, value: Any) -> Iterator[str]:
    yield f"--{key.replace('_', '-')}"
    if value is not True:
        yield from map(str, value if isinstance(value, list) else [value])
