import numpy as np
import pytest

from minimix.course.problems import PROBLEMS


def gradients(problem, t):
    named = problem.begin()
    problem.loss(dict(named), t).backward()
    return {name: p.grad for name, p in named}


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_a_problem_is_float64_and_begins_afresh(problem):
    for name, p in problem.begin():
        assert p.dtype == np.float64
        p.data += 1
        np.testing.assert_array_equal(dict(problem.begin())[name].data, problem.start[name])


def test_some_gradients_are_always_0_where_others_are_not():
    network = PROBLEMS[-1]
    for t in range(1, 7):
        weight = gradients(network, t)["dense1.weight"]
        assert not weight[:, 3].any() and weight[:, :3].all()


def test_batches_are_used_in_turn():
    first, second, again = (gradients(PROBLEMS[-1], t)["dense2.bias"] for t in (1, 2, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, second)


def test_the_first_problem_has_two_parameters_of_one_shape_so_that_a_shared_state_shows():
    assert [w.shape for w in PROBLEMS[0].start.values()] == [(3,), (3,)]
    sizes = np.abs(np.concatenate(list(gradients(PROBLEMS[0], 1).values())))
    assert sizes.max() > 1000 * sizes.min() > 0
