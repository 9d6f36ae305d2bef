import numpy as np

import minimix as mx
from minimix.course import jacobian
from minimix.operators import operator

X, W = np.array([[1.0, 2.0], [3.0, -4.0], [0.5, 6.0]]), np.array([[1.0, -2.0]])


def test_both_ways_give_the_jacobian_of_a_matrix_product():
    f = lambda x, w: x @ w.T
    by_x = np.kron(np.eye(3), W)  # row n: w at the columns of x[n]
    for way in (jacobian.by_engine, jacobian.by_differences):
        np.testing.assert_allclose(way(f, [X, W], 0), by_x, atol=1e-9)
        np.testing.assert_allclose(way(f, [X, W], 1), X, atol=1e-9)


def test_an_input_that_does_not_count_has_zeros():
    np.testing.assert_array_equal(jacobian.by_engine(lambda x, w: x * 2, [X, W], 1), np.zeros((6, 2)))
    np.testing.assert_array_equal(jacobian.by_engine(lambda x: mx.Tensor(x.data), [X], 0), np.zeros((6, 6)))


def test_the_picture_marks_the_worst_element_of_a_wrong_jacobian_alone():
    @operator(lambda g, y, x, w: g * w, lambda g, y, x, w: g * x + np.array([0.0, 0.25]) * g)
    def wrong(x, w):
        return x * w

    x = np.array([1.0, 2.0])
    figure = jacobian.draw(wrong, [x, x + 1], "wrong")
    marks = [axes.get_lines() for axes in figure.axes if axes.get_title() == "engine less differences"]
    assert not marks[0]
    assert [float(v) for v in (*marks[1][0].get_xdata(), *marks[1][0].get_ydata())] == [1.0, 1.0]
