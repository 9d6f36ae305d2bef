"""Code of the reader's own, by "file.py:name": loaded, limited in time and watched here, wherever minimix takes some.

A file is run as Python runs it, once, with its own folder first for its imports, and not as "__main__". What a name
in it may be:

    an update rule   a class with propose(self, w, g, state) -> (direction, step size), derived from `optim.Rule` or
                     not, that keeps the arguments of its constructor as self.NAME; or a function step(w, g, state, t)
                     in NumPy that returns the new w, layer by layer, with a dict `state` of the layer's own. Its
                     further arguments, with defaults, are hyperparameters: -o 'my.py:MyRule(lr=0.1)'
    a schedule       a function of the step t, or a class with __call__(self, t): -o 'sgd:lr=my.py:decay(lr=0.1)'
    a network        a function of a seed that returns a Module: --model my.py:net
    data             a function that returns a data set: --data my.py:data
    a loss           --loss my.py:loss
    a landscape      a function of one Tensor of shape (2,), or of two: step --on my.py:f
    a computation    a function that returns a loss: tape my.py:f
    an operator      a function of Tensors that returns one: gradcheck my.py:f
    an exercise      a function of a lesson's name: lessons check

What is wrong with it (no such file or name, a line that raises, a call that never ends) is said in one sentence.
"""

from .faults import blamed, fault, told
from .limit import Limit, TimeUp
from .loading import digest, is_reference, load, source_file

__all__ = ["Limit", "TimeUp", "blamed", "digest", "fault", "is_reference", "load", "source_file", "told"]
