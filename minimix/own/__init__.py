"""A stand-in for the room that loads a reader's code."""

import importlib.util
from pathlib import Path

from ..hint import did_you_mean


def load(reference, what):
    """The object that "file.py:name" names."""
    path, _, name = reference.rpartition(":")
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {path!r} for the {what} {reference!r}")
    spec = importlib.util.spec_from_file_location(f"minimix_own_{Path(path).stem}", path)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ValueError(f"{path} does not import: {type(error).__name__}: {error}") from error
    if not hasattr(module, name):
        names = [n for n in vars(module) if not n.startswith("_")]
        raise ValueError(f"{path} has no {name!r}{did_you_mean(name, names)}")
    return getattr(module, name)
