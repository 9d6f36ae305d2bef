"""What failed in a study, when, where and with what its trials were run, and their last recordings as CSV."""

import base64
import csv
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from .folder import Folder
from .forms import OtherSchema
from .parts import Part

RUN = ("minimix", "python", "numpy", "blas", "host", "cores")
MIXED = {"minimix": "versions of minimix", "numpy": "versions of NumPy"}
NAMED = 40  # optimizers of which trials are missing
ROWS = 20_000  # of the CSV


def failures(parts: list[Part]) -> Iterator[str]:
    """Sentences about trials that diverged or are missing."""
    for part in parts:
        yield from _diverged(part)
        yield from _missing(part)


def _diverged(part):
    for t in part.result.trials:
        if t["stopped"]:
            yield f"{part.name}: {t['optimizer']}, trial {t['trial'] + 1}, diverged: {t['stopped']}"


def _missing(part):
    missing = {label: part.config.trials - count for label, count in part.counts.items() if count < part.config.trials}
    if missing:
        which = ", ".join(f"{count} of {label}" for label, count in list(missing.items())[:NAMED])
        more = f" and of {len(missing) - NAMED:,} more" if len(missing) > NAMED else ""
        planned = part.config.trials * len(part.config.rules)
        yield f"{part.name}: {sum(missing.values()):,} of {planned:,} trials are missing: {which}{more}"


def damaged(folder: Folder) -> Iterator[str]:
    """Sentences about the trial files that were set aside."""
    for path in sorted((folder.path / "trials").glob("*.damaged")):
        again = "it was done again" if folder.done(path.stem) else "it is to be done again"
        yield f"trials/{path.name} was found damaged and set aside; {again}"


def runs(folder: Folder) -> list[dict[str, Any]]:
    """When, where and with what each trial in the folder was run, of those that can be read."""
    found = []
    ours = sorted((folder.path / "trials").glob(f"{'[0-9a-f]' * 16}.json"))  # another's file is left alone
    for path in ours:
        with suppress(OSError, OtherSchema):  # the plan that has it cannot be read, and is told of
            if content := folder.read(path.stem):
                found.append(content["run"])
    return found


def table(runs: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Rows of a table: of each circumstance the values that it had, and how many trials had each."""
    rows = [("circumstance", "value and number of trials")]
    for key in RUN:
        counts = Counter(_text(run[key]) for run in runs if key in run)
        if counts:
            rows.append((key, "; ".join(f"{value} ({count:,})" for value, count in sorted(counts.items()))))
    dates = sorted(run["started"] for run in runs if "started" in run)
    if dates:
        rows.append(("started", dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"))
    rows.append(("computing time", f"{sum(run.get('seconds', 0) for run in runs) / 3600:.2f} hours"))
    return rows


def mixed(runs: list[dict[str, Any]]) -> Iterator[str]:
    """A sentence for each circumstance that changes numbers and was not the same for all trials."""
    for key, what in MIXED.items():
        found = {_text(run[key]) for run in runs if key in run}
        if len(found) > 1:
            yield f"the trials are of {len(found)} {what}: {', '.join(sorted(found))}"


def _text(x):
    return ", ".join(dict.fromkeys(map(str, x))) if isinstance(x, list) else str(x)


def csv_of(parts: list[Part]) -> str:
    """A line for each trial with its last recording, in base64; "" where these would be too many for a page."""
    if sum(len(part.result.trials) for part in parts) > ROWS:
        return ""
    file = io.StringIO()
    keys = ("epoch", "train_loss", "val_loss", "val_accuracy")
    writer = csv.writer(file)
    writer.writerow(["plan", "optimizer", "trial", *keys, "seconds_per_epoch", "stopped"])
    for part in parts:
        for t in part.result.trials:
            ends = (t[key][-1] for key in keys)
            writer.writerow([part.name, t["optimizer"], t["trial"], *ends, t["seconds_per_epoch"], t["stopped"]])
    return base64.b64encode(file.getvalue().encode()).decode()
