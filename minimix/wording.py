"""A Verdict in words: sentences, rows, a table for terminals, LaTeX, and notes on what its numbers are."""

import math
import re
import shutil
import textwrap

SENTENCES, ROWS, BEST = 12, 40, 30
"""Up to so many rules each has a sentence above the table; of more than ROWS the table shows the BEST."""
_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$"}
_LATEX |= {c: f"\\{c}" for c in "&%$#_{}"}


def sentences(v):
    """One for each rule but the reference: its verdict, with the difference and its interval."""
    return [_sentence(v, rule) for label, rule in v.rules.items() if label != v.reference]


def _sentence(v, rule):
    if not rule.results:
        return f"{rule.label}: no finished trial"
    a = rule.against
    if a.verdict is None:
        return f"{rule.label}: no verdict, {a.why}"
    said = {
        "better": f"is better than {v.reference}",
        "worse": f"is worse than {v.reference}",
        "equal": f"is equal to {v.reference} within {_margin(v)}",
        "not settled": f"against {v.reference} is not settled",
    }
    text = f"{rule.label} {said[a.verdict]}: {_difference(v, a, v.measure.points)}"
    if a.needed:
        text += f"; {_many(a.needed)} trials in a new run would settle {_margin(v)[1:]}"
    return text


def _many(n):
    """A number of trials, or what is told of one that nobody will train."""
    words = {10**6: "millions", 10**5: "hundreds of thousands", 10**4: "tens of thousands"}
    return next((f"{word} of" for least, word in words.items() if n >= least), f"about {n:,}")


def _margin(v):
    return f"±{v.measure.scale * v.margin:.3g}{v.measure.points}"


def _difference(v, a, unit=""):
    if a.difference is None:
        return ""
    ends = f" {interval(a.interval, v.measure.change)}" if a.interval else ""
    return f"{v.measure.change(a.difference)}{unit}{ends}"


def aligned(rows, left=None):
    """Rows of texts, each as wide as its column's widest; left: the numbers of columns flush left, by default all."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    side = ["<" if left is None or k in left else ">" for k in range(len(widths))]
    return [[f"{c:{s}{w}}" for c, s, w in zip(row, side, widths, strict=True)] for row in rows]


def interval(ends, write):
    """(low, high) in words, each as `write` has it."""
    return f"[{', '.join(map(write, ends))}]"


def winner(v):
    """Which rule wins, in a sentence: one does only where the verdicts place all others below it. "" for one rule."""
    said = {}
    for label, rule in v.rules.items():
        if label != v.reference:
            said.setdefault(rule.against.verdict if rule.against else None, []).append(label)
    if not said:
        return ""
    if not v.rules[v.reference].results:
        return f"no winner shown: {v.reference}, the reference, has no finished trial"
    better, told = said.get("better", []), sum(len(said.get(word, [])) for word in ("better", "worse"))
    others = len(v.rules) - 1
    if told < others:
        verb = "is" if others - told == 1 else "are"
        these = f"{others - told} of {others} {verb}" if others > 1 else "the other is"
        return f"no winner shown: {these} not told apart from {v.reference}"
    if len(better) > 1:
        return f"no winner shown: {len(better)} of {others} are better than {v.reference}"
    if not better:
        return f"{v.reference} wins: all others are worse"
    return f"{better[0]} wins: better than {v.reference}{', and all others are worse' if others > 1 else ''}"


def cells(v, labels=None):
    """Rows of texts, the heads first: one for each rule, or for those of the labels; empty columns are left out."""
    by, to = v.measure, f"reached {v.measure.text(v.target)}" if v.target is not None else "reached"
    n = lambda rule: len(rule.results)
    columns = {
        "optimizer": lambda rule, a: rule.label,
        "trials": lambda rule, a: str(n(rule)),
        by.name: lambda rule, a: _mean(by, rule),
        "diverged": lambda rule, a: f"{rule.diverged} of {n(rule)}" if rule.diverged else "",
        to: lambda rule, a: "" if rule.reached is None else f"{rule.reached} of {n(rule)}",
        "epochs to it": lambda rule, a: _time(rule, rule.epochs_to_target),
        "s to it": lambda rule, a: _time(rule, rule.seconds_to_target),
        "s/epoch": lambda rule, a: f"{rule.seconds_per_epoch:.3f}" if n(rule) and _trained(by) else "",
        "difference": lambda rule, a: _difference(v, a) if a else "",
        "p (least)": lambda rule, a: f"{a.p:.2g} ({a.least_p:.2g})" if a and a.p is not None else "",
        "ahead": lambda rule, a: _ahead(a) if a and a.ahead_interval else "",
        "verdict": lambda rule, a: _word(v, rule, a),
    }
    rules = [v.rules[label] for label in (v.rules if labels is None else labels)]
    filled = [(head, *(cell(rule, rule.against) for rule in rules)) for head, cell in columns.items()]
    return list(zip(*(column for column in filled if any(column[1:])), strict=True))


def _mean(by, rule):
    if not rule.results or rule.spread is None:
        return by.text(rule.mean) if rule.results and math.isfinite(rule.mean) else "not finite" * bool(rule.results)
    return f"{by.scale * rule.mean:{by.form}} ± {by.text(rule.spread)}"


def _time(rule, x):
    return "" if rule.reached is None else "never" if x is None else f"{x:.3g}"


def _ahead(a):
    return f"{a.ahead} of {len(a.differences)} {interval(a.ahead_interval, lambda x: f'{100 * x:.0f} %')}"


def _trained(by):
    """Whether trials are judged by what they learned, and not by their time."""
    return by.key.startswith("val_")


def _word(v, rule, a):
    if not rule.results:
        return "no finished trial"
    if rule.label == v.reference:
        return "reference" if len(v.rules) > 1 else ""
    pairs = f" ({len(a.differences)} pairs of trials only)" if a.unpaired and len(a.differences) > 1 else ""
    return (a.verdict or f"no verdict: {a.why}") + pairs


def table(v):
    """The cells as text. On a narrow terminal a row takes several lines; of many rules the best are shown."""
    shown = list(v.rules)
    if more := len(shown) > ROWS:
        shown = best(v, BEST)
    if not shown:
        return "no finished trial"
    rows = cells(v, shown)
    lines, columns = aligned(rows, {0, *([len(rows[0]) - 1] if rows[0][-1] == "verdict" else [])}), _columns()
    if len("  ".join(lines[0])) > columns:
        cut = rows[0].index("difference") if "difference" in rows[0] else len(rows[0])
        lines = [part for row in lines for part in (row[:1], ["", *row[1:cut]], ["", *row[cut:]])]
    text = [folded for line in lines if (whole := "  ".join(line).rstrip()) for folded in _folded(whole, columns)]
    if more:
        text += _folded(f"… the best and the reference; {len(v.rules) - len(shown)} more are in the summary", columns)
    return "\n".join(text)


def best(v, most):
    """The labels of the `most` rules with the best mean, best first, the reference among them."""
    worst = -v.measure.sign * math.inf
    value = lambda label: v.measure.sign * (v.rules[label].mean if v.rules[label].results else worst)
    first = sorted(v.rules, key=value, reverse=True)
    return [label for label in first if label in {*first[: most - 1], v.reference}]


def _columns():
    return shutil.get_terminal_size((10_000, 0)).columns


def _folded(line, columns):
    """A line in pieces that fit, broken at blanks; what is longer alone stays whole."""
    if len(line) <= columns:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    options = {"initial_indent": indent, "subsequent_indent": indent + "  ", "break_long_words": False}
    return textwrap.wrap(line.strip(), max(columns, 1), break_on_hyphens=False, **options)


def latex(v):
    """The cells as a LaTeX tabular, for the package booktabs."""
    heads, *rows = ([_escaped(cell) for cell in row] for row in cells(v) or [["optimizer"]])
    lines = [" & ".join(row) + r" \\" for row in rows]
    form = "l" + "".join("l" if head == "verdict" else "r" for head in heads[1:])
    head = " & ".join(heads) + r" \\"
    return "\n".join(
        [f"\\begin{{tabular}}{{{form}}}", r"\toprule", head, r"\midrule", *lines, r"\bottomrule", r"\end{tabular}"]
    )


def _escaped(text):
    signs = re.sub(r"(?<!\S)(\[?)-(?=\d)", "\\1\0", text)  # a minus is no hyphen
    return "".join(_LATEX.get(c, c) for c in signs).replace("\0", "$-$")


def scope(v):
    """What the trials of a Verdict differ in, and what they share."""
    if not _trained(v.measure):
        return "over trials, on this machine"
    return f"over seeds{' and draws of the training samples' if v.resampled else ''}, on this test set"


def notes(v):
    """Sentences that say what the numbers of the table are, and how far they reach."""
    by, held = v.measure, [rule.against for rule in v.rules.values() if rule.against]
    less = "" if by.sign > 0 else ", of which less is better"
    what = f" of the {by.whole}" if by.whole != by.name else ""
    said = [f"{by.name}: mean ± standard deviation over trials{what}{less}"]
    if any(a.difference is not None for a in held):
        unit = f", in{by.points}" if by.points else ""
        samples = f" of {v.test_samples:,} samples" if v.test_samples and _trained(by) else ""
        said.append(f"difference: the mean over pairs of trials, to {v.reference}{unit}; {scope(v)}{samples}")
    if any(a.interval for a in held):
        jointly = f" for all {v.comparisons} comparisons jointly" if v.comparisons > 1 else ""
        said.append(f"[95 % interval of it{jointly}, by Student's t]; equal: it lies within {_margin(v)}")
    if held and not v.independent:
        said.append("no verdict: trials that continue one another are not independent, so that no interval holds")
    if any(a.p is not None for a in held):
        said.append("p: sign-flip test, adjusted by Holm, and the least that it could be; the interval decides")
    if any(a.ahead_interval for a in held):
        said.append("ahead: in how many pairs of trials, with its exact 95 % interval")
    mean = v.rules[v.reference].mean if v.rules else None
    if v.test_samples and by.key == "val_accuracy" and mean and 0 < mean < 1:
        error = math.sqrt(mean * (1 - mean) / v.test_samples)
        said.append(
            f"an accuracy of {by.scale * mean:.1f} % on {v.test_samples:,} samples has a standard error of "
            f"{by.scale * error:.2f} points of its own"
        )
    if v.target is not None:
        said.append("reached: in how many trials; epochs and s to it: of the median trial, from its recordings")
    if v.looks > 1:
        said.append(
            "trials were added after a first look: stopping when an interval leaves 0 finds differences that are none"
        )
    if _trained(by):
        said.append("s/epoch: the median trial, timed beside the other trials and whatever else ran")
    return said


def text(v):
    """Sentences, table and notes, for a terminal."""
    if len(v.rules) <= SENTENCES:
        above = sentences(v)
    else:
        words = [
            rule.against.verdict if rule.against else None for rule in v.rules.values() if rule.label != v.reference
        ]
        kinds = ", ".join(f"{words.count(word)} {word or 'without a verdict'}" for word in dict.fromkeys(words))
        above = [f"{len(words)} rules against {v.reference}: {kinds}"]
    fold = lambda lines: "\n".join(part for line in lines if line for part in _folded(line, _columns()))
    return "\n\n".join(part for part in (fold([winner(v), *above]), table(v), fold(notes(v))) if part)
