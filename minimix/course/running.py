"""A run of an update rule that is written as one step, and the mistakes of runs, whatever the step is."""

import numpy as np

MISTAKES = {
    "t from 0": "t from 0: 1 - b1**0 is 0, and m̂ divides by it. The first step is t = 1.",
    "t from 2": "t starts at 2: the first step is t = 1.",
    "t restarts": "t starts again in each epoch; it counts the steps of the whole run.",
    "t counts epochs": "t counts epochs; it counts steps.",
    "t counts parameters": "t counts parameters; it counts steps, and is the same for all parameters of a step.",
    "state forgotten": "the state (m and v, or b) starts at 0 again in every step; it must live through the run.",
    "all restarts": "t and the state start again in each epoch, as those of a new optimizer do; make one for the run.",
    "state restarts": "the state (m and v, or b) starts at 0 again in each epoch; it must live through the run.",
    "state shared": "all parameters share one state (one m and one v, or one b): each needs its own.",
}
"""{mistake of a run: its hint}."""

LATE_DECAY = "the weight decay is that of weights that have moved already; it takes the old w, before the step."


def run(step, kept, parameters, epochs, mistake=None):
    """Yield (list of parameters, list of their states) after each step, or those of a run with a mistake.

    step(w, g, *state, t) returns (w, *state), a state being `kept` arrays that start at 0. epochs: for each epoch a
    list of steps, each a list with the gradient of each parameter. Neither is changed.
    """
    parameters = list(parameters)
    fresh = [[np.zeros_like(w)] * kept for w in parameters]
    states, t, counted = list(fresh), {"t from 0": -1, "t from 2": 1}.get(mistake, 0), mistake == "t counts parameters"
    for number, epoch in enumerate(epochs, 1):
        t = 0 if mistake in ("t restarts", "all restarts") else t
        states = list(fresh) if mistake in ("state restarts", "all restarts") else states
        for gradients in epoch:
            t = number if mistake == "t counts epochs" else t + (not counted)
            for k, g in enumerate(gradients):
                t, own = t + counted, 0 if mistake == "state shared" else k
                state = fresh[k] if mistake == "state forgotten" else states[own]
                parameters[k], *states[own] = step(parameters[k], g, *state, t)
            yield list(parameters), list(states)
