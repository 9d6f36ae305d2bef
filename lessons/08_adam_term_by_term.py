# %% [markdown]
# # 8. Adam term by term
#
# **Question.** Adam, η = 0.1, its first step. One parameter has the gradient 0.001, another one 1000. How far does each
# of them move? And if the two bias corrections are left out, do the first steps get shorter or longer?
#
# **Predict.** Two lengths, and "shorter" or "longer" with a factor, before you run on.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minimix as mx
from minimix.course import check, show
from minimix.plots import COLOURS, DASHES
from minimix.stepping import stepper

w = mx.Tensor([0.0, 0.0], requires_grad=True)
optimizer = mx.optim.Optimizer([("w", w)], mx.optim.Adam(lr=0.1))
(w * np.array([0.001, 1000.0], "float32")).sum().backward()
optimizer.step()
print("the first step:", w.data)

# %% [markdown]
# Both move by 0.1. Adam divides each gradient by an estimate of its own size; what is left in the first step is the
# sign. It needs two running averages: m of the gradient, as momentum, and v of its square, as RMSprop.
#
# **Exercise 1.** m ← b₁·m + (1 − b₁)·g and v ← b₂·v + (1 − b₂)·g², element by element. Return both. Leave the arrays
# that you are given as they are.


# %%
def adam_moments(g, m, v, b1, b2):
    """(m, v) after the gradient g."""
    # <solution>
    return b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
    # </solution>


check(adam_moments)

# %% [markdown]
# ## Why correct them
# m and v start at 0, which is no average of anything. After t gradients that are all g, m is (1 − b₁ᵗ)·g and v is (1 −
# b₂ᵗ)·g². So m̂ = m/(1 − b₁ᵗ) and v̂ = v/(1 − b₂ᵗ): now the averages are right from the first step on, t = 1.
#
# **Exercise 2.** One step: update m and v, then w moves by −η·m̂/(√v̂ + ε). Return w, m and v.


# %%
def adam_step(w, g, m, v, t, lr, b1, b2, eps):
    """(w, m, v) after step t, which is 1 in the first step."""
    # <solution>
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g**2
    m_hat, v_hat = m / (1 - b1**t), v / (1 - b2**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v
    # </solution>


check(adam_step)

# %% [markdown]
# **Exercise 3.** A run: `parameters` is a list of arrays. `epochs` has for each epoch a list of its steps, and a step
# is a list with the gradient of each parameter. Start from m = v = 0. Return the list of parameters after all steps.
# You may use `adam_step`.


# %%
def adam_run(parameters, epochs, lr, b1, b2, eps):
    """The list of parameters after all epochs of Adam."""
    # <solution>
    parameters = list(parameters)
    state = [(np.zeros_like(w), np.zeros_like(w)) for w in parameters]
    t = 0
    for epoch in epochs:
        for gradients in epoch:
            t += 1
            for k, g in enumerate(gradients):
                parameters[k], *state[k] = adam_step(parameters[k], g, *state[k], t, lr, b1, b2, eps)
    return parameters
    # </solution>


check(adam_run)

# %% [markdown]
# ## Three pictures
# How long is a step, in units of η? Left: the gradient is always the same; with both corrections, with one, with none.
# Middle: the same gradient, small or large, for three values of ε, once m and v have settled. Right: the gradient is 1,
# but once, in step 20, it is 30.

# %%
b1, b2 = 0.9, 0.999
t = np.arange(1, 5001)
lengths = {
    "both": np.ones(len(t)),
    "none": (1 - b1**t) / np.sqrt(1 - b2**t),
    "m alone": 1 / np.sqrt(1 - b2**t),
    "v alone": 1 - b1**t,
}
size = np.logspace(-10, 2, 200)

m = v = 0.0
after_cliff = []
for k in t:
    g = 30.0 if k == 20 else 1.0
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
    after_cliff.append(m / (1 - b1**k) / np.sqrt(v / (1 - b2**k)))

figure, (left, middle, right) = plt.subplots(1, 3, figsize=(11, 3.8), layout="constrained")
for k, (name, length) in enumerate(lengths.items()):
    left.loglog(t, length, color=COLOURS[k], linestyle=DASHES[k], label=name)
left.set(xlabel="step t", title="which average is corrected")
for k, eps in enumerate((1e-8, 1e-3, 1.0)):
    middle.loglog(size, size / (size + eps), color=COLOURS[k], linestyle=DASHES[k], label=f"ε = {eps:g}")
middle.set(xlabel="size of the gradient", title="what ε does")
right.semilogx(t, after_cliff, color=COLOURS[0])
right.set(ylim=(0, 1.1), xlabel="step t", title="one gradient 30 times as large")
for axes in (left, middle, right):
    axes.grid(color="0.9")
for axes in (left, middle):
    axes.legend(framealpha=1, edgecolor="none")
left.set_ylabel("length of the step, in units of η")
show("08_lengths")

none = lengths["none"]
print(
    f"no correction: step 1 is {none[0]:.2f} times too long, step {t[none.argmax()]} {none.max():.2f} times,", end=" "
)
print(f"and from step {t[none > 1.01][-1] + 1} on less than 1 %")
print("after the large gradient:", ", ".join(f"{after_cliff[k - 1]:.2f} η in step {k}" for k in (20, 50, 1000, 5000)))

# %% [markdown]
# Without the corrections the first step is too *long*: m is ten times too small, but √v is thirty times too small. And
# v is slow to forget: its memory is about 1/(1 − b₂) = 1000 steps long.
#
# ε is said to be there against division by zero. It is also a threshold: well above it Adam keeps only the gradient's
# sign, well below it Adam is SGD with momentum and the rate η/ε. Those who choose ε = 1, or 0.1, have chosen something
# between the two.
#
# ## Number by number
# On a staircase of plateaus and cliffs, x goes down a cliff in step 8. Find √v̂ there and on the plateau of step 40.
# Then step through the same with ε = 1: how do its first steps differ, and why?

# %%
RULES = ["adam:lr=0.1", "adam:lr=0.1,eps=1"]
steps = stepper(RULES, on="staircase", steps=60).steps[RULES[0]]
print(stepper(RULES[0], on="staircase", steps=1).text())
for step in (steps[7], steps[39]):
    g, m_hat, root, dw = step["g"][0], step["m_hat"][0], step["v_hat"][0] ** 0.5, step["dw"][0]
    print(f"step {step['t']}: g = {g:.3f}, m̂ = {m_hat:.3f}, √v̂ = {root:.3f}, Δw = {dw:.3f}. {step['changed']}")

# %%
stepper(RULES, on="staircase", steps=60)

# %% [markdown]
# **Take away.** Adam's step is η·m̂/(√v̂ + ε): a direction with a memory of about 10 steps, each element divided by its
# own size over about 1000. The corrections matter at the start, and t counts steps from 1. ε decides between a step of
# length η and plain descent. If you have an Adam of your own, as a function or a class,
# `minimix rulecheck my.py:my_adam --against adam` runs it beside this one and says where they part.
#
# **Where this comes from.** Kingma and Ba, *Adam: A Method for Stochastic Optimization* (2015), Algorithm 1. There and
# in torch.optim.Adam ε stands beside √v̂; the paper's faster form, and TensorFlow, add another ε to √v. In minimix:
# optim/adam.py, in the study's notation.
