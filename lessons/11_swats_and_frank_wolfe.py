# %% [markdown]
# # 11. SWATS, and Frank-Wolfe and why it was inconclusive
#
# **Question.** Adam is fast at first, SGD is said to generalize better: so start with Adam and go on with SGD. When to
# switch, and with which rate? SWATS reads both off Adam's own steps. And Frank-Wolfe, which the study tried too, always
# steps towards the edge of a ball. Why should its loss *increase*?
#
# **Predict.** Does SWATS switch within 200 batches, with the paper's tolerance of 10⁻⁹? And what does the loss of a
# network do in the very first step of Frank-Wolfe?

# %%
import matplotlib.pyplot as plt
import numpy as np

import minimix as mx
from minimix.course import check, in_browser, show
from minimix.data.batches import Batches
from minimix.plots import COLOURS, DASHES
from minimix.stepping import stepper

# %% [markdown]
# ## SWATS: which rate?
# Adam has made the step p, the gradient was g. SGD with the rate γ would make the step −γ·g. SWATS wants the γ for
# which the *projection of SGD's step onto p* is p itself: ⟨−γ·g, p⟩ = ⟨p, p⟩.
#
# **Exercise 1.** Solve for γ.


# %%
def projected_rate(p, g):
    """The rate of SGD whose step for the gradient g, projected onto p, is p."""
    # <solution>
    return -(p @ p) / (p @ g)
    # </solution>


check(projected_rate)

# %% [markdown]
# ## SWATS: when?
# γ is noisy, so a running average is kept, λ ← b₂·λ + (1 − b₂)·γ, from λ = 0, and corrected as in Adam: λ/(1 − b₂ᵗ).
# The switch comes in the first step t > 1 in which the corrected average and γ differ by less than the tolerance. From
# there on the rate is the corrected average.
#
# **Exercise 2.** `rates` is the list of γ of steps 1, 2, … Return the step of the switch and the rate, or 0 and 0 where
# it never comes.


# %%
def swats_switch(rates, b2, tolerance):
    """(step of the switch, rate from there on); (0, 0.0) without one."""
    # <solution>
    lam = 0.0
    for t, rate in enumerate(rates, start=1):
        lam = b2 * lam + (1 - b2) * rate
        mean = lam / (1 - b2**t)
        if t > 1 and abs(mean - rate) < tolerance:
            return t, mean
    return 0, 0.0
    # </solution>


check(swats_switch)

# %% [markdown]
# ## Frank-Wolfe
# It minimizes inside a ball: it asks which point s of the ball would be lowest if the loss were the plane that g
# describes, and moves w part of the way there: w ← w + step·(s − w).
#
# **Exercise 3.** s = argmin of ⟨g, s⟩ over all s of length ≤ radius. Where is it? Return the new w.


# %%
def frank_wolfe_step(w, g, radius, step):
    """The weights after one step of Frank-Wolfe in the ball of this radius around 0."""
    # <solution>
    s = -radius * g / np.linalg.norm(g)
    return w + step * (s - w)
    # </solution>


check(frank_wolfe_step)

# %% [markdown]
# ## In a network

# %%
DATA = mx.data.glyphs(train=2000, test=500)


def train(rule, listener=None, steps=200):
    """(the loss of every batch, the share of test images told right)."""
    model, batches = mx.models.mlp(0), Batches(DATA.x_train, DATA.y_train, 100, np.random.default_rng(1))
    optimizer, losses = mx.optim.Optimizer(model, rule), []
    optimizer.listen(listener)
    for _ in range(steps // len(batches)):
        for images, labels in batches:
            optimizer.zero_grad()
            loss = mx.cross_entropy(model(mx.Tensor(images)), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    with mx.no_grad():
        right = model(mx.Tensor(DATA.x_test)).numpy().argmax(axis=1) == DATA.y_test
    return losses, right.mean()


class Rates:
    """Listens to SWATS: γ, its corrected average, and the step of the switch."""

    def __init__(self):
        self.gamma, self.mean, self.switch = [], [], None

    def __call__(self, t, terms):
        of = terms["dense1.weight"]  # γ is one number for all parameters together
        if self.switch is None and of["Lam_old"]:
            self.switch = t - 1
        if self.switch is None:
            self.gamma.append(float(of["gamma"]))
            self.mean.append(float(of["lam"]) / (1 - 0.999**t))


swats = {tolerance: Rates() for tolerance in (1e-9, 1e-3, 1e-2)}
for tolerance, rates in swats.items():
    _, share = train(mx.optim.SWATS(lr=1e-3, tolerance=tolerance), rates)
    switch = f"in step {rates.switch} to rate {rates.mean[-1]:.2f}" if rates.switch else "never"
    print(f"SWATS, tolerance {tolerance:g}: switches {switch}; {share:.1%} right")
nearest = min(abs(mean - gamma) for mean, gamma in list(zip(swats[1e-9].mean, swats[1e-9].gamma, strict=True))[1:])
print(f"the nearest that γ comes to its average: {nearest:.4f}")

Adam, FrankWolfe, LayerSplit, SGD = mx.optim.Adam, mx.optim.FrankWolfe, mx.optim.LayerSplit, mx.optim.SGD
RULES = {
    "Frank-Wolfe, 2/(t+2)": FrankWolfe(),
    "Frank-Wolfe, 0.1": FrankWolfe(lr=0.1),
    "Frank-Wolfe, 0.01": FrankWolfe(lr=0.01),
    "SGD, Frank-Wolfe, SGD": LayerSplit({"dense2": FrankWolfe(), "*": SGD(lr=0.1)}),
    "SGD, 0.1": SGD(lr=0.1),
}
STEPS = 40 if in_browser else 200  # a step takes a browser several times as long
losses = {}
for name, rule in RULES.items():
    losses[name], share = train(rule, steps=STEPS)
    first, second, *_, last = losses[name]
    print(f"{name:22} loss {first:.2f}, after one step {second:5.2f}, at the end {last:.2f}; {share:.1%} right")

# %%
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 4.2), layout="constrained")
left.plot(range(1, 201), swats[1e-9].gamma, ".", color=COLOURS[4], markersize=4, label="γ of the step")
left.plot(range(1, 201), swats[1e-9].mean, color=COLOURS[0], label="its average")
left.set(title="SWATS: do they meet?", xlabel="step", ylabel="rate of SGD", ylim=(0, None))
left.legend(framealpha=1, edgecolor="none")

on_valley = stepper(["frank-wolfe:radius=2", "frank-wolfe:radius=2,lr=0.1", "sgd:lr=0.05"], on="valley", steps=60)
for k, run in enumerate(on_valley.runs):
    label, colour = ("Frank-Wolfe, 2/(t+2)", "Frank-Wolfe, 0.1", "SGD, 0.05")[k], COLOURS[(0, 1, 6)[k]]
    middle.loglog(range(1, 61), [step["loss"] for step in run.steps], color=colour, linestyle=DASHES[k], label=label)
middle.set(title="in a valley", xlabel="step", ylabel="loss")
for k, (name, of) in enumerate(losses.items()):
    colour, dashes = COLOURS[(0, 1, 2, 3, 6)[k]], (*DASHES, "-")[k]
    right.semilogy(range(1, STEPS + 1), of, color=colour, linestyle=dashes, label=name, linewidth=1.2)
right.set(title="in a network", xlabel="step", ylabel="loss of the batch", ylim=(0.1, 200))
for axes in (left, middle, right):
    axes.grid(color="0.9")
for axes in (middle, right):
    axes.legend(framealpha=1, edgecolor="none", fontsize=8)
show("11_rates_and_losses")

# %% [markdown]
# **SWATS.** γ and its average would have to agree to nine digits. γ is noise from batch to batch; they never do. What
# is called SWATS in such a run is Adam. A coarser tolerance does switch, but when is chance. (Whether it helped, one
# trial cannot say: *Luck*.) Before you compare "SWATS" with anything, print when it switched.
#
# **Frank-Wolfe.** The gradient decides where s lies, *not how far away*: the step has the length step·|s − w|, on a
# cliff and at the minimum alike. So a fixed step never settles (middle), and only steps that go to 0, as 2/(t + 2)
# does, let it converge, however steep or flat it is there. In a network:
#
# - one radius must suit parameters of very different lengths;
# - the first step, 2/3 of the way to s, throws two thirds of the initial weights away, and the loss jumps;
# - each s is one batch's gradient, at full length: noise is not scaled down near a minimum.

# %%
model = mx.models.mlp(0)
batch = DATA.x_train[:100], DATA.y_train[:100]
optimizer = mx.optim.Optimizer(model, FrankWolfe())
before = {name: np.linalg.norm(p.numpy()) for name, p in model.named_parameters()}
mx.cross_entropy(model(mx.Tensor(batch[0])), batch[1]).backward()
optimizer.step()
for name, p in model.named_parameters():
    print(f"{name:14} length {before[name]:.2f}, after one step of Frank-Wolfe {np.linalg.norm(p.numpy()):.2f}")

# %% [markdown]
# ## Number by number
# Frank-Wolfe in the valley, from outside the ball: find s, and the length of each step.

# %%
print(stepper("frank-wolfe:radius=2", on="valley", steps=2).text())

# %%
stepper(["frank-wolfe:radius=2", "frank-wolfe:radius=2,lr=0.1", "sgd:lr=0.05"], on="valley", steps=60)

# %% [markdown]
# **Take away.** "Inconclusive: low accuracy, increasing loss" is what Frank-Wolfe does here too, with a ball of radius
# 10 and the textbook's steps: a matter of scale, and no verdict on mixing. Between layers of SGD it does less harm:
# they learn around the layer that has been overwritten. A method with a hidden scale (a radius, a tolerance) has to be
# run over several before anything is concluded.
#
# **Where this comes from.** Keskar and Socher, *Improving Generalization Performance by Switching from Adam to SGD*
# (2017), Algorithm 1. Frank and Wolfe (1956); the steps 2/(t + 2), and a loss that falls at least as fast as 1/t with
# exact gradients: Jaggi (2013). The trials with Frank-Wolfe: Kone, Zhu and Chan (EPFL), who give no radius; 10 is
# minimix's default. In minimix: optim/swats.py, optim/frank_wolfe.py.
