"""`minimix lessons`: copy the course, check a student's answers, list what there is."""

from pathlib import Path
from typing import Any

import click

from ..course import copies as course
from ..course import grading
from ..course.checker import lessons as exercises
from .options import Group


@click.group(cls=Group)
def lessons() -> None:
    """Copy the lessons, check your answers, see what there is.

    \b
    minimix lessons copy course      your copy, with gaps to fill in
    cd course
    python 01_*.py                   or open it as a notebook
    minimix lessons check 01         are your functions right?
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
def copy(folder: Path, solutions: bool) -> None:
    """Write the lessons into the folder DIR, with gaps where your code goes.

    Files that are there already are left as they are.
    """
    written, kept = course.copy(folder, solutions)
    click.echo(f"{len(written)} files written to {folder}")
    if kept:
        click.echo(f"left as they were: {', '.join(path.name for path in kept)}")
    quoted = f'"{folder}"' if " " in str(folder) else folder
    click.echo(f"Start with: cd {quoted} && python {next(iter(course.files().values())).name}")


class _Number(click.IntRange):
    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if str(value).endswith((".py", ".ipynb")):
            self.fail(f"{value!r} is a file: write --file {value}", param, ctx)
        return super().convert(value, param, ctx)


@lessons.command()
@click.argument("number", type=_Number(1, 99), required=False, metavar="[NN]")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your script or notebook. [default: NN_*.py or NN_*.ipynb in this folder]",
)
def check(number: int | None, file: Path | None) -> None:
    """Compare your functions of lesson NN with right ones, and say where they part.

    The file runs in a process of its own, without the lesson's own training and pictures. The exit code is 0 where all
    are right.

    \b
    minimix lessons check 01
    minimix lessons check --file my/01_derivatives.ipynb
    """
    file = file or _find(number)
    verdicts, notes = grading.check(file, number)
    for verdict in verdicts.values():
        click.echo(verdict.text)
    for note in notes:
        click.echo(f"Note: {note}", err=True)
    if not all(verdicts.values()):
        raise SystemExit(1)


def _find(number):
    if number is None:
        raise click.UsageError("which lesson? Give its number, as 07, or --file")
    found = sorted(path for end in (".py", ".ipynb") for path in Path().glob(f"{number:02}_*{end}"))
    if len(found) != 1:
        what = f"several files {', '.join(map(str, found))}" if found else f"no file {number:02}_*.py"
        hint = "" if found else " (`minimix lessons copy DIR` writes it)"
        raise ValueError(f"there is {what} in this folder{hint}: name yours with --file")
    return found[0]
