"""How a training step grows with batch size, width, depth, kernel and channels, beside PyTorch's."""

from .steps import mlp
from .timing import compare


def _convolution(kernel=5, channels=32):
    size = 16 - kernel + 1
    return [
        ("conv", 3, channels, 1),
        ("conv", channels, channels, kernel),
        "flatten",
        ("dense", size**2 * channels, 10),
    ]


IMAGE, SMALL = (28, 28, 1), (16, 16, 3)
SWEEPS = {
    "batch size (MLP)": [(n, mlp(), IMAGE, n) for n in (1, 4, 16, 64, 256, 1024, 4096)],
    "width (MLP, batch 64)": [(w, mlp(w), IMAGE, 64) for w in (16, 64, 256, 1024, 2048)],
    "depth (width 128, batch 64)": [(d, mlp(128, d), IMAGE, 64) for d in (1, 2, 4, 8, 16)],
    "kernel (32 channels, batch 20)": [(k, _convolution(kernel=k), SMALL, 20) for k in (1, 2, 3, 4, 5, 6, 7)],
    "channels (5x5, batch 20)": [(c, _convolution(channels=c), SMALL, 20) for c in (1, 4, 16, 32, 64, 128)],
    "batch size (CNN)": [(n, _convolution(), SMALL, n) for n in (1, 4, 16, 64, 256)],
}


def measure_scaling(rounds, on_point=None):
    """[{"sweep", "value", "ms", "torch_ms", "ratio"}] over all sweeps, SGD; on_point(row) after each."""
    rows = []
    for sweep, points in SWEEPS.items():
        for value, layers, shape, n in points:
            row = compare(layers, shape, n, "sgd", rounds, 0.05, ["torch"])
            torch_ms = row["peers"]["torch"]["ms"] if row["peers"] else None
            ratio = row["ms"] / torch_ms if torch_ms else None
            rows.append({"sweep": sweep, "value": value, "ms": row["ms"], "torch_ms": torch_ms, "ratio": ratio})
            if on_point:
                on_point(rows[-1])
    return rows
