"""The course: lessons/NN_title.py, the bank that checks them, the copies for students and teachers.

**A lesson** is a script in percent format (`# %%` opens a cell of code, `# %% [markdown]` one of text) that
runs as it is and opens as a notebook. Lesson 01 is the model. In order it has

1. `# # N. Title`, then **Question.** and **Predict.**: what to write down before running on;
2. `from minimix.course import check, show` beside NumPy, matplotlib and minimix; nothing else is imported,
   and there are no threads or processes, so that it runs in a browser too. What trains for long trains on less there,
   `BATCH = 50 if in_browser else 100`, and what the texts say of its numbers is true of both;
3. one idea in the fewest lines, with a picture: `plt.subplots(..., layout="constrained")`, Okabe-Ito
   colours from `minimix.plots.COLOURS`, and at the end `show("NN_what")` instead of `plt.show()`;
4. two to four exercises, each in a cell of its own below a `# **Exercise k.**` text that says what goes in,
   what comes out, and nothing of how it is checked;
5. **Take away.** and **Where this comes from.**

A whole lesson takes a machine or a browser under 20 seconds and a student 20 to 40 minutes. Another lesson is cited by
its title (*Luck*), not by its number, so that a new one may come between.

**An exercise** is a function whose solution stands between two marker comments, and after it a call of
`check`:

    def central_difference(f, x, h):
        '''The derivative of f at the number x, from f at x + h and x - h.'''
        # <solution>
        return (f(x + h) - f(x - h)) / (2 * h)
        # </solution>


    check(central_difference)

The student's copy has `raise NotImplementedError("your code here")` in place of the solution. What follows
may not need the student's function, or stands under `if check(central_difference):`. An exercise uses
nothing but its arguments, imports, other functions and constants of the lesson, and takes milliseconds. Its
name occurs once in the course.

**The bank**, bank/lessonNN.py, has EXERCISES, a tuple with an `Exercise` (see exercise.py) for each function: an oracle
of the same name, how to play it (cases, or steps that hand a state on), the names of what it returns, and the usual
mistakes, each a wrong variant with a hint. The hint says in one or two sentences what the student probably did and why
that is wrong; it does not give the answer away. Numbers in the cases are chosen such that every mistake shows: no
zeros, ones or symmetric matrices, eps as large as 0.1, three steps or more. A hint is told where its mistake gives the
same in every case, and it is the only one that does: where two mistakes are one function, one hint names both. What
changes its input, raises, never ends or has the wrong shape gets its sentence from `check` and needs no place in the
bank. An exercise that is one step of an update rule, from w, g and more to the new w and its state, serves `minimix
rulecheck` too: its mistakes use nothing but their arguments.

**A check** from the command line, grading.py, runs the student's script or notebook as Python runs it (answers.py,
source.py, notebook.py), in a process of its own (own/apart.py), and compares the numbers that come back here.

**A class**, classroom.py, is such a check of every file in a folder, of as many at a time as there are cores, each in a
copy; overview.py makes of it the table, the spreadsheet and the commonest mistakes.

**Teacher's notes**, lessons/NN_title.md: `# N. Title: notes for the teacher`, then `## Time`, `## On the
board`, `## Questions that come up` (with answers), `## Answers` (to the prediction and the exercises).
"""

import os
import sys

from .checker import check
from .picture import show

__all__ = ["check", "in_browser", "show"]

in_browser = sys.platform == "emscripten" or bool(os.environ.get("MINIMIX_IN_BROWSER"))
"""Whether a lesson runs in a browser, or, by the environment variable, as it does there."""
