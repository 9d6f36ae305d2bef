"""The engine: the recorded graph, its reverse sweep, gradients of gradients, and what it refuses."""

import gc
import itertools
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minimix as mm
from minimix import Tensor
from minimix.operators import operator
from minimix.tensor import recording


def parameter(*shape, dtype=np.float64, seed=0):
    return Tensor(np.random.default_rng(seed).standard_normal(shape).astype(dtype), requires_grad=True)


def count_products(monkeypatch, length):
    """How many vector-Jacobian products backward computes for a chain of additions."""
    calls = 0
    x = parameter(2)
    y = x
    for _ in range(length):
        y = y + 1.0

    def product(g, y, a, b):
        nonlocal calls
        calls += 1
        return g

    with monkeypatch.context() as patch:
        patch.setattr(y._operator, "vjps", (product, product))
        y.sum().backward()
    np.testing.assert_array_equal(x.grad, [1, 1])
    return calls


def test_a_chain_of_100000_operations_has_a_gradient_in_linear_work(monkeypatch):
    assert count_products(monkeypatch, 10_000) == 10_000
    assert count_products(monkeypatch, 100_000) == 100_000


def test_a_chain_of_100000_operations_is_dropped_and_differentiated_again_without_recursion():
    x = parameter(2)
    y = x
    for _ in range(100_000):
        y = y * 1.0
    del y
    y = x
    for _ in range(20_000):
        y = y * 1.0001
    y.sum().backward(create_graph=True)
    np.testing.assert_allclose(x.grad.data, 1.0001**20_000)


def test_a_diamond_of_many_paths_visits_each_node_once():
    x = Tensor([1.0], requires_grad=True)
    y = x
    for _ in range(60):
        y = y + y  # 2**60 paths
    y.backward()
    assert x.grad == 2.0**60


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.booleans()), min_size=1, max_size=20))
def test_gradients_of_random_graphs_are_those_of_forward_derivatives(steps):
    """Whatever the order in which nodes are used: the derivative is carried along the forward computation."""
    x = Tensor(np.array(0.7), requires_grad=True)
    nodes, values, slopes = [x], [0.7], [1.0]
    for i, j, product in steps:
        i, j = i % len(nodes), j % len(nodes)
        if product:
            nodes.append(nodes[i] * nodes[j] * 0.5)
            slopes.append(0.5 * (slopes[i] * values[j] + values[i] * slopes[j]))
            values.append(0.5 * values[i] * values[j])
        else:
            nodes.append(nodes[i] - 2 * nodes[j])
            slopes.append(slopes[i] - 2 * slopes[j])
            values.append(values[i] - 2 * values[j])
    nodes[-1].backward()
    np.testing.assert_allclose(x.grad, slopes[-1], rtol=1e-9, atol=1e-9 * (1 + max(map(abs, slopes))))


def test_gradients_accumulate_over_uses_and_over_sweeps():
    x = parameter(3)
    y = x * x + x
    y.sum().backward()
    np.testing.assert_allclose(x.grad, 2 * x.data + 1)
    (3 * x).sum().backward()
    np.testing.assert_allclose(x.grad, 2 * x.data + 4)


USES = {
    "x + y": lambda x, y: x + y,
    "x + x": lambda x, y: x + x + y,
    "reshape": lambda x, y: x.reshape(-1) + y.reshape(-1),
    "transpose": lambda x, y: x.T + y.T,
    "broadcast": lambda x, y: mm.ops.broadcast_to(x, shape=(2, 3, 3)) + y,
    "sum": lambda x, y: x.sum() + y.sum(),
    "index": lambda x, y: x[:, 1:] + y[:, 1:],
    "cast": lambda x, y: x.astype("float64") + y,
    "concatenate": lambda x, y: mm.concatenate([x, y, x]),
    "same": lambda x, y: mm.ops.same(x) + mm.ops.same(y),
    "assemble": lambda x, y: mm.ops.assemble(
        x.reshape(-1), y.reshape(-1), places=[[slice(9, 18)], [slice(0, 9)]], like=np.ones(18)
    ),
    "no step": lambda x, y: x,
}


@pytest.mark.parametrize("create_graph", [False, True], ids=["arrays", "Tensors"])
@pytest.mark.parametrize("f", USES.values(), ids=USES)
def test_no_two_gradients_share_memory_and_each_can_be_written(f, create_graph):
    x, y = parameter(3, 3), parameter(3, 3, seed=1)
    z = f(x, y)
    given = np.ones(z.shape)
    z.backward(given, create_graph=create_graph)
    arrays = [given, x.data, y.data] + [p.grad.data if create_graph else p.grad for p in (x, y) if p.grad is not None]
    for a, b in itertools.combinations(arrays, 2):
        assert not np.shares_memory(a, b)
    before = [a.copy() for a in arrays]
    arrays[3] += 1
    for a, b in zip(arrays[:3] + arrays[4:], before[:3] + before[4:], strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_second_sweep_does_not_change_the_gradient_that_was_kept():
    x = parameter(3)
    x.sum().backward()
    kept = x.grad
    x.sum().backward()
    np.testing.assert_array_equal(kept, np.ones(3))
    np.testing.assert_array_equal(x.grad, 2 * np.ones(3))


def test_a_freed_graph_is_refused_in_one_sentence():
    x = parameter(3)
    hidden = x * 2
    y = hidden.sum()
    y.backward()
    for again in (y, hidden.sum()):
        with pytest.raises(RuntimeError, match=r"freed by an earlier backward.*retain_graph=True"):
            again.backward()
    np.testing.assert_array_equal(x.grad, 2 * np.ones(3))


def test_retain_graph_allows_another_sweep():
    x = parameter(3)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    np.testing.assert_allclose(x.grad, 4 * x.data)


def test_nothing_waits_for_the_garbage_collector():
    rng = np.random.default_rng(0)
    model = mm.nn.Sequential(mm.nn.Dense(4, 5, rng), mm.nn.ReLU(), mm.nn.Dense(5, 3, rng))
    optimizer = mm.optim.Optimizer(model, mm.optim.SGD(0.1))
    images, labels = rng.standard_normal((8, 4)).astype("float32"), rng.integers(0, 3, 8)
    gc.collect()
    gc.disable()
    try:
        for create_graph in (False, True):
            optimizer.zero_grad()
            hidden = model(Tensor(images))
            loss = mm.cross_entropy(hidden, labels)
            loss.backward(create_graph=create_graph)
            optimizer.step()
            optimizer.zero_grad()
            dropped = [weakref.ref(hidden), weakref.ref(loss)]
            del hidden, loss
            assert [ref() for ref in dropped] == [None, None]
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_graph_is_freed_by_backward_even_while_its_output_is_held():
    x = parameter(3)
    hidden = x * 2
    loss = hidden.sum()
    dropped = weakref.ref(hidden)
    del hidden
    loss.backward()
    assert dropped() is None


def test_no_grad_records_nothing_and_ends_with_its_block():
    x = parameter(3)
    with mm.no_grad():
        assert not (x * 2).requires_grad
        with mm.no_grad():
            pass
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad
    with pytest.raises(ZeroDivisionError), mm.no_grad():
        1 / 0  # noqa: B018
    assert (x * 2).requires_grad


def test_first_order_sweeps_compute_on_bare_arrays():
    seen = []

    @operator(lambda g, y, x: seen.append((type(g), type(y), type(x))) or g)
    def probe(x):
        return x + 0

    del mm.operators.OPERATORS["probe"]
    x = parameter(3)
    probe(x).sum().backward()
    probe(x).sum().backward(create_graph=True)
    assert seen == [(np.ndarray,) * 3, (Tensor,) * 3]


def test_nothing_is_computed_for_inputs_that_need_no_gradient():
    def never(*_):
        raise AssertionError("computed for nobody")

    @operator(never, lambda g, y, x, w: g * x)
    def scale(x, w):
        return x * w

    del mm.operators.OPERATORS["scale"]
    w = parameter(3)
    scale(np.ones(3), w).sum().backward()
    scale(Tensor(np.ones(3)), w).sum().backward()
    np.testing.assert_array_equal(w.grad, 2 * np.ones(3))


def test_detach_cuts_the_graph():
    x = parameter(3)
    cut = (x * x).detach()
    assert not cut.requires_grad
    (x * cut).sum().backward()
    np.testing.assert_allclose(x.grad, x.data**2)


def test_create_graph_gives_gradients_that_can_be_differentiated():
    x = Tensor([1.0, 2.0], requires_grad=True)
    (x**3).sum().backward(create_graph=True)
    first = x.grad
    assert isinstance(first, Tensor)
    np.testing.assert_allclose(first.data, [3, 12])
    x.grad = None
    first.sum().backward()
    assert not isinstance(x.grad, Tensor)
    np.testing.assert_allclose(x.grad, [6, 12])


def test_grad_gives_arrays_for_arrays_and_tensors_for_tensors():
    cube = mm.grad(lambda x: (x**3).sum())
    x = np.array([1.0, 2.0])
    assert type(cube(x)) is np.ndarray
    np.testing.assert_allclose(cube(x), 3 * x**2)
    assert not cube(Tensor(x)).requires_grad
    assert cube(Tensor(x, requires_grad=True)).requires_grad
    second = mm.grad(lambda a, b: (a * b * b).sum(), argnum=1)
    np.testing.assert_allclose(second(x, x + 1), 2 * x * (x + 1))
    mm.grad(lambda x: x.sum())(x)[0] = 0  # the array belongs to the caller


def test_grad_of_grad_of_grad():
    f = lambda x: (x**4).sum()
    for expected in ([4.0, 32.0], [12.0, 48.0], [24.0, 48.0], [24.0, 24.0], [0.0, 0.0]):
        f, previous = (lambda x, f=f: mm.grad(f)(x).sum()), f
        np.testing.assert_allclose(mm.grad(previous)(np.array([1.0, 2.0])), expected, atol=1e-12)


def test_grad_of_what_does_not_depend_on_the_argument_is_zero():
    np.testing.assert_array_equal(mm.grad(lambda x: Tensor([3.0]))(np.ones(2)), [0, 0])
    np.testing.assert_array_equal(mm.hvp(lambda x: x.sum(), np.ones(2), np.ones(2)), [0, 0])


def test_hessian_vector_products_are_those_of_the_hessian():
    rng = np.random.default_rng(0)
    a, x, v = rng.standard_normal((4, 4)), rng.standard_normal(4), rng.standard_normal(4)

    def f(x):  # x'Ax / 2 + sum(x^3)
        return (x * (a @ x)).sum() / 2 + (x**3).sum()

    hessian = (a + a.T) / 2 + np.diag(6 * x)
    np.testing.assert_allclose(mm.hvp(f, x, v), hessian @ v, rtol=1e-12)


SCALAR_SIGNS = {
    "1 + x": lambda x: 1 + x,
    "x - 1.5": lambda x: x - 1.5,
    "1 - x": lambda x: 1 - x,
    "2 * x": lambda x: 2 * x,
    "x / 3": lambda x: x / 3,
    "1 / x": lambda x: 1 / x,
    "x ** 2": lambda x: x**2,
    "2 ** x": lambda x: 2**x,
    "maximum": lambda x: mm.maximum(x, 0),
    "mean": lambda x: x.mean(),
}


@pytest.mark.parametrize("f", SCALAR_SIGNS.values(), ids=SCALAR_SIGNS)
@pytest.mark.parametrize("shape", [(), (2, 3)], ids=str)
def test_python_numbers_keep_float32(f, shape, backend):
    x = Tensor(np.full(shape, 0.5, "float32"), requires_grad=True)
    y = f(x)
    assert y.dtype == np.float32
    y.sum().backward(create_graph=True)
    assert x.grad.dtype == np.float32
    assert x.grad.shape == shape


def test_a_gradient_has_its_inputs_dtype_where_the_output_was_promoted(backend):
    x = Tensor(np.ones(3, "float32"), requires_grad=True)
    y = x * mm.backend.asarray(np.arange(3.0))
    assert y.dtype == np.float64
    y.sum().backward()
    assert x.grad.dtype == np.float32


def test_an_array_on_the_left_leaves_the_work_to_the_tensor(backend):
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    left, x = mm.backend.asarray(a), Tensor(a.T)
    for y, expected in ((left + x, a + a.T), (left - x, a - a.T), (left / x, a / a.T), (left @ x, a @ a.T)):
        assert isinstance(y, Tensor)
        np.testing.assert_allclose(y.numpy(), expected)


def test_lists_and_numbers_become_float32_and_arrays_keep_their_dtype():
    assert Tensor([1, 2]).dtype == Tensor(3).dtype == np.float32
    assert Tensor(np.arange(3)).dtype == np.int64
    assert Tensor(np.float64(3)).dtype == np.float64


def test_items_lengths_and_text():
    x = Tensor([[1.0, 2.0]], requires_grad=True, name="weight")
    assert len(x) == 1
    assert x[0, 1].item() == float(x[0, 1]) == 2.0
    assert [row.item() for row in x[0]] == [1.0, 2.0]
    assert repr(x) == "Tensor([[1. 2.]], float32, name='weight', requires_grad=True)"
    assert repr(x * 2) == "Tensor([[2. 4.]], float32, from multiply)"


def test_a_broken_product_names_its_operator():
    @operator(lambda g, y, x, w: g, lambda g, y, x, w: g)
    def product(x, w):
        return x @ w

    del mm.operators.OPERATORS["product"]
    with pytest.raises(ValueError, match=r"product: .* shape \(2, 4\) for an input of shape \(2, 3\)"):
        product(parameter(2, 3), parameter(3, 4)).sum().backward()


def test_errors_are_sentences():
    x = parameter(2, 3)
    with pytest.raises(ValueError, match=r"output of shape \(2, 3\) needs a gradient of that shape"):
        (x * 2).backward()
    with pytest.raises(ValueError, match=r"gradient must have the output's shape \(2, 3\), got \(3,\)"):
        (x * 2).backward(np.ones(3))
    with pytest.raises(RuntimeError, match="depends on a Tensor with requires_grad=True"):
        Tensor([1.0]).backward()
    with pytest.raises(TypeError, match="needs a floating dtype, got int64"):
        Tensor(np.arange(3), requires_grad=True)
    with pytest.raises(ValueError, match=r"returns a Tensor with one element, got shape \(2,\)"):
        mm.grad(lambda x: x * 2)(np.ones(2))
    with pytest.raises(ValueError, match="returns a Tensor with one element, got float"):
        mm.grad(lambda x: 2.0)(np.ones(2))


def test_one_no_grad_object_can_be_entered_again_and_in_several_threads():
    x, off, on = parameter(3), mm.no_grad(), recording()
    with off:
        with on, off:
            with off:
                assert not (x * 2).requires_grad
            assert not (x * 2).requires_grad
        with on:
            assert (x * 2).requires_grad
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad

    inside, outside = threading.Event(), threading.Event()

    def other():
        with off:
            inside.set()
            outside.wait(10)

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait(10)
    assert (x * 2).requires_grad
    with off:
        assert not (x * 2).requires_grad
    outside.set()
    thread.join()
    assert (x * 2).requires_grad

    @mm.no_grad()
    def twice(depth=0):
        return twice(depth + 1) if depth < 3 else x * 2

    assert not twice().requires_grad and (x * 2).requires_grad


@pytest.mark.parametrize("create_graph", [False, True])
def test_an_error_within_backward_leaves_every_gradient_as_it_was(create_graph):
    def fails(g, y, x):
        raise ZeroDivisionError

    @operator(fails)
    def broken(x):
        return x + 0

    del mm.operators.OPERATORS["broken"]
    first, second, third = parameter(3), parameter(3, seed=1), parameter(3, seed=2)
    (second * 2).sum().backward()
    kept, before = second.grad, second.grad.copy()
    for a, b in itertools.permutations((first * second, broken(third * 1) * second)):
        with pytest.raises(ZeroDivisionError):
            (a + b).sum().backward(create_graph=create_graph, retain_graph=True)
    assert first.grad is None and third.grad is None and second.grad is kept
    np.testing.assert_array_equal(kept, before)
    assert (first * 2).requires_grad


def index_of(rng, shape):
    """An index of a random kind for an array of a shape: repeated or negative, new axes, masks, all sequences."""
    key, axis = [], 0
    while axis < len(shape):
        n = shape[axis]
        numbers = rng.integers(-n, n, rng.integers(1, 5)).tolist()
        bits = (rng.random(n) < 0.5).tolist()
        start, stop = rng.integers(-n - 1, n + 2, 2).tolist()
        parts = [
            slice(start, stop), slice(None, None, -1), slice(start, None, 2), numbers[0], np.int64(numbers[0]),
            np.array(numbers[0]), numbers, tuple(numbers), [], range(n), np.array(numbers),
            np.array(numbers).reshape(-1, 1), [numbers], np.array(numbers[:0], int), np.array(bits), bits, None,
            np.bool_(True),
        ]  # fmt: skip
        if axis + 1 < len(shape):
            parts.append(rng.random(shape[axis : axis + 2]) < 0.5)
        part = parts[rng.integers(len(parts))]
        key.append(part)
        axis += (
            2 if getattr(part, "ndim", 0) == 2 and part.dtype == bool else part is not None and part is not parts[17]
        )
        if rng.random() < 0.15:
            break
    key = key or [None]
    if rng.random() < 0.3:
        key.insert(rng.integers(len(key) + 1), Ellipsis)
    return key[0] if len(key) == 1 and not isinstance(key[0], tuple) and rng.random() < 0.5 else tuple(key)


@pytest.mark.filterwarnings("ignore:Out of bound index found:DeprecationWarning")  # NumPy 2.0, of empty results
def test_every_kind_of_index_has_the_value_and_the_gradient_that_numpy_says():
    rng, valid = np.random.default_rng(0), 0
    for _ in range(4000):
        shape = tuple(rng.integers(1, 4, rng.integers(0, 4)).tolist())
        a, index = np.arange(1.0, 1 + np.prod(shape)).reshape(shape), index_of(rng, shape)
        x = Tensor(a, requires_grad=True)
        try:
            expected = a[index]
        except IndexError:
            with pytest.raises(IndexError):
                x[index]
            continue
        weights, right = np.arange(2.0, 2 + expected.size).reshape(expected.shape), np.zeros(shape)
        np.add.at(right, index, weights)
        y = x[index] if rng.random() < 0.5 else mm.ops.getitem(x, index=index)
        y.backward(weights)
        assert np.array_equal(y.data, expected) and y.shape == expected.shape, index
        assert np.array_equal(x.grad, right), index
        valid += 1
    assert valid > 2500


@pytest.mark.parametrize(
    "index", [(0, 0, 1), [0, 0, 1], range(2), np.array([0, 0, -1]), [True, False, True], ()], ids=repr
)
def test_indices_of_any_sequence_count_repeated_elements_on_every_module(backend, index):
    a = np.arange(6.0).reshape(2, 3)
    x = Tensor(a, requires_grad=True)
    x[:, index].sum().backward(create_graph=True)
    right = np.zeros((2, 3))
    np.add.at(right, (slice(None), index), 1.0)
    np.testing.assert_array_equal(x.grad.numpy(), right)
