"""A request is answered as `stepper` answers, or in one sentence; the server answers its own page and nobody else."""

import http.client
import json
import re
import signal
import subprocess
import sys
import threading

import click
import pytest

from minimix.cli.step import step
from minimix.spec import parse
from minimix.stepping import page, stepper
from minimix.stepping.live import DEFAULT, NETWORK, NETWORK_STEPS, answer, playground
from minimix.stepping.server import serve
from minimix.stepping.settings import controls

REQUESTS = [
    {},
    {"rules": ["adam:lr=0.05", "mas:lr=0.002,combine=correction"], "steps": 40, "start": [0.5, -0.5]},
    {"rules": ["swats:lr=0.02", "lookahead", "sgd:lr=0.5"], "steps": 30},
    {"rules": ["split:x=adam(lr=0.05),y=sgd(lr=1e-3)"], "on": "noisy", "seed": 3, "steps": 25},
    {"rules": ["adam"], "on": NETWORK, "steps": 2},
]


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_an_answer_is_what_the_page_shows_of_the_stepper(request_):
    asked = {**DEFAULT, **request_}
    expected = page.data(stepper(asked.pop("rules"), **asked))
    found = json.loads(json.dumps(answer(request_)))
    assert found["data"] == json.loads(json.dumps(expected))
    assert [rule["name"] for rule in found["controls"]] == [
        spec.partition(":")[0] for spec in request_.get("rules", ["adam", "mas"])
    ]


@pytest.mark.parametrize("request_", [x for x in REQUESTS if x], ids=str)
@pytest.mark.parametrize("at", [1, 2, 17, 25])
def test_one_step_asked_for_alone_is_what_it_is_among_all(request_, at):
    at = min(at, request_["steps"])
    whole, alone = answer(request_)["data"], answer({**request_, "at": at})["data"]
    for one, other in zip(whole["rules"], alone["rules"], strict=True):
        i = min(at, len(one["set"])) - 1
        assert one["path"] == other["path"] and one["stopped"] == other["stopped"]
        assert _column(one, "loss") == _column(other, "loss")
        assert one["changed"][i] == other["changed"][i]
        assert _equations(one, i) == _equations(other, i)
        assert {name: ends[i] for name, ends in one["arrows"].items() if ends[i]} == {
            name: ends[i] for name, ends in other["arrows"].items() if ends[i]
        }
        for key in other["columns"]:
            assert key not in one["columns"] or _column(other, key)[i] == _column(one, key)[i], key
        last = len(one["set"]) - 1 if one["stopped"] else i
        assert {j for j, x in enumerate(other["set"]) if x is not None} == {i, last}


def _column(rule, key):
    column = rule["columns"][key]
    return rule["columns"][column] if isinstance(column, str) else column


def _equations(rule, i):
    return [rule["equations"][k] for k in rule["sets"][rule["set"][i]]]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (None, "a request must be a dictionary"),
        ({"rule": ["adam"]}, "did you mean 'rules'"),
        ({"rules": []}, "give 1 to 4"),
        ({"rules": ["adam", "sgd", "mas", "swats", "lion"]}, "give 1 to 4, got 5"),
        ({"rules": [3]}, "each item a text"),
        ({"rules": ["adm"]}, "did you mean 'adam'"),
        ({"rules": ["adam:lr=-1"]}, "lr must be a number above 0"),
        ({"rules": ["adam", "adam"]}, "given twice"),
        ({"on": "rosenbrok"}, "did you mean 'rosenbrock'"),
        ({"on": "mlp:dense9.bias", "steps": 5}, "no parameter 'dense9.bias'"),
        ({"on": NETWORK, "steps": 21}, "steps on a network must be at most 20"),
        ({"on": NETWORK, "steps": 5, "start": [0, 0]}, "a network starts where"),
        ({"start": [9, 9]}, "lies outside rosenbrock"),
        ({"start": [float("nan"), 0]}, "start must be"),
        ({"start": [1]}, "start must be two numbers"),
        ({"steps": 501}, "at most 500"),
        ({"rules": ["sgd", "adam(lr=1"]}, "'adam(lr=1': this bracket is never closed"),
        ({"steps": 0}, "at least 1"),
        ({"steps": True}, "a whole number"),
        ({"seed": -1}, "at least 0"),
        ({"at": 201}, "at must be at most 200"),
        ({"at": 0}, "at must be a whole number of at least 1"),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_request_is_said_in_one_sentence(request_, words):
    found = answer(request_)
    assert found.keys() == {"error"}
    assert words in found["error"] and "\n" not in found["error"] and "Traceback" not in found["error"]


def test_a_landscape_that_raises_on_the_way_says_so(tmp_path):
    file = tmp_path / "own.py"
    file.write_text(
        "def f(w):\n    if w.data[0] < 0.9:\n        raise ZeroDivisionError('no')\n    return (w * w).sum()\n"
    )
    asked = {"rules": ["sgd:lr=0.1"], "on": f"{file}:f", "steps": 5, "start": [1.0, 1.0]}
    found = answer(asked, own=[asked["on"]])
    assert found.keys() == {"error"} and "ZeroDivisionError" in found["error"] and "line 3" in found["error"]


@pytest.mark.parametrize("text", ["{}/evil.py:f", "{}/evil.py", "{}/evil.py :f", "{}/evil.py:", "{}/(.py:f"])
@pytest.mark.parametrize("place", ["on", "rules", "inside"])
def test_a_file_that_was_not_named_on_the_command_line_is_not_run(tmp_path, text, place):
    for name in ("evil.py", "(.py"):
        (tmp_path / name).write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\ndef f(w): return w.sum()\n")
    text = text.format(tmp_path)
    asked = {"on": {"on": text}, "rules": {"rules": [text]}, "inside": {"rules": [f"mas:s={text}"]}}[place]
    found = answer(asked, own=["mine.py:f", "evil.py:f"])
    assert found.keys() == {"error"}
    assert not (tmp_path / "ran").exists()


def test_the_window_of_a_function_of_ones_own_stands_still_while_it_fits(tmp_path):
    file = tmp_path / "own.py"
    file.write_text("def f(w):\n    return (w * w).sum()\n")
    asked = {"rules": ["sgd:lr=0.1"], "on": f"{file}:f", "steps": 5, "start": [1.0, 1.0]}
    box = answer(asked, own=[asked["on"]])["data"]["box"]
    near = {**asked, "start": [0.9, 1.1], "box": list(box)}
    assert answer(near, own=[asked["on"]])["data"]["box"] == box
    far = {**asked, "start": [30.0, 1.1], "box": list(box)}
    assert answer(far, own=[asked["on"]])["data"]["box"] != box
    assert answer({**asked, "box": [-1e3, 1e3, -1e3, 1e3]}, own=[asked["on"]])["data"]["box"] == box
    assert "box must be" in answer({**asked, "box": [1, 0, 0, 1]}, own=[asked["on"]])["error"]


def test_controls_are_what_rules_take_within_what_they_allow():
    options = {x["key"]: x for x in controls(parse("adam:lr=0.05,b1=0.8"))["options"]}
    assert options["lr"] | {"low": -5, "high": -1, "scale": "log"} == options["lr"]  # as `minimix tune` has it
    assert options["b1"]["scale"] == "decay" and options["b1"]["value"] == 0.8 and options["b1"]["default"] == 0.9
    assert options["amsgrad"]["kind"] == "switch"
    mixed = {x["key"]: x for x in controls(parse("mas:s=sgd(lr=3)"))["options"]}
    assert (mixed["gamma"]["scale"], mixed["gamma"]["low"], mixed["gamma"]["high"]) == ("linear", 0, 1)
    assert "polynomial" in mixed["combine"]["words"] and mixed["a"] == {"key": "a", "kind": "rule", "value": None}
    inner = {x["key"]: x for x in mixed["s"]["value"]["options"]}
    assert 10 ** inner["lr"]["high"] >= 3 and inner["momentum"]["scale"] == "decay"
    assert controls(parse("sgd:lr=cosine(lr=1,steps=5)"))["options"][0]["value"] == "cosine(lr=1,steps=5)"


def test_the_page_of_a_playground_has_its_script_and_what_stands_after_it():
    html = playground({"steps": 3}, after="<script>after</script>")
    assert html.index("minimix.playground = ") < html.index("<script>after</script>") < html.index("</body>")
    assert "minimix.playground" not in stepper("adam", steps=2).html()


@pytest.fixture(scope="module")
def server():
    with serve({"steps": 3}) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def ask(server, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    names = {name.replace("_", "-"): x for name, x in headers.items()}
    connection.request(method, path, body, names)
    response = connection.getresponse()
    return response.status, response.read().decode()


def test_the_server_gives_its_page_and_answers_it(server):
    status, html = ask(server, "GET", "/")
    assert status == 200 and server.token in html and "connect-src 'self'" in html
    status, text = ask(server, "POST", "/answer", json.dumps({"steps": 2}), X_Token=server.token)
    assert status == 200 and json.loads(text) == json.loads(json.dumps(answer({"steps": 2})))
    status, text = ask(server, "POST", "/answer", "{", X_Token=server.token)
    assert status == 200 and json.loads(text)["error"].startswith("a request must be")


def test_the_server_refuses_everybody_else(server):
    ours, body = {"X_Token": server.token}, json.dumps({"steps": 2})
    assert server.server_address[0] == "127.0.0.1"
    assert ask(server, "GET", "/", Host=f"evil.example:{server.server_port}")[0] == 403
    assert ask(server, "POST", "/answer", body, **ours, Host="evil.example")[0] == 403
    assert ask(server, "POST", "/answer", body, **ours, Origin="http://evil.example")[0] == 403
    assert ask(server, "POST", "/answer", body, **ours, Origin="null")[0] == 403
    assert ask(server, "POST", "/answer", body)[0] == 403
    assert ask(server, "POST", "/answer", body, X_Token="x")[0] == 403
    assert ask(server, "POST", "/answer", " " * 100_001, **ours)[0] == 413
    assert ask(server, "POST", "/", body, **ours)[0] == 404
    for path in ("/answer", "/index.html", "/../setup.cfg", "/page.js"):
        assert ask(server, "GET", path)[0] == 404
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
        assert ask(server, method, "/answer", body, **ours)[0] == 501


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "give an update rule, as adam:lr=0.05, or --live"),
        (["--live", "adm", "--no-browser"], "did you mean 'adam'"),
        (["--live", "--steps", "9999", "--no-browser"], "steps must be at most 500"),
        (["--live", "--html", "page.html"], "--live opens a page and writes nothing"),
    ],
)
def test_the_command_refuses_what_it_cannot_do(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((click.UsageError, ValueError), match=re.escape(words)):
        step.main(arguments, standalone_mode=False)


def test_a_port_that_is_taken_is_said(server):
    with pytest.raises(OSError, match=f"port {server.server_port} cannot be had"):
        serve({"steps": 3}, port=server.server_port)


def test_ctrl_c_ends_the_command_without_a_traceback():
    code = (
        "import signal\n"
        "from minimix.cli import main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # as in a shell, whatever runs this
        "main(['step', '--live', 'adam', '--steps', '3', '--no-browser'])"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-u", "-c", code], stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60)[1] == "" and process.returncode == 0


def test_a_network_has_as_many_steps_as_it_may_where_none_are_asked_for():
    found = answer({"rules": ["sgd:lr=0.1"], "on": "mlp:dense3.bias", "at": 1})
    assert len(found["data"]["rules"][0]["path"]) == NETWORK_STEPS + 1
