"""A reader's operator against central differences, and a picture of its Jacobians."""

import numpy as np

from ..differences import GradientError, gradcheck
from ..own import Limit, TimeUp, fault, load, source_file
from ..own.calls import needed
from ..plots import save
from .jacobian import draw


def examine(request):
    """{"right", "text", "png"} on the operator that "file.py:name" names, request["operator"].

    request: its inputs' "shapes", or none for (3, 4) each; the "order" of the derivatives, the "seed" of the inputs,
    which are standard normal, and the "seconds" that it may take; "png": where to draw both Jacobians, or None. The
    answer's png is that, or None where there is nothing to draw. Raises ValueError or RuntimeError with a sentence.
    """
    operator, png = request["operator"], request["png"]
    f, name = load(operator, "an operator"), operator.rpartition(":")[2]
    shapes = [tuple(shape) for shape in request["shapes"]] or [(3, 4)] * _count(f, name)
    rng = np.random.default_rng(request["seed"])
    inputs = [rng.standard_normal(shape) for shape in shapes]
    watched, described = _watch(f, operator), " and ".join(map(str, shapes))
    try:
        Limit(request["seconds"])(gradcheck, watched, inputs, request["order"])
        wrong = None
    except GradientError as error:
        wrong = error
    except TimeUp as error:
        where = f" with inputs of shape {described}"
        raise fault(error, name, source_file(operator), where, request["seconds"]) from error
    text = f"{name} agrees with central differences to order {request['order']}, inputs of shape {described}."
    drawn = png if png and (wrong is None or wrong.input is not None) else None
    if drawn:
        save(draw(watched, inputs, name), drawn)
    return {"right": wrong is None, "text": str(wrong or text), "png": drawn}


def _count(f, name):
    """How many inputs a function takes."""
    if not (names := needed(f)):
        raise ValueError(f"{name} says not how many inputs it takes: give a --shape for each")
    return len(names)


def _watch(f, operator):
    """f, whose failures are told in one sentence."""
    name = operator.rpartition(":")[2]

    def watched(*inputs):
        before = [x.numpy().copy() if hasattr(x, "numpy") else x for x in inputs]
        try:
            y = f(*inputs)
        except TimeUp:
            raise
        except NotImplementedError:
            raise ValueError(f"{name}: not done yet") from None
        except BaseException as error:
            shapes = " and ".join(str(tuple(x.shape)) for x in inputs)
            raise fault(error, name, source_file(operator), f" for inputs of shape {shapes}") from error
        for k, (old, new) in enumerate(zip(before, inputs, strict=True)):
            if not np.array_equal(old, new.numpy(), equal_nan=True):
                raise ValueError(f"{name} changes its input {k} in place; compute a new array instead")
        return y

    return watched
