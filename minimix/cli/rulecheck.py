"""minimix rulecheck."""

import click

from ..own.apart import answer

SECONDS = 120


@click.command()
@click.argument("rule", metavar="FILE.PY:NAME")
@click.option("--against", required=True, metavar="SPEC", help="The rule that it should be: adam, sgd:momentum=0.9, …")
def rulecheck(rule: str, against: str) -> None:
    """Compare an update rule of your own with one of minimix's, and say where they part.

    FILE.PY:NAME is a class with propose(w, g, state), a function step(w, g, state, t) that returns the new w, or a
    class with PyTorch's interface: made with a list of Tensors, its step() changes their .data by their .grad. What it
    takes by name (lr, b1 or beta1, eps, …) is set to the values that our rule has. The exit code is 0 where they agree.

    \b
    minimix rulecheck my.py:my_adam --against adam
    minimix rulecheck my.py:Momentum --against sgd:momentum=0.9
    """
    verdict = answer("minimix.course.rulecheck:examine", [rule, against], rule, SECONDS)
    click.echo(verdict["text"])
    if verdict["state"] != "right":
        raise SystemExit(1)
