"""Python for the reader's browser: Pyodide is fetched, verified, and packed into script files, and minimix beside it.

A script file hands one file to the page as minimixFile(name, gzip in base64): scripts are all that a page which was
opened by a double click (file://) may load, and a server needs to know nothing of WebAssembly or wheels.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from .. import files
from ..data.cache import Progress, Silent, download

VERSION = "314.0.3"
CDN = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
CORE = f"https://registry.npmjs.org/pyodide/-/pyodide-{VERSION}.tgz"
INTEGRITY = "sK40My6m8tmBUYtYH9au9rXUeh9x0wfahtHdOlGmJxZDsKBGKtP6KznyFB2+u/klbQTdDionR0uaVd176zVQzQ=="
"""The SHA-512 of CORE, as `npm view pyodide@314.0.3 dist.integrity` says it."""
LOCK, STDLIB = "pyodide-lock.json", "python_stdlib.zip"
LOADERS = ("pyodide.asm.mjs", "pyodide.asm.js")  # of this version, and of those before
CORE_FILES = (LOCK, "pyodide.mjs", "pyodide.asm.wasm", STDLIB)
PACKAGES = ("numpy", "matplotlib", "click")  # what minimix requires there; the lock knows what these depend on
LARGEST = 64 << 20  # bytes of a file of the runtime
PACKAGE = "minimix.zip"


def bundle(folder: str | Path | None, target: str | Path) -> dict[str, int]:
    """Write the script files into the folder `target`; {file of the runtime: bytes of its script}.

    folder: a Pyodide with the wheels of PACKAGES; without one minimix travels alone, and pages import Pyodide from CDN.
    Raises ValueError or OSError with a sentence where the folder is no Pyodide, lacks a wheel, or has a damaged one.
    """
    contents = {} if folder is None else pyodide(folder)
    contents[PACKAGE] = package()
    target = Path(target)
    target.mkdir(parents=True, exist_ok=True)
    sizes = {}
    for name, content in contents.items():
        script = f"minimixFile({json.dumps(name)}, {json.dumps(_packed(content))});\n"
        files.write(target / f"{name}.js", script)
        sizes[name] = len(script)
    needs = {"files": sizes, "packages": PACKAGES, "cdn": None if folder else CDN}
    files.write(target / "files.js", f"minimixFiles({json.dumps(needs, indent=1)});\n")
    return sizes


def pyodide(folder: str | Path) -> dict[str, bytes]:
    """{name: content} of the files of a Pyodide that minimix needs, each wheel verified by the lock's SHA-256."""
    folder = Path(folder)
    loader = next((name for name in LOADERS if (folder / name).is_file()), LOADERS[0])
    names = (*CORE_FILES, loader)
    if missing := [name for name in names if not (folder / name).is_file()]:
        raise ValueError(
            f"{str(folder)!r} is not Pyodide: it has no {missing[0]}; `minimix site fetch DIR` fetches one"
        )
    contents = {name: files.read(folder / name, LARGEST) for name in names}
    for entry in locked(contents[LOCK], folder):
        path = folder / entry["file_name"]
        if not path.is_file():
            raise ValueError(f"{str(folder)!r} has no {path.name}; `minimix site fetch DIR` fetches it")
        contents[path.name] = files.read(path, LARGEST)
        _verify(path, entry["sha256"])
    return contents


def locked(lock: bytes, folder: str | Path) -> list[dict[str, Any]]:
    """The entries of the lock for PACKAGES and all that they depend on. Raises ValueError where it is no such lock."""
    try:
        entries = json.loads(lock)["packages"]
        found: dict[str, dict[str, Any]] = {}
        waiting = list(PACKAGES)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = {key: entries[name][key] for key in ("file_name", "sha256", "depends")}
                waiting += [depended.lower() for depended in found[name]["depends"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{str(folder)!r} is not Pyodide: its {LOCK} cannot be used ({error})") from error
    for entry in found.values():
        if Path(entry["file_name"]).name != entry["file_name"]:
            raise ValueError(f"{str(folder)!r} is not Pyodide: its {LOCK} names a file {entry['file_name']!r}")
    return [found[name] for name in sorted(found)]


def package() -> bytes:
    """A zip of minimix as it is installed here, but the lessons, which have the solutions; always the same bytes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, path in sorted(_own_files()):
            file.writestr(zipfile.ZipInfo(name), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def _own_files() -> Iterator[tuple[str, Path]]:
    root = Path(__file__).parents[1]
    for path in root.rglob("*"):
        parts = path.relative_to(root).parts
        page = parts[0] == "site" and path.suffix != ".py"  # the reader has it already
        if path.is_file() and "__pycache__" not in parts and parts[:2] != ("course", "lessons") and not page:
            yield "/".join(("minimix", *parts)), path


def _packed(content):
    return base64.b64encode(gzip.compress(content, 6, mtime=0)).decode()


def _verify(path, expected, algorithm="sha256"):
    if files.digest(path, algorithm) != expected:
        raise ValueError(f"{path} is damaged: its {algorithm.upper()} is not the published one")


def fetch(folder: str | Path, timeout: float = 30.0, progress: Callable[[str], Progress] = Silent) -> list[str]:
    """Put Pyodide and the wheels into a folder, each verified; the names of those that were fetched.

    What is there and whole stays, so that a fetch that broke off goes on. Raises OSError with a sentence where a file
    cannot be had.
    """
    folder, fetched = Path(folder), []
    try:
        pyodide(folder)
        return []
    except (ValueError, OSError):
        pass
    core = folder / Path(CORE).name
    if _get(CORE, core, base64.b64decode(INTEGRITY).hex(), "sha512", timeout, progress):
        fetched.append(core.name)
    with tarfile.open(core) as archive:
        for name in (*CORE_FILES, LOADERS[0]):
            files.write(folder / name, archive.extractfile(f"package/{name}").read())  # type: ignore[union-attr]
    for entry in locked(files.read(folder / LOCK, LARGEST), folder):
        name = entry["file_name"]
        if _get(CDN + name, folder / name, entry["sha256"], "sha256", timeout, progress):
            fetched.append(name)
    return fetched


def _get(url, target, expected, algorithm, timeout, progress):
    """Download a file, if it is not there already; whether it was not."""
    verify = partial(_verify, expected=expected, algorithm=algorithm)
    try:
        verify(target)
        return False
    except (ValueError, OSError):
        download([url], target, LARGEST, verify, timeout, progress)
        return True
