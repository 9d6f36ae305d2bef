"""The page of a tape: its data as JSON, drawn by the script that stands in it."""

from .. import pages

SCRIPTS = ("layout.js", "page.js")


def html(tape):
    """The page as HTML, which needs nothing else; below 500 kB for 60 nodes."""
    texts = {"title": f"Tape of {tape.title}", "name": tape.title, "about": tape.about}
    return pages.fill(__package__, tape.data(), scripts=SCRIPTS, **texts)


def frame(tape):
    """The page inside an <iframe>, for a notebook."""
    return pages.frame(html(tape), "minimix tape")
