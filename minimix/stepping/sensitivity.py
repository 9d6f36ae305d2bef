"""How the end of a run depends on the hyperparameters: derivatives of the last loss, and what they mean in words."""

import inspect

import numpy as np

from ..optim import Rule, unroll
from ..optim.schedules import Schedule
from ..tensor import Tensor


def sensitivities(rule, landscape, start, steps, seed, split):
    """(last loss, {hyperparameter: (value, derivative)}) of a run of `steps` steps.

    Hyperparameters of rules within a rule are named by their path, as "a.b1". Integers, which have no derivative, are
    left out.
    """
    leaves = {}
    descent = landscape.begin(start, steps, seed, split)
    with np.errstate(all="ignore"):
        loss = unroll(descent.loss_at, descent.start(), _with_leaves(rule, "", leaves), steps)
        if loss.requires_grad:
            loss.backward()
    slopes = {path: 0.0 if leaf.grad is None else float(leaf.grad) for path, leaf in leaves.items()}
    return loss.item(), {path: (leaf.item(), slopes[path]) for path, leaf in leaves.items()}


def _with_leaves(x, path, leaves):
    """A rule or schedule like x, whose numbers are Tensors to differentiate with respect to, noted in leaves[path]."""
    if isinstance(x, dict):
        return {key: _with_leaves(part, f"{path}{key}.", leaves) for key, part in x.items()}
    if not isinstance(x, (Rule, Schedule)):
        return x
    given, parameters = x.hyperparameters(), inspect.signature(type(x)).parameters
    for name, part in given.items():
        if isinstance(part, (dict, Rule, Schedule)):
            given[name] = _with_leaves(part, path if isinstance(part, dict) else f"{path}{name}.", leaves)
        elif _is_continuous(part, parameters[name].default):
            given[name] = leaves[path + name] = Tensor(np.float64(part), requires_grad=True)
    return type(x)(**given)


def _is_continuous(x, default):
    """Whether a number is no count: its default tells, or where there is none the number itself."""
    kind = type(x if default is inspect.Parameter.empty else default)
    return isinstance(x, (int, float)) and not isinstance(x, bool) and kind is not int


def sentence(path, number, slope, loss):
    """ "a learning rate 1 % larger would have ended 0.4 lower", or that nothing would have changed."""
    owner, _, name = path.rpartition(".")
    name = ("learning rate" if name == "lr" else name) + (f" of {owner}" if owner else "")
    if not np.isfinite(slope):
        return f"{name}: the run overflows, or changes abruptly here"
    if slope == 0:
        return f"a slightly different {name} would have changed nothing: its derivative is exactly 0"
    change, by = 0.01 * number, "1 % larger"
    if not 0 < number <= 0.5:  # a decay near 1 cannot grow by 1 %, and 0 not at all
        change = 0.01 * (1 - number) if 0.5 < number < 1 else 0.01 * number or 1e-3
        by = f"{change:.1g} larger"
    ended = slope * change
    if abs(ended) > max(1, abs(loss)):
        return f"{name}: a slope this steep holds for tiny changes only"
    direction = "higher" if ended > 0 else "lower"
    return f"{'an' if name[0] in 'aeio' else 'a'} {name} {by} would have ended {abs(ended):.2g} {direction}"


def text(label, steps, loss, found):
    """The table of one rule."""
    rows = [f"{label}: loss {loss:.5g} after {steps} steps, and what a small change would have done"]
    width = max(map(len, found), default=0)
    for path, (number, slope) in found.items():
        rows.append(
            f"  {path:{width}} = {number:<9.4g} derivative {slope:>11.4g}   {sentence(path, number, slope, loss)}"
        )
    return "\n".join(rows)
