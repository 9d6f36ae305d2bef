"""Jobs in several processes, each with one BLAS thread: two small networks train faster side by side than in turn."""

import multiprocessing
import signal
import tempfile
from dataclasses import fields
from multiprocessing.connection import wait
from pathlib import Path

import numpy as np

from .allocator import keep_freed_memory
from .data import Dataset
from .threads import set_threads


def run(work, jobs, data, workers, on_report):
    """Call work(data, job, report) for every job, in `workers` processes; report(*news) calls on_report(*news) here.

    work is a function of a module; jobs, a sequence, and news are pickled on their way. The Dataset goes through a
    temporary folder, whose pages the workers share. An exception in a job is raised here; like Ctrl-C, it ends the
    others at once. Raises RuntimeError where a worker dies, OSError where the folder is too small.
    """
    context = multiprocessing.get_context("spawn")  # a fork would have BLAS's locks, but not its threads
    waiting, processes = iter(jobs), {}
    with tempfile.TemporaryDirectory(prefix="minimix-", ignore_cleanup_errors=True) as folder:
        _write(data, folder)
        try:
            for _ in range(min(workers, len(jobs))):
                here, there = context.Pipe()
                processes[here] = context.Process(target=_serve, args=(work, folder, there), daemon=True)
                processes[here].start()
                there.close()
            busy = set(processes)
            while busy:
                for pipe in wait(busy):
                    event, content = _received(pipe)
                    if event == "report":
                        on_report(*content)
                    elif event == "failed":
                        raise content
                    else:
                        pipe.send(job := next(waiting, None))
                        if job is None:
                            busy.remove(pipe)
        finally:
            for process in processes.values():
                process.terminate()
                process.join()


def _received(pipe):
    try:
        return pipe.recv()
    except (EOFError, ConnectionResetError):
        raise RuntimeError("a worker process died, perhaps for want of memory; try fewer workers") from None


def _serve(work, folder, pipe):
    """A worker's life: it asks for jobs until there is none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the workers too, but their parent ends them
    keep_freed_memory()
    set_threads(1)
    try:
        data = _read(folder)
        while True:
            pipe.send(("ready", None))
            if (job := pipe.recv()) is None:
                break
            work(data, job, lambda *news: pipe.send(("report", news)))
    except Exception as error:
        pipe.send(("failed", error))


def _write(data, folder):
    try:
        for field in fields(data):
            np.save(Path(folder, field.name), getattr(data, field.name))
    except OSError as error:
        sentence = f"the data set could not be copied to {folder} ({error}); with one worker it need not be"
        raise OSError(sentence) from error


def _read(folder):
    """The Dataset, its arrays mapped into memory rather than read."""
    arrays = {f.name: np.asarray(np.load(Path(folder, f"{f.name}.npy"), mmap_mode="r")) for f in fields(Dataset)}
    return Dataset(**arrays | {"name": str(arrays["name"]), "classes": tuple(arrays["classes"].tolist())})
