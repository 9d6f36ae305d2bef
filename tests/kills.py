"""Studies that are killed and resumed, that meet a full disk, and that run twice at once, end with the same bytes.

    python tests/kills.py                   50 kills of `minimix compare`, one trial at a time
    python tests/kills.py --workers 2       two at a time
    python tests/kills.py --dask            on a Dask scheduler of its own with two workers
    python tests/kills.py --disk --twice    a limit to the size of files; two commands on one folder

A study is killed with SIGKILL after a delay that is uniform over the time it takes, or, every third time, as soon as a
file is being written, which counts where the unfinished file is left; then it is resumed and killed again, until it
ends. After each kill all files are whole and none that was there has changed; in the end the folder has the files of
one that was not interrupted, with the same bytes, once the object "run" is taken out of each trial. What is derived
from the trials and tells times, figure and summary, is held to its name.
"""

import argparse
import contextlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
DERIVED = ("figure.png", "summary.json")
SIZES = "--epochs 2 --record 3 --train-size 600 --test-size 200 --batch-size 50"
TRIALS = 6  # of each optimizer


def command(folder, *options, trials=TRIALS):
    """The arguments of the study's process."""
    arguments = map(str, (trials, "--out", folder, *options))
    return [
        sys.executable,
        "-m",
        "minimix",
        "compare",
        *SIZES.split(),
        "-o",
        "sgd",
        "-o",
        "adam",
        "--trials",
        *arguments,
    ]


def start(folder, *options, trials=TRIALS, **about):
    """The study's process, in a session of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}
    out = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    arguments = command(folder, *options, trials=trials)
    return subprocess.Popen(arguments, env=environment, start_new_session=True, **out, **about)


def finished(process):
    """What a process that ends well wrote to stderr."""
    _, said = process.communicate()
    assert process.returncode == 0, said
    return said


def contents(folder):
    """{file: content} of a study's folder, without "run" in the trials, and without what is derived."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and name.parts[0] not in ("progress", "checkpoints"):
            content = path.read_bytes()
            if name.parts[0] == "trials":
                content = json.loads(content)
                assert content.pop("run")["seconds"] >= 0
            found[str(name)] = None if name.name in DERIVED else content
    return found


def unfinished(folder):
    """The files in the folder that are being written."""
    return set(folder.glob("progress/.minimix-*"))


def kill(process, folder, delay):
    """Kill a study after `delay` seconds, or with None within a write; "ended", "killed" or "killed within a write"."""
    before = unfinished(folder)
    end = time.perf_counter() + (delay or 60)
    while (
        process.poll() is None and time.perf_counter() < end and (delay is not None or not unfinished(folder) - before)
    ):
        time.sleep(0.0002 if delay is None else 0.005)
    process.kill()
    process.communicate()
    if process.returncode == 0:
        return "ended"
    return "killed within a write" if unfinished(folder) - before else "killed"


def alone(process):
    """Wait until nothing of the process's session is left; a worker may take a second to see its parent gone."""
    for _ in range(600):
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("a process of a killed study is still there")


def kills(count, within, options, seed=0, say=print):
    """Kill a study `count` times, at least `within` times within a write; returns {what happened: how often}."""
    rng, seen = random.Random(seed), dict.fromkeys(("ended", "killed", "killed within a write"), 0)
    with tempfile.TemporaryDirectory() as place:
        whole = Path(place, "whole")
        clock = time.perf_counter()
        finished(start(whole, *options))
        length, expected = time.perf_counter() - clock, contents(whole)
        assert len([name for name in expected if name.startswith("trials")]) == 2 * TRIALS
        studies, folder = 0, Path(place, "0")
        while sum(seen.values()) - seen["ended"] < count or seen["killed within a write"] < within:
            before = contents(folder)
            process = start(folder, *options)
            turn = sum(seen.values()) % 3 == 0
            seen[what := kill(process, folder, None if turn else rng.uniform(0, length))] += 1
            alone(process)
            after = contents(folder)
            assert all(after[name] == content for name, content in before.items()), "a file changed"
            assert after.items() <= expected.items(), "a file that is not the uninterrupted study's"
            if what == "ended":
                assert after == expected
                studies += 1
                folder = Path(place, str(studies))
            say(f"\r{seen}, {studies} studies to their end", end="", flush=True)
        finished(start(folder, *options))
        assert contents(folder) == expected
    say()
    return seen


def full_disk(options=()):
    """A study that must not write files as large as its trials says so, and goes on later as if nothing had been."""
    with tempfile.TemporaryDirectory() as place:
        whole, folder = Path(place, "whole"), Path(place, "full")
        finished(start(whole, *options, trials=2))
        finished(start(folder, *options, trials=1))
        kept, bytes_ = contents(folder), min(path.stat().st_size for path in folder.glob("trials/*"))
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_ - 1, bytes_ - 1))
        process = start(folder, *options, trials=2, preexec_fn=limit)
        _, said = process.communicate()
        assert process.returncode == 1 and "could not be written: File too large" in said and "Traceback" not in said, (
            said
        )
        left = contents(folder)
        assert {name for name in left if name.startswith("trials")} == {
            name for name in kept if name.startswith("trials")
        }
        finished(start(folder, *options, trials=2))
        trials = lambda folder: {name: x for name, x in contents(folder).items() if name.startswith("trials")}
        assert trials(folder) == trials(whole)  # study.json tells that trials were added


def twice_at_once(options=()):
    """Two commands that begin together on one folder end well, with the files of one."""
    with tempfile.TemporaryDirectory() as place:
        whole, folder = Path(place, "whole"), Path(place, "twice")
        finished(start(whole, *options))
        for process in [start(folder, *options), start(folder, *options)]:
            finished(process)
        assert contents(folder) == contents(whole)


@contextlib.contextmanager
def dask(wanted):
    """The options that run a study on a scheduler and two workers, started for it; none where it is not wanted."""
    if not wanted:
        yield []
        return
    from tests.study.loopback import cluster

    with tempfile.TemporaryDirectory() as place, cluster(Path(place)) as (address, _):
        yield ["--dask", address]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    for option in ("dask", "disk", "twice"):
        parser.add_argument(f"--{option}", action="store_true")
    given = parser.parse_args()
    with dask(given.dask) as options:
        options += ["--jobs", given.workers]
        if given.disk:
            full_disk(options)
            print("a full disk is said, and no finished trial is lost")
        if given.twice:
            twice_at_once(options)
            print("two commands at once on one folder end with the same bytes")
        if not (given.disk or given.twice):
            seen = kills(given.kills, min(10, given.kills), options, given.seed)
            within = seen["killed within a write"]
            print(f"{seen['killed'] + within} kills, {within} of them within a write")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.path.insert(0, str(ROOT))
    main()
