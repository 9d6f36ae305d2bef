"""What tests/test_in_browser.py compares: numbers of minimix's engine, the same here and in Pyodide.

`python tests/in_pyodide.py FILE` writes them to FILE.npz, and so does, there, `node tests/pyodide.mjs` with the same.
"""

import sys

import numpy as np

import minimix as mm
from minimix.course import check
from tests import drawing

drawing.install()
from tests.ops.cases import ADJOINTS, CASES, results  # noqa: E402

EXAMPLES = 3


def operators():
    """{"operator, example, dtype, k": the k-th of its inputs, its output and its gradients} for the table of cases."""
    found = {}
    for name, cases in drawing.examples(CASES | ADJOINTS, EXAMPLES).items():
        for example, case in enumerate(cases):
            inputs = [x for x in case.inputs if x is not None]
            for dtype in ("float64", "float32"):
                for k, x in enumerate([*inputs, *results(case, dtype)]):
                    found[f"{name}, {example}, {dtype}, {k}"] = x
    return found


def training():
    """{what: array}: labels, batches, weights and images of a seed, and the MLP's losses over a few steps of Adam."""
    found = {}
    for name in ("glyphs", "shapes"):
        data = getattr(mm.data, name)(200, 100, seed=3)
        found |= {f"{name}: images": data.x_test, f"{name}: labels": data.y_train}
    digits = mm.data.glyphs(200, 100)
    for name in ("mlp", "cnn"):
        parameters = getattr(mm.models, name)(seed=5).parameters()
        found[f"{name}: weights"] = np.concatenate([p.data.ravel() for p in parameters])
    model = mm.models.mlp(seed=1)
    optimizer, losses = mm.optim.Optimizer(model, mm.optim.Adam()), []
    batches = mm.data.Batches(digits.x_train, digits.y_train, 20, 7)
    for images, labels in batches:
        optimizer.zero_grad()
        loss = mm.cross_entropy(model(mm.Tensor(images)), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    order = np.concatenate([labels for _, labels in batches])
    return found | {"mlp: losses": np.array(losses), "batches: labels": order}


def checks():
    """{"checks": what check says of one wrong answer and one right one}."""

    def central_difference(f, x, h):
        return (f(x + h) - f(x)) / h

    wrong = check(central_difference)

    def central_difference(f, x, h):
        return (f(x + h) - f(x - h)) / (2 * h)

    return {"checks": np.array([wrong.state, str(wrong.hint), check(central_difference).state])}


if __name__ == "__main__":
    np.savez(sys.argv[1], **operators(), **training(), **checks())
