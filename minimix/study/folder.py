"""The folder of a study: a file for each finished trial, written once, and named plans of what is to be compared.

A trial whose file is there is done. Nothing is locked: two processes that do the same trial write the same bytes, but
for the object "run", which tells when, where and how fast.
"""

import json
import math
import os
from pathlib import Path

from .. import files
from ..config import Config
from ..result import Result
from . import trials

SCHEMA = 1


class Folder:
    """`trials/`, `progress/` and `study.json` below a path; nothing is made before something is written.

    complaints: sentences about what was found damaged.
    """

    def __init__(self, path):
        self.path, self.complaints = Path(path), []

    def __repr__(self):
        return f"Folder({str(self.path)!r})"

    def result(self, plan):
        """The Result of a plan in study.json: its rules in their order, and those of its trials that are done."""
        config = Config(**{key: x for key, x in plan.items() if key in Config.__dataclass_fields__})
        result = Result(list(config.rules), band=config.network.band)
        for number in range(config.trials):
            for label in config.rules:
                found = self.read(trials.name(trials.identity(config, label, number, plan["sums"])))
                if found:
                    speed = found["run"]["seconds_per_epoch"]
                    trial = {"optimizer": label, "trial": number, **found["recorded"], "seconds_per_epoch": speed}
                    result.trials.append(trial)
        return result

    def trial(self, name):
        """The path of a finished trial."""
        return self.path / "trials" / f"{name}.json"

    def progress(self, name):
        """The path of what a running trial has recorded so far."""
        return self.path / "progress" / f"{name}.jsonl"

    def done(self, name):
        """Whether a trial is finished."""
        return self.trial(name).exists()

    def read(self, name):
        """The content of a finished trial, or None where there is none; a damaged file is set aside."""
        path = self.trial(name)
        try:
            content = json.loads(path.read_bytes())
            if not isinstance(content, dict) or not {"identity", "recorded", "run"} <= content.keys():
                raise ValueError("it lacks identity, recorded or run")
        except FileNotFoundError:
            return None
        except ValueError as error:
            damaged = path.with_suffix(".damaged")
            os.replace(path, damaged)
            self.complaints.append(f"{path} is damaged ({error}); it is set aside as {damaged.name} and done again")
            return None
        return content

    def write(self, name, identity, recorded, run):
        """Keep a finished trial; the file is there whole or not at all."""
        content = {"schema": SCHEMA, "identity": identity, "recorded": _compact(recorded), "run": run}
        _write_json(self.trial(name), content)
        self.progress(name).unlink(missing_ok=True)

    def plans(self):
        """{name: plan} in study.json."""
        try:
            return json.loads((self.path / "study.json").read_bytes())["plans"]
        except FileNotFoundError:
            return {}
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{self.path / 'study.json'} is no list of plans: {error}") from None

    def plan(self, name, settings):
        """Keep a plan; ValueError where one of that name has other settings, but for more trials."""
        plans = self.plans()
        if before := plans.get(name):
            for key in before.keys() | settings.keys():
                if before.get(key) != settings.get(key) and key != "trials":
                    raise ValueError(
                        f"{self.path} has a plan {name!r} whose {key} is {before.get(key)!r}, not "
                        f"{settings.get(key)!r}; take another folder"
                    )
            settings = settings | {"trials": max(before["trials"], settings["trials"])}
        _write_json(self.path / "study.json", {"schema": SCHEMA, "plans": plans | {name: settings}}, indent=1)


def _write_json(path, content, indent=None):
    """Whole or not at all; the same content gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    separators = None if indent else (",", ":")
    text = json.dumps(content, indent=indent, separators=separators, sort_keys=not indent, allow_nan=False)
    files.write(path, text + "\n")


def _compact(x):
    """Numbers with the seven digits that float32 has; nan and inf, which JSON does not know, as null."""
    if isinstance(x, float):
        return float(f"{x:.7g}") if math.isfinite(x) else None
    if isinstance(x, dict):
        return {key: _compact(value) for key, value in x.items()}
    return [_compact(value) for value in x] if isinstance(x, (list, tuple)) else x
