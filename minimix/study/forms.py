"""What the files of a study must hold; what does not is refused in one sentence."""

from __future__ import annotations

import hashlib
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

from ..config import Config, check_texts
from ..hint import did_you_mean, shown
from ..training import Trial
from ..validation import check, read_json, whole
from . import trials

SCHEMA = 1
TRIALS = 100_000  # of a rule in a plan, at most: their names are all computed to see which are there
SETTINGS = Config.__dataclass_fields__
RECORDED = {f.name: f.type for f in fields(Trial) if f.name != "seconds_per_epoch"}
OURS = {"study.json", "trials", "progress", "checkpoints", "gamma.json", *(f"gamma.{x}" for x in ("svg", "png", "pdf"))}
BESIDE: dict[str, Any] = {  # what a plan may say beside the settings of a Config
    "sums": dict,
    "identities": dict,
    "added": list[int],
    "dataset": dict,
    "kind": str,
    "stage": str,
    "reference": str | None,
    "margin": float | None,
    "target": float | None,
}


def config_of(plan: dict[str, Any]) -> Config:
    """The Config that a plan in study.json stands for. Raises ValueError."""
    return Config(**{key: x for key, x in plan.items() if key in SETTINGS})


def data_of(about: dict[str, Any]) -> dict[str, Any]:
    """What a plan says of its data, of which `Dataset.about` tells."""
    return {"sums": about["sha256"], "dataset": {key: x for key, x in about.items() if key != "sha256"}}


class OtherSchema(ValueError):
    """A file of another version of minimix."""


def read_settings(path: Path) -> dict[str, Any]:
    """The settings of a comparison in a study.json, or in its folder, or in a file that has nothing but these.

    Raises FileNotFoundError, or ValueError for what is none.
    """
    if path.is_dir():
        path = path / "study.json"
        if not path.exists():
            check_free(path.parent)
    content = read_json(path)
    try:
        if "plans" in content:
            check("plans", plans := content["plans"], dict)
            if len(plans) != 1 and "compare" not in plans:
                raise ValueError(
                    f"it must have one plan, or one called 'compare', but has {', '.join(plans) or 'none'}"
                )
            check("plan", content := plans.get("compare", next(iter(plans.values()))), dict)
        else:  # a config.json of an earlier version, or what a reader wrote
            content = {key: x for key, x in content.items() if key not in ("files", "dataset")}
        known = SETTINGS.keys() | BESIDE.keys()
        if unknown := sorted(content.keys() - known):
            raise ValueError(f"it has {shown(unknown[0])}{did_you_mean(unknown[0], known)}")
        check_texts(content)
        for key, form in BESIDE.items():
            if key in content:
                check(key, content[key], form)
    except ValueError as error:
        raise ValueError(f"{str(path)!r} is no configuration of a comparison: {error}") from None
    return content


def check_schema(path: Path, content: dict) -> None:
    """Raise OtherSchema where a file is of another version, ValueError where it is of none."""
    check("schema", found := content.get("schema"), int)
    if found != SCHEMA:
        raise OtherSchema(f"{str(path)!r} has schema {shown(found)}; this version of minimix reads {SCHEMA}")


def check_free(path: Path) -> None:
    """Raise FileExistsError or ValueError where a folder without study.json holds what is not ours."""
    there = {x.name for x in path.iterdir()} if path.is_dir() else set()
    if {"config.json", "results.json"} <= there:
        raise ValueError(
            f"{str(path)!r} is a run folder of an earlier version, which cannot be read any more; its settings can: "
            f"begin anew with minimix compare --config {path / 'config.json'}"
        )
    if there - OURS or (path.exists() and not path.is_dir()):
        raise FileExistsError(f"{str(path)!r} is no folder of a study, and not empty; choose another")


def file_name(name: str) -> str:
    """What a plan's figure is called: its name; where no file may be called so, one made of it and of no other."""
    plain = re.sub(r"[^\w ,+.-]+", "-", name)[:100].strip(" .-")
    return plain if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def check_plans(plans: Any) -> None:
    """Raise ValueError where what study.json holds is no {name: plan}."""
    check("plans", plans, dict)
    for name, plan in plans.items():
        _check_plan(f"plans.{name}", plan)


def _check_plan(name, plan):
    check(name, plan, dict)
    check_texts(plan)
    for key, form in BESIDE.items():
        if key in plan:
            check(key, plan[key], form)
    check("optimizers", plan.get("optimizers"), dict)
    whole("trials", plan.get("trials"), 1, TRIALS)
    check("sums", plan.get("sums"), dict)
    whole("dataset.test_samples", plan.get("dataset", {}).get("test_samples", 1), 1)
    if list(plan.get("identities", plan["optimizers"])) != list(plan["optimizers"]):
        raise ValueError("identities must be of the optimizers")
    for key, form in (("sums", str), ("identities", dict)):
        for label, value in plan.get(key, {}).items():
            check(f"{key}.{label}", value, form)
    for label, identity in plan.get("identities", {}).items():
        check(f"identities.{label}.files", identity.get("files"), dict)


def check_trial(name: str, content: dict) -> None:
    """Raise ValueError where a file is no trial that is called so."""
    for key in ("identity", "recorded", "run"):
        check(key, content.get(key), dict)
    if trials.name(content["identity"]) != name:
        raise ValueError("its name is not that of what it holds")
    recorded, run = content["recorded"], content["run"]
    if odd := RECORDED.keys() ^ recorded.keys():
        raise ValueError(f"recorded must have {', '.join(RECORDED)} and no more, but {shown(min(odd))} is not both")
    for key, form in RECORDED.items():
        check(f"recorded.{key}", recorded[key], form)
    lengths = {len(x) for x in recorded.values() if isinstance(x, list)}
    if len(lengths) > 1 or 0 in lengths:
        raise ValueError("recorded must have recordings, and as many of each kind")
    check("run.blas", run.get("blas", []), list[str])
    check("run.seconds_per_epoch", run.get("seconds_per_epoch"), float)
