"""That what goes to the browser is Pyodide, whole, and minimix beside it."""

import base64
import gzip
import hashlib
import http.server
import io
import json
import re
import subprocess
import sys
import tarfile
import threading
import zipfile
from functools import partial

import pytest

from minimix.course import copies
from minimix.site import runtime

DEPENDS = {
    "numpy": [],
    "matplotlib": ["contourpy", "Cycler", "kiwisolver", "pillow"],
    "contourpy": ["numpy"],
    "cycler": ["six"],
}
DEPENDS |= {"six": [], "kiwisolver": [], "pillow": [], "click": [], "scipy": ["numpy"]}


def wheel(name):
    return f"the wheel of {name}".encode()


def lock():
    entries = {
        name: {
            "file_name": f"{name}-1-py3-none-any.whl",
            "sha256": hashlib.sha256(wheel(name)).hexdigest(),
            "depends": depends,
        }
        for name, depends in DEPENDS.items()
    }
    return json.dumps({"info": {}, "packages": entries}).encode()


def core():
    contents = {name: f"the content of {name}".encode() for name in runtime.CORE_FILES}
    return contents | {runtime.LOADERS[0]: b"loader", runtime.LOCK: lock()}


def wheels():
    return {f"{name}-1-py3-none-any.whl": wheel(name) for name in DEPENDS if name != "scipy"}


@pytest.fixture
def folder(tmp_path):
    """A folder that looks like a Pyodide."""
    folder = tmp_path / "pyodide"
    folder.mkdir()
    for name, content in {**core(), **wheels()}.items():
        (folder / name).write_bytes(content)
    return folder


def unpacked(script):
    """(name, content) of a script file."""
    name, content = json.loads("[" + re.fullmatch(r"minimixFile\((.*)\);\n", script.read_text("ascii"))[1] + "]")
    return name, gzip.decompress(base64.b64decode(content))


def test_the_scripts_hold_the_files_as_they_are_with_all_that_the_packages_need(folder, tmp_path):
    sizes = runtime.bundle(folder, tmp_path / "out")
    found = dict(unpacked(tmp_path / "out" / f"{name}.js") for name in sizes)
    assert found == {**core(), **wheels(), runtime.PACKAGE: runtime.package()}
    assert {name: (tmp_path / "out" / f"{name}.js").stat().st_size for name in sizes} == sizes
    listed = re.fullmatch(r"minimixFiles\((.*)\);\n", (tmp_path / "out" / "files.js").read_text(), re.DOTALL)[1]
    assert json.loads(listed) == {"files": sizes, "packages": list(runtime.PACKAGES), "cdn": None}


def test_the_loader_of_earlier_versions_will_do(folder):
    (folder / runtime.LOADERS[0]).rename(folder / runtime.LOADERS[1])
    assert runtime.LOADERS[1] in runtime.pyodide(folder)


def test_without_a_folder_minimix_travels_alone_and_the_rest_comes_from_the_cdn(tmp_path):
    assert list(runtime.bundle(None, tmp_path)) == [runtime.PACKAGE]
    assert runtime.CDN in (tmp_path / "files.js").read_text()


@pytest.mark.parametrize("name", [*runtime.CORE_FILES, runtime.LOADERS[0]])
def test_a_folder_without_a_file_of_the_core_is_not_pyodide(folder, name, tmp_path):
    (folder / name).unlink()
    with pytest.raises(ValueError, match=f"is not Pyodide: it has no {name}; `minimix site fetch DIR` fetches one"):
        runtime.bundle(folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"packages": {"numpy": {}}}', '{"packages": 3}', "\ufeff{"])
def test_a_lock_that_is_none_is_refused(folder, text):
    (folder / runtime.LOCK).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"is not Pyodide: its pyodide-lock.json cannot be used"):
        runtime.pyodide(folder)


def test_a_lock_names_no_file_elsewhere(folder):
    (folder / runtime.LOCK).write_bytes(lock().replace(b"click-1-py3", b"../click"))
    with pytest.raises(ValueError, match=r"its pyodide-lock.json names a file '\.\./click"):
        runtime.pyodide(folder)


def test_a_wheel_that_is_missing_or_damaged_is_named(folder):
    (folder / "six-1-py3-none-any.whl").write_bytes(b"other")
    with pytest.raises(ValueError, match=r"six-1-py3-none-any.whl is damaged: its SHA256 is not the published one"):
        runtime.pyodide(folder)
    (folder / "six-1-py3-none-any.whl").unlink()
    with pytest.raises(ValueError, match=r"has no six-1-py3-none-any.whl; `minimix site fetch DIR` fetches it"):
        runtime.pyodide(folder)


def test_the_package_runs_where_it_is_unpacked_and_has_no_solutions_of_lessons(tmp_path):
    assert runtime.package() == runtime.package()
    zipfile.ZipFile(io.BytesIO(runtime.package())).extractall(tmp_path)
    code = "import minimix; from minimix.course import check; from minimix import stepper; "
    code += "print(minimix.__file__, callable(check), len(stepper(['sgd'], steps=2).html() or '') > 1000)"
    told = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert told.stdout.split()[1:] == ["True", "True"], told.stderr
    assert told.stdout.startswith(str(tmp_path))
    names = {path.name for path in tmp_path.rglob("*")}
    assert "lesson07.py" in names
    assert not any(names & {path.name, f"{path.stem}.md"} for path in copies.files().values())


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A server with Pyodide's tarball and wheels; the folder that it serves."""
    place = tmp_path / "published"
    place.mkdir()
    with tarfile.open(place / "pyodide.tgz", "w:gz") as archive:
        for name, content in core().items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    for name, content in wheels().items():
        (place / name).write_bytes(content)
    integrity = base64.b64encode(hashlib.sha512((place / "pyodide.tgz").read_bytes()).digest()).decode()
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=place)
    handler.func.log_message = lambda *_: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}/"
        for name, x in {"CDN": base, "CORE": f"{base}pyodide.tgz", "INTEGRITY": integrity}.items():
            monkeypatch.setattr(runtime, name, x)
        yield place
        server.shutdown()


def test_what_is_fetched_is_pyodide_and_is_fetched_once(published, tmp_path):
    target = tmp_path / "fetched"
    assert set(runtime.fetch(target)) == {"pyodide.tgz", *wheels()}
    assert runtime.pyodide(target) == {**core(), **wheels()}
    assert runtime.fetch(target) == []


def test_a_fetch_that_broke_off_goes_on(published, tmp_path):
    (published / "six-1-py3-none-any.whl").write_bytes(b"cut")
    with pytest.raises(OSError, match=r"could not fetch six-1-py3-none-any.whl .*the file is damaged"):
        runtime.fetch(tmp_path / "fetched")
    assert not list((tmp_path / "fetched").glob("six*"))
    (published / "six-1-py3-none-any.whl").write_bytes(wheel("six"))
    assert runtime.fetch(tmp_path / "fetched") == ["six-1-py3-none-any.whl"]


def test_another_tarball_is_refused(published, tmp_path, monkeypatch):
    monkeypatch.setattr(runtime, "INTEGRITY", base64.b64encode(b"x" * 64).decode())
    with pytest.raises(OSError, match=r"could not fetch pyodide.tgz .*the file is damaged"):
        runtime.fetch(tmp_path / "fetched")
    assert list((tmp_path / "fetched").iterdir()) == []


def test_without_a_network_there_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(runtime, "CORE", "http://127.0.0.1:9/pyodide.tgz")
    with pytest.raises(OSError, match=r"could not fetch pyodide.tgz \(http://127.0.0.1:9/pyodide.tgz: could not be"):
        runtime.fetch(tmp_path / "fetched")
