"""Work in several processes, by joblib: each has one BLAS thread, since small networks train faster side by side."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterable
from typing import Any

from .allocator import keep_freed_memory
from .hint import shown
from .threads import one_thread


class Died(RuntimeError):
    """A process ended in the middle of a task."""


UNSENT = "a network, loss or rule cannot be sent to another process ({}); name it as file.py:name, or take n_jobs=1"


def count(n_jobs: int, tasks: int) -> int:
    """How many of so many tasks are done at a time: n_jobs as joblib counts, -1 for one on each core."""
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, int) or n_jobs == 0:
        raise ValueError(f"n_jobs must be a whole number from 1, or -1 for one on each core, not {shown(n_jobs)}")
    if n_jobs == 1:
        return 1
    import joblib

    return max(min(joblib.effective_n_jobs(n_jobs), tasks), 1)


def each(work: Callable, tasks: Iterable[tuple], n_jobs: int) -> Generator[Any, None, None]:
    """Yield work(*task) for every task, as it is done: here, in turn, where n_jobs is 1, else in so many processes.

    work and tasks are sent by cloudpickle, arrays as maps of memory. An exception in a task is raised here; like
    Ctrl-C, and like the end of the generator, it ends the others at once. Raises ValueError where something cannot be
    sent, Died where a process ends in the middle.
    """
    if n_jobs == 1:
        for task in tasks:
            with one_thread():
                done = work(*task)
            yield done
        return
    import joblib
    from joblib.externals.loky import get_reusable_executor
    from joblib.externals.loky.process_executor import BrokenProcessPool, TerminatedWorkerError

    call, parent = joblib.delayed(_call), os.getpid()
    outcomes: Any = (_ for _ in ())
    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        parallel = joblib.Parallel(
            n_jobs=n_jobs, return_as="generator_unordered", batch_size=1, pre_dispatch="n_jobs", max_nbytes=10_000
        )
        try:
            with _without_interruption():
                outcomes = parallel(call(parent, work, task) for task in tasks)
            for outcome, error in outcomes:
                if error:
                    raise error
                yield outcome
        except TerminatedWorkerError as error:
            raise Died(str(error)) from error
        except (pickle.PicklingError, BrokenProcessPool) as error:  # on its way, or where it comes from is not there
            why = str(error.__cause__ or error).strip('"\n ').splitlines()[-1]
            raise ValueError(UNSENT.format(why)) from error
        finally:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what is cancelled, on purpose
                outcomes.close()
            get_reusable_executor(reuse=True).shutdown(kill_workers=True)


@contextlib.contextmanager
def _without_interruption():
    """Ctrl-C waits, and does not reach the processes that are started here: their parent ends them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    from multiprocessing import resource_tracker

    from joblib.externals.loky.backend import resource_tracker as lokys

    for tracker in (resource_tracker, lokys):
        tracker.ensure_running()  # starting it would let signals through
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _call(parent, work, task):
    """(what the task gives, None) or (None, the exception that it raised)."""
    _be_a_worker(parent)
    try:
        with one_thread():
            return work(*task), None
    except Exception as error:
        return None, _portable(error)


def _portable(error):
    """The error, or where it would not survive the way, what it says."""
    try:
        return pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")


def _be_a_worker(parent):
    """Once a process: it keeps memory for its next task, and ends when its parent has been killed."""
    if not any(thread.name == "minimix" for thread in threading.enumerate()):
        keep_freed_memory()
        threading.Thread(target=_end_with, args=[parent], name="minimix", daemon=True).start()


def _end_with(parent):
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
