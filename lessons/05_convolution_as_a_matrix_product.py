# %% [markdown]
# # 5. Convolution as a matrix product, and its two adjoints
#
# **Question.** A convolution slides a 3×3 kernel over a 6×6 image and gives 4×4 numbers. Each of them is a sum of
# pixels times weights, so that the whole is linear: it could be a matrix times the 36 pixels. How large is that
# matrix, and how many of its numbers are not 0? And what has its transpose to do with training?
#
# **Predict.** Write down two numbers and one sentence.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minimix as mx
from minimix.course import check, show

# %% [markdown]
# One channel, no padding. Out[r, s] = Σᵢⱼ x[r+i, s+j]·w[i, j]: the kernel is not flipped (mathematicians call this
# *cross-correlation*; deep learning calls it convolution).
#
# **Exercise 1.** Lay out every patch of the image that the kernel meets as a row of a table. Then the convolution
# is that table times the kernel, laid out as a column.


# %%
def patches(x, k):
    """The k×k patches of the image x (h, w), row by row: shape ((h-k+1)*(w-k+1), k*k)."""
    # <solution>
    h, w = x.shape[0] - k + 1, x.shape[1] - k + 1
    return np.array([x[r : r + k, s : s + k].ravel() for r in range(h) for s in range(w)])
    # </solution>


if check(patches):
    x, w = np.random.default_rng(0).random((6, 6)), np.random.default_rng(1).random((3, 3))
    y = (patches(x, 3) @ w.ravel()).reshape(4, 4)
    print("the same as conv2d:", np.allclose(y, mx.conv2d(x[None, :, :, None], w[None, :, :, None])[0, :, :, 0]))

# %% [markdown]
# **Exercise 2.** The gradient by the kernel. y = patches·w is a matrix product, as in *Dense by hand*: w[i, j]
# moves each output by the pixel that it met there. g has the output's shape.


# %%
def kernel_gradient(g, x, k):
    """The gradient by the k×k kernel, where g is the gradient by the convolution of x with it."""
    # <solution>
    rows = [x[r : r + k, s : s + k].ravel() for r in range(g.shape[0]) for s in range(g.shape[1])]
    return (g.ravel() @ np.array(rows)).reshape(k, k)
    # </solution>


check(kernel_gradient)

# %% [markdown]
# **Exercise 3.** The gradient by the image. Out[r, s] was made from the patch at (r, s); hand g[r, s]·w back to
# where that patch was. Patches overlap: a pixel gets contributions from several outputs, and they add up.


# %%
def image_gradient(g, w, shape):
    """The gradient by the image of shape (h, w), where g is the gradient by its convolution with the kernel w."""
    # <solution>
    k, image = len(w), np.zeros(shape)
    for r in range(g.shape[0]):
        for s in range(g.shape[1]):
            image[r : r + k, s : s + k] += g[r, s] * w
    return image
    # </solution>


check(image_gradient)

# %% [markdown]
# ## The matrix
# Convolve 36 images with a single bright pixel each: the answers are the columns of the convolution's matrix A.
# Here are A and its transpose, a colour for each of the nine weights. A row of A is an output and shows which
# pixels it sees; a row of Aᵀ is a pixel, and shows which outputs saw it.


# %%
def convolve(x, w):
    return mx.conv2d(x[None, :, :, None], w[None, :, :, None])[0, :, :, 0]


weights = np.arange(1.0, 10).reshape(3, 3)
pixels = np.eye(36).reshape(36, 6, 6)
A = np.stack([convolve(pixel, weights).ravel() for pixel in pixels], axis=1)
print(f"A has {A.size} numbers, and {np.count_nonzero(A)} of them are not 0")

figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 4.4), layout="constrained", width_ratios=(2.25, 1))
for axes, matrix, title in ((left, A, "A: 36 pixels to 16 outputs"), (right, A.T, "Aᵀ: 16 gradients to 36")):
    image = axes.imshow(np.where(matrix == 0, np.nan, matrix), cmap="viridis", interpolation="nearest")
    axes.set(title=title)
left.set(xlabel="pixel", ylabel="output")
right.set(xlabel="output", ylabel="pixel")
figure.colorbar(image, ax=right, label="weight number", ticks=range(1, 10))
show("05_matrix")

# %% [markdown]
# ## One number, three ways
# ⟨A x, g⟩ = ⟨x, Aᵀ g⟩ holds for every x and g, and defines Aᵀ: the *adjoint*. This is how to test a gradient of
# anything linear without a single difference. The convolution is linear in its kernel too, so that there are two
# adjoints.

# %%
if check(kernel_gradient) and check(image_gradient):
    rng = np.random.default_rng(2)
    x, w, g = rng.standard_normal((6, 6)), rng.standard_normal((3, 3)), rng.standard_normal((4, 4))
    print(f"⟨convolution, g⟩       {(convolve(x, w) * g).sum():.12f}")
    print(f"⟨x, image gradient⟩    {(x * image_gradient(g, w, x.shape)).sum():.12f}")
    print(f"⟨w, kernel gradient⟩   {(w * kernel_gradient(g, x, 3)).sum():.12f}")
    print(
        "Aᵀ times g is the image gradient:",
        np.allclose(
            np.stack([convolve(p, w).ravel() for p in pixels]) @ g.ravel(), image_gradient(g, w, (6, 6)).ravel()
        ),
    )

# %% [markdown]
# On the tape of a convolution the two adjoints stand beside each other, and image and kernel are pictures, with the
# pictures of their gradients.

# %%
rng = np.random.default_rng(3)
image, kernel = (mx.Tensor(rng.random((1, n, n, 1)), requires_grad=True) for n in (6, 3))
print(mx.tape(mx.conv2d(image, kernel).sum()).text())

# %%
mx.tape(mx.conv2d(image, kernel).sum())

# %% [markdown]
# minimix's `conv2d` has these two as its VJPs, and they are operators too, each the VJP of the others: so
# convolutions have derivatives of every order.
#
# **Take away.** A convolution is a matrix product, twice over: a sparse matrix times the image, or a table of
# patches times the kernel. The gradients are the products with the transposes. Taking patches out becomes adding
# patches back.
#
# **Where this comes from.** Convolution by a table of patches (im2col) is Chellapilla, Puri and Simard's (2006).
# The two adjoints are LeCun et al.'s (1989) backward pass. In minimix: ops/convolution.py and ops/im2col.py.
