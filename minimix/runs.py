"""The run folder: config.json, results.json and figure.png; written trial by trial, so that none is lost."""

import contextlib
import hashlib
import json
import math
import os
from pathlib import Path

from . import data as datasets
from . import own
from .config import OPTIMIZERS, Config, references
from .nn import models
from .result import Result


class Run:
    """One comparison on disk: its settings, as texts and numbers, and its Result.

    `Run.create` makes a new folder, `Run.open` reads one.
    """

    def __init__(self, folder, settings, trials):
        self.folder, self.settings = Path(folder), settings
        model = models.MODELS.get(settings.get("model"), models.OWN)
        self.result = Result(list(settings.get("optimizers", OPTIMIZERS)), trials, model.band)

    @classmethod
    def create(cls, folder, config):
        """A new run folder. Raises FileExistsError where there is something already."""
        folder, settings = Path(folder), config.settings()
        if folder.exists():
            raise FileExistsError(
                f"out: {str(folder)!r} exists; choose another folder, or continue that run with --resume {folder}"
            )
        settings |= {"optimizers": list(config.optimizers), "files": files(settings)}
        folder.mkdir(parents=True)
        _write_json(folder / "config.json", settings)
        return cls(folder, settings, [])

    @classmethod
    def open(cls, folder):
        """An existing run. Raises FileNotFoundError or ValueError where it is none."""
        folder = Path(folder)
        settings, results = read_config(folder / "config.json"), folder / "results.json"
        return cls(folder, settings, _read_json(results)["trials"] if results.exists() else [])

    def config(self):
        """The Config to go on with. Raises ValueError where a file that it was begun with has changed since."""
        settings, now = dict(self.settings), files(self.settings)
        for path, then in settings.pop("files", {}).items():
            if now.get(path) != then:
                raise ValueError(
                    f"{path} has changed since {str(self.folder)!r} was begun: its trials could not be compared; begin "
                    f"anew with --config {self.folder / 'config.json'}"
                )
        return Config(**settings)

    def discard(self):
        """Remove the folder of a run without a finished trial; whatever else is in it stays."""
        (self.folder / "config.json").unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def save(self):
        """Write the result as it is now; a failed write leaves the former results.json whole."""
        results = {"config": self.settings, "summary": self.result.summary(), "trials": self.result.trials}
        _write_json(self.folder / "results.json", results)


def files(settings):
    """{path: SHA-256} of the files of a reader's own that the settings of a Config name."""
    digests = [own.digest(reference) for reference in references(settings)]
    data = {str(path): _sha256(path) for path in datasets.files(settings["data"])}
    return {digest["file"]: digest["sha256"] for digest in digests} | data


def _sha256(path):
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r}")
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def title(config):
    """A name for the files of a Config: mlp-glyphs, or net-digits for my.py:net and digits.npz."""
    return "-".join(Path(text.rpartition(":")[2]).stem for text in (config.model, config.data))


def new_folder(config, parent="runs"):
    """A folder name that is still free: runs/mlp-glyphs-1, runs/mlp-glyphs-2, …"""
    number = 1
    while (folder := Path(parent) / f"{title(config)}-{number}").exists():
        number += 1
    return folder


def read_config(path):
    """The settings in a config.json. Raises FileNotFoundError, or ValueError for what is not a Config."""
    settings = _read_json(path)
    known = {*Config.__dataclass_fields__, "files"}
    unknown = settings.keys() - known if isinstance(settings, dict) else {"a list"}
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
