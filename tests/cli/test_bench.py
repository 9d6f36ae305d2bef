import json

import pytest
from click.testing import CliRunner

from minimix.cli import main


def test_json_has_a_row_for_each_model_and_optimizer():
    result = CliRunner().invoke(main, ["bench", "--json", "--rounds", "1"])
    rows = json.loads(result.output)
    assert [(r["model"], r["optimizer"]) for r in rows] == [
        (model, rule) for model in ("mlp", "cnn") for rule in ("sgd", "adam", "mas")
    ]
    for row in rows:
        assert row["ms"] > 0
        if row["torch_ms"] is None:
            assert row["ratio"] is None
        else:
            assert row["ratio"] == pytest.approx(row["ms"] / row["torch_ms"])
