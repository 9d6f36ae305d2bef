"""A tape's data as a page takes them, written by hand: y = sum((w*x + b)^2) of two rows, with its sweep.

Its numbers are worked out here in plain Python, so that the page is tried against more than the code that fills it.
"""

import base64

ROWS = [[1.0, 2.0], [3.0, -1.0]]
W, B = [0.5, -1.0], 0.25


def number(x):
    return {"kind": "number", "number": x, "shape": [], "dtype": "float32"}


def array(x):
    shape = [len(x), len(x[0])] if isinstance(x[0], list) else [len(x)]
    return {"kind": "array", "numbers": x, "shape": shape, "dtype": "float32"}


def picture(low, high, channels=1):
    pixels = base64.b64encode(bytes(range(64 * channels))).decode()
    one = {"height": 8, "width": 8, "channels": channels, "pixels": pixels}
    shape = [1, 8, 8, channels]
    return {"kind": "picture", "norm": 3.0, "low": low, "high": high, "mean": 0.0, "pictures": [one], "shape": shape}


def norm():
    counts = [0, 1, 4, 9, 4, 1]
    return {"kind": "norm", "norm": 7.5, "low": -1.0, "high": 2.0, "mean": 0.1, "histogram": counts, "shape": [99]}


def node(number, name, operator, inputs, value, gradient=None, group="", trained=True):
    long = f"({', '.join('a_long_argument' for _ in range(9))})" if operator == "convolve" else ""
    letters = f"<math><mi>{operator}</mi><mtext>{long}</mtext></math>" if operator else ""
    return {
        **{"id": number, "name": name, "part": "forward", "operator": operator, "options": "", "group": group},
        **{"shape": "×".join(map(str, value["shape"])), "dtype": "float32", "inputs": inputs, "trained": trained},
        **{"value": value, "gradient": gradient, "second": None, "layer": 0, "place": 0},
        **{"formula": letters, "numbers": letters.replace("mi", "mn"), "text": operator},
    }


def handed(to, argument, value, undone="", before=None, adds=None, left=0):
    return {
        **{"to": to, "argument": argument, "letters": "<math><mi>g</mi></math>", "text": "g"},
        **{"numbers": "<math><mn>7</mn></math>", "handed": value, "undone": undone, "before": before},
        **{"adds": adds, "left": left},
    }


def step(phase, number, said, g=None, vjps=(), ready=(), freed=(), why=""):
    own = {"phase": phase, "node": number, "said": said, "why": why, "g": g}
    return {**own, "ready": list(ready), "vjps": list(vjps), "freed": list(freed)}


def small():
    """w and b trained, x given; s = w*x, t = s + b, q = t*t, y = sum(q)."""
    s = [[w * x for w, x in zip(W, row, strict=True)] for row in ROWS]
    t = [[x + B for x in row] for row in s]
    q = [[x * x for x in row] for row in t]
    g = [[2 * x for x in row] for row in t]
    to_b = sum(map(sum, g))
    to_w = [sum(g[i][k] * ROWS[i][k] for i in range(2)) for k in range(2)]
    nodes = [
        node(0, "w", "", [], array(W), array(to_w), "line"),
        node(1, "x", "", [], array(ROWS), trained=False),
        node(2, "s", "multiply", [0, 1], array(s), array(g), "line"),
        node(3, "b", "", [], number(B), number(to_b), "line"),
        node(4, "t", "add", [2, 3], array(t), array(g), "line"),
        node(5, "q", "multiply", [4], array(q), array([[1.0, 1.0], [1.0, 1.0]])),
        node(6, "y", "sum", [5], number(sum(map(sum, q))), number(1.0)),
        node(7, "kernel", "", [], picture(-1.0, 2.0), picture(-3.0, 3.0)),
        node(8, "image", "", [], picture(0.0, 1.0, channels=3), trained=False),
        node(9, "c", "convolve", [7, 8], norm()),
        node(10, "z", "add", [6, 9], number(float("9")), number(1.0)),
    ]
    one, ones, half = number(1.0), array([[1.0, 1.0], [1.0, 1.0]]), array(t)
    forward = [step("forward", k, f"{nodes[k]['name']} is computed.") for k in (2, 4, 5, 6, 9, 10)]
    backward = [
        step("backward", 10, "z hands on.", one, [handed(6, 0, one), handed(9, 1, one)], [6, 9]),
        step("backward", 9, "c hands on.", one, [handed(7, 0, picture(-3.0, 3.0))], [6], [9]),
        step("backward", 6, "y hands on.", one, [handed(5, 0, ones)], [5], [6], "Its use in z is done."),
        step(
            *("backward", 5, "q hands on.", ones),
            [handed(4, 0, half, left=1), handed(4, 1, half, before=half, adds=array(g))],
            *([4], [5]),
        ),
        step(
            *("backward", 4, "t hands on.", array(g)),
            [handed(2, 0, array(g)), handed(3, 1, number(to_b), "summed over axes 0, 1")],
            *([2], [4]),
        ),
        step("backward", 2, "s hands on.", array(g), [handed(0, 0, array(to_w), "summed over axis 0")], [], [2]),
        step("backward", 0, "w is a leaf.", array(to_w)),
        step("backward", 3, "b is a leaf.", number(to_b)),
    ]
    return {"title": "y", "about": "a sum of squares", "cut": "", "nodes": nodes, "steps": forward + backward}


def chain(count):
    """A long tape of `count` nodes in layers of three, as a deep network has."""
    nodes = [node(0, "x", "", [], number(1.0), trained=False)]
    for k in range(1, count):
        inputs = [k - 1] if k % 3 else [k - 1, k - 2] if k > 1 else [0]
        nodes.append(node(k, f"v{k}", "tanh", inputs, norm(), norm(), f"block{k // 6}"))
    steps = [step("forward", k, f"v{k} is computed.") for k in range(1, count)]
    for k in range(count - 1, 0, -1):
        vjps = [handed(to, 0, norm()) for to in nodes[k]["inputs"] if to]
        steps.append(step("backward", k, f"v{k} hands on.", norm(), vjps, [k - 1] if k > 1 else [], [k]))
    return {"title": "chain", "about": "a chain", "cut": "", "nodes": nodes, "steps": steps}
