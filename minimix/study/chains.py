"""Trials that continue one another: with a checkpoint after each, a stopped chain ends with the same bytes."""

from __future__ import annotations

import json
import zipfile
from contextlib import suppress
from typing import Any

import numpy as np

from ..comparison import start_trial
from ..config import Config
from ..data.npz import write_npz
from ..nn import Module
from ..optim import Optimizer
from .folder import Folder


class Chain:
    """Model and optimizer on their way from trial to trial of one rule.

    A checkpoint saves time and nothing else: where it is missing or damaged, the chain begins anew, and ends with the
    same numbers. There is none for a rule that keeps what it remembers to itself, as a reader's own function does.
    """

    def __init__(self, folder: Folder):
        self.folder = folder
        self.last: tuple[Module, Optimizer] | None = None

    def go_on(self, model: Module, optimizer: Optimizer) -> tuple[Module, Optimizer]:
        """The last trial's model and optimizer, or for a first trial these."""
        self.last = self.last or (model, optimizer)
        return self.last

    def resume(self, links: list) -> list:
        """The Jobs of a chain that are to be done from the last one that is finished and has a checkpoint."""
        for k in range(len(links), 0, -1):
            job = links[k - 1]
            if self.folder.done(job.name) and self.folder.checkpoint(job.name).exists():
                config = Config(**job.settings)
                model, optimizer, _ = start_trial(config, job.label, job.number)
                with suppress(OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
                    _restore(self.folder.checkpoint(job.name), model, optimizer)
                    self.last = model, optimizer
                    return links[k:]
        return links

    def keep(self, job: Any) -> None:
        """Write the checkpoint of a trial that is finished; those of the trials before it go."""
        kept = _kept(*self.last) if self.last else None
        if kept is None:
            return
        path = self.folder.checkpoint(job.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_npz(path, kept)
        for before in job.before:
            self.folder.checkpoint(before.name).unlink(missing_ok=True)


def _kept(model, optimizer):
    """{name: array} of all that goes on; None where there is more to it."""
    if _forgets(optimizer.state):
        return None
    found = {f"model {name}": array for name, array in model.state_dict().items()}
    found |= {f"optimizer {name}": array for name, array in optimizer.state_dict().items()}
    try:
        states = json.dumps([generator.bit_generator.state for generator in _generators(model)])
    except TypeError:  # one with arrays in it
        return None
    return found | {"generators": np.frombuffer(states.encode(), np.uint8)}


def _restore(path, model, optimizer):
    with np.load(path, allow_pickle=False) as file:
        kept = dict(file)
    states = json.loads(kept["generators"].tobytes())
    part = lambda name: {key.partition(" ")[2]: x for key, x in kept.items() if key.startswith(f"{name} ")}
    model.load_state_dict(part("model"))
    optimizer.load_state_dict(part("optimizer"))
    for generator, state in zip(_generators(model), states, strict=True):
        generator.bit_generator.state = state


def _generators(model):
    """The generators of a network's layers, in their order: those of dropout."""
    every = [x for _, module in model.named_modules() for x in vars(module).values()]
    return list({id(x): x for x in every if isinstance(x, np.random.Generator)}.values())


def _forgets(state):
    """Whether something is remembered that is no part of a state_dict."""
    own = state.memory.keys() & {layer.name for layer in state.layers}
    return bool(own) or any(map(_forgets, state.parts.values()))
