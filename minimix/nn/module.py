"""Module: what has parameters and can be called."""

from ..backend import module_of, to_host
from ..hint import did_you_mean
from ..tensor import Tensor, changed


class Module:
    """A function with parameters: Tensors with requires_grad, and Modules, among its attributes, are found by name."""

    training = True

    def __call__(self, x):
        return self.forward(x)

    def children(self):
        """(name, Module) for each attribute that is a Module."""
        return [(name, child) for name, child in vars(self).items() if isinstance(child, Module)]

    def named_parameters(self):
        """(full name, Tensor) for every parameter, as "dense1.weight", in the order of definition."""
        found = [(name, p) for name, p in vars(self).items() if isinstance(p, Tensor)]
        for name, child in self.children():
            found += [(f"{name}.{inner}", p) for inner, p in child.named_parameters()]
        return found

    def parameters(self):
        """Every parameter, in the order of definition."""
        return [p for _, p in self.named_parameters()]

    def train(self, mode=True):
        """Switch to training (dropout draws) or, with False, to evaluation; returns the Module."""
        self.training = mode
        for _, child in self.children():
            child.train(mode)
        return self

    def eval(self):
        """Switch to evaluation: dropout lets everything through; returns the Module."""
        return self.train(False)

    def state_dict(self):
        """{full name: NumPy array}, copies of all parameters."""
        return {name: to_host(p.data).copy() for name, p in self.named_parameters()}

    def load_state_dict(self, state):
        """Copy parameters from {full name: array}. Raises ValueError where names or shapes differ; then none is set."""
        parameters = dict(self.named_parameters())
        for name in sorted(parameters.keys() ^ state.keys()):
            where, others = ("the model", state) if name in parameters else ("the state", parameters)
            hint = did_you_mean(name, others.keys() - (parameters.keys() & state.keys()))
            raise ValueError(f"load_state_dict: only {where} has a parameter {name!r}{hint}")
        for name, p in parameters.items():
            if tuple(state[name].shape) != p.shape:
                raise ValueError(
                    f"load_state_dict: {name!r} has shape {tuple(state[name].shape)}, the model's is {p.shape}"
                )
        for name, p in parameters.items():
            p.data[...] = module_of(p.data).asarray(to_host(state[name]), p.dtype)
        changed(parameters.values())
