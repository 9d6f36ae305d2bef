"""The half of a check that runs in a process of its own: a student's file and functions, and what these give."""

import base64

import numpy as np

from .checker import exercises
from .observing import LARGEST, Observed, observe
from .source import run


def give(request, tell):
    """Run a student's file; tell what it defines, and then what each of its functions gives.

    request: the file's "path", the "lesson" of its number and that lesson's "source", the "seconds" for an exercise,
    and the names of the exercises to "leave" out.
    """
    asked = exercises(request["lesson"])
    names, notes = run(request["path"], request["source"], [exercise.name for exercise in asked])
    tell({"notes": notes, "found": [name for name, x in names.items() if callable(x)]})
    for exercise in asked:
        if exercise.name not in request["leave"] and callable(names.get(exercise.name)):
            found = observe(exercise, names[exercise.name], request["seconds"])
            outputs = [(place, term, packed(array)) for place, term, array in found.outputs]
            tell({"outputs": outputs, "state": found.state, "trouble": found.trouble})


def received(message):
    """The Observed of a message. Raises ValueError for what is none: it comes from a process that may do anything."""
    try:
        outputs = [(place, term, unpacked(array)) for place, term, array in message["outputs"]]
        return Observed(outputs, state=str(message["state"]), trouble=str(message["trouble"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no observation: {error}") from error


def packed(array):
    """An array as plain data."""
    content = array.tobytes() if array.size <= LARGEST else b""
    return {"dtype": array.dtype.str, "shape": array.shape, "bytes": base64.b64encode(content).decode()}


def unpacked(data):
    """The array of plain data. Raises ValueError, TypeError or KeyError for what is none."""
    dtype, shape, content = np.dtype(data["dtype"]), tuple(data["shape"]), base64.b64decode(data["bytes"])
    if dtype.kind not in "bifuc":
        raise ValueError(f"no numbers: {dtype}")
    if not content:
        return np.broadcast_to(np.full((), np.nan), shape)
    return np.frombuffer(content, dtype).reshape(shape)
