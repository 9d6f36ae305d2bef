"""What a state_dict has to be: every array is checked before the first one is used."""

from collections.abc import Mapping

import numpy as np

from ..backend import is_array, to_host
from ..hint import did_you_mean, shown
from ..tensor import value


def fitted(own, state, whose):
    """{name: NumPy array} from `state`, each in the shape and dtype of the array of that name in `own`.

    whose: who has the arrays `own`, for messages. Raises ValueError where names or shapes differ, or what is given is
    no array of real numbers.
    """
    if not isinstance(state, Mapping):
        raise ValueError(f"load_state_dict takes what state_dict() or numpy.load gives, got {shown(state)}")
    for name in sorted(own.keys() ^ state.keys(), key=str):
        where, others = (whose, state) if name in own else ("the state", own)
        hint = did_you_mean(name, others.keys() - (own.keys() & state.keys()))
        raise ValueError(f"load_state_dict: only {where} has {name!r}{hint}")
    return {name: _fitted(name, array, value(state[name]), whose) for name, array in own.items()}


def _fitted(name, own, given, whose):
    try:
        given = to_host(given) if is_array(given) else np.asarray(given)
    except ValueError:  # lists of different lengths
        given = np.asarray(None)
    if given.dtype.kind not in "biuf":
        raise ValueError(f"load_state_dict: {name!r} must be an array of real numbers, got dtype {given.dtype}")
    if given.shape != tuple(own.shape):
        raise ValueError(f"load_state_dict: {name!r} has shape {given.shape}, in {whose} it is {tuple(own.shape)}")
    fits = given.astype(own.dtype)
    if own.dtype.kind in "iu" and not ((fits == given) & (given >= 0)).all():
        raise ValueError(f"load_state_dict: {name!r} must be a whole number at least 0, got {given}")
    return fits
