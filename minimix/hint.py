"""What was probably meant, and what was given."""

from .elsewhere import ARGUMENTS


def did_you_mean(word, choices):
    """ "; did you mean 'adam'?" where a choice is close to word, else ""; to end a sentence with."""
    import difflib  # only where something is wrong

    word, choices = str(word), list(choices)
    near = [x for x in choices if str(x).lower() == word.lower() != ""] or difflib.get_close_matches(word, choices, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def check_options(function, given, known):
    """Raise TypeError with a sentence where a function is given an option that it does not know."""
    for name in given:
        if name not in known:
            meant = ARGUMENTS.get(name)
            hint = f"; did you mean {meant!r}?" if meant in known else did_you_mean(name, known)
            raise TypeError(f"{function}() takes {', '.join(known) or 'no options'}, not {name}{hint}")


def one_of(what, word, choices, *more):
    """word, if it is one of the choices; otherwise ValueError with a sentence that names what it is for.

    more: what else is allowed, in words.
    """
    if word not in choices:
        raise ValueError(
            f"{what} must be one of {', '.join([*choices, *more])}, got {word!r}{did_you_mean(word, choices)}"
        )
    return word


def shown(x):
    """x as it prints, or its type where that would be long."""
    text = repr(x)
    return text if len(text) <= 60 and "\n" not in text else f"a value of type {type(x).__name__}"


def missing(owner, name, choices, elsewhere):
    """The AttributeError for a name that `owner` lacks. elsewhere: {what others call it: what to write here}."""
    if name in elsewhere:
        return AttributeError(f"{owner} has no {name}: write {elsewhere[name]}")
    hint = "" if name.startswith("__") else did_you_mean(name, choices)  # copy and pickle ask for those
    return AttributeError(f"{owner} has no attribute {name!r}{hint}")
