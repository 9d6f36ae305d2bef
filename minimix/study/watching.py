"""What running trials record, told as it comes: one thread reads it from their files, whoever writes them."""

import json
import math
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

INTERVAL = 0.3  # seconds


class Watch:
    """Calls on_record(job, recording) for every recording of the jobs, in the order of each trial's epochs.

    recording: (epoch, train_loss, val_loss, val_accuracy). Within a `with` block a thread does so while trials run;
    `finish` tells what is left when one is done. A trial that is tried again is not told twice. Both hold `lock`. An
    error that on_record raises in the thread is raised by the next `finish`.
    """

    def __init__(self, folder: Any, jobs: Iterable[Any], on_record: Callable | None):
        self.lock = threading.Lock()
        self._folder, self._jobs, self._on_record = folder, {job.name: job for job in jobs}, on_record
        self._before = touched(folder)
        self._told: dict[str, float] = {}  # epochs
        self._read: dict[str, int] = {}  # bytes
        self._over, self._error = threading.Event(), None
        self._thread = threading.Thread(target=self._poll, daemon=True) if on_record else None

    def __enter__(self):
        if self._thread:
            self._thread.start()
        return self

    def __exit__(self, *exception):
        self._over.set()
        if self._thread:
            self._thread.join()

    def finish(self, job: Any, recorded: dict | None) -> None:
        """Tell what of a finished trial was not told yet; None where it failed."""
        with self.lock:
            if self._error:
                raise self._error
            self._jobs.pop(job.name, None)
            if recorded:
                columns = (recorded[key] for key in ("epoch", "train_loss", "val_loss", "val_accuracy"))
                self._tell(job, zip(*columns, strict=True))

    def _poll(self):
        while not self._over.wait(INTERVAL):
            try:
                with self.lock:
                    for name, when in touched(self._folder).items():
                        if (job := self._jobs.get(name)) and when != self._before.get(name):
                            self._tell(job, self._news(name))
            except Exception as error:
                self._error = error
                return

    def _news(self, name):
        """What a trial has recorded since; from its beginning where it has begun again."""
        try:
            with open(self._folder.progress(name), "rb") as file:
                start = self._read.get(name, 0)
                if os.fstat(file.fileno()).st_size < start:
                    start = 0
                file.seek(start)
                lines = file.read().splitlines(keepends=True)
        except FileNotFoundError:  # it has just been finished
            return
        for line in lines:
            if line.endswith(b"\n"):
                start += len(line)
                try:
                    yield json.loads(line)
                except ValueError:  # it has begun again, and this is the middle of a line
                    continue
        self._read[name] = start

    def _tell(self, job, recordings):
        for recording in recordings:
            if self._on_record and recording[0] > self._told.get(job.name, -math.inf):
                self._told[job.name] = recording[0]
                self._on_record(job, tuple(recording))


def touched(folder: Any) -> dict[str, int]:
    """{trial: when it last recorded, in nanoseconds} of the trials that have begun and are not done."""
    found = {}
    try:
        with os.scandir(folder.progress("x").parent) as entries:
            for entry in entries:
                try:
                    found[entry.name.removesuffix(".jsonl")] = entry.stat().st_mtime_ns
                except FileNotFoundError:  # it has just been finished
                    continue
    except FileNotFoundError:  # no trial has begun yet
        pass
    return found
