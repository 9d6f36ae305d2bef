"""Where the published experiments and their report differ, so that either can be run."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any


@dataclass(frozen=True)
class Reading:
    """Where the report and its experiments differ; by default as the published numbers can best be reached fairly."""

    continue_trials: Annotated[bool, "MLP: a trial goes on from the last one's weights and state, as in the code."] = (
        False
    )
    frozen_biases: Annotated[bool, "Layer split: only weights are trained, biases stay, as in the code."] = False
    momentum: Annotated[
        str,
        "CNN: SGD has momentum 0.9 as the baseline alone (the code), within MAS too, or nowhere.",
        ("baseline", "both", "nowhere"),
    ] = "baseline"
    cnn: Annotated[str, "The CNN: the code's, or cnn-fig1, which the report draws.", ("cnn", "cnn-fig1")] = "cnn"
    branch_step: Annotated[bool, "MAS correction: the chosen rule's own step, which the code overwrites."] = False
    validation_loss: Annotated[bool, "Draw the validation loss as the training loss, as the code does."] = False

    def given(self) -> dict[str, Any]:
        """{difference: value} of what is not as usual."""
        return {key: x for key, x in asdict(self).items() if x != getattr(USUAL, key)}


USUAL = Reading()
READINGS = {
    "report": Reading(momentum="both", cnn="cnn-fig1", branch_step=True),
    "code": Reading(continue_trials=True, frozen_biases=True, validation_loss=True),
}
"""What the report says, and what its experiments' code does; USUAL is what the figures are reproduced by."""
