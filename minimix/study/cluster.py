"""Trials on the workers of a Dask scheduler, which starts those again whose worker dies.

They go to Dask's own client, not by way of joblib's Dask backend: that waits for ever for a task whose workers died
(the error does not reach Parallel), and where there is one worker it does the work in this process.
"""

import functools
import hashlib
import logging
import os
import re
import secrets
import socket
from collections.abc import Generator
from pathlib import Path
from typing import Any

from .. import __version__
from ..allocator import keep_freed_memory
from ..data import Dataset
from ..threads import set_threads
from .folder import Folder

PATIENCE = 5  # seconds to wait for the scheduler, and half of those for a first worker


def each(address: str, folder: Folder, data: Dataset, todo: list) -> Generator[tuple, None, None]:
    """Yield (job, what its trial's file holds or None, None or a sentence) of each Job as it is done.

    A worker that sees the same folder writes the trial's file itself; every trial also comes home and is written here
    where it is not there. Raises ValueError for what is no address, ConnectionError where no scheduler or no worker
    answers, RuntimeError where Dask is not installed or a worker does not fit.
    """
    client = _connected(address)
    try:
        _check_workers(client, address, folder)
        study = (str(folder.path.resolve()), _sum(folder.path))
        here = client.submit(lambda: data, key=f"data-{secrets.token_hex(4)}")  # a scattered one could be lost
        send = functools.partial(client.map, _do, data=here, study=study, version=__version__)
        suspects = []
        for job, outcome in _results(client, address, send, todo):
            if isinstance(outcome, str):  # Dask blames all trials that the worker had: they are done again, one by one
                suspects.append(job)
            else:
                yield (job, *outcome)
        for job in suspects:
            for _, outcome in _results(client, address, send, [job]):
                yield (job, None, f"{job}: {outcome}") if isinstance(outcome, str) else (job, *outcome)
    finally:
        client.close(timeout=PATIENCE)


def _connected(address):
    try:
        import dask
        import distributed
    except ImportError:
        raise RuntimeError("--dask needs the package distributed: pip install 'minimix[cluster]'") from None
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TB"})
    for name in ("distributed", "distributed.client"):  # what goes wrong is said below, once
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if not (found := re.fullmatch(r"\w+://(.+):(\d+)", address)):
        raise ValueError(f"a Dask scheduler's address is like tcp://host:8786, not {address!r}")
    try:
        socket.create_connection((found[1].strip("[]"), int(found[2])), PATIENCE).close()  # a Client would wait longer
        return distributed.Client(address, timeout=PATIENCE, set_as_default=False)
    except OSError as error:
        raise ConnectionError(f"no Dask scheduler answers at {address!r}; `dask scheduler` starts one") from error


def _check_workers(client, address, folder):
    """Refuse what would compute other numbers, or would take turns with itself."""

    def versions():  # without a name in a module, it travels whole: a worker need not have this module
        import numpy

        try:
            import minimix
        except ImportError:
            return None, numpy.__version__
        return minimix.__version__, numpy.__version__

    try:
        client.wait_for_workers(1, timeout=2 * PATIENCE)
    except TimeoutError:
        raise ConnectionError(
            f"the scheduler at {address} has no worker; `dask worker {address} --nthreads 1` starts one"
        ) from None
    found = client.run(versions)
    for worker, (ours, _) in found.items():
        if ours != __version__:
            has = f"has minimix {ours}" if ours else "has no minimix"
            raise RuntimeError(f"the worker {worker} {has}, here it is {__version__}; all must have the same")
    for worker, threads in client.nthreads().items():
        if threads > 1:
            raise RuntimeError(
                f"the worker {worker} has {threads} threads, but a trial needs a process of its own; start workers "
                "with --nthreads 1, as many as there are cores with --nworkers"
            )
    if len(numpys := {numpy for _, numpy in found.values()} | {versions()[1]}) > 1:
        folder.complaints.append(
            f"the workers have NumPy {', '.join(sorted(numpys))}: their numbers differ by rounding"
        )


def _results(client, address, send, todo):
    """Yield (job, (content, error)) of each Job as it is done, or (job, a sentence) where its workers died."""
    from distributed import KilledWorker, as_completed

    token = secrets.token_hex(4)
    jobs = {f"trial-{token}-{k:07}": job for k, job in enumerate(todo)}  # Dask does them in the order of the keys
    futures = send(list(jobs.values()), list(jobs), key=list(jobs))
    for future, outcome in as_completed(futures, loop=client.loop, with_results=True, raise_errors=False):
        if future.status not in ("finished", "error"):
            raise ConnectionError(f"the Dask scheduler at {address} is gone")
        job = jobs[future.key]
        if future.status == "error":
            error = outcome[1]
            if isinstance(error, OSError):  # no trial can be written any more
                raise error
            outcome = None, f"{job}: {type(error).__name__}: {error}"
            if isinstance(error, KilledWorker):
                outcome = f"{error.allowed_failures + 1} of its workers died, perhaps for want of memory"
        yield job, outcome
        future.release()


def _sum(path):
    """The SHA-256 of the study.json in a folder, or None."""
    try:
        return hashlib.sha256(Path(path, "study.json").read_bytes()).hexdigest()
    except OSError:
        return None


def _do(job: Any, key: str, data: Dataset, study: tuple[str, str | None], version: str) -> tuple:
    """A worker's part: (what the trial's file holds, None), or (None, a sentence)."""
    from .running import train

    if version != __version__:
        return None, f"{job}: its worker has minimix {__version__}, not {version}"
    keep_freed_memory()
    set_threads(1)
    folder, shared = Folder(study[0]), study[1] is not None and _sum(study[0]) == study[1]
    if shared and (content := folder.read(job.name)):
        return content, None
    path = folder.progress(job.name) if shared else Path(os.devnull)
    if shared:
        path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb", buffering=0) as file:
        content, error = train(job, data, _while_wanted(file.write, key))
    if shared and content:
        folder.write(job.name, job.identity, content["recorded"], content["run"])
    elif shared:
        path.unlink(missing_ok=True)
    return content, error


def _while_wanted(write, key):
    """write(line), which ends its trial where nobody waits for it any longer: Dask cannot end a thread."""
    from distributed import get_worker

    tasks = get_worker().state.tasks

    def write_if_wanted(line):
        task = tasks.get(key)
        if task is None or task.state == "cancelled":
            raise RuntimeError("nobody waits for this trial any longer")
        write(line)

    return write_if_wanted
