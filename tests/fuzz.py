"""Every reader of bytes or text from outside, on damaged input: it must raise nothing but its documented errors.

    python tests/fuzz.py                                       a million inputs, shared by the readers
    python tests/fuzz.py --inputs 10000 --reader npz           of one reader
    python tests/fuzz.py --inputs 2000 --reader commands       real commands on damaged folders, in this process
    python tests/fuzz.py --reader npz --seed 0 --at 1234       one input again, with its traceback

Every second input is a valid one that was mutated and then made to look right again, with its sums, sizes and brackets
repaired; the others are mutated and left so, or have nothing valid in them. Each is drawn by a generator of its own,
seeded by (seed, reader, number). A reader may raise ValueError or OSError, with a message, and nothing else; memory is
limited to what there is at the start and 512 MiB more, so that a reader that believes a header's size fails (4 GiB for
the commands, which may be told to load a whole data set).

Branch coverage of the readers, where coverage.py is installed:

    coverage run --branch --source minimix tests/fuzz.py --inputs 50000
    coverage report --include "*/data/*,*/validation.py,*/study/f*.py,*/config.py,*/spec.py,*/course/*"
"""

import argparse
import contextlib
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.readers import READERS

ERRORS = (ValueError, OSError)
TOKENS = [
    *b'0 -1 1e999 NaN null true [] {} "3" \xff \xed\xa0\x80 \xc2\xb2 \x7f\xff\xff\xff \x80\0\0\0'.split(),
    *(b"9" * 320, b"(" * 3000, b"[" * 3000, b"\0" * 9, b"\r", b" "),
]


def mutated(content, rng):
    """The bytes with one to four edits: bits flipped, stretches cut, doubled, moved or replaced, odd tokens put in."""
    content = bytearray(content)
    for _ in range(min(rng.geometric(0.6), 4)):
        at, length, kind = int(rng.integers(len(content) + 1)), int(2 ** rng.uniform(0, 8)), rng.integers(8)
        if kind <= 1 and at < len(content):
            content[at] ^= 1 << rng.integers(8)
        elif kind == 2:
            del content[at : at + length]
        elif kind == 3:
            content[at:at] = content[at : at + length]
        elif kind == 4:
            content[at : at + length] = rng.bytes(length)
        elif kind == 5:
            other = int(rng.integers(len(content) + 1))
            content[at : at + length] = content[other : other + length]
        else:
            token = TOKENS[rng.integers(len(TOKENS))]
            content[at : at + (len(token) if kind == 6 else 0)] = token
    return bytes(content[: 1 << 20])


def drawn(reader, rng, number):
    """An input: mutated and repaired, mutated, or made of nothing valid."""
    sample = reader.samples[rng.integers(len(reader.samples))]
    if number % 2 == 0:
        return reader.repaired(mutated, sample, rng)
    whole = reader.packed(sample)
    if number % 8 == 1:
        return rng.bytes(int(rng.integers(300)))
    return mutated(whole, rng) if number % 8 != 3 else whole[: rng.integers(len(whole) + 1)]


def outcome(reader, content):
    """Whether the input was read; raises AssertionError for an error that is not documented."""
    try:
        reader.read(content)
    except ERRORS as error:
        if not str(error).strip():
            raise AssertionError(f"{type(error).__name__} without a message") from error
        return False
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise AssertionError(f"{type(error).__name__}: {str(error)[:200]}") from error
    return True


def fuzz(name, inputs, seed=0, start=0):
    """(inputs read, refused, {number: what went wrong}, processor seconds of the slowest) of one reader."""
    reader, index = READERS[name], list(READERS).index(name)
    read, wrong, slowest = 0, {}, 0.0
    with _empty_folder() as folder, reader.ready(folder):
        for number in range(start, start + inputs):
            content = drawn(reader, np.random.default_rng([seed, index, number]), number)
            clock = time.process_time()
            try:
                read += outcome(reader, content)
            except AssertionError as error:
                wrong[number] = error
            slowest = max(slowest, time.process_time() - clock)
    return read, inputs - read - len(wrong), wrong, slowest


@contextlib.contextmanager
def _empty_folder():
    """A folder to be in, in memory where the system has such."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        os.chdir(folder)
        try:
            yield folder
        finally:
            os.chdir(before)


def limit_memory(more):
    """No more address space than now and `more` MiB, where the system can limit it."""
    try:
        import resource

        now = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0]) * resource.getpagesize()
    except (ImportError, OSError):
        return print("memory is not limited on this system")
    resource.setrlimit(resource.RLIMIT_AS, (now + (more << 20), resource.getrlimit(resource.RLIMIT_AS)[1]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--reader", action="append", choices=READERS, help="all but the commands without it")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--at", type=int, help="do this input alone, and show its traceback")
    options = parser.parse_args()
    names = options.reader or [name for name in READERS if READERS[name].share]
    shares = sum(READERS[name].share or 1 for name in names)
    failures = total = 0
    print(f"{'reader':<10}{'inputs':>9}{'read':>9}{'refused':>9}{'wrong':>7}{'seconds':>9}{'slowest':>9}")
    for name in names:
        inputs = 1 if options.at is not None else int(np.ceil(options.inputs * (READERS[name].share or 1) / shares))
        fuzz(name, 5)  # what is imported when it is first used
        limit_memory(READERS[name].memory)
        clock = time.process_time()
        read, refused, wrong, slowest = fuzz(name, inputs, options.seed, options.at or 0)
        seconds = time.process_time() - clock
        print(f"{name:<10}{inputs:>9}{read:>9}{refused:>9}{len(wrong):>7}{seconds:>9.1f}{slowest:>8.3f}s", flush=True)
        for number, error in list(wrong.items())[:5]:
            print(f"  --at {number}: {error}")
        if options.at is not None and wrong:
            traceback.print_exception(wrong[options.at])
        failures, total = failures + len(wrong), total + inputs
    print(f"{total} inputs, {failures} undocumented errors")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
