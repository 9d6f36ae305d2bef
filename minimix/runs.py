"""The run folder: config.json, results.json and figure.png; written trial by trial, so that none is lost."""

from __future__ import annotations

import contextlib
import json
import math
from pathlib import Path
from typing import Any

from . import data as datasets
from . import own
from .config import OPTIMIZERS, Config, check_texts, references
from .files import digest, write
from .hint import did_you_mean, shown
from .nn import models
from .result import Result, check_trials
from .validation import check, read_json, whole

SETTINGS = Config.__dataclass_fields__


class Run:
    """One comparison on disk: its settings, as texts and numbers, and its Result.

    `Run.create` makes a new folder, `Run.open` reads one.
    """

    def __init__(self, folder: str | Path, settings: dict[str, Any], trials: list[dict]):
        self.folder, self.settings = Path(folder), settings
        model = models.MODELS.get(settings.get("model", "mlp"), models.OWN)
        labels, data = settings.get("optimizers", OPTIMIZERS), settings.get("dataset", {})
        self.result = Result(list(labels), trials, model.band, data)

    @classmethod
    def create(cls, folder: str | Path, config: Config, data: dict | None = None) -> Run:
        """A new run folder; data: as `Dataset.about` tells. Raises FileExistsError where there is something already."""
        folder, settings = Path(folder), config.settings()
        if folder.exists():
            raise FileExistsError(
                f"out: {str(folder)!r} exists; choose another folder, or continue that run with --resume {folder}"
            )
        settings |= {"optimizers": list(config.rules), "files": files(settings), "dataset": data or {}}
        folder.mkdir(parents=True)
        run = cls(folder, settings, [])
        try:
            _write_json(folder / "config.json", settings)
        except OSError:
            run.discard()
            raise
        return run

    @classmethod
    def open(cls, folder: str | Path) -> Run:
        """An existing run. Raises FileNotFoundError or ValueError where it is none."""
        folder = Path(folder)
        settings, path = read_config(folder / "config.json"), folder / "results.json"
        if not path.exists():
            return cls(folder, settings, [])
        results = read_json(path)
        then: dict[str, Any] = results.get("config", {})
        trials: Any = results.get("trials")
        try:
            check("config", then, dict)
            check_trials(trials, settings.get("optimizers", OPTIMIZERS))
        except ValueError as error:
            raise ValueError(f"{str(path)!r}: {error}") from None
        for key in sorted(settings.keys() | then.keys()):
            if settings.get(key) != then.get(key):
                raise ValueError(
                    f"{str(folder)!r}: {key} is {shown(settings.get(key))} in config.json, but its trials were run "
                    f"with {shown(then.get(key))}; begin anew with --config {folder / 'config.json'}"
                )
        return cls(folder, settings, trials)

    def config(self) -> Config:
        """The Config to go on with. Raises ValueError where a file that it was begun with has changed since."""
        settings, config = dict(self.settings), Config(**{k: x for k, x in self.settings.items() if k in SETTINGS})
        self._check_same(settings.get("files", {}), files(config.settings()))
        return config

    def check_data(self, about: dict[str, Any]) -> None:
        """Raise ValueError where data, as `Dataset.about` tells of them, are not those that the run was begun with."""
        then = self.settings.get("dataset", {}).get("sha256", {})
        self._check_same(then, about["sha256"])

    def _check_same(self, then, now):
        for name in then:
            if now.get(name) != then[name]:
                raise ValueError(
                    f"{name} has changed since {str(self.folder)!r} was begun: its trials could not be compared; begin "
                    f"anew with --config {self.folder / 'config.json'}"
                )

    def discard(self) -> None:
        """Remove the folder of a run without a finished trial; whatever else is in it stays."""
        (self.folder / "config.json").unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def save(self) -> None:
        """Write the result as it is now; a failed write leaves the former results.json whole."""
        results = {"config": self.settings, "summary": self.result.summary(), "trials": self.result.trials}
        _write_json(self.folder / "results.json", results)


def files(settings: dict[str, Any]) -> dict[str, str]:
    """{path: SHA-256} of the files of a reader's own that the settings of a Config name."""
    own_files = [own.digest(reference) for reference in references(settings)]
    data = {str(path): digest(path) for path in datasets.files(settings["data"])}
    return {file["file"]: file["sha256"] for file in own_files} | data


def title(config: Config) -> str:
    """A name for the files of a Config: mlp-glyphs, or net-digits for my.py:net and digits.npz."""
    return "-".join(Path(str(text).rpartition(":")[2]).stem for text in (config.model, config.data))


def new_folder(config: Config, parent: str | Path = "runs") -> Path:
    """A folder name that is still free: runs/mlp-glyphs-1, runs/mlp-glyphs-2, …"""
    number = 1
    while (folder := Path(parent) / f"{title(config)}-{number}").exists():
        number += 1
    return folder


def read_config(path: str | Path) -> dict[str, Any]:
    """The settings in a config.json. Raises FileNotFoundError, or ValueError for what is not a Config."""
    if not Path(path).exists():
        raise FileNotFoundError(f"{str(path)!r} does not exist; a run folder has config.json")
    settings = read_json(path)
    forms = {"files": dict, "dataset": dict}
    if unknown := sorted(settings.keys() - {*SETTINGS, *forms}):
        hint = did_you_mean(unknown[0], SETTINGS)
        raise ValueError(f"{str(path)!r} is no configuration of a comparison: it has {shown(unknown[0])}{hint}")
    try:
        check_texts(settings)
        for key, form in forms.items():
            check(key, settings.get(key, {}), form)
        check("dataset.sha256", settings.get("dataset", {}).get("sha256", {}), dict)
        whole("dataset.test_samples", settings.get("dataset", {}).get("test_samples", 1), least=1)
    except ValueError as error:
        raise ValueError(f"{str(path)!r}: {error}") from None
    return settings


def _finite(x):
    """JSON knows no nan or inf: they become null."""
    if isinstance(x, float):
        return x if math.isfinite(x) else None
    if isinstance(x, dict):
        return {k: _finite(v) for k, v in x.items()}
    return [_finite(v) for v in x] if isinstance(x, (list, tuple)) else x


def _write_json(path, content):
    write(path, json.dumps(_finite(content), indent=1))
