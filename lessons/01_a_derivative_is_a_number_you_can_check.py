# %% [markdown]
# # 1. A derivative is a number you can check
#
# **Question.** f(a, b) = (a·b + 3)². How much does f grow when a grows by a little, at a = 2, b = −1?
# And if you measure it, by moving a by a small h, as (f(a + h, b) − f(a, b))/h: which h gives the best answer, 0.1,
# 0.00001 or 0.0000000000001?
#
# **Predict.** Write down a number with its sign, and one of the three, before you run on.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minimix as mx
from minimix.course import check, show
from minimix.plots import COLOURS


def f(a, b):
    return (a * b + 3) ** 2


# %% [markdown]
# Nobody needs a rule to answer this. Move a by a small h to both sides and divide the rise by the run, 2h:
# this is the *central difference*.

# %%
h = 1e-5
by_hand = (f(2 + h, -1) - f(2 - h, -1)) / (2 * h)
print(f"central difference: {by_hand:.6f}")

# %% [markdown]
# **Exercise 1.** The same for any function f of one number: from f at x + h and at x − h.


# %%
def central_difference(f, x, h):
    """The derivative of f at the number x, from f at x + h and x - h."""
    # <solution>
    return (f(x + h) - f(x - h)) / (2 * h)
    # </solution>


check(central_difference)

# %% [markdown]
# **Exercise 2.** The gradient of a function of a vector is one derivative for each element: move one
# element, leave the others where they are. The vector x that you are given must be as it was when you are
# done.


# %%
def gradient_by_differences(f, x, h):
    """The gradient of f at the vector x, an array like x, by central differences of step h."""
    # <solution>
    gradient = np.zeros_like(x)
    for k in range(len(x)):
        move = np.zeros_like(x)
        move[k] = h
        gradient[k] = (f(x + move) - f(x - move)) / (2 * h)
    return gradient
    # </solution>


check(gradient_by_differences)

# %% [markdown]
# ## Which h?
# The derivative of eˣ at x = 1 is e. For each h: the error of the central difference, and of the one-sided
# difference (f(x + h) − f(x))/h.

# %%
steps = np.logspace(-15, 0, 91)
one_sided = (np.exp(1 + steps) - np.exp(1)) / steps
central = (np.exp(1 + steps) - np.exp(1 - steps)) / (2 * steps)

figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
axes.loglog(steps, abs(one_sided - np.e), "--", color=COLOURS[1], label="one-sided")
axes.loglog(steps, abs(central - np.e), color=COLOURS[0], label="central")
axes.annotate("too small:\nrounding", (3e-14, 3e-7), ha="center")
axes.annotate("too large:\ncurvature", (2e-2, 3e-8), ha="center")
axes.set(xlabel="step h", ylabel="error of the derivative")
axes.grid(color="0.9")
axes.legend(framealpha=1, edgecolor="none", loc="lower left")
show("01_which_h")

# %% [markdown]
# On the right the error is the function's curvature: it falls with h for one side, with h² for two (count
# the decades). On the left it is rounding: f has about 16 digits, and subtracting two nearly equal numbers
# loses all that they share. The best h for the central difference is near the cube root of 10⁻¹⁶.
#
# ## The rule, and an engine
# The rule is the chain rule, and an engine is the chain rule with a memory. Each number remembers what it
# was made from, and for each of these how much it moves when that one moves: its *local derivative*.


# %%
class Number:
    def __init__(self, value, made_from=()):
        self.value, self.made_from, self.grad = value, made_from, 0.0

    def __add__(self, other):
        return Number(self.value + other.value, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        return Number(self.value * other.value, [(self, other.value), (other, self.value)])

    def backward(self, grad=1.0):
        """Hand grad, the derivative of the end result by me, on to what I was made from."""
        self.grad += grad
        for number, local in self.made_from:
            number.backward(grad * local)


a, b = Number(2.0), Number(-1.0)
inner = a * b + Number(3.0)
outer = inner * inner
outer.backward()
print(f"twenty lines of engine: {a.grad:.6f}")

# %% [markdown]
# `inner` was used twice, and its two contributions were *added*: that is all there is to accumulation.
#
# **Exercise 3.** `Number` cannot divide. What are the local derivatives of a/b: how much does it move when
# a moves, and when b moves? Check yourself with `central_difference` first.


# %%
def local_derivatives_of_division(a, b):
    """The derivatives of a/b by a and by b, two numbers."""
    # <solution>
    return 1 / b, -a / b**2
    # </solution>


if check(local_derivatives_of_division):
    Number.__truediv__ = lambda self, other: Number(
        self.value / other.value,
        list(zip((self, other), local_derivatives_of_division(self.value, other.value), strict=True)),
    )
    a, b = Number(3.0), Number(2.0)
    (a / b).backward()
    print(f"Number divides: d(a/b)/da = {a.grad}, d(a/b)/db = {b.grad}")

# %% [markdown]
# minimix does the same with arrays, and without recursion (*The tape* says why the order matters). Never
# trust a derivative that you have not checked: `gradcheck` compares the engine with central differences, in
# float64, and says where they part.

# %%
a, b = mx.Tensor(2.0, requires_grad=True), mx.Tensor(-1.0, requires_grad=True)
f(a, b).backward()
print(f"minimix: {a.grad:.6f}")
print("gradcheck agrees:", mx.gradcheck(f, [np.float64(2.0), np.float64(-1.0)]))

# %% [markdown]
# **Take away.** A derivative is a number: how much the result moves per unit of input. You can always
# measure it. With central differences take h near 10⁻⁵ and float64: smaller is not better.
#
# **Where this comes from.** Central differences err by h²/6 times the third derivative, plus rounding of
# about 10⁻¹⁶/h (Press et al., *Numerical Recipes*, section 5.7). Reverse accumulation is Linnainmaa's
# (1970); the class above is the idea of Karpathy's micrograd.
