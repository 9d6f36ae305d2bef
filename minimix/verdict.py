"""What finished trials say: means, paired differences with their interval, and a verdict; as numbers and as a table."""

import math
import re
import shutil
import statistics
import textwrap
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
    """A trial's last number of a Measure; what was not finite is infinitely bad."""
    x = trial[by.key][-1]
    return x if x is not None and math.isfinite(x) else -by.sign * math.inf


def written(trial):
    """The last result of a Trial, as "93.21 %" or "loss 0.03124"."""
    by = measure([vars(trial)])
    return f"{'' if by is ACCURACY else f'{by.name} '}{by.text(last(vars(trial), by))}"


def summarize(trials, labels):
    """{label: last results, times, and the paired comparison with the first Adam} of finished trials.

    trials: dicts with "optimizer", "trial" and the fields of `training.Trial`; labels: the order. The results stand
    under the Measure's key, those of stopped trials among them; "stopped" counts these. A label without a finished
    trial is left out.
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
            "seconds_per_epoch": statistics.median(t["seconds_per_epoch"] for t in found.values()),
            "stopped": sum(t["stopped"] is not None for t in found.values()),
        }
        if reference not in (None, label) and own[reference]:
            summary[label]["against"] = {"optimizer": reference, **_paired(found, own[reference], by)}
    return summary


def _paired(own, reference, by):
    pairs = [(own[k], reference[k]) for k in sorted(own.keys() & reference.keys())]
    results = [(last(a, by), last(b, by)) for a, b in pairs]
    finite = all(math.isfinite(x) for pair in results for x in pair)
    differences = [a - b for a, b in results] if finite else []
    interval = _interval(differences, max((abs(x) for pair in results for x in pair), default=0))
    if not pairs:
        verdict = "no trial in common"
    elif not finite or any(t["stopped"] for pair in pairs for t in pair):
        verdict, interval = "no verdict: a loss was not finite", None
    elif len(pairs) == 1:
        verdict = "one trial: no verdict"
    elif not any(differences):
        verdict = "identical results"
    elif interval is None:
        verdict = "no verdict: the differences are all equal"
    elif interval[0] <= 0 <= interval[1]:
        verdict = "no difference shown"
    else:
        verdict = "better" if by.sign * interval[0] > 0 else "worse"
    return {
        "difference": statistics.fmean(differences) if differences else None,
        "interval": interval,
        "verdict": verdict,
        "pairs": len(pairs),
        "unpaired": len(own.keys() ^ reference.keys()),
    }


# Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom; for more, the last is a little too wide.
_T95 = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131),
    *(2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)


def _interval(differences, largest):
    """The 95 % confidence interval of the mean of paired differences (Student's t).

    None where nothing tells how much they vary: for fewer than two, or where they are equal up to rounding in float32,
    in which a network computes; largest: the largest of the numbers that were subtracted.
    """
    if not differences or max(differences) - min(differences) <= 1e-6 * largest:
        return None
    n = len(differences)
    half = _T95[min(n - 1, len(_T95)) - 1] * statistics.stdev(differences) / math.sqrt(n)
    mean = statistics.fmean(differences)
    return [mean - half, mean + half]


def cells(trials, labels):
    """The summary as rows of texts, the first of them the heads: last results, times, and how they compare."""
    by, summary = measure(trials), summarize(trials, labels)
    reference = _reference(summary)
    against = f"{by.name} against {reference}" if reference else ""
    rows = [("optimizer", "trials", "mean", "min", "max", "s/epoch", against)]
    for label in labels:
        if label not in summary:
            rows.append((label, "0", "", "", "", "", "no finished trial"))
            continue
        s = summary[label]
        results, said = s[by.key], []
        if label == reference:
            said.append("reference")
        if "against" in s:
            said.append(_against(s["against"], by))
        if s["stopped"]:
            said.append(f"({s['stopped']} stopped: loss not finite)")
        numbers = [by.text(results[k]) for k in ("mean", "min", "max")]
        time = f"{s['seconds_per_epoch']:.3f}"
        rows.append((label, str(len(results["per_trial"])), *numbers, time, " ".join(said)))
    return rows


def _reference(summary):
    return next((s["against"]["optimizer"] for s in summary.values() if "against" in s), None)


def _against(a, by):
    if a["difference"] is None:
        return a["verdict"]
    said = f"{by.change(a['difference'])}{by.points}"
    if a["interval"]:
        said += f" [{', '.join(map(by.change, a['interval']))}]"
    return f"{said}, {a['verdict']}" + (f" ({a['pairs']} pairs of trials alone)" if a["unpaired"] else "")


def table(trials, labels):
    """The summary as text, with lines that say which wins and what the numbers are.

    On a terminal that is too narrow for it, a row takes several lines.
    """
    rows, said, columns = cells(trials, labels), notes(trials, labels), shutil.get_terminal_size((10_000, 0)).columns
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    numbers = ["  ".join(f"{c:>{w}}" for c, w in zip(row[1:6], widths[1:6], strict=True)) for row in rows]
    lines = [f"{row[0]:{widths[0]}}  {own}  {row[6]}".rstrip() for row, own in zip(rows, numbers, strict=True)]
    if max(map(len, lines)) > columns:
        parts = [part for row, own in zip(rows, numbers, strict=True) for part in (row[0], f"  {own}", f"  {row[6]}")]
        lines = [part.rstrip() for part in parts if part.strip()]
    return "\n".join(line for long in (*lines, *said) for line in _folded(long, columns))


def _folded(line, columns):
    """A line in pieces that fit, broken at blanks; what is longer alone stays whole."""
    if len(line) <= columns:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    options = {"initial_indent": indent, "subsequent_indent": indent + "  ", "break_long_words": False}
    return textwrap.wrap(line.strip(), max(columns, 1), break_on_hyphens=False, **options)


def notes(trials, labels):
    """The sentences below a table: which optimizer wins, and what the numbers are."""
    by = measure(trials)
    less = "" if by.sign > 0 else ", of which less is better"
    said = [
        f"mean, min, max over trials of the last validation {by.name}{less}",
        "s/epoch: the median trial, timed beside the other trials and whatever else ran",
    ]
    if len(labels) > 1:
        said[:0] = [winner(summarize(trials, labels), labels)]
        said[2:2] = ["[95 % interval of the mean of paired differences, each comparison by itself]"]
    return said


def winner(summary, labels):
    """Which optimizer wins, in a sentence: one does only where the verdicts place all others below it."""
    reference = _reference(summary)
    if reference is None:
        return "no winner shown: there is no Adam with a finished trial to compare with"
    said = {label: s["against"]["verdict"] for label, s in summary.items() if label != reference}
    said |= {label: "no finished trial" for label in labels if label not in summary}
    better = [label for label, verdict in said.items() if verdict == "better"]
    undecided = [label for label, verdict in said.items() if verdict not in ("better", "worse")]
    if better and (undecided or len(better) > 1):
        return f"no winner shown; better than {reference}: {', '.join(better)}"
    if undecided:
        return f"no winner shown; not told apart from {reference}: {', '.join(undecided)}"
    if not better:
        return f"{reference} wins: all others are worse"
    return f"{better[0]} wins: better than {reference}{', and all others are worse' if len(said) > 1 else ''}"
