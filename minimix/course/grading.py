"""Check a student's file: it runs in a process of its own, and what comes back is compared here.

The verdict cannot be printed, raised or returned by an answer. Right is what gave the right numbers in every case.
"""

import re
import threading
from pathlib import Path

from ..own.apart import Apart, Lost, printable
from . import copies
from .answers import received
from .checker import Verdict, exercises, judge, lessons
from .observing import SECONDS
from .source import MORE
from .source import SECONDS as TO_RUN

_judging = threading.Lock()  # the bank's arrays are played with, and the time that its functions take counts


def check(path, number=None, seconds=SECONDS):
    """({name of an exercise: Verdict}, notes) on a student's script or notebook.

    number: of the lesson, or None where the file's name begins with it; a file that has nothing of this lesson but of
    another, as from a course with other numbers, is checked by that one. seconds: for one exercise. notes: sentences on
    lines of the file that failed, or cells that were not understood. Raises ValueError with a sentence where there is
    no such lesson or the file cannot be read, OSError likewise.
    """
    number = number or number_of(path)
    files = copies.files()
    if number not in files:
        raise ValueError(f"there is no lesson {number}; `minimix lessons list` shows what there is")
    number = by_content(Path(path).read_bytes(), [number]) or number
    request = {
        "path": str(Path(path).resolve()),
        "lesson": number,
        "source": files[number].read_text(encoding="utf-8"),
        "seconds": seconds,
    }
    verdicts, notes = {}, []
    while len(verdicts) < len(exercises(number)):  # one that ends its process leaves the others a new one
        notes = _go_on(request | {"leave": list(verdicts)}, verdicts)
    return {exercise.name: verdicts[exercise.name] for exercise in exercises(number)}, notes


def _go_on(request, verdicts):
    """Add the Verdicts that one process can give, one at least; returns the notes."""
    left = [exercise for exercise in exercises(request["lesson"]) if exercise.name not in verdicts]
    with Apart("minimix.course.answers:give", request) as process:
        try:
            begun = process.hear(TO_RUN + MORE)
            found, notes = list(begun["found"]), [printable(note) for note in begun["notes"]]
        except (Lost, TypeError, KeyError) as error:
            raise ValueError(f"{Path(request['path']).name} {error}") from error
        for exercise in left:
            name = exercise.name
            if name not in found:
                verdicts[name] = Verdict("not done yet", f"{name}: the file has no function of this name.")
                continue
            try:
                got = received(process.hear(request["seconds"]))
            except (Lost, ValueError) as error:
                verdicts[name] = Verdict("wrong", f"{name} {error}.")
                break
            got.trouble = printable(got.trouble)
            with _judging:
                verdicts[name] = judge(got, exercise)
    return notes


def by_content(content, numbers):
    """The number of the lesson whose exercises the bytes of a file mention, None where they mention none.

    numbers: those that it may be, which come first; otherwise it is the lesson most of whose exercises are there.
    """
    words = set(re.findall(r"\w+", content.replace(b"\0", b"").decode("latin-1")))
    mentioned = {n: sum(exercise.name in words for exercise in bank) for n, bank in lessons().items()}
    most = max(mentioned, key=lambda n: (mentioned[n], -n))
    return next((n for n in (*numbers, most) if mentioned.get(n)), None)


def number_of(path):
    """The lesson's number that a file's name begins with."""
    name = Path(path).name
    if not name[:2].isdecimal():
        raise ValueError(f"{name} does not begin with a lesson's number: give that too, as in `check 07 --file …`")
    return int(name[:2])
