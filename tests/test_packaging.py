"""That a wheel has everything."""

import configparser
import importlib
import inspect
import pkgutil
from pathlib import Path

import minimix

ROOT = Path(__file__).parents[1]


def test_every_package_is_listed():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = set(config["options"]["packages"].split())
    folders = {p.parent.relative_to(ROOT) for p in (ROOT / "minimix").rglob("*.py")}
    assert listed == {".".join(folder.parts) for folder in folders} | {"minimix.course.lessons"}


def test_readme_names_every_module():
    readme = (ROOT / "README.md").read_text("utf-8")
    for path in (ROOT / "minimix").iterdir():
        if path.suffix == ".py" and path.stem != "__init__":
            assert f"  {path.name} " in readme
        if path.is_dir() and (path / "__init__.py").exists():
            assert f"  {path.name}/ " in readme


def modules():
    for info in pkgutil.walk_packages(minimix.__path__, "minimix."):
        if ".lessons" not in info.name:
            yield importlib.import_module(info.name)


def test_no_public_function_shares_its_module_s_name():
    for module in modules():
        own = getattr(module, module.__name__.rpartition(".")[2], None)
        assert not inspect.isroutine(own), module.__name__
    assert all(map(callable, (minimix.compare, minimix.train, minimix.evaluate, minimix.gradcheck, minimix.stepper)))


def test_the_version_is_the_same_everywhere():
    for name, line in (("CITATION.cff", "version: {}"), ("CHANGELOG.md", "## {}")):
        assert line.format(minimix.__version__) in (ROOT / name).read_text("utf-8").splitlines()
