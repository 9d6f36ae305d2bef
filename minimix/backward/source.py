"""What the command shows the tape of: a reader's own function, or a network on a few samples."""

import inspect
from pathlib import Path

import numpy as np

from .. import own
from ..data import load
from ..hint import did_you_mean
from ..nn import Module
from ..nn.models import MODELS, OWN, find
from ..ops import cross_entropy, mse_loss
from ..own.calls import needed, one_number, with_variables
from ..tensor import Tensor
from .tapes import Tape

LIMIT = 60.0  # seconds for the function
SAMPLES = 4
START = (1.0, 1.0)


def tape_of(what, at=None, data=None, batch=None, seed=0, second=False):
    """The Tape of "mlp", "cnn", "cnn-fig1" or "file.py:name".

    A name in a file is a function without arguments that returns a loss, or of one Tensor, which gets the numbers `at`,
    or of several, which get one each; or a function of a seed or of nothing that returns a Module. A network is shown
    on `batch` samples of `data`, with the weights that the seed draws; its loss is cross-entropy, or the mean squared
    error where the data have targets. Raises FileNotFoundError, ValueError or RuntimeError with one sentence.
    """
    if what in MODELS:
        return _network(MODELS[what](seed), what, data or MODELS[what].data, batch, at, second)
    if not own.is_reference(what):
        raise ValueError(
            f"{what!r} is no network and no file.py:name; there are {', '.join(MODELS)}{did_you_mean(what, MODELS)}"
        )
    function, name = own.load(what, "a function or a network"), Path(what).name
    arguments = needed(function)
    if data is not None or batch is not None or "seed" in inspect.signature(function).parameters:
        return _network(find(what)(seed), name, data or OWN.data, batch, at, second)
    at = (START if len(arguments) == 1 else (1.0,) * len(arguments)) if at is None else tuple(at)
    if len(arguments) not in (1, len(at)):
        raise ValueError(f"{name} takes {len(arguments)} numbers ({', '.join(arguments)}), but at gives {len(at)}")
    given = [Tensor(np.array(x), requires_grad=True) for x in ([at] if len(arguments) == 1 < len(at) else at)]
    where = f" at ({', '.join(f'{x:g}' for x in at)})" if at else ""
    result, names = _called(function, name, given, where)
    if isinstance(result, Module):
        return _network(result, name, data or OWN.data, batch, None, second)
    names |= dict(zip(arguments, given, strict=True))
    loss = one_number(result, name)
    with own.blamed(name):  # an operator of the reader's has VJPs of the reader's
        return Tape(loss, names, second=second, title=name)


def _called(function, name, given, where=""):
    """(function(*given), {name: Tensor} of its variables when it returned); its faults are one sentence."""
    try:
        with np.errstate(all="ignore"):
            result, variables = own.Limit(LIMIT)(with_variables, function, *given)
    except BaseException as error:
        code = getattr(function, "__code__", None)
        raise own.fault(error, name, code and code.co_filename, where, LIMIT) from error
    return result, {key: x for key, x in variables.items() if isinstance(x, Tensor)}


def _network(model, name, data, batch, at, second):
    if at is not None:
        raise ValueError("at: a network has no arguments to choose; its weights are what the seed draws")
    batch = SAMPLES if batch is None else batch
    samples = load(data, train=batch, test=1)
    if not 1 <= batch <= len(samples.x_train):
        raise ValueError(f"batch must be 1 to {len(samples.x_train)}, got {batch}")
    images = Tensor(samples.x_train)
    groups, moved = {}, [images]
    with own.blamed(name, LIMIT):
        _tell_groups(model.eval(), groups, moved)
        logits = model(images)
        loss = (cross_entropy if samples.classes else mse_loss)(logits, samples.y_train)
    names = dict(model.named_parameters()) | {"images": moved[-1], "logits": logits}
    title = f"{name} on {batch} of {samples.name}"
    return Tape(loss, names, groups, second, title, {moved[-1]: samples.x_train})


def _tell_groups(model, groups, moved):
    """From now on, write down which Module each new Tensor comes from: {Tensor: path}, the innermost.

    moved: what is made of the images alone, which is not recorded, as by Flatten.
    """
    for path, module in model.named_modules():
        if path:
            module.forward = _listening(module.forward, path, groups, moved)


def _listening(forward, path, groups, moved):
    def call(*inputs, **options):
        out = forward(*inputs, **options)
        moved.extend([out] if isinstance(out, Tensor) and out._operator is None else [])
        stack, known = [out], {id(x) for x in inputs}
        while stack:
            x = stack.pop()
            if isinstance(x, Tensor) and x._operator is not None and id(x) not in known and x not in groups:
                groups[x] = path
                stack += x._inputs
        return out

    return call
