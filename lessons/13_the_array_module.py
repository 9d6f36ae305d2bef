# %% [markdown]
# # 13. The array module: the same code on a GPU, and where the time goes
#
# **Question.** `a + b` and `np.add(a, b, out=c)` do the same additions. The first makes a new array for the result, the
# second one writes into an array that is there already. For arrays of 64 MB: how many times as long does the first
# take? And in a training step of the study's MLP, which takes most of the time: forward, backward or the optimizer?
#
# **Predict.** A factor, and one of the three.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minimix as mx
from minimix.backend import module_of
from minimix.bench.timing import interleaved
from minimix.course import check, show
from minimix.plots import COLOURS

# %% [markdown]
# ## One switch
# NumPy computes on the processor, CuPy with the same functions on a GPU. A function that asks its *arguments* for their
# module, `xp = module_of(x)`, runs on both. Only where arrays are made does somebody have to say which:
# `mx.use("cupy")`.


# %%
def softmax(z):
    xp = module_of(z)
    e = xp.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


z = np.random.default_rng(0).standard_normal((4, 3), "float32")
print("on NumPy:", softmax(z)[0])
try:
    with mx.using("cupy"):
        print("on CuPy: ", softmax(mx.backend.asarray(z))[0])
except RuntimeError as error:
    print(error)

# %% [markdown]
# A GPU works on while Python goes ahead. `if norm > most:` has to *know* the norm: Python stops, waits for all that the
# GPU has been given, and copies one number. Written with `xp.maximum` or `xp.where` nobody waits.
#
# **Exercise 1.** Gradients are clipped to the norm `most`: a longer g is scaled down to that length, a shorter one
# stays. Use `xp`'s functions and no `if`. (The check hands you an array module of its own, which NumPy cannot touch.)


# %%
def clip_norm(xp, g, most):
    """g, scaled down so that its Euclidean norm is at most `most`; g is a vector of the module xp."""
    # <solution>
    return g * (most / xp.maximum(xp.sqrt(g @ g), most))
    # </solution>


check(clip_norm)

# %% [markdown]
# ## New arrays or old ones
# The time of `a + b` for each element, over the size of the arrays. `interleaved` times functions in turns, and of
# several rounds we take the shortest: whatever else the machine does can only add.


# %%
def additions(size):
    a, b, c = np.ones(size, "float32"), np.ones(size, "float32"), np.ones(size, "float32")
    return [lambda: a + b, lambda: np.add(a, b, out=c)]


sizes = 4 ** np.arange(2, 13)
times = []
for size in sizes:
    milliseconds = np.min(interleaved(additions(size), 7, seconds=0.02), axis=1)
    times.append(1e6 * milliseconds / size)  # nanoseconds for each element
fresh, reused = np.transpose(times)
for k in (5, -1):
    print(f"arrays of {4 * sizes[k] // 1024} KB: a new result takes {fresh[k] / reused[k]:.1f} times as long")

# %% [markdown]
# ## Where a step's time goes
# The optimizer's time is a difference: that of a whole step less that of a step without it, in the same round. What
# else the machine does is in both, and does not cancel: beside the median stands the range of the middle half of the
# rounds. If 0 lies in it, the optimizer takes too little to be seen here.


# %%
def parts(size, rule):
    """Functions that do the first part, the first two and all of a training step of the MLP on `size` images."""
    rng = np.random.default_rng(0)
    images, labels = rng.standard_normal((size, 784), "float32"), rng.integers(0, 10, size)
    model = mx.models.mlp(0)
    optimizer = mx.optim.Optimizer(model, rule)

    def forward():
        optimizer.zero_grad()
        return mx.cross_entropy(model(mx.Tensor(images)), labels)

    def backward():
        forward().backward()

    def step():
        backward()
        optimizer.step()

    return [forward, backward, step]


CASES = {
    "20 images, SGD": (20, mx.optim.SGD()),
    "20 images, Adam": (20, mx.optim.Adam()),
    "256 images, SGD": (256, mx.optim.SGD()),
    "256 images, Adam": (256, mx.optim.Adam()),
}
rounds = interleaved([run for case in CASES.values() for run in parts(*case)], 7, seconds=0.03)
rounds = np.reshape(rounds, (len(CASES), 3, -1))
spent = np.diff(rounds, axis=1, prepend=0)  # in each round: forward, backward, optimizer
low, middle, high = np.percentile(spent, (25, 50, 75), axis=2)
for k, (name, (images, _)) in enumerate(CASES.items()):
    total = rounds[k, 2].min()
    print(f"{name:16} {total:.2f} ms a step, {1000 * total / images:.0f} µs an image;", end=" ")
    print(f"optimizer {middle[k, 2]:.2f} ms, from {low[k, 2]:.2f} to {high[k, 2]:.2f}")

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
left.loglog(4 * sizes, fresh, "o-", color=COLOURS[1], markersize=4, label="a + b: a new result")
left.loglog(4 * sizes, reused, "s--", color=COLOURS[0], markersize=4, label="out=c: an old one")
left.set(title="an addition, by the size of the arrays", xlabel="bytes of an array", ylabel="ns for each element")
left.grid(color="0.9")
left.legend(framealpha=1, edgecolor="none")
done = np.zeros(len(CASES))
for k, name in enumerate(("forward", "backward", "optimizer")):
    hatch = ("", "//", "..")[k]
    right.barh(list(CASES), middle[:, k], left=done, color=COLOURS[k], hatch=hatch, edgecolor="white", label=name)
    done += middle[:, k]
half = np.array([middle - low, high - middle])[:, :, 2]
right.errorbar(
    done, list(CASES), xerr=half, fmt="none", color="black", capsize=4, label="optimizer, half of the rounds"
)
right.invert_yaxis()
right.set(title="a training step of the MLP", xlabel="milliseconds (medians)")
right.legend(framealpha=1, edgecolor="none")
show("13_time")

# %% [markdown]
# Read the left picture from left to right.
#
# - *Small arrays*: every call costs the same, some hundred nanoseconds, whatever it computes. On a GPU the like of it,
#   the *launch*, costs some microseconds: many small arrays are slow there. minimix therefore keeps all parameters in
#   one vector.
# - *In the middle* the data come from the processor's caches.
# - *Large arrays* come from main memory, and an addition takes as long as moving three numbers. On top of it: new
#   memory is not there until it is touched. The first touch of each page (4 KB, or 2 MB) is a *page fault*: the system
#   stops the program, finds memory, fills it with zeros. The larger the array, the surer is a new one such memory, and
#   the faults cost about as much as the additions. (Where the two curves agree, the allocator has given the last
#   result's memory out again.)
#
# **Exercise 2.** Momentum without new state: change b and w where they are, so that their caller sees it. g is not
# yours.


# %%
def momentum_in_place(w, g, b, lr, mu):
    """b = mu*b + g, then w = w - lr*b, written into the arrays b and w; returns nothing."""
    # <solution>
    b *= mu
    b += g
    w -= lr * b
    # </solution>


check(momentum_in_place)

# %% [markdown]
# ## Arithmetic or memory?
# A function's arithmetic and its traffic tell which of the two it waits for. An addition has one operation for 12
# bytes: it waits for memory.
#
# **Exercise 3.** x·Wᵀ for x (n, fan_in) and W (fan_out, fan_in) in float32. Count the operations, a product and a sum
# for each pair of numbers that meet; and the bytes, if x and W are read once and the result is written once.


# %%
def operations_and_bytes(n, fan_in, fan_out):
    """(operations, bytes) of a Dense layer without bias, on n examples in float32."""
    # <solution>
    return 2 * n * fan_in * fan_out, 4 * (n * fan_in + fan_in * fan_out + n * fan_out)
    # </solution>


if check(operations_and_bytes):
    for n in (1, 20, 256):
        operations, traffic = operations_and_bytes(n, 784, 128)
        print(f"Dense(784→128) on {n:3} examples: {operations / traffic:5.1f} operations for each byte")

# %% [markdown]
# Adam does about a dozen operations for each parameter and reads and writes its w, g, m and v: less than one operation
# for each byte, whatever the batch. Matrix products get better with the batch, the optimizer costs the same for each
# step: in small batches it is a large share, and a rule with fewer passes over memory is "faster" there.
#
# **Take away.** Ask arguments for their module, and never the device for a number that you can do without. Count bytes
# before operations; write into old arrays; make few large calls rather than many small ones. A statement that one
# optimizer is 30 % faster holds for one model, one batch size and one machine.
#
# **Where this comes from.** Operations for each byte: Williams, Waterman and Patterson, *Roofline* (2009). Drepper,
# *What Every Programmer Should Know About Memory* (2007). The study's times, on a V100: 0.701 s for an epoch of Adam,
# 0.506 s of SGD. In minimix: backend.py, optim/optimizer.py, bench/; `minimix bench` times your machine.
