# %% [markdown]
# # 14. The learning rate is a parameter too
#
# **Question.** What the engine has computed it can differentiate, and a training run is a computation: its last loss is
# a function of the learning rate η. So η has a gradient, and one can go down it, as the weights do. Why then does
# everybody still search for η by hand?
#
# **Predict.** 1. In a valley with noise, is the best η for the loss after one step smaller or larger than the best η
# for the loss after a hundred? 2. A network's loss is 2.3 at the start and, with η = 1.2, 1.4 after fifty steps. Is the
# derivative of that with respect to η about 1, 1000 or 10,000,000,000?

# %%
import matplotlib.pyplot as plt
import numpy as np

import minimix as mx
from minimix.course import check, in_browser, show
from minimix.ops import sigmoid
from minimix.plots import COLOURS, DASHES

# %% [markdown]
# ## One step, by hand
# One step of SGD goes to w' = w − η·g. If η were a little larger, w' would be a little farther along −g, and the loss
# there would change by as much as its gradient says. We judge w' on other images than those that g came from: by the
# validation loss.
#
# **Exercise 1.** The derivative of the validation loss at w' with respect to η, a *hypergradient*.
# `train_gradient(w)` and `val_gradient(w)` are the gradients of the two losses at w, vectors.


# %%
def hypergradient(w, lr, train_gradient, val_gradient):
    """d(validation loss after one step of SGD on the training loss)/d(lr), a number."""
    # <solution>
    g = train_gradient(w)
    return -(val_gradient(w - lr * g) @ g)
    # </solution>


check(hypergradient)

# %% [markdown]
# ## Many steps, by hand
# From the second step on w itself depends on η. Let z = dw/dη, a vector like w, which is 0 at the start. Differentiate
# w ← w − η·g(w) with respect to η, and do not forget that g depends on w: its derivative along z is H·z, where H is the
# matrix of second derivatives. After the last step the loss has the derivative ⟨gradient, z⟩.
#
# **Exercise 2.** Return the new w and the new z. `gradient(w)` is g, and `hessian_times(w, z)` is H·z at w.


# %%
def tangent_step(w, z, lr, gradient, hessian_times):
    """(w, z) after one step of SGD, where z is dw/d(lr)."""
    # <solution>
    g = gradient(w)
    return w - lr * g, z - g - lr * hessian_times(w, z)
    # </solution>


def number(x):
    """A float64 Tensor that can be differentiated with respect to."""
    return mx.Tensor(np.float64(x), requires_grad=True)


CURVATURE, START = np.array([1.0, 25.0]), np.array([-4.0, 1.5])
if check(tangent_step):
    w, z = START, np.zeros(2)
    for _ in range(30):
        w, z = tangent_step(w, z, 0.07, lambda w: CURVATURE * w, lambda w, z: CURVATURE * z)
    lr = number(0.07)
    mx.optim.unroll(lambda w: (0.5 * CURVATURE * w**2).sum(), START, mx.optim.SGD(lr), 30).backward()
    print(f"30 steps in the valley, by hand {(CURVATURE * w) @ z:.9f}, by the engine {lr.grad:.9f}")

# %% [markdown]
# ## By the engine
# `unroll` trains and keeps the graph of every step; the loss that it returns has a `backward` through all of them. z
# needs a run for each hyperparameter but remembers nothing; one sweep backward serves all hyperparameters, and its
# memory grows with the steps. In float32 rounding would drown so long a product of derivatives: everything is float64.
#
# Here a small network learns digits from batches of 20. At steps 1 to T `unroll` asks for the loss of a batch, and at
# step T + 1 for the loss that it returns: ours is that of 400 other images.

# %%
DIGITS = mx.data.glyphs(train=200, test=400)
X, X_VAL = (x[:, ::2, ::2].reshape(len(x), -1).astype("float64") for x in (DIGITS.x_train, DIGITS.x_test))
BATCHES = np.random.default_rng(1).permuted(np.tile(np.arange(200), (5, 1)), axis=1).reshape(50, 20)


def network():
    rng = np.random.default_rng(0)
    return mx.nn.Sequential(mx.nn.Dense(196, 16, rng, "float64"), mx.nn.Tanh(), mx.nn.Dense(16, 10, rng, "float64"))


def trained(rule, steps):
    """The validation loss after `steps` steps, a Tensor."""

    def loss(model, t):
        if t > steps:
            return mx.cross_entropy(model(X_VAL), DIGITS.y_test)
        batch = BATCHES[t - 1]
        return mx.cross_entropy(model(X[batch]), DIGITS.y_train[batch])

    return mx.optim.unroll(loss, network(), rule, steps)


MAS, SGD = mx.optim.MAS, mx.optim.SGD
lr, gamma, h = number(0.01), number(0.6), 1e-5
trained(MAS(lr, gamma), 30).backward()
differences = {
    "η": (trained(MAS(0.01 + h, 0.6), 30).item() - trained(MAS(0.01 - h, 0.6), 30).item()) / (2 * h),
    "γ": (trained(MAS(0.01, 0.6 + h), 30).item() - trained(MAS(0.01, 0.6 - h), 30).item()) / (2 * h),
}
for (name, difference), x in zip(differences.items(), (lr, gamma), strict=True):
    print(f"30 steps of MAS, d(validation loss)/d{name}: engine {x.grad:.6f}, central differences {difference:.6f}")

# %% [markdown]
# ## Learning the rate
# What is a step of gradient descent on η? From 0.001 to 0.002 is as much as from 0.1 to 0.2: rates live on a
# logarithmic scale, and must stay above 0. So let u = log η, and go down the loss as a function of u, u ← u − β·dL/du.
#
# **Exercise 3.** Return the new η; h is dL/dη at the old one.


# %%
def learned_rate(lr, h, beta):
    """The learning rate after one step of gradient descent, of length beta, in log(lr)."""
    # <solution>
    return lr * np.exp(-beta * lr * h)
    # </solution>


check(learned_rate)

# %% [markdown]
# With the engine nobody needs the chain rule by hand: η = exp(u) and γ = sigmoid(s) are Tensors too, and MAS takes
# them. Now η and γ go down the validation loss after 20 steps; every turn trains the network anew.


# %%
def descend(loss, start, rule, turns):
    """The way down the Tensor loss(*point): an array with a row for each turn, the point and its loss."""
    point, way = [number(x) for x in start], []
    optimizer = mx.optim.Optimizer([(f"x{k}", x) for k, x in enumerate(point)], rule)
    for _ in range(turns):
        optimizer.zero_grad()
        y = loss(*point)
        y.backward()
        way.append([*map(float, point), y.item()])
        optimizer.step()
    return np.array(way)


def mixed(u, s):
    return trained(MAS(u.exp(), sigmoid(s)), 20)


ways = []
for rate, weight in ((0.002, 0.6), (0.06, 0.8)):
    u, s, losses = descend(mixed, (np.log(rate), np.log(weight / (1 - weight))), SGD(0.5), 30).T
    ways.append((np.exp(u), 1 / (1 + np.exp(-s)), losses))
    for k in (0, -1):
        print(f"η = {ways[-1][0][k]:.3f}, γ = {ways[-1][1][k]:.2f}: loss {losses[k]:.2f}", end="\n" if k else " → ")

rates, weights = np.geomspace(1e-3, 0.3, 13), np.linspace(0, 1, 9)
table = np.array([[trained(MAS(rate, weight), 20).item() for rate in rates] for weight in weights])
k, j = np.unravel_index(table.argmin(), table.shape)
print(f"the best of a table of {table.size}: η = {rates[j]:.3f}, γ = {weights[k]:.2f}: loss {table.min():.2f}")

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained", width_ratios=(3, 2))
filled = left.contourf(rates, weights, table, levels=np.arange(1.3, 2.4, 0.1), cmap="Greys", extend="max", alpha=0.7)
figure.colorbar(filled, ax=left, label="validation loss after 20 steps")
for k, (eta, gamma, losses) in enumerate(ways):
    left.plot(eta, gamma, ".-", color=COLOURS[k], markersize=5)
    left.plot(eta[0], gamma[0], "o", color=COLOURS[k], markersize=9)
    right.plot(losses, color=COLOURS[k], linestyle=DASHES[k], label=f"from η = {eta[0]:g}, γ = {gamma[0]:.1f}")
left.set(xscale="log", xlabel="η", ylabel="γ", title="two ways down (large dots: starts)")
right.set(xlabel="turn", ylabel="validation loss after 20 steps", title="and their losses")
right.grid(color="0.9")
right.legend(framealpha=1, edgecolor="none")
show("14_learned")

# %% [markdown]
# Both come down into the same valley, which bends: there a larger η makes up for a smaller γ. (Linear MAS with one η is
# nearly Adam at γ·η: *MAS and its variants*.) Along the valley the slope is small, and plain gradient descent creeps:
# from a loss of about 1.48 it would be a long way to the best place in the table, about 1.35.
#
# ## Where it fails: short horizons
# Unrolling 20 steps is cheap, 20,000 are not. Does η for the first steps serve the later ones? Take a valley, 100 times
# as steep across as along, whose floor shakes across: SGD sees it now here, now there. w starts on the floor, far from
# the bottom, in 300 runs at once.

# %%
LONG_VALLEY, FAR, RUNS = np.array([0.1, 10.0]), np.array([-10.0, 0.0]), 300
SHAKEN = np.random.default_rng(0).normal(0, [0, 0.2], (100, RUNS, 2))


def valley(lr, steps):
    """The mean loss of all runs after `steps` steps of SGD, a Tensor."""

    def loss(w, t):
        if t > steps:
            return (0.5 * LONG_VALLEY * w**2).sum() / RUNS
        return (0.5 * LONG_VALLEY * (w - SHAKEN[t - 1]) ** 2).sum()

    return mx.optim.unroll(loss, np.tile(FAR, (RUNS, 1)), SGD(lr), steps)


HORIZONS = (1, 3, 100)
learned = {}
for steps in HORIZONS:
    way = descend(lambda u, steps=steps: valley(u.exp(), steps), (np.log(0.05),), mx.optim.Adam(0.1), 40)
    learned[steps] = np.exp(way[-1, 0])
    print(f"learned from {steps:3} steps: η = {learned[steps]:.3f};", end=" ")
    print(f"with it, the loss after 100 steps is {valley(learned[steps], 100).item():.2f}")

# %% [markdown]
# Noise across the valley costs at once, and the more the larger η is; what a larger η gains along the valley comes in
# small change, over many steps. Who looks one step ahead sees the cost alone.
#
# *Hypergradient descent* does just that. Exercise 1 for the loss that you train on anyway: w came from the last step,
# w = w_old − η·g_old, so the loss at w has the derivative −⟨g, g_old⟩, and both gradients are there. Each step first
# takes a step of gradient descent on η, of length β, then one on w with the new η.
#
# **Exercise 4.** Make it. g is the gradient at w, `previous` that of the step before.


# %%
def hypergradient_descent(w, lr, g, previous, beta):
    """(w, lr) after one step in which SGD learns its rate."""
    # <solution>
    lr = lr + beta * (g @ previous)
    return w - lr * g, lr
    # </solution>


if check(hypergradient_descent):
    ends = []
    for shaken in np.moveaxis(SHAKEN, 1, 0)[:100]:
        w, lr, previous = FAR, 0.1, np.zeros(2)
        for floor in shaken:
            g = LONG_VALLEY * (w - floor)
            (w, lr), previous = hypergradient_descent(w, lr, g, previous, 3e-4), g
        ends.append((0.5 * (LONG_VALLEY * w**2).sum(), lr))
    loss, lr = np.mean(ends, axis=0)
    print(f"it takes η from 0.1 to {lr:.3f} in 100 steps, and the loss to {loss:.2f}", end="; ")
    print(f"with η = 0.1 all the time it ends at {valley(0.1, 100).item():.2f}")

# %% [markdown]
# ## Where it fails: chaos
# Exercise 2 again: each step multiplies z by 1 − η·H. Where η times the curvature exceeds 2 that stretches, and T steps
# stretch to the power of T. In a valley w runs away too. In a network it need not: w is thrown to and fro, the loss
# stays within bounds, and z grows all the same.

# %%
print(f"loss at the start {trained(SGD(), 0).item():.1f}")
for eta in (0.5, 1.2):
    lr = number(eta)
    loss = trained(SGD(lr), 50)
    loss.backward()
    near = trained(SGD(eta * (1 + 1e-9)), 50)
    print(f"η = {eta}: loss {loss.item():.4f} after 50 steps, its derivative {lr.grad:.3g};", end=" ")
    print(f"with a billionth more η the loss is {near.item():.4f}")

grid, found = np.linspace(0.1, 3, 30 if in_browser else 59), {}
for steps in (10, 50):
    found[steps] = []
    for eta in grid:
        lr = number(eta)
        loss = trained(SGD(lr), steps)
        loss.backward()
        found[steps].append((loss.item(), abs(lr.grad.item())))

figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
grid_valley = np.geomspace(0.005, 0.18, 25)
for k, steps in enumerate(HORIZONS):
    start = valley(1e-9, steps).item()
    left.semilogx(
        grid_valley,
        [valley(eta, steps).item() / start for eta in grid_valley],
        color=COLOURS[k],
        linestyle=DASHES[k],
        label=f"{steps} step{'s' * (steps > 1)}",
    )
    left.plot(learned[steps], valley(learned[steps], steps).item() / start, "o", color=COLOURS[k])
left.set(title="the noisy valley (dots: learned η)", xlabel="η", ylabel="loss, 1 at the start", ylim=(0, 1.25))
for k, (steps, of) in enumerate(found.items()):
    for axes, y in zip((middle, right), np.transpose(of), strict=True):
        axes.semilogy(grid, y, color=COLOURS[k], linestyle=DASHES[k], linewidth=1.2, label=f"{steps} steps")
middle.set(title="a network's loss", xlabel="η", ylabel="validation loss")
middle.set_yticks((1, 2, 5, 10), ("1", "2", "5", "10"))
middle.minorticks_off()
right.set(title="the derivative with respect to η", xlabel="η", ylabel="magnitude")
for axes in (left, middle, right):
    axes.grid(color="0.9")
    axes.legend(framealpha=1, edgecolor="none")
show("14_failures")

# %% [markdown]
# Up to about η = 0.5 both curves are nearly smooth, and the derivative leads down. Beyond, and the sooner the longer
# the run, the loss is all spikes, each with smaller ones on it. The derivative is right, but only so close to η that no
# step is short enough.
#
# That is the dilemma: short runs mislead, long ones explode. Ways out: start from small rates and limit the length of
# the steps (`clip_norm`); smooth the curve, by averaging over perturbed hyperparameters; or search without derivatives.
#
# **Take away.** Training is a function of its hyperparameters that can be differentiated: exactly, and with respect to
# all of them in one sweep. Judge by a validation loss, and go down in log η. Whether a hypergradient is of use is
# another question: ask for its horizon and for its size.
#
# **Where this comes from.** Maclaurin, Duvenaud and Adams, *Gradient-based Hyperparameter Optimization through
# Reversible Learning* (2015), with a trick that saves memory, and with the chaos. Baydin et al., *Online Learning
# Rate Adaptation with Hypergradient Descent* (2018); exercise 4. Wu et al., *Understanding Short-Horizon Bias in
# Stochastic Meta-Optimization* (2018); the noisy valley. Metz et al., *Understanding and Correcting Pathologies in the
# Training of Learned Optimizers* (2019); explosion, and averaging. In minimix: optim/unrolling.py, and the script
# scripts/learn_the_rate.py.
