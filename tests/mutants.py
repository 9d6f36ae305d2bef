"""Mutation testing: how many small faults in the code the tests notice.

    python tests/mutants.py --draw 400 --seed 1
    python tests/mutants.py --draw 60 --area rules --area verdicts
    python tests/mutants.py --draw 400 --seed 1 --again       survivors once more, after the tests were mended

Cosmic Ray lists every mutant of the files in AREAS: another operator, a number one more or less, a condition negated, a
decorator removed. Of this list `draw` are drawn uniformly by the seed. Each is made in a copy of the tree, in which the
tests run: first those that mirror its file, then those of its area; the first failure, or a test of more than a
minute, kills it. Before, all these tests must pass without a mutant. What is known is kept in --session, so that an
interrupted run goes on where it stopped as long as the mutated files are the same.
"""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import click
import numpy as np
from cosmic_ray.commands.init import init
from cosmic_ray.mutating import use_mutation
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

ROOT = Path(__file__).parents[1]
AREAS = {  # area: (files of the package, tests besides the mirror of a file; slow ones last)
    "engine": (
        ["tensor.py", "operators.py", "gradients.py", "stale.py"],
        ["test_tensor.py", "ops", "nn/test_layers.py", "nn/test_module.py", "test_strict.py"],
    ),
    "ops": (["ops/*.py"], ["ops", "test_tensor.py", "nn/test_layers.py", "test_strict.py", "test_switch.py"]),
    "rules": (["optim/*.py"], ["optim", "test_spec.py", "stepping/test_steps.py", "explain/test_formulas.py"]),
    "verdicts": (
        ["verdict.py", "wording.py", "paired.py"],
        [
            "test_verdict.py",
            "test_wording.py",
            "test_paired.py",
            "test_result.py",
            "test_plots.py",
            "test_comparison.py",
            "cli/test_compare.py",
        ],
    ),
    "specs": (["spec.py"], ["own/test_rules.py", "test_config.py", "optim/test_optimizer.py", "cli/test_compare.py"]),
}
PYTEST = (
    *(sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts="),
    *("--import-mode=importlib", "-o", "faulthandler_timeout=60", "-o", "faulthandler_exit_on_timeout=true"),
)
LIMIT = 1800  # seconds for all tests of one mutant


def files(area):
    """The files of an area, relative to the root."""
    return sorted(p.relative_to(ROOT) for own in AREAS[area][0] for p in (ROOT / "minimix").glob(own))


def stages(area, path):
    """The tests for a mutant of a file, as two lists of paths relative to the root: its mirror, and the others."""
    mirror = Path("tests", *path.parts[1:-1], f"test_{path.name}")
    wider = [Path("tests", own) for own in AREAS[area][1] if (ROOT / "tests" / own).exists()]
    own = [mirror] if (ROOT / mirror).exists() else []
    return [own, [test for test in wider if test != mirror]] if own else [wider]


def draw(session, areas, number, seed):
    """Fill a session with mutants drawn uniformly from the whole list; returns how long the list is."""
    init([path for area in areas for path in files(area)], session, {})
    items = session.work_items
    chosen = np.random.default_rng(seed).choice(len(items), min(number, len(items)), replace=False)
    session.clear()
    session.add_work_items(items[i] for i in sorted(chosen))
    return len(items)


class Trees:
    """Copies of the tree, one for each thread that asks, and the tests that run in them."""

    def __init__(self, folder):
        self.folder, self.own, self.running = Path(folder), threading.local(), set()
        self.first, self.lock = self._copy(ROOT, "first"), threading.Lock()

    def _copy(self, source, name):
        ignored = shutil.ignore_patterns(
            ".*", "runs", "build", "*.sqlite", *([] if source != ROOT else ["__pycache__"])
        )
        return Path(shutil.copytree(source, self.folder / name, ignore=ignored))

    def here(self):
        """The copy of this thread, compiled as the first one is."""
        if not hasattr(self.own, "tree"):
            with self.lock:
                self.own.tree = self._copy(self.first, f"tree{len(list(self.folder.iterdir()))}")
        return self.own.tree

    def passes(self, tree, tests, **variables):
        """Whether tests pass in a tree, and what they printed."""
        environment = {**os.environ, "PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg", **variables}
        command = [*PYTEST, *map(str, tests)]
        with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
            test = subprocess.Popen(
                command, cwd=tree, env=environment, stdout=output, stderr=output, start_new_session=True
            )
            self.running.add(test)
            try:
                passed = test.wait(LIMIT) == 0
            except subprocess.TimeoutExpired:
                passed = False
            finally:
                self.kill(test)
                self.running.discard(test)
            output.seek(0)
            return passed, output.read()

    def kill(self, test):
        """End a test and all processes that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(test.pid, signal.SIGKILL)
        test.wait()

    def examine(self, mutation, area):
        """The WorkResult of a mutant."""
        tree, operator = self.here(), get_operator(mutation.operator_name)()
        with use_mutation(tree / mutation.module_path, operator, mutation.occurrence) as (before, after):
            if after is None:
                raise RuntimeError(f"{mutation} is no mutant of this tree")
            killed = not all(
                self.passes(tree, tests, PYTHONDONTWRITEBYTECODE="1")[0] for tests in stages(area, mutation.module_path)
            )
        outcome = TestOutcome.KILLED if killed else TestOutcome.SURVIVED
        return WorkResult(WorkerOutcome.NORMAL, test_outcome=outcome, diff=_changed(before, after))


def _changed(before, after):
    """The lines in which a mutant differs."""
    pairs = zip(before.splitlines(), after.splitlines(), strict=False)
    return "\n".join(f"    - {a.strip()}\n    + {b.strip()}" for a, b in pairs if a != b)


def digest(areas):
    """What the mutants of areas depend on, in eight letters."""
    return hashlib.sha256(b"".join((ROOT / path).read_bytes() for area in areas for path in files(area))).hexdigest()[
        :8
    ]


@click.command(help=__doc__.replace("\n\n", "\n\n\b\n", 1))
@click.option("--draw", "number", default=400, help="How many mutants.  [default: 400]")
@click.option("--seed", default=1, help="Which ones.  [default: 1]")
@click.option("--area", "areas", multiple=True, type=click.Choice(list(AREAS)), default=list(AREAS))
@click.option("--workers", default=os.cpu_count(), help="Copies of the tree in which tests run side by side.")
@click.option("--session", "path", type=click.Path(path_type=Path), help="The file that keeps what is known.")
@click.option("--again", is_flag=True, help="Run the tests of survivors again.")
def main(number, seed, areas, workers, path, again):
    os.chdir(ROOT)
    path = path or Path(f"mutants-{'-'.join(areas)}-{number}-{seed}-{digest(areas)}.sqlite")
    area_of = {file: area for area in areas for file in files(area)}
    with use_db(path, WorkDB.Mode.create) as session, tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        if not session.num_work_items:
            click.echo(f"{number} of {draw(session, areas, number, seed)} mutants")
        known = dict(session.results)
        waiting = [
            item
            for item in session.work_items
            if item.job_id not in known or (again and known[item.job_id].test_outcome == TestOutcome.SURVIVED)
        ]
        if waiting:
            click.echo(f"{path}: {len(waiting)} mutants to examine; first, the tests without one")
            _run(session, waiting, area_of, Trees(folder), workers)
        _report(session, area_of)


def _run(session, waiting, area_of, trees, workers):
    tests = {test: None for file, area in area_of.items() for stage in stages(area, file) for test in stage}
    whole = [test for test in tests if test.is_relative_to("tests") and not any(p in tests for p in test.parents)]
    passed, output = trees.passes(trees.first, whole)
    if not passed:
        raise click.ClickException(f"without a mutant, a test fails:\n{output[-3000:]}")
    start = time.monotonic()
    with ThreadPoolExecutor(workers) as pool:
        jobs = {pool.submit(trees.examine, i.mutations[0], area_of[i.mutations[0].module_path]): i for i in waiting}
        try:
            for done, job in enumerate(as_completed(jobs), 1):
                result, item = job.result(), jobs[job]
                session.set_result(item.job_id, result)
                seconds = time.monotonic() - start
                click.echo(f"{seconds:6.0f} s  {done}/{len(jobs)}  {result.test_outcome.value:8}  {_name(item)}")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for test in list(trees.running):
                trees.kill(test)
            raise


def _name(item):
    mutation = item.mutations[0]
    return f"{mutation.module_path}:{mutation.start_pos[0]} {mutation.operator_name.removeprefix('core/')}"


def _report(session, area_of):
    found = [(item, result) for item, result in session.completed_work_items]
    survivors = [(item, result) for item, result in found if result.test_outcome == TestOutcome.SURVIVED]
    for item, result in survivors:
        click.echo(f"\nsurvives: {_name(item)}\n{result.diff}")
    click.echo("\narea      mutants  killed")
    for area in (*dict.fromkeys(area_of.values()), "all"):
        own = [r.is_killed for i, r in found if area in ("all", area_of[i.mutations[0].module_path])]
        if own:
            click.echo(f"{area:10}{len(own):7}  {sum(own):6}  {100 * sum(own) / len(own):.1f} %")


if __name__ == "__main__":
    main()
