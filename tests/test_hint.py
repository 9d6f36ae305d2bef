"""minimix/hint.py: sentences that say what was given and what was probably meant."""

import pytest

from minimix.hint import one_of, shown


def test_what_is_long_is_shown_by_its_type():
    assert shown(3) == "3" and shown("a\nb") == r"'a\nb'"
    assert shown([1] * 100) == "a value of type list"

    class Tall:
        def __repr__(self):
            return "1\n2"

    assert shown(Tall()) == "a value of type Tall"


def test_choices_may_be_followed_by_what_else_is_allowed():
    assert one_of("loss", "mse", ["mse"], "file.py:name") == "mse"
    with pytest.raises(ValueError, match=r"^loss must be one of mse, file\.py:name, got 'msa'; did you mean 'mse'\?$"):
        one_of("loss", "msa", ["mse"], "file.py:name")
