"""Every rule's step in two checkouts, in alternating processes: python tests/speed_of_rules.py BEFORE [AFTER].

Each process times blocks of steps with one BLAS thread: a whole training step of the MLP (batch 256 and batch 1) and
the update alone. Printed for each rule: the median ratio after/before with its 95 % interval (bootstrap of the pairs of
processes), and the update's share of the step.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
SPECS = (
    "sgd:lr=1e-3", "sgd:lr=1e-3,momentum=0.9", "sgd:lr=1e-3,momentum=0.9,nesterov=true,weight_decay=1e-4", "adam",
    "adam:decoupled=true,weight_decay=0.01", "adam:amsgrad=true", "mas", "mas:combine=correction",
    "mas:combine=normalized", "mas:combine=vector", "mas:combine=polynomial", "mas:combine=sum", "split", "swats",
    "frank-wolfe",
)  # fmt: skip
WORKER = """
import json, sys, time
import numpy as np
from minimix import Tensor, cross_entropy, data, models, optim, set_threads
from minimix.allocator import keep_freed_memory
from minimix.spec import parse
keep_freed_memory(); set_threads(1)
digits, found = data.glyphs(train=512, test=1), {}
for spec in json.loads(sys.argv[1]):
    for batch in (256, 1):
        x, y = digits.x_train[:batch], digits.y_train[:batch]
        model = models.mlp(0)
        optimizer = optim.Optimizer(model, parse(spec))
        def step():
            optimizer.zero_grad()
            cross_entropy(model(Tensor(x)), y).backward()
            optimizer.step()
        for name, work in (("step", step), ("update", optimizer.step)):
            for _ in range(10):
                work()
            blocks = []
            count = 10 if batch > 1 or name == "update" else 30
            for _ in range(7):
                clock = time.perf_counter()
                for _ in range(count):
                    work()
                blocks.append((time.perf_counter() - clock) / count)
            found[f"{spec} {batch} {name}"] = float(np.median(blocks))
print(json.dumps(found))
"""


def measure(checkout):
    environment = os.environ | {"PYTHONPATH": str(checkout), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", WORKER, json.dumps(SPECS)]
    return json.loads(subprocess.run(command, env=environment, cwd="/", check=True, capture_output=True).stdout)


def interval(ratios, rng):
    draws = np.median(rng.choice(ratios, (4000, len(ratios))), axis=1)
    return np.median(ratios), *np.quantile(draws, (0.025, 0.975))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path, nargs="?", default=ROOT)
    parser.add_argument("--rounds", type=int, default=12)
    options = parser.parse_args()
    pairs = []
    for k in range(options.rounds):
        order = (options.before, options.after) if k % 2 else (options.after, options.before)
        times = {checkout: measure(checkout) for checkout in order}
        pairs.append((times[options.before], times[options.after]))
        print(f"round {k + 1} of {options.rounds}", file=sys.stderr)
    rng = np.random.default_rng(0)
    print(f"{'rule':66} {'batch 256':>22} {'batch 1':>22} {'update alone':>22} {'share':>6}")
    for spec in SPECS:
        cells = []
        for case in ("256 step", "1 step", "256 update"):
            ratios = np.array([after[f"{spec} {case}"] / before[f"{spec} {case}"] for before, after in pairs])
            cells.append("{:.3f} [{:.3f}, {:.3f}]".format(*interval(ratios, rng)))
        share = np.median([after[f"{spec} 256 update"] / after[f"{spec} 256 step"] for _, after in pairs])
        print(f"{spec:66} {cells[0]:>22} {cells[1]:>22} {cells[2]:>22} {share:6.0%}")


if __name__ == "__main__":
    main()
