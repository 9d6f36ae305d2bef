"""node tests/pyodide.mjs tests/lessons_in_pyodide.py [NUMBER …]: what each lesson takes in Pyodide, cell after cell.

Seconds of the clock and of the processor, which is what counts on a busy machine. With a matplotlib that draws nothing
a picture costs nothing: real ones add 5 s at most. tests/site/measure.py does the same in browsers.
"""

import sys
import time

import js
import numpy as np

from minimix.course import copies, percent
from minimix.course.source import solved
from minimix.site.session import Session


def clocks():
    used = js.process.cpuUsage()
    return time.perf_counter(), (used.user + used.system) / 1e6


def lesson(number):
    session, spent = Session(), []
    cells = percent.cells(solved(copies.files()[number].read_text(encoding="utf-8")))
    for k, cell in enumerate((cell for cell in cells if cell["kind"] == "code"), 1):
        start = clocks()
        outputs = session.run(cell["source"], f"cell {k}")
        spent.append(np.subtract(clocks(), start))
        for output in outputs:
            if output["kind"] == "error" or output.get("state", "right") != "right":
                print(f"{number:02}, cell {k}:", output["text"])
    wall, own = np.sum(spent, axis=0)
    slowest = sorted(((own, k) for k, (_, own) in enumerate(spent, 1)), reverse=True)[:3]
    said = ", ".join(f"cell {k} {own:.1f} s" for own, k in slowest)
    print(f"{number:02}: {wall:5.1f} s, {own:5.1f} s of the processor: {said}", flush=True)


for number in map(int, sys.argv[1:] or copies.files()):
    lesson(number)
