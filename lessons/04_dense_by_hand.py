# %% [markdown]
# # 4. Dense by hand
#
# **Question.** A Dense layer maps 100 numbers to 10, y = x·Wᵀ + b. A batch has 32 examples, so that y and its
# gradient g have shape (32, 10). What shapes have the gradients of W, of b and of x, and which of the three are
# sums over the batch?
#
# **Predict.** Write down three shapes, and a cross beside those that are sums over the 32 examples.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minimix as mx
from minimix.backend import to_host
from minimix.course import check, show
from minimix.plots import COLOURS

# %% [markdown]
# As in minimix, W has shape (out, in) and x has a row for each example.
#
# **Exercise 1.** The forward function.


# %%
def dense_forward(x, w, b):
    """y of shape (n, out), for x (n, in), w (out, in) and b (out,)."""
    # <solution>
    return x @ w.T + b
    # </solution>


check(dense_forward)

# %% [markdown]
# **Exercise 2.** Its three gradients. One element: y₍ₙₒ₎ = Σᵢ x₍ₙᵢ₎ w₍ₒᵢ₎ + b₍ₒ₎. So w₍ₒᵢ₎ moves y₍ₙₒ₎ by x₍ₙᵢ₎, in
# *every* example n; add over n what it does. Then write the sums as matrix products. If in doubt, let the shapes
# lead you: only one product fits.


# %%
def dense_backward(g, x, w):
    """The gradients by x (n, in), by w (out, in) and by b (out,), where g (n, out) is the gradient by y."""
    # <solution>
    return g @ w, g.T @ x, g.sum(axis=0)
    # </solution>


check(dense_backward)

# %% [markdown]
# **Exercise 3.** The loss: the mean over the batch of the cross-entropy −log p₍label₎, with p = softmax(z). Its
# gradient by z is remarkably simple: p, less 1 at the label, all divided by n. Subtract the row's maximum before
# you exponentiate, or large z overflow.


# %%
def cross_entropy_gradient(z, labels):
    """The gradient of the mean cross-entropy by z (n, classes), for integer labels (n,)."""
    # <solution>
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1
    return p / len(labels)
    # </solution>


check(cross_entropy_gradient)

# %% [markdown]
# ## A network without an engine
# Three spiral arms, 100 points each; Dense(2→32), tanh, Dense(32→3). Your functions are all that there is: no
# engine, no optimizer.

# %%
rng = np.random.default_rng(0)
radius = np.tile(np.linspace(0.1, 1, 100), 3)
labels = np.repeat([0, 1, 2], 100)
angle = 4.5 * radius + labels * 2 * np.pi / 3 + 0.12 * rng.standard_normal(300)
points = 2 * radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def start():
    rng = np.random.default_rng(1)
    w1, w2 = rng.uniform(-1, 1, (32, 2)) / np.sqrt(2), rng.uniform(-1, 1, (3, 32)) / np.sqrt(32)
    return [w1, np.zeros(32), w2, np.zeros(3)]


def forward(x, w1, b1, w2, b2):
    hidden = np.tanh(dense_forward(x, w1, b1))
    return hidden, dense_forward(hidden, w2, b2)


def gradients(x, labels, w1, b1, w2, b2):
    """By the four parameters; backwards through the layers, each with its own VJP."""
    hidden, z = forward(x, w1, b1, w2, b2)
    g = cross_entropy_gradient(z, labels)
    g, gw2, gb2 = dense_backward(g, hidden, w2)
    g = g * (1 - hidden**2)
    _, gw1, gb1 = dense_backward(g, x, w1)
    return [gw1, gb1, gw2, gb2]


# %%
if check(dense_forward) and check(dense_backward) and check(cross_entropy_gradient):
    # The same with the engine: every gradient has to agree.
    tensors = [mx.Tensor(p, requires_grad=True) for p in start()]
    w1, b1, w2, b2 = tensors
    mx.cross_entropy(mx.tanh(points @ w1.T + b1) @ w2.T + b2, labels).backward()
    by_hand = gradients(points, labels, *start())
    largest = max(abs(to_host(t.grad) - g).max() for t, g in zip(tensors, by_hand, strict=True))
    print(f"largest difference from the engine: {largest:.1e}")

    parameters, wrong = start(), []
    for _ in range(800):
        steps = gradients(points, labels, *parameters)
        parameters = [p - 0.5 * g for p, g in zip(parameters, steps, strict=True)]
        wrong.append((forward(points, *parameters)[1].argmax(axis=1) != labels).mean())

    grid = np.linspace(-2.3, 2.3, 161)
    field = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    regions = forward(field, *parameters)[1].argmax(axis=1).reshape(161, 161)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 4.2), layout="constrained")
    left.contourf(grid, grid, regions, levels=[-0.5, 0.5, 1.5, 2.5], colors=COLOURS[:3], alpha=0.25)
    for k, marker in enumerate("os^"):
        left.plot(*points[labels == k].T, marker, color=COLOURS[k], markersize=4, label=f"class {k}")
    left.set(title="what the network says, and the points", aspect="equal")
    right.plot(np.multiply(wrong, 100), color=COLOURS[0])
    right.set(xlabel="steps of w ← w − 0.5·g", ylabel="points on the wrong side (%)", ylim=(0, None))
    right.grid(color="0.9")
    show("04_spirals")
    print(f"wrong at the end: {wrong[-1]:.1%}")

# %% [markdown]
# The engine's own four operations, for the layer of the question: `mx.tape` tells what each gradient is a product
# of, with the shapes, and where the batch is summed.

# %%
dense = mx.nn.Dense(100, 10, 0)
x = mx.Tensor(rng.standard_normal((32, 100)).astype(np.float32), requires_grad=True)
print(mx.tape(dense(x).mean()).text())

# %% [markdown]
# **Take away.** Dense and its gradients are four matrix operations: x·Wᵀ + b forwards; g·W to the input, gᵀ·x to
# the weights, the column sums of g to the biases. What is shared by all examples gets the sum over all examples.
# Training is nothing but these, a subtraction, and repetition.
#
# **Where this comes from.** Rumelhart, Hinton and Williams (1986), *Learning representations by back-propagating
# errors*. The gradient p − y of softmax and cross-entropy is Bridle's (1990). The layer is `affine` in
# minimix/ops/linalg.py, in the same three lines.
