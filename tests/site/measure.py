"""How long lessons take in a browser, and what a site weighs: python -m tests.site.measure SITE

SITE is a folder of `minimix site build`. For each browser that is there it prints the seconds until the page is shown,
and until the first cell and the first picture have run, cold (Python is not loaded) and warm (it is); the memory of the
browser's processes; the seconds of a playground's answer to a drag, of 200 steps of two rules with the terms of one
step, and of all; and for every lesson, with its solutions, the seconds from the moment that Python is ready, and those
of the processor. `minimix step --live` answers the same drags first. The machine's load stands above: on a busy one all
but the processor's are longer. A site that was built with --pyodide RUNTIME loads Python from the folder, another one
from the CDN.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

from minimix.course import copies, percent
from minimix.course.source import solved
from minimix.stepping.server import serve
from tests.browser import Chromium, Firefox, Server

TOOLS = "document.querySelector('.tools button')"
SOLVE = """
  const sources = arguments[0];
  for (const [k, source] of Object.entries(sources)) {
    const field = document.querySelector(`#cell-${k} textarea`);
    field.value = source;
    field.dispatchEvent(new Event('input'));
  }"""
START = "const done = arguments[arguments.length - 1]; minimix.python.start().then(done, (e) => done(e.message))"
FAILED = """return [...document.querySelectorAll('.cell')].filter((cell) => /^(failed|not )/.test(
  cell.querySelector('.bar .said').textContent)).map((cell) => cell.id)"""

ANSWER = """
  const [requests, done] = arguments;
  const told = [];
  (async () => {
    for (const request of requests) {
      const start = performance.now();
      await minimix.python.call("minimix.stepping.live:answer", request);
      told.push((performance.now() - start) / 1000);
    }
    done(told);
  })();"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("site", type=Path, help="folder of a site")
    parser.add_argument("--rounds", type=int, default=3, help="times that each lesson runs; its median is told")
    parser.add_argument("--only", type=int, action="append", help="this lesson alone; may be given several times")
    given = parser.parse_args()
    sizes(given.site)
    served()
    numbers = given.only or [n for n, path in copies.files().items() if page(given.site, path).exists()]
    for kind in (Chromium, Firefox):
        if kind.missing():
            print(kind.missing())
            continue
        with kind() as browser, Server(given.site) as base:
            print(f"\n{kind.__name__}; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
            for name, where in {"file://": f"{given.site.resolve().as_uri()}/", "http://": base}.items():
                first(browser, name, where, numbers[0])
            answered(browser, base)
            for number in numbers:
                lesson(browser, base, number, given.rounds)


def page(site, path):
    return site / "lessons" / f"{path.stem}.html"


def sizes(site):
    """The site's files, with its runtime and without."""
    found = [(path.relative_to(site).parts[0] == "runtime", path.stat().st_size) for path in site.rglob("*.*")]
    for label, kept in {
        "runtime/": [x for own, x in found if own],
        "the rest": [x for own, x in found if not own],
    }.items():
        print(f"{label}: {len(kept)} files, {sum(kept) / 1e6:.1f} MB")


def drags(count, **more):
    """Requests of a start that is dragged, see `minimix.stepping.live`."""
    return [
        {"rules": ["adam:lr=0.05", "mas:lr=0.002"], "steps": 200, "start": [-1.2 + k / 100, 1.0], **more}
        for k in range(count)
    ]


def served():
    """Seconds that `minimix step --live` takes to answer."""

    def ask(request):
        start = time.monotonic()
        body = json.dumps(request).encode()
        urllib.request.urlopen(
            urllib.request.Request(f"{server.address}answer", body, {"X-Token": server.token})
        ).read()
        return time.monotonic() - start

    with serve({}) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        tell("step --live", [ask(x) for x in drags(15, at=100)], [ask(x) for x in drags(5)])
        server.shutdown()


def answered(browser, base):
    """The same in the browser, once Python is ready."""
    browser.open(f"{base}playground.html")
    assert browser.run_async(START) is None
    some, every = (browser.run_async(ANSWER, x) for x in (drags(15, at=100), drags(5)))
    tell("playground", some, every)
    browser.run("minimix.python.stop()")


def tell(name, some, every):
    some, every = (f"{statistics.median(x):.2f} s ({min(x):.2f}-{max(x):.2f})" for x in (some, every))
    print(f"{name}: an answer with the terms of one step {some}, of all steps {every}")


def first(browser, name, base, number):
    """Seconds to the first cell and the first picture."""
    browser.open(f"{base}lessons/{copies.files()[number].stem}.html")
    shown = browser.run("const [n] = performance.getEntriesByType('navigation'); return n.loadEventEnd / 1000")
    browser.run("localStorage.clear()")
    before = memory(browser)
    print(f"{name} shown after {shown:.2f} s", end="")
    cells = code(number)
    picture = next(k for k, source in cells.items() if "show(" in source)
    for how in ("cold", "warm"):
        cell = timed(browser, next(iter(cells)))
        drawn = timed(browser, picture)
        print(f"; {how}: first cell {cell:.1f} s, first picture {cell + drawn:.1f} s", end="")
    print(f"; memory {memory(browser):.0f} MB, {before:.0f} MB before Python")
    browser.run("minimix.python.stop()")


def timed(browser, cell):
    start = time.monotonic()
    browser.click(f"#cell-{cell} .run")
    browser.wait(f"{TOOLS}.textContent === 'Run all'", 600)
    return time.monotonic() - start


def processes(browser):
    """The folders in /proc of a browser's processes."""
    everyone = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    children: dict[int, list[int]] = {}
    for line in everyone.splitlines():
        pid, parent = map(int, line.split())
        children.setdefault(parent, []).append(pid)
    waiting = [browser.driver.pid]
    while waiting:
        waiting += children.get(pid := waiting.pop(), [])
        yield Path(f"/proc/{pid}")


def memory(browser):
    """Megabytes of a browser's processes; what they share is counted once (PSS)."""
    total = 0
    for process in processes(browser):
        with contextlib.suppress(OSError):  # it has ended
            lines = (process / "smaps_rollup").read_text(encoding="utf-8").splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def processor(browser):
    """Seconds of the processor that a browser has used."""
    total = 0
    for process in processes(browser):
        with contextlib.suppress(OSError):
            fields = (process / "stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def lesson(browser, base, number, rounds):
    """The median of the seconds that a lesson takes, once Python is ready."""
    name, taken, used = copies.files()[number].stem, [], []
    for _ in range(rounds):
        browser.open(f"{base}lessons/{name}.html")
        browser.run(SOLVE, code(number))
        assert browser.run_async(START) is None
        start, before = time.monotonic(), processor(browser)
        browser.run(f"{TOOLS}.click()")
        browser.wait(f"{TOOLS}.textContent === 'Run all'", 900)
        taken.append(time.monotonic() - start)
        used.append(processor(browser) - before)
        failed = browser.run(FAILED)
        browser.run("minimix.python.stop(); localStorage.clear()")
    told = f"; not right: {', '.join(failed)}" if failed else ""
    each = ", ".join(f"{x:.1f}" for x in taken)
    median = statistics.median
    print(f"{name}: {median(taken):.1f} s ({each}), of the processor {median(used):.1f} s{told}", flush=True)


def code(number):
    """{number: source} of a lesson's cells of code, with its solutions."""
    found = percent.cells(solved(copies.files()[number].read_text(encoding="utf-8")))
    return {str(k): cell["source"].rstrip("\n") for k, cell in enumerate(found) if cell["kind"] == "code"}


if __name__ == "__main__":
    main()
