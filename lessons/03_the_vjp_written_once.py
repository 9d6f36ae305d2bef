# %% [markdown]
# # 3. The vector-Jacobian product, written once
#
# **Question.** tanh of a thousand numbers is a function from a thousand numbers to a thousand. Its table of
# derivatives, the *Jacobian*, has a million entries. An engine needs the product of that table with one
# vector, at every step. How many multiplications does it take?
#
# **Predict.** Write down a number. And a second one: how often must somebody write down a derivative so
# that the engine has the first, second and third derivative of an operator?

# %%
import matplotlib.pyplot as plt
import numpy as np

import minimix as mx
from minimix.backend import module_of
from minimix.course import check, show
from minimix.operators import operator
from minimix.plots import COLOURS

# %% [markdown]
# A step of the reverse sweep knows g, the gradient of the end result by the operator's output y, and wants
# the gradient by its input x. That is the *vector-Jacobian product*, VJP: g times the table. The table is
# never made.
#
# For tanh the table is diagonal, 1 − y² on the diagonal, so that the product is g·(1 − y²): a thousand
# multiplications (and a thousand to square), not a million.

# %%
x, g = np.linspace(-2, 2, 1000), np.ones(1000)
y = np.tanh(x)
table = np.diag(1 - y**2)
print("the same:", np.allclose(g @ table, g * (1 - y**2)), "- numbers in the table:", table.size)

# %% [markdown]
# **Exercise 1.** softplus(x) = log(1 + eˣ) is a smooth ReLU. Write its VJP with operations that arrays
# *and* Tensors have: `+ - * /`, `mx.exp`, `mx.log`, `mx.sigmoid`, … (not `np.exp`). You are given g, the
# output y and the input x.


# %%
def softplus_vjp(g, y, x):
    """The gradient by x, where g is the gradient by y = log(1 + exp(x)), element by element."""
    # <solution>
    return g * mx.sigmoid(x)
    # </solution>


check(softplus_vjp)

# %% [markdown]
# **Exercise 2.** softmax is not diagonal: each output depends on all inputs of its row, ∂yᵢ/∂zⱼ = yᵢ·(1 if
# i = j else 0) − yᵢ·yⱼ. Still no table is needed. g, y and z have shape (n, k), a row for each example.


# %%
def softmax_vjp(g, y, z):
    """The gradient by z, where g is the gradient by y = softmax(z), row by row."""
    # <solution>
    return y * (g - (g * y).sum(axis=1, keepdims=True))
    # </solution>


check(softmax_vjp)

# %% [markdown]
# ## Once is enough
# An operator in minimix is its forward function with its VJPs. This is the whole of it, and all that
# anybody writes:


# %%
@operator(lambda g, y, x: g * mx.sigmoid(x))
def softplus(x):
    return module_of(x).logaddexp(0, x)  # log(exp(0) + exp(x)), NumPy's, or CuPy's where x is on a GPU


# %% [markdown]
# In a first derivative the engine calls the VJP with bare arrays: no graph, full speed. If the gradient is
# to be differentiated again, it calls *the same line* with Tensors. Then the line records a graph like any
# other computation, and the engine can walk that one too. The second derivative needs nothing new.

# %%
first = mx.grad(softplus)
second = mx.grad(first)
third = mx.grad(second)

x = np.linspace(-5, 5, 41)
h = 1e-3
curves = [np.array([float(f(np.float64(v))) for v in x]) for f in (softplus, first, second, third)]
figure, axes = plt.subplots(figsize=(7.5, 4.2), layout="constrained")
names = ("softplus", "first derivative", "second derivative", "third derivative")
for k, (name, curve) in enumerate(zip(names, curves, strict=True)):
    axes.plot(x, curve, color=COLOURS[k], linestyle=("-", "--", "-.", ":")[k], linewidth=1.8, label=name)
for k, f in enumerate((softplus, first, second)):
    differences = [float(f(np.float64(v + h)) - f(np.float64(v - h))) / (2 * h) for v in x[::4]]
    axes.plot(x[::4], differences, "o", color=COLOURS[k + 1], markersize=5, fillstyle="none")
axes.set(xlabel="x", ylim=(-0.3, 2.2), title="lines: the engine, from one VJP; circles: central differences")
axes.grid(color="0.9")
axes.legend(framealpha=1, edgecolor="none", loc="upper left")
show("03_derivatives")

# %% [markdown]
# Look at the line at work. `mx.tape` tells what each VJP gives, first in the names of the tape and then in numbers;
# with `second=True` it goes on through what the first sweep has recorded.

# %%
w = mx.Tensor(0.5, requires_grad=True)
print(mx.tape(softplus(w)).text())

# %%
mx.tape(softplus(w), second=True)

# %% [markdown]
# ## A product with all second derivatives
# For a function of a million weights the second derivatives form a table too, the *Hessian* H, with 10¹²
# numbers. Its product with a vector v costs about two gradients: the number ⟨gradient of f, v⟩ is a
# function of x like any other, and *its* gradient is H·v.
#
# **Exercise 3.** Write that with `mx.grad(f)`, which is a function: `mx.grad(f)(x)` is the gradient of f at
# x.


# %%
def hessian_times_vector(f, x, v):
    """H·v, an array like x: H holds the second derivatives of f (a scalar-valued function of Tensors) at x."""
    # <solution>
    return mx.grad(lambda x: (mx.grad(f)(x) * v).sum())(x)
    # </solution>


if check(hessian_times_vector):
    # The largest second derivative in any direction: multiply by H again and again (power iteration).
    def valley(w):
        return 0.5 * (w[0] ** 2 + 25 * w[1] ** 2) + 0.1 * (w[0] * w[1])

    v = np.array([1.0, 1.0])
    for _ in range(20):
        v = hessian_times_vector(valley, np.array([0.3, 0.7]), v)
        length = np.sqrt(v @ v)
        v = v / length
    print(f"steepest curvature of the valley: {length:.4f} (what it is good for: SGD, momentum and Nesterov)")

# %% [markdown]
# Does it hold for your own operator? `gradcheck` with `order=2` checks the gradient and the gradient of the
# gradient.

# %%
print("softplus, first and second order:", mx.gradcheck(softplus, [np.linspace(-2, 2, 5)], order=2))

# %% [markdown]
# **Take away.** An engine needs products with Jacobians, never the Jacobians. If the product is written
# with operations that can be recorded, its own derivative comes for free, and so on to any order. So each
# derivative is written once.
#
# **Where this comes from.** VJPs as one-liners over the same functions are the idea of HIPS autograd
# (Maclaurin 2016). The product with the Hessian is Pearlmutter's (1994), *Fast exact multiplication by the
# Hessian*.
