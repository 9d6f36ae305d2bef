# %% [markdown]
# # 2. The tape, and why the order matters
#
# **Question.** With a = 3 we compute x = a·a, then v = 5·x, then out = x + v. To find d out/d a, an engine
# walks back from out. It meets x twice: directly, and through v. Does it matter in which order it visits x
# and v?
#
# **Predict.** out = 6a², so that d out/d a = 36. Write down what you would get if x handed its gradient on
# to a as soon as out had told it something, before v has.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minimix as mx
from minimix.course import check, show
from minimix.plots import COLOURS

# %% [markdown]
# A *tape* lists every computed number in the order in which it was made. `made_from[k]` holds, for entry k,
# pairs: the entry that it was made from, and the local derivative.

# %%
NAMES = ["a = 3", "x = a·a", "v = 5·x", "out = x + v"]
MADE_FROM = [[], [(0, 3.0), (0, 3.0)], [(1, 5.0)], [(1, 1.0), (2, 1.0)]]

# %% [markdown]
# First come, first served: visit what you meet, in the order in which you meet it, each entry once. It
# looks reasonable.


# %%
def first_come(made_from):
    """(gradients of the last entry by every entry, the order of visits), wrongly."""
    gradients, order = [0.0] * len(made_from), []
    gradients[-1] = 1.0
    queue = [len(made_from) - 1]
    while queue:
        k = queue.pop(0)
        order.append(k)
        for i, local in made_from[k]:
            gradients[i] += gradients[k] * local
            if i not in queue and i not in order:
                queue.append(i)
    return gradients, order


print("first come, first served:", first_come(MADE_FROM))

# %% [markdown]
# It says 6, not 36. x ends with the right gradient, 1 + 5, but it had handed 1 on to a before the 5 arrived.
#
# **The rule.** An entry may hand its gradient on only when *all* its users have reported. The tape makes
# that easy: whatever uses an entry was made after it.
#
# **Exercise 1.** Walk the tape from its end to its beginning. The gradient of the last entry is 1.


# %%
def tape_gradients(made_from):
    """The derivative of the last entry by every entry, a list as long as the tape."""
    # <solution>
    gradients = [0.0] * len(made_from)
    gradients[-1] = 1.0
    for k in reversed(range(len(made_from))):
        for i, local in made_from[k]:
            gradients[i] += gradients[k] * local
    return gradients
    # </solution>


check(tape_gradients)

# %% [markdown]
# ## Without a tape
# minimix keeps no tape: each Tensor knows what it was made from, and nothing else, so that what nobody
# needs any more is forgotten. It counts instead: how many users has each entry, and how many have reported?
#
# **Exercise 2.** Count the uses of every entry *on the way to the output*. What the output does not depend
# on does not count, or its entries would wait for ever for a report that never comes.


# %%
def count_uses(made_from, output):
    """How often each entry is used on the way to the entry number `output`: a list as long as made_from."""
    # <solution>
    uses, found, stack = [0] * len(made_from), {output}, [output]
    while stack:
        for i, _ in made_from[stack.pop()]:
            uses[i] += 1
            if i not in found:
                found.add(i)
                stack.append(i)
    return uses
    # </solution>


check(count_uses)

# %% [markdown]
# **Exercise 3.** Gradients by counting: start with the output, ready, its gradient 1. Take a ready entry,
# hand on to what it was made from, count that report off; an entry with no report outstanding is ready. The
# entries here are in no particular order, so that walking backwards does not help. What the output does not
# depend on has the gradient 0. You may use `count_uses`.


# %%
def gradients_by_counting(made_from, output):
    """The derivative of the entry `output` by every entry, a list as long as made_from."""
    # <solution>
    uses, gradients, ready = count_uses(made_from, output), [0.0] * len(made_from), [output]
    gradients[output] = 1.0
    while ready:
        k = ready.pop()
        for i, local in made_from[k]:
            gradients[i] += gradients[k] * local
            uses[i] -= 1
            if uses[i] == 0:
                ready.append(i)
    return gradients
    # </solution>


check(gradients_by_counting)

# %% [markdown]
# ## The picture
# Left and middle: our graph, with the visits numbered and the gradient that each entry *handed on*. Right:
# the recursion of the first lesson gives the right answer, but it goes along every path. For x₁ = x₀ + x₀,
# x₂ = x₁ + x₁, … the number of paths doubles with each step.


# %%
PLACES = [(0, 0), (0, 1), (0.8, 1.9), (0, 2.8)]


def draw(axes, title, visits, handed_on):
    for k, inputs in enumerate(MADE_FROM):
        for j, (i, _) in enumerate(inputs):
            bend = 0.2 * (j - 0.5) if k == 1 else 0  # a is used twice by x
            line = {"arrowstyle": "-|>", "color": "0.5", "connectionstyle": f"arc3,rad={bend}"}
            axes.annotate("", PLACES[i], PLACES[k], arrowprops=line | {"shrinkA": 16, "shrinkB": 16})
        colour = COLOURS[0] if handed_on[k] == RIGHT[k] else COLOURS[1]
        box = {"boxstyle": "round,pad=0.4", "facecolor": "white", "edgecolor": colour, "linewidth": 1.8}
        axes.text(*PLACES[k], NAMES[k], ha="center", va="center", bbox=box)
        x, y = (-0.75, PLACES[k][1]) if k != 2 else (1.0, 1.45)
        note = f"visit {visits.index(k) + 1}\ngradient {handed_on[k]:g}"
        axes.text(x, y, note, ha="center", va="center", color=colour)
    axes.set(title=title, xlim=(-1.1, 1.4), ylim=(-0.4, 3.2))
    axes.axis("off")


RIGHT = [36.0, 6.0, 1.0, 1.0]
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(11, 4), layout="constrained")
draw(left, "first come, first served: 6", [3, 1, 2, 0], [6.0, 1.0, 1.0, 1.0])
draw(middle, "when all users have reported: 36", [3, 2, 1, 0], RIGHT)
depth = np.arange(31)
right.semilogy(depth, 2.0 ** (depth + 1) - 1, "--", color=COLOURS[1], label="recursion: every path")
right.semilogy(depth, depth + 1, color=COLOURS[0], label="each entry once")
right.set(xlabel="doublings xₖ₊₁ = xₖ + xₖ", title="visits")
right.grid(color="0.9")
right.legend(framealpha=1, edgecolor="none")
show("02_order")

# %% [markdown]
# minimix counts, and does not recurse: neither a billion paths nor twenty thousand steps trouble it.

# %%
a = mx.Tensor(3.0, requires_grad=True)
x = a * a
(x + 5 * x).backward()
print("minimix:", a.grad)

x = start = mx.Tensor(np.float64(1.0), requires_grad=True)
for _ in range(60):
    x = x + x
x.backward()
print("sixty doublings:", start.grad, "=", 2.0**60)

x = start = mx.Tensor(np.float64(1.0), requires_grad=True)
for _ in range(20000):
    x = x + 1e-9
x.backward()
print("twenty thousand steps:", start.grad)

# %% [markdown]
# It keeps no tape, but it can write one down: `mx.tape` listens to the sweep and tells every step. Look how x
# waits until both of its users have reported, and then hands on 6·3, twice.

# %%
a = mx.Tensor(3.0, requires_grad=True)
x = a * a
v = 5 * x
print(mx.tape(x + v).text())

# %% [markdown]
# In a notebook it is a page: go forward with the arrow keys. `minimix tape file.py:f` shows your own function.

# %%
mx.tape(x + v)

# %% [markdown]
# **Take away.** Gradients flow backwards, and a number may pass its gradient on only when every one of its
# users has reported. Reversing the order of computation, or counting uses, does that in one visit each: a
# gradient costs about as much as the computation, however many inputs there are.
#
# **Where this comes from.** The list of computed numbers is Wengert's (1964); Linnainmaa (1970) walked it
# backwards. That a gradient costs at most a small multiple of the function is Baur and Strassen's (1983);
# the multiple is 3 or 4 (Griewank and Walther, *Evaluating Derivatives*).
