"""Jobs in several processes, each with one BLAS thread: two small networks train faster side by side than in turn."""

import contextlib
import multiprocessing
import pickle
import signal
import sys
import tempfile
from dataclasses import fields
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from pathlib import Path

import numpy as np

from .allocator import keep_freed_memory
from .data import Dataset
from .data.dataset import SPLIT
from .threads import set_threads

_UNSENT = (
    "workers: a network, loss or rule cannot be sent to another process ({}); define it at the top of a file, name it "
    "as file.py:name, or take one worker"
)
_STARTED_OVER = 77  # the exit code of a worker that would start workers of its own, as it imports the script again


def run(work, jobs, data, workers, on_report):
    """Call work(data, job, report) for every job, in `workers` processes; report(*news) calls on_report(*news) here.

    work, jobs, a sequence, and news are pickled on their way. The Dataset goes through a temporary folder, whose pages
    the workers share. An exception in a job is raised here; like Ctrl-C, it ends the others at once. Raises ValueError
    where work cannot be sent, RuntimeError where a worker dies, OSError where the folder is too small.
    """
    try:
        parcel = pickle.dumps(work)
    except Exception as error:
        raise ValueError(_UNSENT.format(error)) from error
    context = multiprocessing.get_context("spawn")  # a fork would have BLAS's locks, but not its threads
    waiting, processes = iter(jobs), {}
    with tempfile.TemporaryDirectory(prefix="minimix-", ignore_cleanup_errors=True) as folder:
        about = _write(data, folder)
        try:
            for _ in range(min(workers, len(jobs))):
                with _without_interruption():
                    here, process = _start(context, parcel, about, folder)
                    processes[here] = process
            busy = set(processes)
            while busy:
                for pipe in wait(busy):
                    event, content = _received(pipe, processes[pipe])
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


@contextlib.contextmanager
def _without_interruption():
    """Ctrl-C waits, and does not reach the processes that are started here: their parent ends them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # starting it would let signals through
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start(context, *arguments):
    """(our end of its pipe, the process) of a worker that has been started."""
    try:
        here, there = context.Pipe()
        with there:
            process = context.Process(target=_serve, args=(*arguments, there), daemon=True)
            process.start()
        return here, process
    except OSError as error:
        raise OSError(f"workers: a process could not be started ({error.strerror}); try fewer workers") from error
    except RuntimeError:
        if multiprocessing.current_process().name != "MainProcess":  # a worker, importing the script that started it
            sys.exit(_STARTED_OVER)
        raise


def _received(pipe, process):
    try:
        return pipe.recv()
    except (EOFError, ConnectionResetError):
        process.join()
        if process.exitcode == _STARTED_OVER:
            raise RuntimeError(
                "workers: each of them runs this script again, as far as it is not under "
                'if __name__ == "__main__": put there what starts them, or take one worker'
            ) from None
        raise RuntimeError("a worker process died, perhaps for want of memory; try fewer workers") from None


def _serve(parcel, about, folder, pipe):
    """A worker's life: it asks for jobs until there is none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # on Windows, Ctrl-C has come this far
    keep_freed_memory()
    set_threads(1)
    try:
        work, data = _unpacked(parcel), Dataset(**about, **_read(folder))
        while True:
            pipe.send(("ready", None))
            if (job := pipe.recv()) is None:
                break
            work(data, job, lambda *news: pipe.send(("report", news)))
    except Exception as error:
        with contextlib.suppress(OSError):  # where the parent is gone there is nobody to tell
            pipe.send(("failed", _portable(error)))


def _unpacked(parcel):
    try:
        return pickle.loads(parcel)
    except (AttributeError, ImportError) as error:  # what was defined in a notebook is not in this process
        raise ValueError(_UNSENT.format(error)) from error


def _portable(error):
    """The error, or where it would not survive the way, what it says."""
    try:
        return pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")


def _write(data, folder):
    """Save the arrays; returns the other fields."""
    about = {field.name: getattr(data, field.name) for field in fields(data)}
    try:
        for name in SPLIT:
            np.save(Path(folder, name), about.pop(name))
    except OSError as error:
        sentence = f"the data set could not be copied to {folder} ({error}); with one worker it need not be"
        raise OSError(sentence) from error
    return about


def _read(folder):
    """The arrays, mapped into memory rather than read."""
    return {name: np.asarray(np.load(Path(folder, f"{name}.npy"), mmap_mode="r")) for name in SPLIT}
