"""What a page of steps must show: numbers that are those of its formulas."""

import numpy as np

from minimix.explain.notation import evaluate


def assert_formulas_hold(run):
    """The numbers of every step, put into its formulas, give its results to 1e-12, and its conditions hold."""
    for i, step in enumerate(run.steps):
        values = run.values(i)
        for equation in step["equations"]:
            for source in filter(None, (equation.source, equation.also)):
                got, shown = evaluate(equation, values, source), values[equation.key]
                assert np.all(np.abs(got - shown) <= 1e-12 * np.abs(shown)), (run.label, i, source, got, shown)
            if equation.when:
                assert evaluate(equation, values, equation.when), (run.label, i, equation)
