"""A real Dask scheduler and real workers on this machine, each a process of its own."""

import contextlib
import json
import os
import subprocess
import sys
import time

import distributed


@contextlib.contextmanager
def cluster(folder, workers=2, nthreads=1, path=None, **config):
    """(the address of a scheduler with workers, its process); their working directory is `folder`.

    path: what the workers import from, else from where the tests do. config: as DASK_…, with __ for a dot.
    """
    file, python = folder / "scheduler.json", [sys.executable, "-m"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "DASK_LOGGING__DISTRIBUTED": "critical"}
    environment |= {f"DASK_DISTRIBUTED__{key.upper()}": str(value) for key, value in config.items()}
    about = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    quiet = ["--no-dashboard", "--scheduler-file", str(file)]
    scheduler = [*python, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *quiet]
    worker = [
        *python,
        "distributed.cli.dask_worker",
        "--nworkers",
        str(workers),
        "--nthreads",
        str(nthreads),
        "--death-timeout",
        "30",
    ]
    worker += quiet
    started = [subprocess.Popen(scheduler, env=environment, **about)]
    try:
        if workers:
            started.append(
                subprocess.Popen(worker, env=environment | ({"PYTHONPATH": str(path)} if path else {}), **about)
            )
        while not file.exists() or not file.stat().st_size:
            assert started[0].poll() is None
            time.sleep(0.05)
        address = json.loads(file.read_text())["address"]
        with distributed.Client(address, set_as_default=False) as client:
            client.wait_for_workers(workers) if workers else None
        yield address, started[0]
    finally:
        for process in reversed(started):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
