# %% [markdown]
# # 9. MAS and its variants
#
# **Question.** SGD proposes a direction d_s, Adam d_a. MAS takes 0.4·d_s + 0.6·d_a. In a network: is that nearer to
# SGD, nearer to Adam, or in the middle? And do the two directions ever disagree, ⟨d_s, d_a⟩ < 0?
#
# **Predict.** For the 100,352 weights of a first layer: how many times as long as d_s is d_a? In how many of 100 steps
# do they disagree?

# %%
import matplotlib.pyplot as plt
import numpy as np

import minimix as mx
from minimix.course import check, show
from minimix.data.batches import Batches
from minimix.plots import COLOURS
from minimix.stepping import stepper

# %% [markdown]
# Every rule proposes a direction d and a rate η, and then w ← w − η·d. MAS combines two proposals with the weights λₛ
# and λₐ; in the study λₐ = γ and λₛ = 1 − γ.
#
# **Exercise 1.** Linear: mix the directions, *and apart from them* the rates. Return d and η_m. (If both rates are η,
# the step has terms like η·λₛ·λₐ·d_s, which neither rule alone has.)


# %%
def mas_linear(d_s, d_a, eta_s, eta_a, ls, la):
    """(d, eta_m)."""
    # <solution>
    return ls * d_s + la * d_a, ls * eta_s + la * eta_a
    # </solution>


check(mas_linear)

# %% [markdown]
# **Exercise 2.** Direction correction, for a list of layers: where ⟨d_s, d_a⟩ > 0 in a layer, it takes λₛ·d_s,
# otherwise λₐ·d_a.


# %%
def mas_corrected(d_s, d_a, ls, la):
    """The list of directions; d_s and d_a are lists with a vector for each layer."""
    # <solution>
    return [ls * s if s @ a > 0 else la * a for s, a in zip(d_s, d_a, strict=True)]
    # </solution>


check(mas_corrected)

# %% [markdown]
# **Exercise 3.** Normalization: SGD's direction with Adam's length, times λₐ. Where d_s is 0, d is 0.


# %%
def mas_normalized(d_s, d_a, la):
    """The direction d for a layer's vectors d_s and d_a."""
    # <solution>
    length = np.linalg.norm(d_s)
    return la * np.linalg.norm(d_a) / length * d_s if length > 0 else np.zeros_like(d_s)
    # </solution>


check(mas_normalized)

# %% [markdown]
# **Exercise 4.** Vector combination: of the n rows of a layer (axis 0) the first n//2 take λₛ·d_s, the others λₐ·d_a.


# %%
def mas_vector(d_s, d_a, ls, la):
    """The direction d for a layer's arrays d_s and d_a."""
    # <solution>
    d = la * d_a
    d[: len(d) // 2] = ls * d_s[: len(d) // 2]
    return d
    # </solution>


check(mas_vector)

# %% [markdown]
# ## In a network
# minimix's own rules, on a small data set: 120 batches, the study's γ = 0.6 and one η = 0.001 for all. `listen` hands
# us the terms of every step.

# %%
DATA = mx.data.glyphs(train=2000, test=500)
ETA, GAMMA = 1e-3, 0.6


def train(rule, listener=None, steps=120):
    """(how far the weights have moved, the share of test images told right)."""
    model, batches = mx.models.mlp(0), Batches(DATA.x_train, DATA.y_train, 100, np.random.default_rng(1))
    optimizer = mx.optim.Optimizer(model, rule)
    optimizer.listen(listener)
    start = optimizer.w.copy()
    for _ in range(steps // len(batches)):
        for images, labels in batches:
            optimizer.zero_grad()
            mx.cross_entropy(model(mx.Tensor(images)), labels).backward()
            optimizer.step()
    with mx.no_grad():
        right = model(mx.Tensor(DATA.x_test)).numpy().argmax(axis=1) == DATA.y_test
    return optimizer.w - start, right.mean()


lengths, inner = {}, {}


def note(t, terms):
    for layer, of in terms.items():
        d_s, d_a = of["d_s"].ravel(), of["d_a"].ravel()
        lengths.setdefault(layer, []).append((np.linalg.norm(d_s), np.linalg.norm(d_a)))
        inner.setdefault(layer, []).append(d_s @ d_a)


Adam, MAS, SGD = mx.optim.Adam, mx.optim.MAS, mx.optim.SGD
results = {
    "Adam": train(Adam(ETA)),
    "Adam, 0.6·η": train(Adam(GAMMA * ETA)),
    "MAS, linear": train(MAS(ETA, GAMMA), note),
    "MAS, vector": train(MAS(ETA, GAMMA, "vector")),
    "MAS, normalized": train(MAS(ETA, GAMMA, "normalized")),
    "MAS, correction": train(MAS(ETA, GAMMA, "correction")),
    "SGD": train(SGD(ETA)),
}
for layer, of in lengths.items():
    ratio, agreeing = np.median([a / s for s, a in of]), np.mean([product > 0 for product in inner[layer]])
    print(f"{layer:14} d_a is {ratio:5.1f} times as long as d_s; they agree in {agreeing:4.0%} of the steps")
moved = results["MAS, linear"][0]
for name in ("Adam, 0.6·η", "Adam", "SGD"):
    apart = np.linalg.norm(results[name][0] - moved) / np.linalg.norm(moved)
    print(f"{name} ends {apart:.0%} of linear MAS's way from where linear MAS ends")

# %%
S, A = np.array([2.6, 0.7]), np.array([1.1, 2.2])


def draw(axes, title, s, a):
    ls, la = 1 - GAMMA, GAMMA
    corrected = ls * s if s @ a > 0 else la * a
    arrows = {
        "$d_s$": s,
        "$d_a$": a,
        "linear": ls * s + la * a,
        "correction": corrected,
        "normalized": la * np.linalg.norm(a) * s / np.linalg.norm(s),
        "vector": np.array([ls * s[0], la * a[1]]),
    }
    for k, (name, d) in enumerate(arrows.items()):
        width = 0.022 if name == "correction" else 0.011
        colour = ("0.6", "0.3", *COLOURS)[k]
        axes.quiver(
            0, 0, *d, color=colour, angles="xy", scale_units="xy", scale=1, width=width, label=name, zorder=3 - (k == 3)
        )
    axes.set(title=title, xlim=(-1.5, 2.9), ylim=(-0.2, 2.4), aspect="equal")
    axes.grid(color="0.9")
    axes.set_axisbelow(True)


figure, ((agree, disagree), (long, right)) = plt.subplots(2, 2, figsize=(10, 7.4), layout="constrained")
draw(agree, "they agree", S, A)
draw(disagree, "they disagree", S, A * [-1, 1])
figure.legend(*agree.get_legend_handles_labels(), loc="outside upper center", ncols=6, frameon=False)
places = np.arange(len(lengths))
medians = np.array([np.median(of, axis=0) for of in lengths.values()])
long.barh(places - 0.2, medians[:, 0], 0.4, color="0.6", label="$d_s$")
long.barh(places + 0.2, medians[:, 1], 0.4, color="0.3", label="$d_a$")
long.set(xscale="log", yticks=places, yticklabels=lengths, title="length in a network, median over steps")
long.invert_yaxis()
long.legend(framealpha=1, edgecolor="none", ncols=2)
right.barh(list(results), [100 * share for _, share in results.values()], color=COLOURS[0])
right.invert_yaxis()
right.set(title="test images told right (%)", xlim=(0, 100))
show("09_geometry")

# %% [markdown]
# Adam's elements have size about 1 whatever the gradient is, SGD's are the gradient. With 100,352 elements that is no
# mixture of equals: **linear MAS with one shared η is Adam at γ times the rate**, plus a little. The mix becomes one of
# equals only where η_s is far larger than η_a, as for rules with rates of their own.
#
# m is an average of recent gradients, so that d_a nearly always has a positive inner product with the gradient. Then
# **direction correction takes λₛ·d_s nearly always**: it is SGD at less than half of its rate. (In the study's figure 7
# it ends at 47 %, where the others reach 64 to 66 %.)
#
# Normalization is the interesting one: SGD's direction, for which small gradients stay small, at Adam's length, so that
# all layers move. Vector combination gives half of the rows hardly any step.
#
# ## Number by number
# They do disagree near a minimum, where noise turns the gradient round and m does not follow. Watch ⟨d_s, d_a⟩.

# %%
CORRECTION = "mas:lr=0.2,combine=correction"
run = stepper(CORRECTION, on="noisy", steps=40)
disagreeing = [step["t"] for step in run.steps[CORRECTION] if step["inner"] <= 0]
print("they disagree in steps", *disagreeing)
print(run.text().split("\n\n")[disagreeing[0] - 1])

# %%
stepper([CORRECTION, "mas:lr=0.2"], on="noisy", steps=40)

# %% [markdown]
# **Take away.** Before you mix two vectors, compare their lengths. Linear MAS with one η is a slower Adam; correction
# is, but for rare steps, a slower SGD. Whether a mix "beats both" at one η says little: compare each rule at its own
# best rate (*Luck* says how).
#
# **Where this comes from.** Landro, Gallo, La Grassa, *Mixing ADAM and SGD* (arXiv 2011.08042); the variants are those
# of Kone, Zhu and Chan, *Combining Optimization Methods* (EPFL). In minimix: optim/mas.py.
