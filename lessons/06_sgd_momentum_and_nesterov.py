# %% [markdown]
# # 6. SGD, momentum and Nesterov in a valley
#
# **Question.** The loss is a long valley: 25 times as steep across as along, f(w) = ½(w₀² + 25·w₁²). We go
# downhill, w ← w − η·g. How large may the rate η be before w runs away? And how many steps does it take to come
# within a thousandth of the bottom?
#
# **Predict.** With η = 0.077 and with η = 0.081, does w run away: with both, with one, with neither? Is momentum faster
# or slower, and by what factor?

# %%
import matplotlib.pyplot as plt
import numpy as np

import minimix as mx
from minimix.course import check, show
from minimix.plots import COLOURS
from minimix.stepping import stepper

CURVATURE = np.array([1.0, 25.0])
START = np.array([-4.0, 1.5])


def loss(w):
    return 0.5 * (CURVATURE * w**2).sum(-1)


def gradient(w):
    return CURVATURE * w


# %% [markdown]
# Along each axis a step multiplies w by 1 − η·curvature. Where that is below −1, w bounces up the sides of the valley;
# where it is near 1, w creeps along.
#
# **Exercise 1.** SGD with weight decay: the direction is d = g + decay·w, and w moves by −η·d.


# %%
def sgd_step(w, g, lr, decay):
    """The weights after one step of SGD."""
    # <solution>
    return w - lr * (g + decay * w)
    # </solution>


check(sgd_step)

# %% [markdown]
# **Exercise 2.** Momentum keeps a buffer b, 0 at the start: b ← μ·b + g, then w moves by −η·b. Return both. Steps
# across the valley, which change their sign, cancel in b; steps along it add up, to 1/(1 − μ) times as much.


# %%
def momentum_step(w, g, b, lr, mu):
    """(the weights, the buffer) after one step of SGD with momentum."""
    # <solution>
    b = mu * b + g
    return w - lr * b, b
    # </solution>


check(momentum_step)

# %% [markdown]
# **Exercise 3.** Nesterov's momentum looks ahead: the buffer is the same, but w moves by −η·(g + μ·b), with the new
# b.


# %%
def nesterov_step(w, g, b, lr, mu):
    """(the weights, the buffer) after one step with Nesterov's momentum."""
    # <solution>
    b = mu * b + g
    return w - lr * (g + mu * b), b
    # </solution>


check(nesterov_step)

# %% [markdown]
# **Exercise 4.** A network has many parameters. Make one step of momentum for a list of arrays; each has its own
# gradient and its own buffer, in lists of the same length.


# %%
def momentum_steps(parameters, gradients, buffers, lr, mu):
    """(list of new parameters, list of new buffers) after one step of momentum for each."""
    # <solution>
    new = [mu * b + g for b, g in zip(buffers, gradients, strict=True)]
    return [w - lr * b for w, b in zip(parameters, new, strict=True)], new
    # </solution>


check(momentum_steps)

# %% [markdown]
# ## In the valley
# The traces come from minimix's own rules, so that you see them whether or not your functions are done: 25 steps
# from the same start, and on the right the losses of 60.


# %%
def trace(rule, steps=60):
    """All weights on the way, (steps + 1, 2)."""
    w = mx.Tensor(START.copy(), requires_grad=True, name="w")
    optimizer, path = mx.optim.Optimizer([("w", w)], rule), [START]
    for _ in range(steps):
        w.grad = gradient(w.numpy())
        optimizer.step()
        path.append(w.numpy().copy())
    return np.array(path)


SGD = mx.optim.SGD
RULES = {
    "SGD, η = 0.077": SGD(lr=0.077),
    "momentum 0.44, η = 0.11": SGD(lr=0.11, momentum=0.44),
    "Nesterov 0.63, η = 0.053": SGD(lr=0.053, momentum=0.63, nesterov=True),
    "SGD, η = 0.081": SGD(lr=0.081),
}
grid = np.meshgrid(np.linspace(-4.5, 2, 200), np.linspace(-3, 3, 120))
figure, axes = plt.subplots(2, 3, figsize=(11, 5.6), layout="constrained")
right = axes[0, 2].get_gridspec()
for unused in axes[:, 2]:
    unused.remove()
curves = figure.add_subplot(right[:, 2])
for k, (name, rule) in enumerate(RULES.items()):
    path, panel = trace(rule), axes[k // 2, k % 2]
    panel.contour(*grid, loss(np.stack(grid, -1)), levels=np.geomspace(0.05, 40, 10), colors="0.8", linewidths=0.8)
    panel.plot(*path[:26].T, "o-", color=COLOURS[k], markersize=3, linewidth=1)
    panel.set(title=name, xlim=(-4.5, 2), ylim=(-3, 3))
    curves.semilogy(loss(path), color=COLOURS[k], linestyle=("-", "--", "-.", ":")[k], linewidth=1.8, label=name)
curves.set(xlabel="step", ylabel="loss", ylim=(1e-14, 1e3))
curves.grid(color="0.9")
curves.legend(framealpha=1, edgecolor="none", loc="lower left", fontsize=8)
show("06_valley")
for name, rule in RULES.items():
    below = np.flatnonzero(np.linalg.norm(trace(rule, 400), axis=1) < 1e-3 * np.linalg.norm(START))
    print(f"{name}: {f'a thousandth of the way left after {below[0]} steps' if len(below) else 'never arrives'}")

# %% [markdown]
# Across the valley a step multiplies w by 1 − 25·η, and beyond η = 2/25 = 0.08 that is below −1: 0.081 is too large.
# But along the valley, at η = 0.077, each step takes off only 8 %.
#
# The first three have nearly the best rates for this valley. SGD's makes both factors equal, |1 − η| = |1 − 25·η|: η
# = 2/26, and each step leaves 24/26 of the way, (κ − 1)/(κ + 1) for a valley κ times as steep across as along. The
# best momentum leaves only (√κ − 1)/(√κ + 1) = 4/6. The steps needed grow with κ for SGD, with √κ for momentum: the
# worse the valley, the more momentum helps.
#
# ## Number by number
# The stepper shows every term of every step, as the rule itself reports them: here the first three steps, and in a
# notebook a page to click through. Follow b, along the valley (first number) and across it (second number).

# %%
print(stepper("sgd:lr=0.11,momentum=0.44", on="valley", steps=3).text())

# %%
stepper(["sgd:lr=0.077", "sgd:lr=0.11,momentum=0.44"], on="valley", steps=40)

# %% [markdown]
# **Take away.** The steepest direction limits the rate, to 2 over its curvature; the flattest one then sets the
# time. Momentum averages what changes its sign away and adds up what does not.
#
# **Where this comes from.** Momentum is Polyak's (1964), with these rates; the look-ahead is Nesterov's (1983), in
# the form of Sutskever et al. (2013) that torch.optim.SGD has. In minimix: optim/sgd.py.
