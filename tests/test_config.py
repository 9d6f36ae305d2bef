"""minimix/config.py: settings filled in by the model, specs in their one form."""

import pickle

import numpy as np
import pytest

from minimix import optim
from minimix.backend import using
from minimix.config import Config, check_texts, references
from tests import small


def test_the_array_module_is_the_one_in_use_where_none_is_named():
    assert Config().backend == "numpy"
    with using("strict"):
        assert Config().backend == "strict"
        assert Config(backend="numpy").backend == "numpy"
    with pytest.raises(ValueError, match=r"backend must be one of numpy, cupy.*, got 'cuppy'; did you mean 'cupy'?"):
        Config(backend="cuppy")


def test_defaults_are_the_procedure_of_the_model_and_specs_become_canonical():
    mlp, cnn, own = Config(), Config(model="cnn", gamma=0.5, optimizers=["mas"]), Config(model=small.network)
    assert (mlp.data, mlp.epochs, mlp.batch_size, mlp.shuffle, mlp.record) == ("glyphs", 20, 256, "once", 2)
    assert (cnn.data, cnn.epochs, cnn.batch_size, cnn.shuffle, cnn.record) == ("shapes", 3, 20, "every-epoch", 2)
    assert (own.data, own.epochs, own.batch_size, own.shuffle, own.record) == ("glyphs", 10, 32, "every-epoch", 1)
    assert Config(model="cnn", epochs=7).epochs == 7
    assert list(cnn.optimizers) == ["mas:lr=0.001,gamma=0.5"]
    assert list(Config(lr=0.3, optimizers=["sgd", "adam:lr=1e-2"]).rules) == ["sgd:lr=0.3", "adam:lr=0.01"]


def test_a_config_on_its_way_to_another_process_takes_specs_along_and_loads_anew():
    config = Config(model=small.network, optimizers={"mine": optim.Adam(0.1), "b": "sgd"}, epochs=3, loss="mse")
    again = pickle.loads(pickle.dumps(config))
    assert (
        again == config
        and again.rules == config.rules
        and again.optimizers == {"mine": "adam:lr=0.1", "b": "sgd:lr=0.01"}
    )
    assert again.criterion is config.criterion


def test_references_are_found_in_every_setting_and_inside_specs():
    settings = {
        "model": "a dir/my.py:net",
        "data": "digits.npz",
        "loss": "my.py:loss",
        "optimizers": ["mas:s=../r.py:MyRule(lr=0.1),a=adam", "r.py:step", "sgd"],
    }
    assert references(settings) == ["a dir/my.py:net", "my.py:loss", "../r.py:MyRule", "r.py:step"]
    assert references({"optimizers": ["adam"], "model": "mlp"}) == []


def test_numbers_below_one_are_named():
    with pytest.raises(ValueError, match="batch_size must be a whole number of at least 1, not 0"):
        Config(batch_size=0)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"epochs": "3"}, "epochs must be a whole number of at least 1, not '3'"),
        ({"epochs": 3.0}, "epochs must be a whole number of at least 1, not 3.0"),
        ({"trials": None}, "trials must be a whole number, got None"),
        ({"trials": 10**9}, "trials must be at most 1,000,000"),
        ({"seed": -1}, "seed must be a whole number of at least 0, not -1"),
        ({"train_size": 0}, "train_size must be a whole number of at least 1, not 0"),
        ({"lr": float("nan")}, "lr must be a finite number or none, got nan"),
        ({"clip_norm": [1]}, r"clip_norm must be a finite number or none, got \[1\]"),
        ({"shuffle": "onec"}, "shuffle must be one of once, every-epoch, got 'onec'; did you mean 'once'"),
        ({"backend": 3}, "backend must be .*, got 3"),
        ({"continue_trials": "no"}, "continue_trials must be true or false, got 'no'"),
        ({"model": 3}, "model must be a function that makes a Module, .*, got 3"),
        ({"clip_norm": 0}, "clip_norm must be above 0, got 0"),
        ({"optimizers": 3}, "optimizers must be .*, got 3"),
        ({"optimizers": []}, "optimizers: give at least one"),
        ({"optimizers": [None]}, "an optimizer must be a spec .*, got None"),
    ],
)
def test_a_setting_of_the_wrong_type_is_named(settings, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        Config(**settings)


def test_every_setting_may_be_a_number_of_numpy():
    config = Config(epochs=np.int64(3), lr=np.float64(0.5), seed=np.uint8(4), train_size=np.int32(5))
    assert (config.epochs, config.seed) == (3, 4)


@pytest.mark.parametrize("settings", [{"data": 3}, {"model": None}, {"optimizers": "adam"}, {"optimizers": [3]}])
def test_in_a_file_settings_are_texts_and_numbers(settings):
    with pytest.raises(ValueError, match=f"^{next(iter(settings))} must be a"):
        check_texts(settings)
    check_texts({"data": None, "model": "mlp", "optimizers": ["adam"]})
    check_texts({"optimizers": {"mine": "adam"}})
    with pytest.raises(ValueError, match=r"optimizers\.mine must be a text, got 3"):
        check_texts({"optimizers": {"mine": 3}})
