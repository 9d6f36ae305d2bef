"""The peak memory of a training run, each framework in a process of its own."""

import contextlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

STEPS = 200


def peak(framework, model, steps=STEPS):
    """{"import", "peak"}: MiB of the process before and at the most during `steps` steps of the model with SGD."""
    if not importlib.util.find_spec("resource"):
        raise RuntimeError("memory: this system's Python lacks the module resource, which tells the peak of a process")
    command = [sys.executable, "-m", __name__, framework, model, str(steps)]
    return json.loads(subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout)


def measure_memory(models=("mlp", "cnn")):
    """[{"model", "framework", "import", "peak"}] for us and, where it is installed, PyTorch."""
    frameworks = ["minimix"] + (["torch"] if importlib.util.find_spec("torch") else [])
    return [{"model": m, "framework": f, **peak(f, m)} for m in models for f in frameworks]


def _resident():
    """MiB of this process at the most: Linux's VmHWM, since ru_maxrss there begins with the parent's."""
    with contextlib.suppress(OSError, IndexError):
        return int(Path("/proc/self/status").read_text("utf-8").partition("VmHWM:")[2].split()[0]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1 << 20)


def _main(framework, model, steps):
    from .steps import NETWORKS, minimix_step, torch_step

    if framework == "torch":
        import torch  # noqa: F401
    before = _resident()
    layers, shape = NETWORKS[model]
    step = (torch_step if framework == "torch" else minimix_step)(layers, shape, 256 if model == "mlp" else 20, "sgd")
    for _ in range(int(steps)):
        step()
    print(json.dumps({"import": before, "peak": _resident()}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
