"""The playground: a request comes in, the steps of the rules go out, or one sentence on what is wrong with it."""

import re
from importlib.resources import files

from ..hint import did_you_mean
from ..own import digest, is_reference, told
from ..pages import POLICY
from ..spec import REFERENCE, SpecError
from ..validation import check, whole
from . import page, student
from .settings import choices, controls
from .steps import stepper

RULES, STEPS, NETWORK_STEPS = 4, 500, 20
"""The most that one answer has of rules, and of steps on a landscape and on a network."""

NETWORK = "mlp:dense3.bias"
FIELDS = {"rules": list[str], "on": str, "start": list[float] | None, "steps": int, "seed": int, "data": str | None}
FIELDS |= {"at": int | None, "box": list[float] | None}
DEFAULT = {"rules": ["adam:lr=0.05", "mas:lr=0.002"], "on": "rosenbrock", "start": None, "steps": 200, "seed": 0}


def answer(request, own=()):
    """What the page of the playground asks for.

    request: {"rules": 1 to 4 specs, "on": a landscape or a parameter of a network, "start": [x, y] or null, "steps",
    "seed", "data": a network's data set, "at": the one step whose terms are wanted, or null for all, "box": the window
    in view, which stays where it fits what is drawn}; what is missing is as in DEFAULT. own: the file.py:name that a
    request may name; no other file is run, so that a link runs none. Both are JSON.

    Returns {"data": what `page.data` gives of the `stepper`, "controls": [what there is to set in each rule]}, the
    latter only where the terms of all steps are wanted, or {"error": one sentence}.

    >>> from minimix.stepping.live import answer
    >>> answer({"rules": ["adam"], "steps": 0})
    {'error': 'steps must be a whole number of at least 1, not 0'}
    """
    try:
        steps = run(request, own)
        found = {"data": page.data(steps, request.get("box"))}
        return found if request.get("at") else found | {"controls": [controls(run.rule) for run in steps.runs]}
    except SpecError as error:
        return {"error": error.sentence if error.text in error.sentence else f"{error.text!r}: {error.sentence}"}
    except Exception as error:  # a reader's function may raise anything, and a page has no traceback
        return {"error": told(error)}


def run(request, own=()):
    """The Stepper that a request asks for; raises with one sentence."""
    check("a request", request, dict)
    for name in request:
        if name not in FIELDS:
            raise ValueError(f"a request has {', '.join(FIELDS)}, not {name!r}{did_you_mean(name, FIELDS)}")
    asked = _completed(request)
    for name, x in asked.items():
        check(name, x, FIELDS[name])
    if not 1 <= len(asked["rules"]) <= RULES:
        raise ValueError(f"rules: give 1 to {RULES}, got {len(asked['rules'])}")
    on_network = _is_network(asked["on"])
    whole("steps" + " on a network" * on_network, asked["steps"], 1, NETWORK_STEPS if on_network else STEPS)
    _check_files([*asked["rules"], asked["on"]], own)
    box = asked.pop("box", None)
    if box is not None and not (len(box) == 4 and box[0] < box[1] and box[2] < box[3]):
        raise ValueError(f"box must be left, right, bottom and top, got {box}")
    if is_reference(asked["on"]):
        asked["on"] = _landscape(asked["on"], asked["start"])
    return stepper(asked.pop("rules"), **asked)


def _completed(request):
    """A request with what is missing as in DEFAULT; on a network with as many steps as there may be."""
    asked = {**DEFAULT, **request}
    return asked | ({"steps": NETWORK_STEPS} if "steps" not in request and _is_network(asked["on"]) else {})


def _is_network(on):
    return isinstance(on, str) and ":" in on and not is_reference(on)


_landscapes: dict = {}  # the last one of a reader's own, by name and content of its file: its picture is kept with it


def _landscape(on, start):
    key = on, digest(on)["sha256"]
    if key not in _landscapes:
        _landscapes.clear()
        _landscapes[key] = student.landscape(on, start)
    return _landscapes[key]


def playground(request=None, own=(), after="", policy=POLICY, **live):
    """The step page with controls, as HTML: it shows the run of a request, and runs it anew for each change.

    after: HTML at its end, with a script that sets `minimix.ask`, see page.live.js; policy: the page's
    Content-Security-Policy, which must allow what that script does. live: what else it finds in `live` of its data.
    Raises what `run` does.
    """
    asked = _completed(request or {})
    steps = run(asked, own)
    asked["start"] = steps.begun["start"]
    rules = [controls(run.rule) for run in steps.runs]
    most = {"rules": RULES, "steps": STEPS, "network": NETWORK_STEPS}
    live |= {**choices(), "networks": [NETWORK], "request": asked, "controls": rules, "most": most}
    script = files(__package__).joinpath("page.live.js").read_text("utf-8")
    found = page.html(steps, policy=policy, live=live)
    return found.replace("</body>", f"<script>\n{script}</script>\n{after}</body>")


WORKER = """<script>
minimix.playground.progress("Python is starting …");
minimix.python.onprogress = minimix.playground.progress;
minimix.python.start().then(
  () => minimix.playground.connect((request) => minimix.python.call("minimix.stepping.live:answer", request)),
  (error) => minimix.playground.progress(`Python did not start: ${error.message ?? error}`, 0),
);
</script>
"""
"""What stands `after` the playground on a site, behind the script that makes `minimix.python`."""


def _check_files(texts, own):
    """Refuse texts with a file that is not in own, or with ".py" where the grammar sees no file."""
    for text in texts:
        found = [name.strip() for name in re.findall(REFERENCE, text)]
        if text not in own and (not {*found} <= {*own} or len(found) < text.count(".py")):
            raise ValueError(f"{text!r} names a file that this page was not given: name it on the command line")
