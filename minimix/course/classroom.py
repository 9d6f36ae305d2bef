"""A class's files: whose they are, of which lesson, and what each is worth, checked side by side.

A folder holds a folder for each student, however deep the files lie in it, or files that are named for the student, as
Moodle, Teams or a share hand them out. Everything is read before anything runs, and runs in a copy: what one file
does to the others changes no row.
"""

import os
import queue
import re
import tempfile
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .. import files
from ..own.apart import printable
from . import copies, grading
from .checker import Verdict

SECONDS = 2  # for one exercise, which takes milliseconds: endless ones must not take the class's time
LARGEST = 20 << 20  # bytes of a file that is checked
BESIDE, MOST = 1 << 20, 50  # bytes of a file beside it, which it may need, and how many of them
SAID = 300  # letters of a remark, which a student's file may have a say in
ELSEWHERE = ("venv", "env", "node_modules", "site-packages")  # folders with others' code
MOODLE = re.compile(r"_\d+_assignsubmission_.*")
BANK = re.compile(rb"course(\.|\s+import\b[^\n]*)bank\b")


@dataclass
class Paper:
    """A student's file with its bytes and those of the files beside it; why: it cannot be read, or there is none."""

    student: str
    lesson: int | None
    path: Path | None = None
    content: bytes = b""
    beside: dict[str, bytes] = field(default_factory=dict)
    why: str = ""


@dataclass
class Graded:
    """A Paper with its verdicts, {name of an exercise: Verdict}, or none where a remark says why."""

    paper: Paper
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @property
    def right(self) -> int:
        """How many answers are right."""
        return sum(map(bool, self.verdicts.values()))


def collect(folder: Path, number: int | None = None) -> list[Paper]:
    """The Papers in a folder, of lesson `number` or of all; one without a path for a student who has none.

    Raises ValueError with a sentence where there is none at all.
    """
    folder = _innermost(folder)
    flat: dict[str, list[Path]] = {}
    deep: dict[str, list[Path]] = {}
    for path in _scripts(folder):
        first, *rest = path.relative_to(folder).parts
        of, name = (deep, first) if rest else (flat, _student(path, folder))
        of.setdefault(name, []).append(path)
    if deep or not flat:
        deep |= {x.name: deep.get(x.name, []) for x in folder.iterdir() if x.is_dir() and not _hidden(x.name)}
    found = [paper for name, paths in flat.items() for paper in _papers(name, paths, number, False)]
    short = [MOODLE.sub("", name) for name in deep]
    for name, paths in deep.items():
        found += _papers(name if short.count(s := MOODLE.sub("", name)) > 1 else s, paths, number, True)
    if not any(paper.path for paper in found):
        what = f"of lesson {number}" if number else "of a lesson"
        raise ValueError(
            f"{str(folder)!r} has no script and no notebook {what}: it should hold a folder for each student, or files "
            "that are named for them"
        )
    return sorted(found, key=in_order)


def in_order(paper: Paper) -> tuple[str, ...]:
    """What to sort Papers by: their students' names, Å beside A, then the path."""
    return unicodedata.normalize("NFKD", paper.student).casefold(), paper.student, str(paper.path)


def check(papers: list[Paper], jobs: int, seconds: float = SECONDS) -> Iterator[Graded]:
    """Yield each Paper, Graded, as it is done, `jobs` at a time; seconds: for one exercise."""
    waiting: queue.SimpleQueue[Paper] = queue.SimpleQueue()
    done: queue.SimpleQueue[Graded] = queue.SimpleQueue()
    for paper in papers:
        waiting.put(paper)

    def work():
        while not waiting.empty():
            try:
                done.put(_graded(waiting.get_nowait(), seconds))
            except queue.Empty:
                return

    for _ in range(jobs):
        threading.Thread(target=work, daemon=True).start()  # Ctrl-C waits for none
    for _ in papers:
        yield done.get()


def _graded(paper, seconds):
    if paper.why:
        return Graded(paper, remarks=[paper.why])
    remarks = ["it mentions minimix's bank, which has the answers"] if BANK.search(paper.content) else []
    try:
        with tempfile.TemporaryDirectory(prefix="minimix-", ignore_cleanup_errors=True) as room:
            place = Path(room, "work")  # not in the folder of temporary files itself, where others' are
            place.mkdir()
            for name, content in {**paper.beside, paper.path.name: paper.content}.items():
                (place / name).write_bytes(content)
            verdicts, notes = grading.check(place / paper.path.name, paper.lesson, seconds)
    except BaseException as error:  # a thread that died would be waited for
        verdicts, notes = {}, [str(error) or type(error).__name__]
    return Graded(paper, verdicts, [printable(said[:SAID]) for said in (*notes, *remarks)])


def _innermost(folder):
    """The folder in `folder` that holds the students' folders, where all lie deeper, as archives unpack."""
    rooms = {path.parent for path in _scripts(folder)}
    common = Path(os.path.commonpath(rooms or [folder]))
    return folder if common in rooms else common


def _scripts(folder):
    """Every script and notebook in a folder, in order; no link is followed."""
    for place, rooms, names in os.walk(folder):
        rooms[:] = sorted(room for room in rooms if not _hidden(room))
        paths = [Path(place, name) for name in sorted(names) if not _hidden(name)]
        yield from (x for x in paths if x.suffix.lower() in (".py", ".ipynb") and x.is_file() and not x.is_symlink())


def _hidden(name):
    return name.startswith((".", "_")) or name.lower() in ELSEWHERE


def _student(path, folder):
    """Whose a file is by its name: what is left without the lesson; the folder's name where nothing is."""
    stem = MOODLE.sub("", path.stem)
    lesson = next((x.stem for x in copies.files().values() if x.stem in stem), r"(?<!\d)\d\d(?!\d)")
    return re.sub(lesson, "", stem, count=1).strip(" _-.") or folder.resolve().name


def _papers(student, paths, number, own_folder):
    """The Papers of a student, of one lesson or of all, or the one that says that there is none."""
    student = printable(unicodedata.normalize("NFC", student))
    papers = [_paper(student, path, own_folder) for path in paths]
    if number and not any(paper.lesson == number for paper in papers):
        for paper in papers:
            paper.lesson = paper.lesson or number  # it is broken, or its functions have other names
    asked = [paper for paper in papers if paper.lesson and number in (None, paper.lesson)]
    others = ", ".join(printable(path.name) for path in paths[:3])
    why = f"nothing of {f'lesson {number}' if number else 'a lesson'} in {others}" if others else "no file"
    return asked or [Paper(student, number, why=why)]


def _paper(student, path, own_folder):
    """The Paper of a path; its lesson is that of its exercises, or else of its name, or None."""
    paper = Paper(student, None, path)
    try:
        paper.content = files.read(path, LARGEST)
        if own_folder:
            near = [x for x in path.parent.iterdir() if x.is_file() and x != path and not x.is_symlink()]
            paper.beside = {x.name: x.read_bytes() for x in near[:MOST] if x.stat().st_size <= BESIDE}
    except (OSError, ValueError) as error:
        paper.why = str(error)
    named = [int(n) for n in re.findall(r"(?<!\d)\d\d(?!\d)", path.stem) if int(n) in copies.files()]
    paper.lesson = grading.by_content(paper.content, named) or next(iter(named), None)
    return paper
