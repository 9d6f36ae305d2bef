"""What a node's value or gradient is shown as: a number, a small array, a picture, or a norm and a histogram."""

import base64

import numpy as np

from ..backend import is_array, to_host
from ..tensor import value

MOST = 24  # numbers of an array that is shown whole
PICTURES = 6  # of a stack of images or kernels
BINS = 16


def bare(x):
    """The bare array of anything, where it is."""
    x = value(x)
    return x if is_array(x) else np.asarray(x)


def host(x):
    """The bare array of anything, on the host."""
    x = value(x)
    return np.asarray(to_host(x) if is_array(x) else x)


def shown(x):
    """{"kind": "number" | "array" | "picture" | "norm", …} of an array, as `Tape.data` describes; None of None."""
    if x is None:
        return None
    x = host(x)
    about = {"shape": list(x.shape), "dtype": str(x.dtype)}
    if not x.ndim:
        return {"kind": "number", "number": plain(x), **about}
    if x.ndim == 4 and min(x.shape[1:3]) > 1 and x.size:
        return {"kind": "picture", **about, **_summary(x), "pictures": _pictures(x)}
    if x.size <= MOST and x.ndim <= 2:
        return {"kind": "array", "numbers": [plain(row) for row in x], **about}
    summary = _summary(x) if x.size else {}
    return {"kind": "norm", **about, **summary, "histogram": _histogram(x) if x.dtype.kind == "f" else []}


def plain(x):
    """A number in 6 digits, an array as a list; inf and nan as text."""
    if np.ndim(x):
        return [plain(item) for item in x]
    x = x.item() if hasattr(x, "item") else x
    if isinstance(x, (bool, int)):
        return x
    return (int(x) if x.is_integer() and abs(x) < 1e6 else float(f"{x:.6g}")) if np.isfinite(x) else str(x)


def _summary(x):
    x = x.astype(np.float64)
    with np.errstate(all="ignore"):
        return {
            "norm": plain(np.linalg.norm(x.ravel())),
            "low": plain(x.min()),
            "high": plain(x.max()),
            "mean": plain(x.mean()),
        }


def _histogram(x):
    finite = x[np.isfinite(x)].astype(np.float64)
    return np.histogram(finite, BINS)[0].tolist() if finite.size else []


def _pictures(x):
    """The first images (n, height, width, channels) or kernels: of three channels in colour, else the first one grey.

    [{"height", "width", "channels": 1 | 3, "pixels": bytes in base64}]; black is the lowest of all, white the highest.
    """
    part = np.nan_to_num(x[:PICTURES].astype(np.float64), posinf=0, neginf=0)
    part = part if x.shape[3] == 3 else part[..., :1]
    low, high = part.min(), part.max()
    scaled = np.rint(255 * (part - low) / (high - low or 1)).astype(np.uint8)
    height, width, channels = part.shape[1:]
    made = (base64.b64encode(picture.tobytes()).decode() for picture in scaled)
    return [{"height": height, "width": width, "channels": channels, "pixels": pixels} for pixels in made]
