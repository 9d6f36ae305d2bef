"""A model's parameters in a .npz file, as `minimix train` writes it."""

from ..data.npz import read_npz, write_npz
from ..hint import shown


def save(model, path):
    """Write the model's state_dict into the .npz file of this name, whole or not at all. Raises OSError."""
    if not hasattr(model, "state_dict"):
        raise TypeError(f"save takes a model and then a path, got {shown(model)}")
    write_npz(path, model.state_dict())


def load(model, path):
    """Give the model what `save` wrote; returns the model.

    Raises FileNotFoundError, or ValueError where names or shapes are not the model's, which is seen before any array is
    read, or the file is damaged; then nothing is changed.
    """
    model.load_state_dict(read_npz(path, {name: array.shape for name, array in model.state_dict().items()}))
    return model
