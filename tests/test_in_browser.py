"""minimix in a browser: the engine in Pyodide, under node, and what does without the packages that a browser lacks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from minimix.course import copies

HERE = Path(__file__).parent
LACKING = ("pooch", "threadpoolctl", "scipy", "joblib", "jinja2", "dask", "distributed", "markdown_it")
REFUSE = f"""
import sys

class Refusing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {LACKING}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Refusing())
"""


def run(command, **environment):
    done = subprocess.run(command, env=os.environ | environment, cwd=HERE.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """(what in_pyodide finds in this Python, what in Pyodide), two dicts of arrays."""
    if not (node := shutil.which("node")):
        pytest.skip("Pyodide runs under node, which is not installed")
    if "MINIMIX_PYODIDE" not in os.environ:
        pytest.skip("no runtime of Pyodide: MINIMIX_PYODIDE names a folder with pyodide.mjs and the wheels")
    folder, program = tmp_path_factory.mktemp("pyodide"), "tests/in_pyodide.py"
    run([sys.executable, program, folder / "here"], PYTHONPATH=str(HERE.parent))
    run([node, "tests/pyodide.mjs", program, "/out/there"], MINIMIX_OUT=str(folder))
    with np.load(folder / "here.npz") as here, np.load(folder / "there.npz") as there:
        assert here.keys() == there.keys()
        return dict(here), dict(there)


def test_operators_give_the_same_values_and_gradients_in_pyodide(found):
    here, there = found
    compared = [name for name in here if ", float" in name]
    assert len(compared) > 1000
    for name in compared:
        tolerance = 1e-12 if ", float64" in name else 1e-6
        scale = np.abs(here[name]).max(initial=0, where=np.isfinite(here[name]))
        np.testing.assert_allclose(there[name], here[name], tolerance, tolerance * scale, err_msg=name)
        assert there[name].dtype == here[name].dtype or there[name].dtype == np.int32


def test_a_seed_means_the_same_labels_batches_and_weights_in_pyodide_and_images_but_for_rounding(found):
    for name, x in found[0].items():
        y = found[1][name]
        if name.endswith(("labels", "weights")):
            assert (y.dtype, y.shape, y.tobytes()) == (x.dtype, x.shape, x.tobytes()), name
        if name.endswith(("images", "losses")):  # each machine rounds sines and sums in its own way
            np.testing.assert_allclose(y, x, 1e-5, 1e-5, err_msg=name)


def test_check_says_the_same_in_pyodide(found):
    here, there = (of["checks"].tolist() for of in found)
    assert there == here and (here[0], here[2]) == ("wrong", "right")


def test_what_a_browser_needs_is_there_without_the_packages_that_it_lacks():
    program = f"""{REFUSE}
import matplotlib.pyplot
import minimix as mx
from minimix import course, data, explain, stepping
from minimix.course import classroom, grading
from minimix.site import session
from minimix.stepping import stepper
from tests import in_pyodide

mx.set_threads(1)
in_pyodide.operators(), in_pyodide.training(), in_pyodide.checks()
digits = data.glyphs(100, 100)
mx.compare("mlp", "glyphs", ["adam", "mas"], 2, epochs=1, train_size=100, test_size=100, batch_size=50)
stepper("adam", on="valley", steps=3)._repr_html_()
mx.tape(mx.Tensor([1.0, 2.0], requires_grad=True).sum())._repr_html_()
assert not {set({LACKING})} & {{name.partition(".")[0] for name in sys.modules}}
"""
    run([sys.executable, "-c", program], MPLBACKEND="agg")


@pytest.mark.slow
@pytest.mark.parametrize("path", copies.files().values(), ids=lambda path: path.stem)
def test_every_lesson_runs_without_them(path):
    program = f"{REFUSE}\nimport runpy\nrunpy.run_path({str(path)!r}, run_name='__main__')"
    settings = {"MPLBACKEND": "agg", "MINIMIX_PICTURES": "", "MINIMIX_IN_BROWSER": "1", "OPENBLAS_NUM_THREADS": "1"}
    run([sys.executable, "-c", program], PYTHONPATH=str(HERE.parent), **settings)
