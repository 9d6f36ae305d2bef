"""A site that is made in seconds: its stepper, playground and gallery take few steps, at one rate."""

import pytest

from minimix.site import building, gallery
from minimix.stepping import live

STEPS = 3


def build(folder, *numbers, pyodide=None, **options):
    """`building.build` of lessons, in this process; the folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gallery, "RATES", (0.1,))
        patch.setattr(gallery, "STEPS", STEPS)
        patch.setitem(building.STEPPER, "steps", STEPS)
        patch.setitem(live.DEFAULT, "steps", STEPS)
        building.build(folder, pyodide, only=numbers, n_jobs=1, **options)
    return folder
