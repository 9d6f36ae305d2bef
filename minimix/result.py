"""The result of a comparison: its trials, and what there is to see of them."""

import base64
import csv
import html
import io
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from . import plots
from .files import replacing
from .training import Trial
from .verdict import Measure, Verdict, judge, measure


@dataclass(repr=False)
class Result:
    """What `compare` returns.

    labels: those of the rules, in their order. trials: dicts with "optimizer", the label, "trial", its number, and the
    fields of `training.Trial`. band: what the figure shows around the mean, "range" or "std". data: which data it was,
    as `Dataset.about` tells. settings: what its trials were run with, {name: text or number}.
    """

    labels: list = field(default_factory=list)
    trials: list = field(default_factory=list)
    band: str = "range"
    data: dict = field(default_factory=dict)
    settings: dict = field(default_factory=dict, compare=False)

    def add(self, label: str, number: int, trial: Trial) -> None:
        """Take in a finished Trial."""
        if label not in self.labels:
            self.labels.append(label)
        self.trials.append({"optimizer": label, "trial": number, **asdict(trial)})

    @property
    def done(self) -> set[tuple[str, int]]:
        """The finished (label, trial number) pairs."""
        return {(t["optimizer"], t["trial"]) for t in self.trials}

    @property
    def measure(self) -> Measure:
        """What the optimizers are judged by: verdict.ACCURACY, or verdict.LOSS where there is no accuracy."""
        return measure(self.trials)

    def curves(self, label: str, key: str | None = None) -> tuple[np.ndarray, np.ndarray]:
        """(epochs, trials x recordings) of one rule; key: "train_loss", "val_loss", "val_accuracy", or the measure's.

        Trials that stopped early end in nan.
        """
        own = [t for t in sorted(self.trials, key=lambda t: t["trial"]) if t["optimizer"] == label]
        epochs, rows = max((t["epoch"] for t in own), key=len), [t[key or self.measure.key] for t in own]
        found = np.full((len(rows), len(epochs)), np.nan)
        for row, recorded in zip(found, rows, strict=True):
            row[: len(recorded)] = [np.nan if x is None else x for x in recorded]
        found[~np.isfinite(found)] = np.nan
        return np.array(epochs), found

    def verdict(
        self,
        reference: str | None = None,
        margin: float | None = None,
        target: float | None = None,
        looks: int = 1,
        by: Measure | None = None,
    ) -> Verdict:
        """The Verdict of the trials; see `verdict.judge`.

        reference: the label that the others are compared with, by default the first Adam or else the first. by:
        what they are judged by, by default `measure`.
        Raises ValueError for one that is none of the labels.
        """
        independent, resampled = not self.settings.get("continue_trials"), bool(self.settings.get("resample"))
        samples = self.data.get("test_samples")
        return judge(self.trials, self.labels, reference, margin, target, independent, samples, looks, resampled, by)

    def summary(self) -> dict[str, Any]:
        """The verdict as numbers, texts, lists and dicts; see `verdict.Verdict.summary`."""
        return self.verdict().summary()

    def table(self) -> str:
        """The verdict as text: sentences, a table, and what its numbers are."""
        return str(self.verdict())

    def figure(self, verdict: Verdict | None = None) -> Any:
        """The study's figure, a matplotlib Figure: validation and training, the mean over trials and a band.

        Below them each trial's last result and the differences of a Verdict, by default `self.verdict()`.
        """
        return plots.comparison([("", self)], self.band, verdict)

    def rows(self) -> list[dict[str, Any]]:
        """A flat dict for each recording, as for pandas.DataFrame(result.rows())."""
        keys = ("epoch", "train_loss", "val_loss", "val_accuracy")
        return [
            {"optimizer": t["optimizer"], "trial": t["trial"], **dict(zip(keys, recording, strict=True))}
            | {key: t[key] for key in ("seconds_per_epoch", "stopped")}
            for t in self.trials
            for recording in zip(*(t[key] for key in keys), strict=True)
        ]

    def csv(self, path: str | Path) -> None:
        """Write the rows as a table of comma-separated values."""
        with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self.rows()[0] if self.trials else [])
            writer.writeheader()
            writer.writerows(self.rows())

    def __repr__(self):
        return self.table() if self.trials else "Result(no finished trial)"

    def _repr_html_(self):
        """Table and figure, for a notebook."""
        if not self.trials:
            return f"<pre>{self!r}</pre>"
        verdict = self.verdict()
        heads, *rows = verdict.cells()
        line = lambda tag, cells: f"<tr>{''.join(f'<{tag}>{html.escape(c)}</{tag}>' for c in cells)}</tr>"
        picture = io.BytesIO()
        self.figure().savefig(picture, format="png", dpi=100)
        told = lambda sentences: "".join(f"<p>{html.escape(sentence)}</p>" for sentence in sentences if sentence)
        return (
            f"{told([verdict.winner(), *verdict.sentences()])}"
            f"<table>{line('th', heads)}{''.join(line('td', row) for row in rows)}</table>{told(verdict.notes())}"
            f'<img alt="validation and training of each optimizer, mean and band over trials" '
            f'src="data:image/png;base64,{base64.b64encode(picture.getvalue()).decode()}">'
        )
