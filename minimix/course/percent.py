"""A lesson's text as a list of cells: "# %%" opens one of code, "# %% [markdown]" one of text, a comment."""

import re

OPENINGS = {"code": "# %%\n", "text": "# %% [markdown]\n"}
_OPENING = re.compile(r"^# %%( \[markdown\])?\n", re.MULTILINE)


def cells(text):
    """[{"kind": "code" or "text", "source": …}] of a script in percent format; `script` makes the same text again.

    A source is what stands in the file, with its comment marks and the empty lines at its end.
    Raises ValueError for a text that does not begin with a cell.
    """
    if not _OPENING.match(text):
        raise ValueError("a lesson begins with '# %%' or '# %% [markdown]'")
    _, *pieces = _OPENING.split(text)
    return [
        {"kind": "text" if mark else "code", "source": source}
        for mark, source in zip(pieces[::2], pieces[1::2], strict=True)
    ]


def script(cells):
    """The text whose `cells` these are, byte for byte."""
    return "".join(OPENINGS[cell["kind"]] + cell["source"] for cell in cells)


def markdown(source):
    """The Markdown of a cell of text: its lines without the comment marks."""
    return re.sub(r"^# ?", "", source.rstrip("\n"), flags=re.MULTILINE)
