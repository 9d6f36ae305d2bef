"""That a wheel has everything."""

import configparser
from pathlib import Path

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
