"""`minimix lessons`: copy the course, check a student's answers, list what there is."""

import shutil
import sys
from pathlib import Path

import click

from ..course import classroom, grading, overview
from ..course import copies as course
from ..course.checker import lessons as exercises
from ..files import write
from ..processes import count
from .options import Group, OutFile


@click.group(cls=Group)
def lessons() -> None:
    """Copy the lessons, check your answers, see what there is.

    \b
    minimix lessons copy course      your copy, with gaps to fill in
    cd course
    python 01_*.py                   or open it as a notebook
    minimix lessons check 01         are your functions right?

    \b
    A teacher's:
    minimix lessons copy answers --solutions
    minimix lessons check 01 handed-in      everybody's files, and their mistakes
    """


@lessons.command("list")
def list_() -> None:
    """Show every lesson and its exercises."""
    bank = exercises()
    for number, path in course.files().items():
        click.echo(course.title(path))
        click.echo(f"     {', '.join(exercise.name for exercise in bank.get(number, ()))}")


@lessons.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.option("--solutions", is_flag=True, help="With the solutions, and the teacher's notes beside them.")
@click.option("--notebooks", is_flag=True, help="Each lesson as a notebook too, NN_title.ipynb.")
def copy(folder: Path, solutions: bool, notebooks: bool) -> None:
    """Write the lessons into the folder DIR, with gaps where your code goes.

    Files that are there already are left as they are.
    """
    written, kept = course.copy(folder, solutions, notebooks)
    click.echo(f"{len(written)} files written to {folder}")
    if kept:
        click.echo(f"left as they were: {', '.join(path.name for path in kept)}")
    quoted, first = f'"{folder}"' if " " in str(folder) else folder, next(iter(course.files().values()))
    click.echo(
        f"Start with: cd {quoted} && {f'jupyter lab {first.stem}.ipynb' if notebooks else f'python {first.name}'}"
    )


@lessons.command()
@click.argument("what", nargs=-1, type=click.Path(), metavar="[NN] [FOLDER]")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your script or notebook. [default: NN_*.py or NN_*.ipynb in this folder]",
)
@click.option("--csv", type=OutFile(".csv"), help="Write the table of a FOLDER, a row for each student.")
def check(what: tuple[str, ...], file: Path | None, csv: Path | None) -> None:
    """Compare your functions of lesson NN with right ones, and say where they part.

    The file runs in a process of its own, without the lesson's own training and pictures. The exit code is 0 where all
    are right.

    With a FOLDER it checks a class: everybody's files, of lesson NN or of all, and says how often each mistake was
    made. FOLDER has a folder for each student, or files with their names, as ada_07.py or what Moodle and Teams
    pack. An answer has 2 seconds there. Of several files of a student for one lesson the best counts.

    \b
    minimix lessons check 01
    minimix lessons check --file my/01_derivatives.ipynb
    minimix lessons check 07 handed-in --csv tuesday.csv
    """
    number, folder = _meant(what)
    if folder and file:
        raise click.UsageError(f"one file or a folder: leave out --file {file} or {folder}")
    if csv and not folder:
        raise click.UsageError("--csv is for a class: name the FOLDER with everybody's files")
    if not (_check_class(folder, number, csv) if folder else _check_one(file or _find(number), number)):
        raise SystemExit(1)


def _meant(what):
    """(number of a lesson or None, folder or None) of the words after `check`."""
    number, folder = None, None
    for k, word in enumerate(what):
        if word.isascii() and word.isdigit():
            if k:
                raise click.UsageError(f"the lesson comes first: minimix lessons check {word} {what[0]}")
            number = int(word)
            if number not in course.files():
                raise click.UsageError(f"there is no lesson {number}; `minimix lessons list` shows what there is")
        elif Path(word).is_dir():
            if folder:
                raise click.UsageError(f"one folder at a time: {folder} or {word}")
            folder = Path(word)
        elif word.lower().endswith((".py", ".ipynb")):
            raise click.UsageError(f"{word!r} is a file: write --file {word}")
        elif word.lower().endswith(".zip"):
            raise click.UsageError(f"{word!r} is not a folder: unpack it first")
        else:
            raise click.UsageError(f"{word!r} is neither the number of a lesson, as 07, nor a folder that is there")
    return number, folder


def _check_one(file, number):
    verdicts, notes = grading.check(file, number)
    for verdict in verdicts.values():
        click.echo(verdict.text)
    for note in notes:
        click.echo(f"Note: {note}", err=True)
    return all(verdicts.values())


def _check_class(folder, number, csv):
    papers = classroom.collect(folder, number)
    checked, live = classroom.check(papers, count(-1, len(papers))), sys.stderr.isatty()
    label = f"checking {len(papers)} files"
    with click.progressbar(checked, length=len(papers), label=label, file=sys.stderr, hidden=not live) as bar:
        found = overview.answers(bar)
    click.echo(overview.text(found, shutil.get_terminal_size().columns))
    if csv:
        write(csv, "\ufeff" + overview.table_as_csv(found))  # with the mark by which Excel knows UTF-8
        click.echo(f"\n{csv} has the table and what is wrong", err=True)
    return all(one.verdicts and all(one.verdicts.values()) for of in found.values() for one in of.values())


def _find(number):
    if number is None:
        raise click.UsageError("which lesson? Give its number, as 07, or --file, or a folder with a class's files")
    found = sorted(path for end in (".py", ".ipynb") for path in Path().glob(f"{number:02}_*{end}"))
    if len({path.stem for path in found}) != 1:
        what = f"several files {', '.join(map(str, found))}" if found else f"no file {number:02}_*.py"
        hint = "" if found else " (`minimix lessons copy DIR` writes it)"
        raise ValueError(f"there is {what} in this folder{hint}: name yours with --file")
    newest = max(found, key=lambda path: path.stat().st_mtime)
    if len(found) > 1:
        click.echo(f"Note: this is {newest}, the newer one of {' and '.join(map(str, found))}", err=True)
    return newest
