"""What tests/fuzz.py damages input for: valid samples, how damage is made to look right, and what reads it."""

import contextlib
import gzip
import importlib
import io
import json
import re
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np
from click.testing import CliRunner

from minimix import validation
from minimix.cli import main
from minimix.config import Config
from minimix.course import source
from minimix.data import cifar, idx, npz
from minimix.data.arrays import from_arrays
from minimix.spec import SpecError, canonical, parse
from minimix.study import sensitivity, trials, tuning
from minimix.study.folder import Folder
from minimix.study.forms import SETTINGS, read_settings

RNG = np.random.default_rng(0)
IMAGES, LABELS = RNG.integers(0, 256, (6, 4, 4), np.uint8), np.array([0, 1, 2, 0, 1, 2], np.uint8)


@dataclass
class Reader:
    """read(bytes) must raise nothing but documented errors. samples: valid inputs, before they are packed.

    packed(sample): the bytes of a sample as they stand in a file. repaired(mutate, sample, rng): the bytes of a mutated
    sample whose sums and sizes are right. ready(folder): a context to read in. share: of all inputs. memory: the most
    MiB that it may take.
    """

    samples: list
    read: Callable
    repaired: Callable = lambda mutate, sample, rng: mutate(sample, rng)
    packed: Callable = lambda sample: sample
    ready: Callable = lambda folder: contextlib.nullcontext()
    share: float = 1
    memory: int = 512


def idx_file(array):
    return bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def _idx(content):
    dimensions = 3 if content[3:4] == b"\x03" or content[:2] == b"\x1f\x8b" else 1
    array = idx.idx_array(io.BytesIO(content), "x.idx", dimensions)
    if array.size and dimensions == 3:
        idx.about({"x_train": Path("x.idx")}, {"x_train": array})


def _counted(mutate, sample, rng):
    """The first size made to fit, and zipped anew half of the time."""
    content = bytearray(mutate(sample, rng))
    if sample[3] == 3 and rng.integers(2):
        content[8:16] = sample[8:16]
        content = content[:16] + content[16 : 16 + (len(content) - 16) // 16 * 16]
        content[4:8] = max(0, (len(content) - 16) // 16).to_bytes(4, "big")
    return gzip.compress(bytes(content), 1) if rng.integers(2) else bytes(content)


def _array(array):
    file = io.BytesIO()
    np.lib.format.write_array(file, array)
    return file.getvalue()


WHOLE = {"x": _array(IMAGES), "y": _array(LABELS)}
SPLIT = {"x_train": _array(IMAGES / 7), "y_train": _array(LABELS / 3)}
SPLIT |= {"x_test": _array(IMAGES[:2] / 7), "y_test": _array(LABELS[:2] / 3)}


def zipped(members, packing=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return file.getvalue()


def _zipped_anew(mutate, sample, rng):
    """One array mutated, in its header alone half of the time; the sums of the archive are right."""
    name = list(sample)[rng.integers(len(sample))]
    head, rest = sample[name][:128], sample[name][128:]
    if rng.integers(2):
        text = mutate(head[10:].rstrip(), rng)[:3000]
        changed = head[:8] + (len(text) + 1).to_bytes(2, "little") + text + b"\n" + rest
    else:
        changed = mutate(rest, rng)
        changed = head + (changed + rest)[: len(rest)] if rng.integers(2) else mutate(head, rng) + changed
    return zipped({**sample, name: changed}, (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)[rng.integers(2)])


def _npz(content):
    from_arrays(npz.arrays_in(io.BytesIO(content), "x.npz"), "x.npz")


def _model(content):
    npz.arrays_in(io.BytesIO(content), "m.npz", {"x": (6, 4, 4), "y": (6,)})


def tar_file(records):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name in cifar.FILES:
            member = tarfile.TarInfo(f"{cifar.FOLDER}/{name}")
            member.size = len(records)
            tar.addfile(member, io.BytesIO(records))
    return file.getvalue()


def _summed(mutate, sample, rng):
    """The sums of the members' headers, and that of the archive, made right."""
    content, member = bytearray(sample), 512 + -(-cifar.RECORD // 512) * 512
    at = int(rng.integers(6)) * member
    content[at : at + 512] = mutate(sample[at : at + 512], rng)[:512].ljust(512, b"\0")
    if rng.integers(2):
        content = bytearray(mutate(content, rng))
    for start in range(0, len(content) - 512, member):
        head = bytearray(content[start : start + 512])
        head[148:156] = b" " * 8
        content[start + 148 : start + 156] = b"%06o\0 " % sum(head)
    return gzip.compress(bytes(content), 1)


def _tar(content):
    folder = Path("unpacked")
    cifar.unpack(io.BytesIO(content), Path("cifar.tar.gz"), folder)
    for path in folder.iterdir():
        path.unlink()
    assert {path.name for path in Path().iterdir()} <= {"unpacked"}, "a file elsewhere"


@contextlib.contextmanager
def _one_record(folder):
    with mock.patch.object(cifar, "RECORDS", 1):
        yield


SPECS = [
    b"adam:lr=1e-3",
    b"sgd:lr=cosine(lr=1e-2,steps=5000,floor=1E-5),momentum=0.9,nesterov=true",
    b"mas:gamma=0.5,combine=normalized,s=sgd(lr=1e-2),a=swats(lr=2)",
    b"split:dense1=adam(lr=1e-3),*.bias=freeze,*=sgd(lr=warmup(lr=step(lr=1,steps=7),steps=3))",
    b"lookahead:rule=muon,k=5",
    b"mas:s=my.py:MyRule(lr=0.1),a=frank-wolfe(lr=none,radius=3)",
    b"mas:" + b"s=mas(" * 21 + b"gamma=0.5" + b")" * 21,
]


def _closed(mutate, sample, rng):
    """A number changed or a word exchanged for another spec's or mutated, and the brackets closed."""
    words = re.split(rb"([,=():])", sample)
    other = re.split(rb"[,=():]", SPECS[rng.integers(len(SPECS))])
    at, kind = 2 * rng.integers(len(words) // 2 + 1), rng.integers(3)
    if kind == 0:
        words[at] = other[rng.integers(len(other))]
    elif kind == 1:
        words[at] = mutate(words[at], rng)
    else:
        numbers = rb"0 0.5 -1 1e-300 1e300 7 none true 0.999999999 sgd 12345678901234567890".split()
        words = [numbers[rng.integers(len(numbers))] if re.fullmatch(rb"[\d.]+(e-?\d+)?", w) else w for w in words]
    text = b"".join(words)
    return text + b")" * max(0, text.count(b"(") - text.count(b")"))


def _spec(content):
    text = content.decode("utf-8", "replace")
    try:
        rule = parse(text)
    except ValueError as error:
        if isinstance(error, SpecError):
            raise
        raise AssertionError("not a SpecError") from error
    assert parse(canonical(rule)) == rule


CONFIG = Config(epochs=1, train_size=20, test_size=10, batch_size=10, trials=2, optimizers=["sgd:lr=0.1", "adam"])
PLAN = CONFIG.settings() | {"sums": {}, "dataset": {"name": "glyphs", "note": ""}, "reference": "sgd:lr=0.1"}
PLAN |= {"identities": {label: trials.common(CONFIG, label, {}) for label in CONFIG.rules}}
NAMES = Folder(".").names(PLAN)
RECORDED = {"epoch": [0.5, 1.0], "train_loss": [1.5, 1.0], "val_loss": [1.5, None], "val_accuracy": [0.5, 0.75]}
FILES = {
    "study.json": {"schema": 1, "plans": {"compare": PLAN}},
    **{
        f"{name}.json": {
            "schema": 1,
            "identity": PLAN["identities"][label] | {"trial": number},
            "recorded": RECORDED | {"stopped": None},
            "run": {"seconds_per_epoch": 0.1, "blas": ["openblas Haswell 1"]},
        }
        for (label, number), name in NAMES.items()
    },
}
TRIAL = list(FILES.values())[1]
ODD = [
    *(None, True, False, 0, 1, -1, 10**30, 1e308, 5e-324, 0.5, "", "3", "adam", "²", "\ud800", "a" * 999),
    *([], {}, [[]], [None], ["adam"], {"a": 1}, [1.5, None], "my.py:net", "/dev/zero", "\0", 1 << 62),
]


def _places(tree, found=()):
    """(container, key) of every value in a tree."""
    for key in tree if isinstance(tree, dict) else range(len(tree)):
        yield tree, key
        if isinstance(tree[key], (dict, list)):
            yield from _places(tree[key])


def _odd_tree(mutate, sample, rng):
    """Values, keys and items of the tree exchanged for odd ones: well-formed all the same."""
    tree = json.loads(json.dumps(sample))
    for _ in range(rng.integers(1, 4)):
        places = list(_places(tree))
        if not places:
            break
        container, key = places[rng.integers(len(places))]
        kind, odd = rng.integers(4), json.loads(json.dumps(ODD[rng.integers(len(ODD))]))
        if kind == 0:
            del container[key]
        elif kind == 1 and isinstance(container, dict):
            container[odd if isinstance(odd, str) else "odd"] = container.pop(key)
        elif kind == 2:
            other, there = places[rng.integers(len(places))]
            container[key] = json.loads(json.dumps(other[there]))
        else:
            container[key] = odd
    return _json(tree)


def _json(tree):
    return json.dumps(tree).encode()


@contextlib.contextmanager
def _held(folder):
    """JSON files are read from memory: HELD has their contents."""

    def read(path, most):
        if (name := Path(path).name) not in HELD:
            raise FileNotFoundError(f"there is no file {name!r}")
        return HELD[name]

    Path(folder, "study.json").write_text("{}", encoding="utf-8")
    with mock.patch.object(validation, "read", read):
        yield


HELD = {}


def _settings(content):
    HELD["study.json"] = content
    settings = read_settings(Path("study.json"))
    Config(**{key: value for key, value in settings.items() if key in SETTINGS})


def _folder(content):
    _hold(content)
    folder = Folder(".")
    for plan in folder.plans().values():
        result = folder.result(plan)
        result.rows(), result.summary(), result.trials and result.table(), folder.mixed()


def _hold(content, files=FILES):
    """The files of a study: a damaged set of them, or one with a damaged trial."""
    HELD.clear()
    try:
        found = json.loads(content)
        HELD.update({name: _json(found[name]) for name in files if name in found})
    except (ValueError, KeyError, TypeError, RecursionError):
        HELD.update({name: _json(file) for name, file in files.items()})
        HELD[next(name for name in files if name != "study.json")] = content


def _searched():
    """The files of a search: of one rule, three values with three seeds each, and what its edges ask for."""
    config = Config(epochs=1, trials=2, optimizers={"SGD": "sgd:lr=0.1"})
    plan, kept = tuning.plan_of(config, {}, runs=3) | {"reference": "SGD"}, {}

    def run(jobs):
        for job in jobs:
            recorded = {"epoch": [1.0], "train_loss": [1.0], "val_loss": [1.0], "val_accuracy": [0.5], "stopped": None}
            about = {"schema": 1, "identity": job.identity, "recorded": recorded}
            kept[f"{job.name}.json"] = about | {"run": {"seconds_per_epoch": 0.1, "blas": []}}

    tuning.search(mock.Mock(read=lambda name: kept.get(f"{name}.json")), plan, run)
    return {"study.json": {"schema": 1, "plans": {"t": plan}}, **kept}


SEARCH = _searched()


def _search(content):
    _hold(content, SEARCH)
    for found in tuning.tuned(Folder(".")).values():
        if not found.left:
            sensitivity.notes(found)


CELL = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "id": "a"}
SOURCES = ["x = 1\n", ["import numpy\n", "%time x\n", "!ls"], "%%time\nx = !ls \\\n -l\nx?\n", "%%bash\nls\n"]
CELLS = [CELL | {"source": text, "id": f"a{k}"} for k, text in enumerate(SOURCES)]
OLD = [{"cell_type": "code", "input": "x = 1", "language": "python", "metadata": {}, "outputs": [], "collapsed": False}]
NOTEBOOKS = [
    {"cells": CELLS, "metadata": {}, "nbformat": 4, "nbformat_minor": 5},
    {"worksheets": [{"cells": OLD, "metadata": {}}], "metadata": {}, "nbformat": 3, "nbformat_minor": 0},
]
LESSON = b"# # 1. Title\nimport numpy as np\ndef f(x):\n    # <solution>\n    return x\n    # </solution>\n%time f(1)\n"


def _lesson_as(ending):
    def read(content):
        path = Path(f"01_lesson{ending}")
        path.write_bytes(content)
        found = source.read(path)
        for text in [found] if isinstance(found, str) else [text for _, text in found]:
            source.gapped(text), source.solved(text)

    return read


COMMANDS = (
    ["compare", "--config", "study.json", "--jobs", "1", "--out", "new"],
    ["compare", "--resume", ".", "--jobs", "1"],
    ["plot", ".", "--out", "figure.svg"],
)


@contextlib.contextmanager
def _untrained(folder):
    """The commands as they are, but for the training and the drawing's last step: these take seconds."""
    cli = importlib.import_module("minimix.cli.progress")
    stop = mock.Mock(side_effect=KeyboardInterrupt)
    drawn = mock.patch("minimix.result.Result.figure"), mock.patch("minimix.plots.save")
    with _held(folder), mock.patch.object(cli.running, "run", stop), drawn[0], drawn[1]:
        yield


def _command(content):
    _hold(content)
    for command in COMMANDS:
        result = CliRunner().invoke(main, command)
        odd = not isinstance(result.exception, (SystemExit, type(None))) or "minimix's own fault" in result.output
        if odd or "Traceback" in result.output or (result.exit_code and not result.output.strip()):
            raise AssertionError(f"{command}: {result.exception!r}") from result.exception
        if not Path("study.json").exists():
            raise AssertionError(f"{command} deleted a file of the reader's")


READERS = {
    "idx": Reader([idx_file(IMAGES), idx_file(LABELS)], _idx, _counted),
    "cifar": Reader(
        [bytes([3]) + bytes(range(256)) * 12],
        lambda content: cifar.records(content, Path("x.bin")),
        lambda mutate, sample, rng: bytes([rng.integers(12)]) + mutate(sample, rng)[1:3073].ljust(3072, b"x"),
        ready=_one_record,
        share=0.5,
    ),
    "tar": Reader(
        [tar_file(bytes([3]) + bytes(range(256)) * 12)],
        _tar,
        _summed,
        packed=lambda sample: gzip.compress(sample, 1),
        ready=_one_record,
        share=0.2,
    ),
    "npz": Reader([WHOLE, SPLIT], _npz, _zipped_anew, zipped, share=0.7),
    "model": Reader([WHOLE], _model, _zipped_anew, zipped, share=0.4),
    "spec": Reader(SPECS, _spec, _closed, share=0.5),
    "settings": Reader([FILES["study.json"], {"epochs": 1, "optimizers": ["sgd"]}], _settings, _odd_tree, _json, _held),
    "study": Reader([FILES, TRIAL], _folder, _odd_tree, _json, _held),
    "search": Reader([SEARCH, list(SEARCH.values())[1]], _search, _odd_tree, _json, _held, share=0.2),
    "notebook": Reader(NOTEBOOKS, _lesson_as(".ipynb"), _odd_tree, _json),
    "lesson": Reader([LESSON, LESSON.decode().encode("utf-16")], _lesson_as(".py")),
    "commands": Reader([FILES, TRIAL], _command, _odd_tree, _json, _untrained, share=0, memory=4096),
}
