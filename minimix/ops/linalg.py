"""Matrix products, sums of products, and the norm.

In a VJP g is the gradient of the output y, and the rest are the inputs.
"""

import functools
from math import inf
from string import ascii_letters

from ..backend import backend_of, module_of, product
from ..hint import shown
from ..operators import composed, operator
from ..tensor import value
from .choice import where
from .shape import reshape, swapaxes


@operator(lambda g, y, x, w: _matmul(g, swapaxes(w, -1, -2)), lambda g, y, x, w: _matmul(swapaxes(x, -1, -2), g))
def _matmul(x, w):
    return product(x, w)


def matmul(x, w):
    """Matrix product x @ w of (..., n, k) and (..., k, m), stacks broadcasting; vectors as in NumPy."""
    for a in (x, w):
        if not getattr(a, "ndim", 0):
            raise ValueError(f"matmul takes Tensors and arrays with axes, got {shown(a)}; numbers multiply with *")
    if x.shape[-1] != w.shape[max(w.ndim - 2, 0)]:
        raise ValueError(f"matmul needs as many columns on the left as rows on the right, got {x.shape} and {w.shape}")
    rows = x.shape[:-1] if w.ndim == 1 else None
    if x.ndim == 1:
        y = _matmul(reshape(x, shape=(1, -1)), w if w.ndim > 1 else reshape(w, shape=(-1, 1)))
        return reshape(y, shape=y.shape[:-2] + y.shape[-1:] if w.ndim > 1 else ())
    if w.ndim == 1:
        return reshape(_matmul(x, reshape(w, shape=(-1, 1))), shape=rows)
    return _matmul(x, w)


@composed
def dot(a, b):
    """The product of a scalar, vector or matrix with another, as in NumPy."""
    if not (a.ndim and b.ndim):
        return a * b
    if max(a.ndim, b.ndim) > 2:
        raise ValueError(f"dot takes vectors and matrices, got {a.shape} and {b.shape}; for stacks write a @ b")
    return matmul(a, b)


@composed
def outer(a, b):
    """All products a[i] * b[j] of the elements of two arrays: (a.size, b.size)."""
    return reshape(a, shape=(-1, 1)) * reshape(b, shape=(1, -1))


def _einsum_vjp(i, g, y, *operands, inputs, output):
    """The sum of products of g and the other operands, with the letters of operand i for output.

    A letter that no other has is summed over: there g is repeated, by ones. Of a letter that stands twice in operand i
    only the diagonal counts: its second place gets a letter of its own and the identity matrix.
    """
    xp, x = module_of(value(g)), operands[i]
    others = [(letters, z) for k, (letters, z) in enumerate(zip(inputs, operands, strict=True)) if k != i]
    known, own = output + "".join(letters for letters, _ in others), ""
    free = iter(letter for letter in ascii_letters if letter not in "".join(inputs))
    for letter, n in zip(inputs[i], x.shape, strict=True):
        if letter in own:
            new = next(free)
            others.append((letter + new, xp.eye(n, dtype=g.dtype)))
            own += new
        else:
            if letter not in known:
                others.append((letter, xp.ones(n, g.dtype)))
            own += letter
    return _einsum(g, *(z for _, z in others), inputs=(output, *(letters for letters, _ in others)), output=own)


@operator(each=_einsum_vjp)
def _einsum(*operands, inputs, output):
    subscripts = f"{','.join(inputs)}->{output}"
    return module_of(operands[0]).einsum(subscripts, *operands, optimize=len(operands) > 1)


@composed
def einsum(subscripts, *operands):
    """Einstein's sum: einsum("ij,jk->ik", a, b) is a @ b. Without "->", letters that stand once are the output's.

    >>> a, b = mx.Tensor([[1.0, 2.0], [3.0, 4.0]]), mx.Tensor([1.0, 1.0])
    >>> mx.einsum("ij,j->i", a, b)
    Tensor([3. 7.], float32)
    """
    if not isinstance(subscripts, str):
        raise TypeError(f'einsum takes its subscripts first, as einsum("ij,jk->ik", a, b), got {shown(subscripts)}')
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    inputs = inputs.split(",")
    if len(inputs) != len(operands):
        raise ValueError(f"einsum's subscripts {subscripts!r} name {len(inputs)} operands, got {len(operands)}")
    if any("..." in letters for letters in inputs):
        inputs, output = _without_ellipsis(inputs, output, [x.ndim for x in operands], arrow)
    for letters, x in zip(inputs, operands, strict=True):
        if len(letters) != x.ndim:
            raise ValueError(f"einsum's subscripts {letters!r} do not fit an operand of shape {tuple(x.shape)}")
    if not arrow:
        every = "".join(inputs)
        output += "".join(sorted(letter for letter in set(every) - set(output) if every.count(letter) == 1))
    if unknown := set(output) - set("".join(inputs)):
        raise ValueError(f"einsum's output {output!r} has the letter {min(unknown)!r}, which no operand has")
    return _einsum(*operands, inputs=tuple(inputs), output=output)


def _without_ellipsis(inputs, output, dimensions, arrow):
    """Letters in the place of each "...", aligned at the right as broadcasting does."""
    free = [letter for letter in ascii_letters if letter not in "".join(inputs)]
    counts = [n - len(letters.replace("...", "")) for letters, n in zip(inputs, dimensions, strict=True)]
    most = max(n for n, letters in zip(counts, inputs, strict=True) if "..." in letters)
    dots = "".join(free[:most])
    inputs = [letters.replace("...", dots[most - n :]) for letters, n in zip(inputs, counts, strict=True)]
    return inputs, output.replace("...", dots) if arrow else dots


@operator(
    lambda g, y, x, w, b: _matmul(g, w),
    # NumPy's product of (n, 1) and (1, m) takes 5 times as long as theirs with broadcasting.
    lambda g, y, x, w, b: g.T * x if len(x) == 1 else _matmul(g.T, x),
    lambda g, y, x, w, b: g,
)
def affine(x, w, b):
    """x @ w.T + b for x (n, fan_in), w (fan_out, fan_in), b (fan_out,): the Dense layer."""
    # With few rows BLAS is faster the other way round: 0.17 ms instead of 0.30 ms for (20, 1600) and 312.
    y = product(x, w.T) if 4 * len(x) > len(w) else module_of(x).ascontiguousarray(product(w, x.T).T)
    if y.dtype != b.dtype:
        return y + b
    y += b
    return y


@operator(lambda g, y, x: g * (x / where(value(y) > 0, y, 1.0)))
def norm(x):
    """The Euclidean norm of all elements, a scalar; its derivative at 0 is taken as 0.

    Squares beyond x's dtype are summed in float64, on the host relative to the largest element.
    """
    x = x.reshape(-1) if x.dtype.kind == "f" else x.reshape(-1).astype("float64")
    xp = module_of(x)
    if backend_of(x).device:  # to look at a number would stop it
        return xp.sqrt(xp.einsum("i,i->", x, x, dtype="float64"), out=xp.empty((), x.dtype))
    squares = xp.vdot(x, x)  # as fast as x @ x, and silent where it overflows
    least, most = _squares(xp, x.dtype)
    if least < squares < most:
        return xp.sqrt(squares)
    largest = abs(x).max(initial=0).astype("float64")
    if largest == 0:  # as in a network whose units are all off
        return xp.sqrt(squares)
    x, dtype = x / (largest if largest < inf else 1.0), x.dtype
    return (xp.sqrt(x @ x) * largest).astype(dtype)


@functools.cache
def _squares(xp, dtype):
    """Between which numbers a sum of squares has neither lost digits nor overflown."""
    limits = xp.finfo(dtype)
    return float(limits.tiny / limits.eps), float(limits.max)
