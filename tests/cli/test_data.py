"""minimix/cli/data.py: `minimix data list` and `minimix data fetch`."""

import gzip
import hashlib
import importlib
import os

import numpy as np
import pytest
from click.testing import CliRunner

from minimix.cli import main
from minimix.data import cache
from minimix.data.idx import SHA256
from tests.data.mirror import mirror
from tests.data.test_idx import idx


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("MINIMIX_DATA", str(tmp_path))
    monkeypatch.setattr(cache, "default_root", lambda: tmp_path / "cache")
    return tmp_path


@pytest.fixture
def served(monkeypatch):
    """Small files that pass for the official ones, as a mirror has them."""
    labels = np.arange(4, dtype=np.uint8)
    images = np.zeros((4, 28, 28), np.uint8)
    files = dict(zip(SHA256, [idx(images), idx(labels)] * 2, strict=True))
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    monkeypatch.setattr(importlib.import_module("minimix.data.idx"), "SHA256", sums)
    return {f"{name}.gz": gzip.compress(data) for name, data in files.items()}


def run(*arguments):
    return CliRunner().invoke(main, ["data", *map(str, arguments)])


def test_fetch_then_list_then_fetch_again(root, served):
    with mirror(files=served) as url:
        result = run("fetch", "mnist", "--to", root, "--mirror", url)
    assert result.exit_code == 0, result.output
    assert f"mnist is in {root / 'mnist'}, verified." in result.output
    rows = {line.split()[0]: line for line in run("list").output.splitlines()}
    assert rows["mnist"].endswith(str(root / "mnist"))
    assert rows["cifar10"].endswith("not found: run `minimix data fetch cifar10`")
    assert "embedded" in rows["glyphs"]
    assert "embedded" in rows["shapes"]
    again = run("fetch", "mnist", "--to", root, "--mirror", "http://127.0.0.1:9")
    assert again.exit_code == 0
    assert "already, verified" in again.output


def test_files_that_are_not_mnist_s_are_listed_so_and_never_replaced(root, served):
    (root / "mnist").mkdir()
    for name in served:
        (root / "mnist" / name).write_bytes(b"mine")
    rows = {line.split()[0]: line for line in run("list").output.splitlines()}
    assert rows["mnist"].endswith(f"{root / 'mnist'}, but the files there are not the official ones")
    with mirror(files=served) as url:
        result = run("fetch", "mnist", "--to", root, "--mirror", url)
    assert result.exit_code == 1 and "move it away, or choose another folder" in result.stderr
    assert all((root / "mnist" / name).read_bytes() == b"mine" for name in served)


def test_the_next_mirror_is_tried(root, served):
    with mirror("absent") as bad, mirror(files=served) as good:
        result = run("fetch", "mnist", "--to", root, "--mirror", bad, "--mirror", good)
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("fault", ["truncate", "corrupt", "stall", "absent"])
def test_a_failed_fetch_is_one_sentence(root, served, fault):
    with mirror(fault, served) as url:
        result = run("fetch", "mnist", "--to", root, "--mirror", url, "--timeout", 0.2)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("Error: could not fetch train-images-idx3-ubyte.gz (http")
    assert "Traceback" not in result.output
    assert fault != "stall" or "sent nothing for 0.2 s" in result.output
    assert os.listdir(root / "mnist") == []


def test_a_near_miss_is_answered_with_what_was_meant(root):
    result = run("fetch", "cifar")
    assert result.exit_code == 2
    assert "did you mean 'cifar10'?" in result.stderr
