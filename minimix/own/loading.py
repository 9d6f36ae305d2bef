"""Objects of a reader's own file, by "file.py:name"."""

import contextlib
import hashlib
import re
import sys
import types
from pathlib import Path
from typing import Any

from ..hint import did_you_mean
from .faults import fault
from .limit import Limit, TimeUp

SECONDS = 30  # for a file to run to its end
_modules: dict[Path, tuple[bytes, types.ModuleType]] = {}  # of a path its source and module
_neighbours: dict[Path, dict[str, types.ModuleType]] = {}  # what files of a folder have imported from beside them


def is_reference(text: Any) -> bool:
    """Whether a text names something in a file, as my.py:net and C:\\mine\\my.py:net do; my.py does, if badly."""
    return isinstance(text, str) and bool(re.search(r"\.py(:[^:/\\]*)?$", text))


def not_callable(reference: str, x: Any, what: str) -> ValueError:
    """The ValueError for an x of a file that is neither a function nor a class, as `what` must be."""
    return ValueError(f"{reference} is of type {type(x).__name__}; {what} must be a function or a class")


def load(reference: str, what: str) -> Any:
    """The function or class that "file.py:name" names; `what` it should be, for messages: "an update rule".

    The file runs as Python runs it, but not as "__main__": its own folder comes first for its imports. While its text
    stays the same it runs once, so that all that is taken from it belongs together. Raises FileNotFoundError,
    ValueError or RuntimeError with one sentence.
    """
    path, name = _parts(reference, what)
    module = vars(_run(path, _file(reference)))
    found = {key: x for key, x in module.items() if callable(x)}
    if name in found:
        return found[name]
    if name in module:
        raise not_callable(reference, module[name], what)
    own = [key for key, x in found.items() if getattr(x, "__module__", None) == str(path)]
    raise ValueError(
        f"{_file(reference)} has no function or class {name!r}; it has {', '.join(own) or 'none'}"
        f"{did_you_mean(name, found)}"
    )


def digest(reference: str) -> dict[str, str]:
    """{"file": its name as given, "sha256": of its content}: by this a file that has changed is known."""
    path, _ = _parts(reference)
    return {"file": _file(reference), "sha256": hashlib.sha256(_read(path)).hexdigest()}


def source_file(reference: str) -> str:
    """The file's name in the tracebacks of its code."""
    return str(_path(_file(reference)))


def _file(reference):
    return reference.rpartition(":")[0]


def _path(file):
    return Path(file).expanduser().resolve()


def _parts(reference, what="code"):
    """(absolute path of the file, name in it)."""
    file, _, name = reference.rpartition(":")
    if not (file.endswith(".py") and name.isidentifier()):
        raise ValueError(f"{what} of your own is named as file.py:name, got {reference!r}")
    path = _path(file)
    if not path.is_file():
        near = did_you_mean(path.stem, [p.stem for p in path.parent.glob("*.py") if p.is_file()])
        raise FileNotFoundError(f"there is no file {file!r} to take {name!r} from{near}")
    return path, name


def _read(path):
    try:
        return path.read_bytes()
    except OSError as error:
        raise OSError(f"{path} cannot be read: {error.strerror}") from error


def _run(path, file):
    """The module that the file makes. Its name is the file's whole path. file: as the reader wrote it."""
    source, name = _read(path), str(path)
    if path in _modules and _modules[path][0] == source:
        return _modules[path][1]
    module = types.ModuleType(name)
    module.__file__, module.__package__ = name, ""
    sys.modules[name] = module  # where dataclasses and pickle look for it
    try:
        Limit(SECONDS)(_execute, source, module)
    except BaseException as error:
        sys.modules.pop(name, None)
        wrong = fault(error, file, name, " as it is imported", SECONDS)
        if isinstance(error, TimeUp):
            wrong = RuntimeError(f'{wrong}; what is for a program alone goes under if __name__ == "__main__"')
        raise wrong from error
    _modules[path] = source, module
    return module


def _execute(source, module):
    with _at_home(Path(module.__file__).parent):
        exec(compile(source, module.__file__, "exec"), vars(module))


@contextlib.contextmanager
def _at_home(folder):
    """Imports as a program in this folder does them; another folder may have a helper.py too."""
    for name in [name for modules in _neighbours.values() for name in modules]:
        sys.modules.pop(name, None)
    before = set(sys.modules)
    sys.modules.update(_neighbours.get(folder, {}))
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(str(folder))
        if str(folder) not in sys.path:
            sys.path.append(str(folder))  # for what functions import when they are called
        new = {name: module for name, module in sys.modules.items() if name not in before}
        tops = {name for name, module in new.items() if "." not in name and _is_in(folder, module)}
        _neighbours[folder] = {name: module for name, module in new.items() if name.partition(".")[0] in tops}


def _is_in(folder, module):
    """Whether a module is a file of this folder, or a package that is a folder in it."""
    places = getattr(module, "__path__", None) or [getattr(module, "__file__", None) or ""]
    return Path(next(iter(places))).parent == folder
