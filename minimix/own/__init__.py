"""A reader's code: what file.py:name names is loaded here."""

import hashlib
import importlib.util
from pathlib import Path

from ..hint import did_you_mean


def is_reference(text):
    """Whether text is written like file.py:name."""
    path, colon, name = str(text).rpartition(":")
    return bool(colon and name) and path.endswith(".py")


def load(reference, what):
    """The object that "file.py:name" names. Raises FileNotFoundError or ValueError with a sentence."""
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


def digest(reference):
    """{"file", "sha256"} of the file of a reference."""
    path = reference.rpartition(":")[0]
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {path!r}")
    return {"file": path, "sha256": hashlib.sha256(Path(path).read_bytes()).hexdigest()}
