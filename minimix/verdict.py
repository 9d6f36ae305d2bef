"""What finished trials say: means, paired differences with their interval, and a verdict; as numbers and as a table."""

import math
import re
import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """What optimizers are judged by: its key in a trial, its name, and how its numbers are written.

    sign: 1 where more is better, -1 where less is.
    """

    key: str
    name: str
    sign: int
    scale: float
    form: str
    unit: str
    points: str

    def text(self, x):
        """A number of the measure, as "93.21 %"."""
        return f"{self.scale * x:{self.form}}{self.unit}"

    def change(self, x):
        """A difference without its unit, as "+0.21"."""
        return f"{self.scale * x:+{self.form}}"


ACCURACY = Measure("val_accuracy", "accuracy", 1, 100, ".2f", " %", " points")
LOSS = Measure("val_loss", "loss", -1, 1, ".4g", "", "")


def measure(trials):
    """The Measure of trials (dicts): accuracy where they have one, else the loss."""
    return LOSS if any(t["val_accuracy"][-1] is None for t in trials) else ACCURACY


def last(trial, by):
    """A trial's last number of a Measure; a loss that was not finite is infinite."""
    x = trial[by.key][-1]
    return x if x is not None and math.isfinite(x) else math.inf


def written(trial):
    """The last result of a Trial, as "93.21 %" or "loss 0.03124"."""
    by = measure([vars(trial)])
    return f"{'' if by is ACCURACY else f'{by.name} '}{by.text(last(vars(trial), by))}"


def summarize(trials, labels):
    """{label: last results, times, and the paired comparison with the first Adam} of finished trials.

    trials: dicts with "optimizer", "trial" and the fields of `training.Trial`; labels: the order. The results stand
    under the Measure's key.
    """
    by, trials = measure(trials), sorted(trials, key=lambda t: t["trial"])
    own = {label: {t["trial"]: t for t in trials if t["optimizer"] == label} for label in labels}
    reference = next((label for label in labels if re.match(r"adam\w*(?!\.)\b(?!\.)", label, re.IGNORECASE)), None)
    summary = {}
    for label, found in own.items():
        if not found:
            continue
        results = [last(t, by) for t in found.values()]
        summary[label] = {
            by.key: {"mean": statistics.fmean(results), "min": min(results), "max": max(results), "per_trial": results},
            "seconds_per_epoch": _median_time(found),
            "stopped": sum(t["stopped"] is not None for t in found.values()),
        }
        if reference not in (None, label) and own[reference]:
            summary[label]["against"] = {"optimizer": reference, **_paired(found, own[reference], by)}
    return summary


def _median_time(trials):
    """Seconds per epoch: the median, so that a trial that something else slowed down does not count."""
    return statistics.median(t["seconds_per_epoch"] for t in trials.values())


def _paired(own, reference, by):
    differences = [last(own[k], by) - last(reference[k], by) for k in sorted(own.keys() & reference.keys())]
    finite = all(map(math.isfinite, differences))
    interval = _interval(differences) if finite else None
    if not differences:
        verdict = "no trial in common"
    elif not finite:
        verdict = "no verdict: a loss was not finite"
    elif interval is None:
        verdict = "one trial: no verdict"
    elif interval[0] <= 0 <= interval[1]:
        verdict = "no difference shown"
    else:
        verdict = "better" if by.sign * interval[0] > 0 else "worse"
    return {
        "difference": statistics.fmean(differences) if differences and finite else None,
        "interval": interval,
        "verdict": verdict,
        "time_ratio": _median_time(own) / _median_time(reference),
    }


# Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom; beyond, the normal one is close enough.
_T95 = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131),
    *(2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)


def _interval(differences):
    """The 95 % confidence interval of the mean of paired differences (Student's t), or None for fewer than two."""
    n = len(differences)
    if n < 2:
        return None
    t = _T95[n - 2] if n - 1 <= len(_T95) else 1.96
    half = t * statistics.stdev(differences) / math.sqrt(n)
    mean = statistics.fmean(differences)
    return [mean - half, mean + half]


def cells(trials, labels):
    """The summary as rows of texts, the first of them the heads: last results and times, and both against Adam."""
    by, summary = measure(trials), summarize(trials, labels)
    reference = next((s["against"]["optimizer"] for s in summary.values() if "against" in s), None)
    rows = [
        ("optimizer", "mean", "min", "max", "s/epoch", "time", f"{by.name} against {reference}" if reference else "")
    ]
    for label, s in summary.items():
        results = [by.text(s[by.key][k]) for k in ("mean", "min", "max")]
        time_ratio, said = ("1.00x", "reference") if label == reference else ("", "")
        if "against" in s:
            time_ratio, said = f"{s['against']['time_ratio']:.2f}x", _against(s["against"], by)
        if s["stopped"]:
            said += f" ({s['stopped']} stopped: loss not finite)"
        rows.append((label, *results, f"{s['seconds_per_epoch']:.3f}", time_ratio, said))
    return rows


def _against(a, by):
    if a["difference"] is None:
        return a["verdict"]
    said = f"{by.change(a['difference'])}{by.points}"
    if a["interval"]:
        said += f" [{', '.join(map(by.change, a['interval']))}], {a['verdict']}"
    return said


def table(trials, labels):
    """The summary as text, with a line that says what the numbers are."""
    by, rows = measure(trials), cells(trials, labels)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        f"{row[0]:{widths[0]}}  {'  '.join(f'{c:>{w}}' for c, w in zip(row[1:6], widths[1:6], strict=True))}  {row[6]}"
        for row in rows
    ]
    if rows[0][6]:
        lines.append(legend(by))
    return "\n".join(line.rstrip() for line in lines)


def legend(by):
    """What the numbers of a table are."""
    less = "" if by.sign > 0 else ", of which less is better"
    return f"mean, min, max over trials of the last validation {by.name}{less}; [95 % interval of paired differences]"
