"""A class that hands in lesson 7: files of every kind that come up, and what is right in each."""

import re

from minimix.course import copies
from minimix.course.notebook import from_script
from minimix.course.source import gapped, solved

LESSON = copies.files()[7].read_text(encoding="utf-8")
RIGHT, GAPS = solved(LESSON), gapped(LESSON)
NAMES = ("adagrad_step", "rmsprop_step", "step_lengths", "rmsprop_corrected")
OVERWRITE = """
import pathlib
for path in [*pathlib.Path(__file__).parent.parent.rglob("*.*"), *pathlib.Path(__file__).parent.glob("*")]:
    path.write_text("nothing is left of it")
"""
REPLACE = """
import builtins, json, sys
import minimix.course.checker, minimix.course.grading, minimix.course.observing, minimix.own.apart
np.allclose = np.array_equal = minimix.course.checker.judge = minimix.course.grading.judge = lambda *a, **k: True
minimix.course.observing.observe = minimix.course.checker.examine = None
builtins.print = lambda *a, **k: 0
sys.modules["json"] = json.loads = None
"""
FORKS = """
import os, subprocess, sys, threading
starts = os.fork, lambda: subprocess.Popen([sys.executable, __file__]), lambda: os.kill(os.getppid(), 9)
for start in starts:
    try:
        start()
    except PermissionError:
        pass
for _ in range(50):
    threading.Thread(target=lambda: [0 for _ in iter(int, 1)], daemon=True).start()
"""


def answer(name, body, text=RIGHT):
    """The text with another body of a function; its docstring goes too."""
    changed = re.sub(rf'(def {name}\(.*\n) *""".*\n(    .*\n)+', lambda found: f"{found[1]}    {body}\n", text)
    assert changed != text
    return changed


def answers(body, text=RIGHT):
    """The text with another body of all functions."""
    for name in NAMES:
        text = answer(name, body, text)
    return text


ENDLESS, BUSY = "while True: pass", "sum(range(10**15))"
STUBBORN = """while True:
        try: sum(range(10**9))
        except BaseException: pass"""
LONG = "raise type('x' * 10**6, (ValueError,), {})('\\x1b[2J' + 'x' * 10**6)"
UNCLOSED = "return 1 / np.sqrt(t), 1 / np.sqrt(1 - b2**t"
EVERY, NONE = "right " * 4, "not-done " * 4
WRONG_FIRST = "wrong right right right"
SLIP = answer("adagrad_step", "s = s + g**2; return w - lr * g / np.sqrt(s + eps), s")
STUDENTS = {  # name of a folder: ({file: text}, the states of the four exercises)
    "Ada Lovelace_101_assignsubmission_file": ({"07_adagrad_and_rmsprop.py": RIGHT}, EVERY),
    "Åsa Öberg_102_assignsubmission_file": ({"mein Lösung.py": RIGHT}, EVERY),
    "Barbara": ({"07_x.ipynb": from_script(RIGHT)}, EVERY),
    "Claude, with two files": ({"07_x.py": GAPS, "07_x.ipynb": from_script(RIGHT)}, EVERY),
    "Dorothea with versions": ({"rates/Version 1/07.py": "def f(:", "rates/Version 2/07.py": RIGHT}, EVERY),
    "Emmy": ({"07_x.py": "from helper import *", "helper.py": RIGHT}, EVERY),
    "Evariste": ({"07_x.py": SLIP}, WRONG_FIRST),
    "Florence": ({"07_x.ipynb": from_script(SLIP)}, WRONG_FIRST),
    "Georg": ({"07_x.py": answer("step_lengths", UNCLOSED, SLIP)}, "unreadable " * 4),
    "Grace": ({"07_x.py": answer("rmsprop_step", "return undefined")}, "right wrong right right"),
    "Hedy": ({"07_x.py": answer("step_lengths", "pass")}, "right right wrong right"),
    "Hypatia": ({"07_x.py": GAPS}, NONE),
    "Ida": ({"07_x.ipynb": from_script(GAPS)}, NONE),
    "Joseph": ({"07_x.py": ""}, NONE),
    "Kurt": ({}, "no-file " * 4),
    "Leonhard": ({"essay.txt": "Dear teacher,"}, "no-file " * 4),
    "Mary": ({"07_x.ipynb": RIGHT}, "unreadable " * 4),
    "Noether": ({"07_x.py": b"\xff\xfe\x00\xd8\x00"}, "unreadable " * 4),
    "Olga endless": ({"07_x.py": answer("adagrad_step", ENDLESS)}, WRONG_FIRST),
    "Otto endless": ({"07_x.py": answer("adagrad_step", BUSY)}, WRONG_FIRST),
    "Paul endless": ({"07_x.py": answers(ENDLESS)}, "wrong " * 4),
    "Pierre endless": ({"07_x.py": answers(STUBBORN)}, "wrong " * 4),
    "Rosa endless": ({"07_x.py": RIGHT + "\nwhile True: pass\n"}, EVERY),
    "Rene recursive": ({"07_x.py": answer("adagrad_step", "return adagrad_step(w, g, s, lr, eps)")}, WRONG_FIRST),
    "Sofia hostile": ({"07_x.py": answer("adagrad_step", "return [np.ones(10**9) for _ in range(99)]")}, WRONG_FIRST),
    "Srinivasa hostile": ({"07_x.py": answer("adagrad_step", "__import__('os')._exit(0)")}, WRONG_FIRST),
    "Thales hostile": ({"07_x.py": RIGHT + "\nraise SystemExit(0)\n"}, EVERY),
    "Ulam hostile": ({"07_x.py": OVERWRITE + SLIP + OVERWRITE}, WRONG_FIRST),
    "Valerie hostile": ({"07_x.py": SLIP + REPLACE}, WRONG_FIRST),
    "Wang hostile": ({"07_x.py": FORKS + SLIP}, WRONG_FIRST),
    "Xenia hostile": ({"07_x.py": answer("adagrad_step", "print('right (4 cases).' * 10**7)")}, WRONG_FIRST),
    "Yuri hostile": ({"07_x.py": "from minimix.course.bank.lesson07 import *"}, EVERY),
    "Zeno hostile": ({"07_x.py": answer("adagrad_step", LONG) + LONG}, WRONG_FIRST),
}  # fmt: skip
FEW = ("Ada", "Claude", "Evariste", "Georg", "Joseph", "Kurt", "Mary", "Otto", "Srinivasa", "Ulam", "Valerie", "Zeno")


def hand_in(folder, beginnings=("",)):
    """Write the folders of students whose names begin so; returns {shown name: states of the exercises}."""
    expected = {}
    for student, (files, states) in STUDENTS.items():
        if student.startswith(tuple(beginnings)):
            (folder / student).mkdir(parents=True)
            for name, text in files.items():
                (folder / student / name).parent.mkdir(parents=True, exist_ok=True)
                content = text if isinstance(text, bytes) else text.encode()
                (folder / student / name).write_bytes(content)
            shown = student.partition("_")[0]
            expected[shown] = [state.replace("-", " ") for state in states.split()]
    return expected
