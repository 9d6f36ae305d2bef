"""What an update rule does on a problem, step by step, and where two rules part."""

from dataclasses import dataclass, field

import numpy as np

STEPS = 60
TOLERANCE = 1e-9


@dataclass
class Walk:
    """The gradients that a rule saw, {parameter: array} for each step, and what it made of them.

    steps: {parameter: {term: array}} for each step; the term w is the parameter after it. scales: for each step
    {(parameter, term): its largest magnitude so far}, by which rounding is measured. kept: the terms that live from
    step to step (of our rule alone). trouble: the exception that ended a walk along given gradients early, or None.
    """

    problem: object
    gradients: list = field(default_factory=list)
    steps: list = field(default_factory=list)
    scales: list = field(default_factory=list)
    kept: set = field(default_factory=set)
    trouble: Exception | None = None


def walk(problem, make, gradients=None):
    """The Walk of what make(named parameters) returns, along the gradients of another walk or, without, its own."""
    named, found = problem.begin(), Walk(problem)
    mover = make(named)
    for t in range(1, STEPS + 1):
        for name, p in named:
            p.grad = gradients[t - 1][name].copy() if gradients else None
        if not gradients:
            problem.loss(dict(named), t).backward()
        found.gradients.append({name: p.grad.copy() for name, p in named})
        try:
            terms = mover.step()
        except Exception as error:
            if not gradients:
                raise
            found.trouble = error
            break
        found.steps.append({name: _numbers(terms[name]) | {"w": p.data.copy()} for name, p in named})
        before = found.scales[-1] if found.scales else {}
        sizes = {
            (name, term): np.abs(x).max(initial=0) for name, of in found.steps[-1].items() for term, x in of.items()
        }
        found.scales.append({key: max(before.get(key, 0), size) for key, size in sizes.items()})
    found.kept = set() if gradients else mover.kept()  # known when the rule has made a step
    return found


def _numbers(terms):
    arrays = {term: np.array(x) for term, x in terms.items() if term != "w"}  # which is from before the step
    return {term: x for term, x in arrays.items() if x.dtype.kind in "bif"}


def same(a, b, scale):
    """Whether two arrays agree up to rounding, where numbers have been as large as `scale` on the way."""
    return a.shape == b.shape and np.allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE * scale, equal_nan=True)


def agree(step, other, scales, terms):
    """Whether two steps, {parameter: {term: array}} each, agree in those of the terms that both know."""
    known = [(name, term) for name in step for term in terms if term in step[name] and term in other[name]]
    return all(same(step[name][term], other[name][term], scales[name, term]) for name, term in known)


@dataclass(frozen=True)
class Difference:
    """A term of a parameter that differs after step t."""

    t: int
    name: str
    term: str
    got: np.ndarray
    right: np.ndarray


def parting(theirs, ours):
    """The first Difference that counts, and the first step at which w differs; None where w is the same all the way.

    A term that lives from step to step counts from its first difference on. Another counts where w differs too, unless
    it differed before: then it only has the same name.
    """
    found = list(_differences(theirs, ours))
    w_parts = next((d.t for d in found if d.term == "w"), None)
    if w_parts is None:
        return None
    harmless = {(d.name, d.term) for d in found if d.t < w_parts and d.term not in ours.kept}
    counts = (d for d in found if d.term in ours.kept or (d.t == w_parts and (d.name, d.term) not in harmless))
    return next(counts), w_parts


def _differences(theirs, ours):
    for t, (step, right) in enumerate(zip(theirs.steps, ours.steps, strict=False), 1):
        for name, terms in right.items():
            for term, x in terms.items():
                if term in step[name] and not same(step[name][term], x, ours.scales[t - 1][name, term]):
                    yield Difference(t, name, term, step[name][term], x)
