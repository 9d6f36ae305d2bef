# %% [markdown]
# # 1. A derivative is a number you can check
#
# **Question.** f(a, b) = (a·b + 3)². How much does f grow when a grows by a little, at a = 2, b = −1?
# Write down your guess (a number with a sign) before you run on.

# %%
import minimix as mx


def f(a, b):
    return (a * b + 3) ** 2


# %% [markdown]
# Nobody needs a rule to answer this. Move a by a small h to both sides and look: the *central difference*.

# %%
h = 1e-5
by_hand = (f(2 + h, -1) - f(2 - h, -1)) / (2 * h)
print(f"central difference: {by_hand:.6f}")

# %% [markdown]
# The rule is the chain rule, and an engine is the chain rule with a memory. Each number remembers what it was made
# from, and for each of these how much it moves when that one moves: its local derivative.


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
# minimix does the same with arrays, and without recursion (lesson 2 says why the order matters).

# %%
a, b = mx.Tensor(2.0, requires_grad=True), mx.Tensor(-1.0, requires_grad=True)
f(a, b).backward()
print(f"minimix: {a.grad:.6f}")

# %% [markdown]
# Never trust a derivative that you have not checked. `gradcheck` compares the engine with central differences, in
# float64, and says where they part.

# %%
print("gradcheck agrees:", bool(mx.gradcheck(f, [2.0, -1.0])))
assert abs(by_hand - a.grad) < 1e-5

# %% [markdown]
# **Take away.** A derivative is a number: how much the result moves per unit of input. You can always measure it.
#
# **Where this comes from.** Central differences err by h²/6 times the third derivative; reverse accumulation is
# Linnainmaa (1970); the class above is the idea of Karpathy's micrograd.
