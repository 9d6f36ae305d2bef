"""A function's Jacobians by the engine and by central differences, and a picture of where they part."""

import numpy as np

from ..kinks import STEP, Differences
from ..tensor import Tensor, no_grad


def by_engine(f, inputs, i):
    """The Jacobian of f in input i, (outputs, inputs), a sweep for each output."""
    tensors = [Tensor(x.copy(), requires_grad=True) for x in inputs]
    y = f(*tensors)
    rows = np.zeros((y.size, inputs[i].size))
    for row, one in zip(rows, np.eye(y.size).reshape(y.size, *y.shape), strict=True):
        tensors[i].grad = None
        if y.requires_grad:
            y.backward(one.astype(y.dtype), retain_graph=True)
        if tensors[i].grad is not None:
            row[:] = tensors[i].grad.ravel()
    return rows


def by_differences(f, inputs, i):
    """The Jacobian of f in input i, (outputs, inputs), two calls for each input."""
    x, differences = inputs[i], Differences(lambda moved: f(*map(Tensor, moved)).numpy(), inputs, i, 1.0, None)
    with no_grad():
        columns = [differences.central(k, STEP * max(1, abs(x[k]))).ravel() for k in np.ndindex(x.shape)]
    return np.stack(columns, axis=1)


def draw(f, inputs, name):
    """A Figure: a row for each input, with both Jacobians and their difference."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 0.8 + 2.9 * len(inputs)), layout="constrained")
    rows = figure.subplots(len(inputs), 3, squeeze=False)
    for i, (x, axes) in enumerate(zip(inputs, rows, strict=True)):
        expected, got = by_differences(f, inputs, i), by_engine(f, inputs, i)
        largest = np.nanmax(np.abs([expected, got]), initial=1e-300)
        error = np.nan_to_num(np.abs(got - expected), nan=np.inf)
        rounding = 1e-6 * max(largest, 1)
        _matrix(figure, axes[0], expected, largest, "central differences")
        _matrix(figure, axes[1], got, largest, "the engine")
        _matrix(figure, axes[2], got - expected, max(rounding, error.max(initial=0)), "engine less differences")
        if error.max(initial=0) > rounding:
            row, column = np.unravel_index(error.argmax(), error.shape)
            axes[2].plot(column, row, "o", markersize=8, color="white", markeredgecolor="black")
        axes[0].set_ylabel("element of the output")
        for panel in axes:
            panel.set_xlabel(f"element of input {i}, shape {x.shape}")
    figure.suptitle(f"{name}: its Jacobian{'s' * (len(inputs) > 1)}")
    return figure


def _matrix(figure, axes, matrix, largest, title):
    image = axes.imshow(matrix, cmap="RdBu", vmin=-largest, vmax=largest, aspect="auto", interpolation="nearest")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set_title(title, fontsize=10)
    figure.colorbar(image, ax=axes)
