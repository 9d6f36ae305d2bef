"""What a stream's encoding lacks is written with what it has, as gamma for γ: no output dies of an encoding.

Windows hands a program's output on in its code page, as cp1252 or cp437, wherever no window shows it.
"""

import codecs
import sys
import unicodedata
from itertools import groupby

SIGNS = {
    "→": "->", "←": "<-", "−": "-", "·": "*", "×": "x", "±": "+-", "√": "sqrt", "∞": "inf", "∂": "d", "∘": "o",
    "≥": ">=", "≤": "<=", "≠": "!=", "≈": "~", "⟨": "<", "⟩": ">", "‖": "||", "⁄": "/", "–": "-", "—": "-",
    "“": '"', "”": '"', "‘": "'", "’": "'", "━": "=", "─": "-", "\u0302": "_hat", "✓": "+", "✗": "x",
}  # fmt: skip
BEFORE = {"<super>": "^", "<sub>": "_"}


def plain(text: str) -> str:
    """Text in ASCII: letters and signs as they are typed in formulas, others without their accents, or "?"."""
    tag = lambda letter: unicodedata.decomposition(letter).partition(" ")[0]
    return "".join(BEFORE.get(kind, "") + "".join(map(_letter, some)) for kind, some in groupby(text, tag))


def _letter(letter):
    return SIGNS.get(letter) or "".join(map(_part, unicodedata.normalize("NFKD", letter)))


def _part(letter):
    if letter.isascii():
        return letter
    alphabet, _, name = unicodedata.name(letter, "").replace("LAMDA", "LAMBDA").partition(" LETTER ")
    if alphabet in ("GREEK SMALL", "GREEK CAPITAL"):
        return name.lower() if alphabet == "GREEK SMALL" else name.capitalize()
    return "" if unicodedata.combining(letter) else SIGNS.get(letter, "?")


def _replace(error):
    return plain(error.object[error.start : error.end]), error.end


def write_legibly() -> None:
    """Have the standard streams, as far as they encode, replace what they cannot write."""
    codecs.register_error("minimix.plain", _replace)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="minimix.plain")
