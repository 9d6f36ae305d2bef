"""Exercises: the order of the reverse sweep."""

from ..exercise import Exercise, cases


def tape_gradients(made_from):
    gradients = [0.0] * len(made_from)
    gradients[-1] = 1.0
    for k in reversed(range(len(made_from))):
        for i, local in made_from[k]:
            gradients[i] += gradients[k] * local
    return gradients


def _forwards(made_from):
    gradients = [0.0] * (len(made_from) - 1) + [1.0]
    for k, inputs in enumerate(made_from):
        for i, local in inputs:
            gradients[i] += gradients[k] * local
    return gradients


def _first_input(made_from):
    gradients = [0.0] * (len(made_from) - 1) + [1.0]
    for i, local in made_from[-1][:1]:
        gradients[i] += local
    return gradients


def _overwritten(made_from):
    gradients = [0.0] * (len(made_from) - 1) + [1.0]
    for k in reversed(range(len(made_from))):
        for i, local in made_from[k]:
            gradients[i] = gradients[k] * local
    return gradients


def _without_locals(made_from):
    return tape_gradients([[(i, 1.0) for i, _ in inputs] for inputs in made_from])


def _first_come(made_from, output=-1):
    output %= len(made_from)
    gradients, seen, queue = [0.0] * len(made_from), {output}, [output]
    gradients[output] = 1.0
    while queue:
        k = queue.pop(0)
        for i, local in made_from[k]:
            gradients[i] += gradients[k] * local
            if i not in seen:
                seen.add(i)
                queue.append(i)
    return gradients


def count_uses(made_from, output):
    uses, found, stack = [0] * len(made_from), {output}, [output]
    while stack:
        for i, _ in made_from[stack.pop()]:
            uses[i] += 1
            if i not in found:
                found.add(i)
                stack.append(i)
    return uses


def _flags(made_from, output):
    return [float(n > 0) for n in count_uses(made_from, output)]


def _output_s_inputs(made_from, output):
    uses = [0] * len(made_from)
    for i, _ in made_from[output]:
        uses[i] += 1
    return uses


def _all_uses(made_from, output):
    uses = [0] * len(made_from)
    for inputs in made_from:
        for i, _ in inputs:
            uses[i] += 1
    return uses


def _users(made_from, output):
    return count_uses([list({i: (i, 0) for i, _ in inputs}.values()) for inputs in made_from], output)


def _paths(made_from, output):
    uses, stack = [0] * len(made_from), [output]
    while stack:
        for i, _ in made_from[stack.pop()]:
            uses[i] += 1
            stack.append(i)
    return uses


def _output_counted(made_from, output):
    uses = count_uses(made_from, output)
    uses[output] += 1
    return uses


def gradients_by_counting(made_from, output):
    return _counted(made_from, output, count_uses(made_from, output))


def _counted(made_from, output, uses):
    gradients, ready = [0.0] * len(made_from), [output]
    gradients[output] = 1.0
    while ready:
        k = ready.pop()
        for i, local in made_from[k]:
            gradients[i] += gradients[k] * local
            uses[i] -= 1
            if uses[i] == 0:
                ready.append(i)
    return gradients


def _counted_overwritten(made_from, output):
    gradients, uses, ready = [0.0] * len(made_from), count_uses(made_from, output), [output]
    gradients[output] = 1.0
    while ready:
        k = ready.pop()
        for i, local in made_from[k]:
            gradients[i] = gradients[k] * local
            uses[i] -= 1
            if uses[i] == 0:
                ready.append(i)
    return gradients


def _output_alone(made_from, output):
    gradients = [0.0] * len(made_from)
    gradients[output] = 1.0
    for i, local in made_from[output]:
        gradients[i] += local
    return gradients


def _backwards_by_number(made_from, output):
    gradients = [0.0] * len(made_from)
    gradients[output] = 1.0
    for k in reversed(range(len(made_from))):
        for i, local in made_from[k]:
            gradients[i] += gradients[k] * local
    return gradients


LESSON = [[], [(0, 3.0), (0, 3.0)], [(1, 5.0)], [(1, 1.0), (2, 1.0)]]
TAPE = [[], [], [(0, 2.0), (1, -0.5)], [(2, 1.5), (2, 0.5)], [(2, 3.0), (3, -2.0)], [(4, 0.25), (2, 4.0), (0, 7.0)]]
# In no particular order, and with entries (2 and 6) that the output, 3, does not depend on.
GRAPH = [
    [(4, 2.0), (4, 2.0)],
    [],
    [(0, 9.0), (5, 8.0)],
    [(5, -3.0), (0, 0.5), (0, -1.0)],
    [(1, 4.0)],
    [(0, 6.0), (1, 1.5)],
    [(2, 1.0)],
]

EXERCISES = (
    Exercise(
        tape_gradients,
        cases(("the lesson's tape", LESSON), ("a tape of six entries", TAPE)),
        returns=("the gradients",),
        mistakes=(
            (
                "only the last entry hands its gradient on: you walk forwards, but an entry's users come after it; or "
                "`return` is inside the loop, and ends the walk with its first entry.",
                _forwards,
            ),
            ("`return` is inside both loops: it ends the walk with the first input of the last entry.", _first_input),
            ("contributions are overwritten: an entry that is used twice gets the sum of both.", _overwritten),
            ("the local derivative is missing: hand on your gradient times that.", _without_locals),
            ("an entry handed its gradient on before all its users had reported.", _first_come),
            ("the sign.", lambda made_from: [-g for g in tape_gradients(made_from)]),
        ),
    ),
    Exercise(
        count_uses,
        cases(
            ("the lesson's graph", LESSON, 3), ("a graph in no order", GRAPH, 3), ("x of the lesson's graph", LESSON, 1)
        ),
        returns=("the counts",),
        mistakes=(
            (
                "you count uses that the output does not depend on: go from the output to what it was made from.",
                _all_uses,
            ),
            ("an entry that uses another twice, as a·a does, counts twice: it reports twice.", _users),
            ("you go through an entry anew each time you meet it, and so count paths.", _paths),
            ("the output has no user that matters: nothing waits for a report to it.", _output_counted),
            ("every count is 1 at most: `=` sets it, `+=` adds to it.", _flags),
            (
                "only the inputs of the output are counted: they have inputs too. Is `return` inside the loop?",
                _output_s_inputs,
            ),
        ),
    ),
    Exercise(
        gradients_by_counting,
        cases(("the lesson's graph", LESSON, 3), ("a graph in no order", GRAPH, 3)),
        returns=("the gradients",),
        mistakes=(
            (
                "walking by falling number supposes that users come later in the list; here they do not.",
                _backwards_by_number,
            ),
            ("an entry handed its gradient on before all its users had reported.", _first_come),
            (
                "some entries never become ready: you wait for users that the output does not depend on.",
                lambda made_from, output: _counted(made_from, output, _all_uses(made_from, output)),
            ),
            (
                "some entries become ready too early: an entry that uses another twice reports twice.",
                lambda made_from, output: _counted(made_from, output, _users(made_from, output)),
            ),
            ("the sign.", lambda made_from, output: [-g for g in gradients_by_counting(made_from, output)]),
            (
                "contributions are overwritten: an entry that is used twice gets the sum of both (+=).",
                _counted_overwritten,
            ),
            (
                "only the output hands its gradient on; what becomes ready must, too. Is `return` inside the loop?",
                _output_alone,
            ),
        ),
    ),
)
