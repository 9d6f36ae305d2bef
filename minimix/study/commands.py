"""The command that does a plan of a study's folder again, read off the plan."""

import shlex
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from ..config import Config
from .plans import base, figures, in_reading
from .reading import READINGS, Reading

JUDGED = ("reference", "margin", "target")
SEARCH = ("trials", "runs", "seeds", "validation", "lr_range", "reference", "margin")


def command(name: str, plan: dict[str, Any], config: Config) -> str:
    """The command for the folder DIR; plan: as study.json has it under this name, config: what that stands for."""
    if base(name) in figures():
        options, reading = _reading(name)
        known = in_reading(reading, "--quick" in options).get(name)
        words = ["minimix", "study", base(name), *options]
        if known:
            own = {"trials": known.trials} | {key: known.procedure[key] for key in ("epochs", "record")}
            words += _options(config, own)
        module = "" if config.backend == "numpy" else f"MINIMIX_BACKEND={config.backend} "
        return module + shlex.join([*words, "--out", "DIR"])
    specs: dict[str, Any] = config.optimizers  # type: ignore[assignment]  # a Config has made a dict of them
    tuned = plan.get("kind") == "tune"
    if not tuned and any(label != spec for label, spec in specs.items()):
        return "minimix compare --config DIR/study.json --out ANOTHER"  # which has the labels
    words = ["minimix", *(("tune", "--name", name) if tuned else ["compare"])]
    words += ["--model", str(config.model), "--data", str(config.data)]
    for label, spec in specs.items():
        words += ["-o", f"{label}={spec}" if tuned else str(spec)]
    for key in SEARCH if tuned else JUDGED:
        if plan.get(key) is not None:
            words += _option(key, plan[key])
    usual = {f.name: f.default for f in fields(Config)}
    given = plan.keys() - {"optimizers", "data", "model", *(SEARCH if tuned else ())}
    own = {key: x for key, x in usual.items() if key in given}
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
