# %% [markdown]
# # 12. Luck: how many trials separate two optimizers
#
# **Question.** A paper runs two optimizers three times each. On average one is better by half a point. Suppose that
# they are *the same optimizer*: how often would three trials against three look like that?
#
# **Predict.** Write down a share. And: to see a true difference of one point, how many trials would you run?

# %%
import matplotlib.pyplot as plt
import numpy as np

import minimix as mx
from minimix.course import check, show
from minimix.plots import COLOURS

# %% [markdown]
# A trial is a network from random weights on batches in random order. The seed decides both. Here are 24 trials of Adam
# and of MAS, of a small network on a small data set. In each trial both start from the same weights and see the same
# batches. This takes some seconds.

# %%
TRIALS, EPOCHS = 24, 4


def network(seed):
    return mx.models.mlp([784, 48, 10], seed)


def note(label, number, trial):
    if label == "MAS" and number % 6 == 5:
        print(f"{number + 1} of {TRIALS} trials")


result = mx.compare(
    network,
    "glyphs",
    {"Adam": "adam:lr=3e-3", "MAS": "mas:lr=4e-3,gamma=0.6"},
    TRIALS,
    epochs=EPOCHS,
    batch_size=100,
    record=1,
    train_size=1000,
    test_size=500,
    on_trial=note,
)
adam, mas = (100 * result.curves(label)[1] for label in ("Adam", "MAS"))  # (trials, epochs), in percent
a, b = adam[:, -1], mas[:, -1]
print(f"Adam {a.mean():.1f} ± {a.std(ddof=1):.1f} %, MAS {b.mean():.1f} ± {b.std(ddof=1):.1f} %")

# %% [markdown]
# **Against itself.** Deal Adam's 24 trials into two hands of three, ten thousand times, and compare their means.

# %%
rng = np.random.default_rng(0)
hands = rng.permuted(np.tile(a, (10_000, 1)), axis=1)[:, :6]
gap = abs(hands[:, :3].mean(axis=1) - hands[:, 3:].mean(axis=1))
print(f"half a point or more between Adam and Adam: {np.mean(gap >= 0.5):.0%} of the deals", end=", ")
print(f"a point or more: {np.mean(gap >= 1):.0%}")

# %% [markdown]
# **Exercise 1.** The study draws the mean over the trials and, as a band, the lowest and the highest trial at each
# recording. `curves` has a row for each trial.


# %%
def band(curves):
    """(mean, lowest, highest) over the trials of curves (trials, recordings)."""
    # <solution>
    return curves.mean(axis=0), curves.min(axis=0), curves.max(axis=0)
    # </solution>


check(band)

# %% [markdown]
# **Exercise 2.** Trial k of both optimizers shares its seed: what matters is each trial's difference d = a − b. The 95
# % interval of its mean is mean(d) ± quantile·s/√n, where s is the standard deviation of d (with n − 1) and the
# quantile is Student's t for n − 1 degrees of freedom, which you are given.


# %%
def paired_interval(a, b, quantile):
    """(lower, upper) end of the interval for the mean of a - b; a and b are arrays with an accuracy for each trial."""
    # <solution>
    d = a - b
    half = quantile * d.std(ddof=1) / np.sqrt(len(d))
    return d.mean() - half, d.mean() + half
    # </solution>


if check(paired_interval):
    print("Adam less MAS, 24 trials: from {:+.2f} to {:+.2f} points".format(*paired_interval(a, b, 2.069)))
    print("          the first three: from {:+.2f} to {:+.2f} points".format(*paired_interval(a[:3], b[:3], 4.303)))

# %% [markdown]
# **Exercise 3.** How many trials, then? With the standard deviation s of the differences, n trials show a difference in
# four cases of five if n ≥ ((1.96 + 0.84)·s/difference)². And s² is s_a² + s_b² − 2·r·s_a·s_b, where r is the
# correlation of the two optimizers' accuracies over the trials. Round up.


# %%
def trials_needed(sd_a, sd_b, correlation, difference):
    """The number of paired trials that show a true difference in four cases of five."""
    # <solution>
    variance = sd_a**2 + sd_b**2 - 2 * correlation * sd_a * sd_b
    return int(np.ceil((1.96 + 0.84) ** 2 * variance / difference**2))
    # </solution>


check(trials_needed)

# %% [markdown]
# ## Pictures
# Left: three bands of Adam's accuracy from n trials, drawn from the 24. Middle: the same trials, one optimizer against
# the other. Right: the trials needed for a given difference, by the formula.

# %%
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 4.2), layout="constrained")
counts = np.arange(2, TRIALS + 1)
dealt, extent, spread = rng.permuted(np.tile(a, (500, 1)), axis=1), [], []
for n in counts:
    extent.append(np.ptp(dealt[:, :n], axis=1).mean() / 2)
    spread.append(dealt[:, :n].std(axis=1, ddof=1).mean())
error = np.divide(spread, np.sqrt(counts))
for k, (name, width) in enumerate(
    {"lowest to highest": extent, "± standard deviation": spread, "± standard error": error}.items()
):
    left.plot(counts, width, color=COLOURS[k], linestyle=("-", "--", "-.")[k], label=name)
left.set(title="half the width of the band", xlabel="trials", ylabel="points", ylim=(0, 1.4 * max(extent)))
left.legend(framealpha=1, edgecolor="none", fontsize=9)

low, high = min(a.min(), b.min()) - 0.5, max(a.max(), b.max()) + 0.5
middle.plot([low, high], [low, high], color="0.6", linewidth=1)
middle.plot(b, a, "o", color=COLOURS[0], markersize=5, alpha=0.7)
middle.annotate("Adam better", (0.05, 0.93), xycoords="axes fraction")
middle.annotate("MAS better", (0.95, 0.05), xycoords="axes fraction", ha="right")
middle.set(
    title="24 paired trials", xlabel="MAS (%)", ylabel="Adam (%)", xlim=(low, high), ylim=(low, high), aspect="equal"
)

apart, paired = np.hypot(a.std(ddof=1), b.std(ddof=1)), (a - b).std(ddof=1)
differences = np.geomspace(0.1, 4, 100)
spreads = {"unpaired": apart, "paired": paired}
for k, (name, s) in enumerate(spreads.items()):
    right.loglog(differences, (2.8 * s / differences) ** 2, color=COLOURS[1 - k], linestyle=("--", "-")[k], label=name)
right.axhline(3, color="0.5", linewidth=1, linestyle=":")
right.annotate("three trials", (0.1, 3.3))
right.set(title="trials needed", xlabel="true difference (points)", ylabel="trials of each", ylim=(1, 3000))
right.legend(framealpha=1, edgecolor="none")
for axes in (left, middle, right):
    axes.grid(color="0.9")
show("12_luck")
print(f"standard deviation of the difference: {apart:.2f} points unpaired, {paired:.2f} paired", end=" ")
print(f"(correlation {np.corrcoef(a, b)[0, 1]:.2f}): {(apart / paired) ** 2:.1f} times fewer trials")
print("to see a point:", ", ".join(f"{np.ceil((2.8 * s) ** 2):.0f} {name} trials" for name, s in spreads.items()))

# %% [markdown]
# - **The range** grows with the number of trials. It describes luck, and two papers with different numbers of trials
#   cannot be compared by it.
# - **The standard deviation** describes luck too, and stays.
# - **The standard error**, and the interval that is built from it, says how well the *mean* is known. It is the only
#   one of the three that shrinks.
#
# Whether two bands overlap answers no question: bands say nothing about pairs. Half the difference costs four times the
# trials.
#
# ## Does it work?
# Take the 24 trials for the truth. With n paired trials drawn from them, how often does the interval tell which of the
# two is better; how often does the mean alone point the wrong way?

# %%
truth = np.sign((a - b).mean())
for n, quantile in ((3, 4.303), (6, 2.571), (12, 2.201)):
    drawn = rng.permuted(np.tile(a - b, (5000, 1)), axis=1)[:, :n]
    half = quantile * drawn.std(axis=1, ddof=1) / np.sqrt(n)
    told, wrong = np.mean(truth * drawn.mean(axis=1) > half), np.mean(truth * drawn.mean(axis=1) < 0)
    print(f"{n:2} trials: the interval tells in {told:.0%} of the draws, the mean is wrong in {wrong:.0%}")

# %% [markdown]
# **Take away.** Run optimizers in pairs, from the same weights on the same batches. Report the interval of the mean
# difference, and the number of trials. "Equal within 0.1 points" and "not settled" are results too. And what you
# compare are two rules *at the rates that you gave them*: tune each with the same effort first.
#
# **Where this comes from.** Student, *The Probable Error of a Mean* (1908). Seeds that decide over published
# comparisons: Henderson et al., *Deep Reinforcement Learning that Matters* (2018); Bouthillier et al., *Accounting for
# Variance in Machine Learning Benchmarks* (2021). The study's bands: the range over ten trials for its MLP, one
# standard deviation for its CNN. In minimix: verdict.py, `minimix compare`.
