"""The page as text: its size, its data, and that nothing in it leads outside."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest

from minimix.stepping import stepper

SPECS = ["adam:lr=0.05", "mas:lr=0.002,gamma=0.6", "mas:lr=0.002,combine=correction", "sgd:lr=1e-3,momentum=0.9"]


def data(html):
    found = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)[1])
    for rule in found["rules"]:
        columns = rule["columns"]
        rule["columns"] = {key: columns[x] if isinstance(x, str) else x for key, x in columns.items()}
    return found


@pytest.fixture(scope="module")
def stepped():
    return stepper(SPECS, on="rosenbrock", steps=200)


NESTED = [f"mas:a=mas(lr={rate}e-4,combine=correction),s=mas(lr={rate}e-4)" for rate in (1, 2, 3, 4)]


@pytest.mark.parametrize("specs", [SPECS, NESTED])
def test_two_hundred_steps_of_four_rules_are_under_a_megabyte(specs):
    assert len(stepper(specs, on="rosenbrock", steps=200).html().encode()) < 1_000_000


def test_the_json_holds_every_number_with_all_its_digits(stepped):
    for run, rule in zip(stepped.runs, data(stepped.html())["rules"], strict=True):
        for i, step in enumerate(run.steps):
            for key, x in step.items():
                if isinstance(x, (float, np.ndarray)):
                    assert np.array_equal(np.array(rule["columns"][key][i]), x), key
            keys = [rule["equations"][k]["key"] for k in rule["sets"][rule["set"][i]]]
            assert keys == [equation.key for equation in step["equations"]]


def test_the_page_asks_for_nothing_from_elsewhere(stepped):
    html = stepped.html()
    links = re.findall(r"""\b(?:src|href|action)\s*=\s*["']?([^"'\s>]*)""", html)
    assert links == ["data:,"]
    addresses = set(re.findall(r"https?://[^\s\"'<)]+", html))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in html
    assert "{{" not in html


def test_a_name_cannot_end_the_script_or_start_a_tag():
    def evil(w):
        return (w * w).sum()

    evil.__name__ = "</script><script>alert(1)</script>"
    html = stepper("sgd:lr=0.1", on=evil, steps=2).html()
    assert html.count("<script") == 2 and html.count("</script>") == 2
    assert "<h1>&lt;/script&gt;" in html


def test_overflows_are_text_in_the_json_and_drawn_points_stay_finite():
    html = stepper("sgd:lr=0.5", on="rosenbrock", steps=50).html()
    rule = data(html)["rules"][0]
    assert rule["columns"]["loss_new"][-1] in ("inf", "nan")
    assert rule["stopped"].startswith("Overflow")
    drawn = [*rule["path"], *(ends for arrow in rule["arrows"].values() for ends in arrow if ends)]
    assert np.all(np.isfinite(np.concatenate(drawn)))


def test_the_notebook_frame_holds_the_page_escaped(stepped):
    frame = stepped._repr_html_()
    assert frame.startswith("<iframe srcdoc=") and 'title="minimix stepper"' in frame
    from html import unescape

    assert unescape(re.search(r'srcdoc="(.*?)" title=', frame, re.DOTALL)[1]) == stepped.html()


def test_the_same_call_writes_the_same_page_whatever_the_hash_seed(tmp_path):
    code = (
        "import hashlib; from minimix.stepping import stepper; "
        "print(hashlib.sha256(stepper(['split', 'mas'], on='noisy', steps=9).html().encode()).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "MPLCONFIGDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_every_term_has_a_meaning(stepped):
    html = stepper(
        ["swats:lr=0.02,tolerance=0.01", "frank-wolfe", "adam:amsgrad=true", "mas:combine=normalized"], steps=30
    ).html()
    for text in (html, stepped.html()):
        for rule in data(text)["rules"]:
            assert all(term["meaning"] for term in rule["terms"])


def test_a_rule_that_mixes_no_two_sides_has_none():
    html = stepper(["adam", "sgd", "mas"], steps=2).html()
    adam, sgd, mas = ({t["key"]: t["meaning"] for t in rule["terms"]} for rule in data(html)["rules"])
    assert adam["d_a"] == sgd["d_s"] == "direction of the step" and adam["eta_a"] == "step size"
    assert mas["d_a"] == "direction of the Adam side" and mas["eta_a"] == "step size of the Adam side"
