"""Finding the lessons, and writing the student's or the teacher's copy of them."""

from pathlib import Path

from ..files import write
from .notebook import from_script
from .source import gapped, solved


def folder():
    """Where the lessons are: beside this file in an installed package, in lessons/ of a checkout."""
    here = Path(__file__).parent
    places = [here / "lessons", here.parents[1] / "lessons"]
    for place in places:
        if any(place.glob("[0-9][0-9]_*.py")):
            return place
    raise FileNotFoundError(f"the lessons are in neither of {' and '.join(map(str, places))}")


def files():
    """{number: path} of the lessons."""
    return {int(path.name[:2]): path for path in sorted(folder().glob("[0-9][0-9]_*.py"))}


def title(path):
    """The lesson's title, from its first heading: "1. A derivative is …"."""
    line = next(x for x in path.read_text(encoding="utf-8").splitlines() if x.startswith("# # "))
    return line.removeprefix("# # ")


def copy(to, solutions=False, notebooks=False):
    """Write the course into the folder `to`: with gaps, or with solutions and the teacher's notes.

    notebooks: each lesson as a notebook too, beside its script.

    A file that is there already may hold somebody's work and is left as it is. Returns (written, kept) paths.
    """
    to = Path(to)
    to.mkdir(parents=True, exist_ok=True)
    written, kept = [], []
    for path in files().values():
        text = (solved if solutions else gapped)(path.read_text(encoding="utf-8"))
        texts = {path.name: text}
        if notebooks:
            texts[f"{path.stem}.ipynb"] = from_script(text)
        notes = path.with_suffix(".md")
        if solutions and notes.exists():
            texts[notes.name] = notes.read_text(encoding="utf-8")
        for name, text in texts.items():
            target = to / name
            if target.exists():
                kept.append(target)
            else:
                write(target, text)
                written.append(target)
    return written, kept
