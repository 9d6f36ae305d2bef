"""What a class's answers are worth: a table student x exercise, and the mistakes, by how many made them."""

import csv
import io
import re
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Iterable

from . import copies
from .checker import Verdict, exercises
from .classroom import SAID, Graded, in_order

MARKS = {"right": "✓", "wrong": "✗", "not done": "·", "unreadable": "?", "no file": "–"}
NAME = 24  # letters of a name that are shown
UNKNOWN = "wrong numbers, by no mistake that is known"
Answers = dict[str, dict[int, Graded]]


def answers(graded: Iterable[Graded]) -> Answers:
    """{student: {lesson: Graded}} in the order of names. Of several files for one lesson the best counts."""
    found: dict[str, dict[int, list[Graded]]] = {}
    for one in sorted(graded, key=lambda one: in_order(one.paper)):
        found.setdefault(one.paper.student, {}).setdefault(one.paper.lesson or 0, []).append(one)
    return {student: {n: _best(several) for n, several in of.items()} for student, of in found.items()}


def _best(several):
    best = max(several, key=lambda one: (bool(one.verdicts), one.right))
    if others := sum(one is not best and _begun(one) for one in several):
        best.remarks.insert(0, f"{'/'.join(best.paper.path.parts[-2:])} counts, the best of {others + 1} files")
    return best


def _begun(one):
    """Whether a file has more in it than gaps: a script that lies beside the notebook that was worked in has not."""
    return not one.verdicts or any(verdict.state != "not done yet" for verdict in one.verdicts.values())


def text(found: Answers, width: int) -> str:
    """For each lesson a table, what its marks mean and the mistakes; then what there is to say of single files."""
    parts = [
        f"{copies.title(copies.files()[n])}\n\n{table(found, n, width)}\n\n{mistakes(found, n, width)}"
        for n in numbers(found)
    ]
    remarks = [_wrapped(f"{_cut(student)}: {said}", width) for student, said in _remarks(found)]
    return "\n\n".join([*parts, "\n".join(remarks)]).rstrip()


def numbers(found: Answers) -> list[int]:
    """The lessons of which somebody has a file."""
    return sorted({n for of in found.values() for n in of if n})


def states(of: dict[int, Graded], number: int) -> dict[str, str]:
    """{exercise: one of MARKS} of a student's files in a lesson."""
    names = [exercise.name for exercise in exercises(number)]
    one = of.get(number)
    if one is None or one.paper.path is None:
        return dict.fromkeys(names, "no file")
    state = lambda name: one.verdicts[name].state.removesuffix(" yet") if one.verdicts else "unreadable"
    return {name: state(name) for name in names}


def table(found: Answers, number: int, width: int) -> str:
    """A row for each student, a column for each exercise; columns that do not fit stand below, with the names again."""
    columns = {exercise.name: _Column(exercise.name, number, found) for exercise in exercises(number)}
    names = [_cut(student) for student in found]
    first = max(map(_wide, [*names, "right"]))
    blocks: list[list[_Column]] = [[]]
    for column in columns.values():
        if blocks[-1] and first + sum(2 + x.width for x in (*blocks[-1], column)) > width:
            blocks.append([])
        blocks[-1].append(column)
    used = {cell for column in columns.values() for cell in column.cells}
    legend = "   ".join(f"{mark} {state}" for state, mark in MARKS.items() if mark in used)
    return "\n\n".join([*(_block(names, block, first) for block in blocks), legend])


class _Column:
    """An exercise's column: its name, broken at its underscores, a mark for each student, how many are right."""

    def __init__(self, name, number, found):
        of = [states(of, number)[name] for of in found.values()]
        self.head = [part + "_" for part in name.split("_")[:-1]] + [name.split("_")[-1]]
        self.cells = [*(MARKS[state] for state in of), f"{of.count('right')} of {len(of)}"]
        self.width = max(map(len, (*self.head, self.cells[-1])))


def _block(names, columns, first):
    high = max(len(column.head) for column in columns)
    heads = [[""] * (high - len(column.head)) + column.head for column in columns]
    rows = zip(
        [""] * high + [*names, "right"], *(h + c.cells for h, c in zip(heads, columns, strict=True)), strict=True
    )
    line = lambda name, *cells: "".join(f"  {x:^{c.width}}" for x, c in zip(cells, columns, strict=True)).rstrip()
    return "\n".join(name + " " * (first - _wide(name)) + line(name, *cells) for name, *cells in rows)


def mistakes(found: Answers, number: int, width: int) -> str:
    """For each exercise how many students made which mistake, the commonest first."""
    parts = []
    for exercise in exercises(number):
        verdicts = [of[number].verdicts[exercise.name] for of in found.values() if number in of and of[number].verdicts]
        made = Counter(_reason(verdict, exercise.name) for verdict in verdicts if verdict.state == "wrong")
        if made:
            ranked = sorted(made.items(), key=lambda pair: (pair[0] == UNKNOWN, -pair[1]))
            lines = [f"{many:4} {'student' if many == 1 else 'students'}: {reason}" for reason, many in ranked]
            parts.append("\n".join([exercise.name, *(_wrapped(line, width, " " * 6) for line in lines)]))
    return "\n".join(["The commonest mistakes:" if parts else "No answer is wrong.", *parts])


def _reason(verdict: Verdict, name):
    """What a wrong answer does, in words that are the same for all that do it."""
    if verdict.hint:
        return verdict.hint
    trouble = verdict.text.partition("\n")[0].removeprefix(name).strip()
    if trouble.startswith(":"):
        return UNKNOWN
    if fails := re.match(r"fails, .*?: (\w+(?:Error|Exception|Exit|Interrupt))\b", trouble):
        return f"it fails: {fails[1]}"
    return "it " + re.split(r", called with |, from |\. |: ", trouble[:SAID])[0].rstrip(".")


def _remarks(found):
    """(student, what there is to say) of all files."""
    return [(student, said) for student, of in found.items() for one in of.values() for said in one.remarks]


def table_as_csv(found: Answers) -> str:
    """A row for each student, a column for each exercise, and what there is to say; for a spreadsheet."""
    names = {f"{n:02} {exercise.name}": (n, exercise.name) for n in numbers(found) for exercise in exercises(n)}
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["student", *names, "remarks"])
    for student, of in found.items():
        wrong = [
            f"{name}: {_reason(verdict, name)}"
            for one in of.values()
            for name, verdict in one.verdicts.items()
            if verdict.state == "wrong"
        ]
        remarks = "; ".join([said for one in of.values() for said in one.remarks] + wrong)
        row = [student, *(states(of, n)[name] for n, name in names.values()), remarks]
        writer.writerow([f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell for cell in row])
    return file.getvalue()


def _wide(text):
    """How many columns of a terminal a text takes."""
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def _cut(name):
    """A name that is no wider than NAME."""
    if _wide(name) <= NAME:
        return name
    while _wide(name) >= NAME:
        name = name[:-1]
    return name + "…"


def _wrapped(line, width, indent="    "):
    return textwrap.fill(line, max(width, 20), subsequent_indent=indent, break_on_hyphens=False)
