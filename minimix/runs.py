"""The run folder: config.json, results.json and figure.png; written trial by trial, so that none is lost."""

import contextlib
import json
import math
import os
from dataclasses import asdict
from pathlib import Path

from .comparison import Config, summarize


class Run:
    """One comparison on disk. `Run.create` makes a new folder, `Run.open` reads one."""

    def __init__(self, folder, config, trials):
        self.folder, self.config, self.trials = Path(folder), config, trials

    @classmethod
    def create(cls, folder, config):
        """A new run folder. Raises FileExistsError where there is something already."""
        folder = Path(folder)
        if folder.exists():
            raise FileExistsError(
                f"out: {str(folder)!r} exists; choose another folder, or continue that run with --resume {folder}"
            )
        folder.mkdir(parents=True)
        _write_json(folder / "config.json", asdict(config))
        return cls(folder, config, [])

    @classmethod
    def open(cls, folder):
        """An existing run. Raises FileNotFoundError or ValueError where it is none."""
        folder = Path(folder)
        config = Config(**read_config(folder / "config.json"))
        results = folder / "results.json"
        trials = _read_json(results)["trials"] if results.exists() else []
        return cls(folder, config, trials)

    def discard(self):
        """Remove the folder of a run without a finished trial; whatever else is in it stays."""
        (self.folder / "config.json").unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    @property
    def done(self):
        """The finished (spec, trial number) pairs."""
        return {(t["optimizer"], t["trial"]) for t in self.trials}

    @property
    def summary(self):
        return summarize(self.trials, self.config.optimizers)

    def add(self, spec, number, trial):
        """Keep a finished trial, on disk too; a failed write leaves the former results.json whole."""
        self.trials.append({"optimizer": spec, "trial": number, **asdict(trial)})
        results = {"config": asdict(self.config), "summary": self.summary, "trials": self.trials}
        _write_json(self.folder / "results.json", results)


def new_folder(config, parent="runs"):
    """A folder name that is still free: runs/mlp-glyphs-1, runs/mlp-glyphs-2, …"""
    number = 1
    while (folder := Path(parent) / f"{config.model}-{config.data}-{number}").exists():
        number += 1
    return folder


def read_config(path):
    """The settings in a config.json. Raises FileNotFoundError, or ValueError for what is not a Config."""
    settings = _read_json(path)
    unknown = settings.keys() - Config.__dataclass_fields__.keys() if isinstance(settings, dict) else {"a list"}
    if unknown:
        raise ValueError(f"{str(path)!r} is no configuration of a comparison: it has {sorted(unknown)[0]!r}")
    return settings


def _read_json(path):
    try:
        return json.loads(Path(path).read_text("utf-8"))
    except FileNotFoundError:
        raise FileNotFoundError(f"{str(path)!r} does not exist; a run folder has config.json") from None
    except ValueError as error:
        raise ValueError(f"{str(path)!r} is not valid JSON: {error}") from None


def _finite(x):
    """JSON knows no nan or inf: they become null."""
    if isinstance(x, float):
        return x if math.isfinite(x) else None
    if isinstance(x, dict):
        return {k: _finite(v) for k, v in x.items()}
    return [_finite(v) for v in x] if isinstance(x, (list, tuple)) else x


def _write_json(path, content):
    """Write whole or not at all: a full disk or a kill leaves the former file."""
    part = path.with_suffix(".part")
    try:
        with open(part, "w", encoding="utf-8") as file:
            json.dump(_finite(content), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OSError(f"{str(path)!r} could not be written: {error.strerror}; its former content is whole") from error
