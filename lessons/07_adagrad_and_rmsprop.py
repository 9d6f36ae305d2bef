# %% [markdown]
# # 7. AdaGrad and RMSprop: a rate for every parameter
#
# **Question.** In a valley the steep direction dictates the rate, and the flat one pays. So let every parameter have a
# rate of its own: divide its gradient by the root of the sum of all its squared gradients so far (AdaGrad), or of their
# moving average, which starts at 0 (RMSprop, b₂ = 0.99). Now take the dullest case, a gradient that never changes. How
# long is AdaGrad's step 10,000, compared with its first? And how long is RMSprop's first step, in units of η?
#
# **Predict.** Two numbers.

# %%
import matplotlib.pyplot as plt
import numpy as np

from minimix.course import check, show
from minimix.plots import COLOURS, DASHES

# %% [markdown]
# **Exercise 1.** AdaGrad: s, 0 at the start, sums the squares, s ← s + g², element by element. Then w moves by
# −η·g/(√s + ε). Return both.


# %%
def adagrad_step(w, g, s, lr, eps):
    """(the weights, the sum of squares) after one step of AdaGrad."""
    # <solution>
    s = s + g**2
    return w - lr * g / (np.sqrt(s) + eps), s
    # </solution>


check(adagrad_step)

# %% [markdown]
# **Exercise 2.** RMSprop forgets: v, 0 at the start, is a moving average, v ← b₂·v + (1 − b₂)·g². Then w moves by
# −η·g/(√v + ε). Return both.


# %%
def rmsprop_step(w, g, v, lr, b2, eps):
    """(the weights, the average of squares) after one step of RMSprop."""
    # <solution>
    v = b2 * v + (1 - b2) * g**2
    return w - lr * g / (np.sqrt(v) + eps), v
    # </solution>


check(rmsprop_step)

# %% [markdown]
# **Exercise 3.** All gradients are the same, and ε = 0. How long is step t (1 is the first) of AdaGrad, how long that
# of RMSprop, in units of η? (What are s and v after t steps? The weights of a moving average that starts at 0 add up
# to 1 − b₂ᵗ.)


# %%
def step_lengths(t, b2):
    """(length of AdaGrad's step t, length of RMSprop's), both divided by the learning rate."""
    # <solution>
    return 1 / np.sqrt(t), 1 / np.sqrt(1 - b2**t)
    # </solution>


if check(step_lengths):
    for t in (1, 10, 100, 1000, 10_000):
        print("step {:6,}: AdaGrad {:.3f} η, RMSprop {:6.3f} η".format(t, *step_lengths(t, 0.99)))

# %% [markdown]
# AdaGrad's steps can only get shorter: its rate dies. RMSprop's rate lives, but its first steps are far too long, for v
# is too small as long as it remembers its start at 0.
#
# **Exercise 4.** The bias is known, so take it out: v̂ = v/(1 − b₂ᵗ), and w moves by −η·g/(√v̂ + ε). Return w and v.


# %%
def rmsprop_corrected(w, g, v, t, lr, b2, eps):
    """(the weights, the average of squares) after step t, which is 1 in the first step."""
    # <solution>
    v = b2 * v + (1 - b2) * g**2
    return w - lr * g / (np.sqrt(v / (1 - b2**t)) + eps), v
    # </solution>


check(rmsprop_corrected)

# %% [markdown]
# ## Three pictures
# Left: exercises 3 and 4. Middle: the valley of momentum, 25 times as steep across as along. Right: the minimum jumps
# to and fro every 250 steps, and the gradients are noisy, as those of batches are. All rules are one loop here; they
# differ in what divides the gradient.

# %%
B2 = 0.99
DIVISORS = {
    "SGD": lambda s, v, t: 1.0,
    "AdaGrad": lambda s, v, t: np.sqrt(s),
    "RMSprop": lambda s, v, t: np.sqrt(v),
    "RMSprop, corrected": lambda s, v, t: np.sqrt(v / (1 - B2**t)),
}


def walk(name, lr, gradient, start, steps):
    """All weights on the way, (steps + 1, …)."""
    w, s, v, path = start, 0.0, 0.0, [start]
    for t in range(1, steps + 1):
        g = gradient(w, t)
        s, v = s + g**2, B2 * v + (1 - B2) * g**2
        w = w - lr * g / DIVISORS[name](s, v, t)
        path.append(w)
    return np.array(path)


def in_valley(name, lr, across=25.0):
    return walk(name, lr, lambda w, t: np.array([1.0, across]) * w, np.array([-4.0, 1.5]), 30)


NOISE = np.random.default_rng(0).standard_normal(2001)
MINIMUM = np.where(np.arange(2001) // 250 % 2, 4.0, 0.0)


def follow(name, lr):
    return walk(name, lr, lambda w, t: w - MINIMUM[t] + NOISE[t], 2.0, 2000)


figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 4), layout="constrained", width_ratios=(1, 1, 1.3))
style = {name: {"color": COLOURS[k], "linestyle": DASHES[k], "label": name} for k, name in enumerate(DIVISORS)}
t = np.arange(1, 10_001)
for name in ("AdaGrad", "RMSprop", "RMSprop, corrected"):
    left.loglog(t, 1 / DIVISORS[name](t, 1 - B2**t, t), **style[name])
left.set(title="the gradient never changes", xlabel="step t", ylabel="length of the step, in units of η")

x, y = np.linspace(-4.5, 1.5, 200), np.linspace(-2, 2, 120)
levels = np.geomspace(0.05, 40, 10)
middle.contour(x, y, (x**2 + 25 * y[:, None] ** 2) / 2, levels=levels, colors="0.8", linewidths=0.8)
for name, lr in {"SGD": 0.07, "RMSprop": 0.12, "RMSprop, corrected": 0.12, "AdaGrad": 0.5}.items():
    middle.plot(*in_valley(name, lr).T, marker="o", markersize=3, linewidth=1, **style[name])
middle.set(title="30 steps in a valley", xlim=(-4.5, 1.5), ylim=(-2, 2))

right.plot(MINIMUM, color="0.6", linewidth=1, label="the minimum")
for name, lr in {"RMSprop": 0.05, "AdaGrad": 0.6}.items():
    right.plot(follow(name, lr), **style[name] | {"linewidth": 1.2})
right.set(title="a minimum that moves", xlabel="step t", ylabel="w")
for axes in (left, right):
    axes.grid(color="0.9")
    axes.set_axisbelow(True)
lines = [*middle.lines, right.lines[0]]
figure.legend(lines, [line.get_label() for line in lines], loc="outside lower center", ncols=5, frameon=False)
show("07_rates")

steep = in_valley("AdaGrad", 0.5, across=2500.0)
print("AdaGrad's way in a valley 2500 times as steep across as along:", end=" ")
print("the same" if np.allclose(steep, in_valley("AdaGrad", 0.5)) else "another")
for name, lr in {"AdaGrad": 0.6, "RMSprop": 0.05}.items():
    w = follow(name, lr)
    steps = [np.argmax(w[jump:] > 3 if MINIMUM[jump] else w[jump:] < 1) for jump in range(250, 2000, 250)]
    print(f"{name} comes within 1 of the minimum, after each of its jumps, in", *steps, "steps")

# %% [markdown]
# Divided by its own size, a gradient has no units left. However steep the valley is across, AdaGrad takes the same way
# through it; SGD at this rate would have run away. (That is so because the valley lies along the axes. Turn it, and
# each parameter's gradient is a mixture of steep and flat.)
#
# Where the minimum stays, a rate that dies is welcome: w comes to rest. A network in training is no such place, its
# gradients change as its weights do, and s still holds those of the first epoch. An average of the last 1/(1 − b₂) =
# 100 steps or so does not: RMSprop needs as many steps for the seventh jump as for the first. Its price is that w never
# comes to rest.
#
# **Take away.** AdaGrad: each parameter its own rate, η over the root of *all* its squared gradients. RMSprop: of the
# *recent* ones, by an average that starts at 0, so that the first steps are 1/√(1 − b₂) times too long. Divide v by
# 1 − b₂ᵗ and they are right; put momentum's memory in place of g as well, and you have Adam.
#
# **Where this comes from.** Duchi, Hazan and Singer, *Adaptive Subgradient Methods for Online Learning and Stochastic
# Optimization* (2011), for features that are rarely seen. RMSprop stands on a slide of Hinton's: Tieleman and Hinton,
# lecture 6.5e of *Neural Networks for Machine Learning* (2012). The correction is Kingma and Ba's, *Adam* (2015). ε
# stands beside the root, as in PyTorch; TensorFlow's RMSprop has it under the root.
