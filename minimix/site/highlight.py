"""Python in colours: HTML of a cell, by Python's own tokenizer."""

import io
import keyword
import tokenize
from html import escape

CLASSES = {tokenize.STRING: "s", tokenize.NUMBER: "n", tokenize.COMMENT: "c"} | {
    getattr(tokenize, name): "s"
    for name in ("FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END")
    if hasattr(tokenize, name)
}


def highlighted(source):
    """The text of `source` as HTML, with <span class="…"> around keywords k, names defined d, strings s, numbers n and
    comments c.

    What the tokenizer does not understand is left without colours.

    >>> from minimix.site.highlight import highlighted
    >>> highlighted("x = 1  # one")
    'x = <span class="n">1</span>  <span class="c"># one</span>'
    """
    starts, found, at, before = _starts(source), [], 0, ""
    for token in _tokens(source):
        kind = CLASSES.get(token.type, "")
        if token.type == tokenize.NAME:
            kind = "k" if keyword.iskeyword(token.string) else "d" if before in ("def", "class") else ""
        before = token.string
        start, stop = (starts[line - 1] + column for line, column in (token.start, token.end))
        if kind and start >= at:
            found += [escape(source[at:start]), f'<span class="{kind}">{escape(source[start:stop])}</span>']
            at = stop
    return "".join([*found, escape(source[at:])])


def _starts(source):
    """Where each line begins, and one more."""
    starts = [0]
    for line in io.StringIO(source):
        starts.append(starts[-1] + len(line))
    return [*starts, len(source)]


def _tokens(source):
    try:
        yield from tokenize.generate_tokens(io.StringIO(source).readline)
    except (tokenize.TokenError, SyntaxError):
        return
