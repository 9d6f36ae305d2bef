"""minimix step."""

from pathlib import Path
from typing import Any

import click

from ..stepping import LANDSCAPES, stepper, terminal
from ..stepping import sensitivity as sensitivity_of
from .options import SPEC_HELP
from .showing import bar, files_to_write, show, written

LANDSCAPE_HELP = "\n".join(f"  {x.name:<12}{x.about}" for x in LANDSCAPES.values())
EPILOG = f"""\b
Landscapes:
{LANDSCAPE_HELP}
Your own: file.py:f, a function of one Tensor of shape (2,) or of two Tensors,
written with minimix operators. A real network: mlp:dense3.bias, with chosen
coordinates mlp:dense3.bias[0,3,7] (2 to 8; the first two are drawn).

{SPEC_HELP}"""


class Start(click.ParamType):
    """Two numbers, as -1.2,1."""

    name = "X,Y"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            x, y = map(float, value.split(","))
        except ValueError:
            self.fail(f"{value!r} is not two numbers X,Y, as -1.2,1", param, ctx)
        return x, y


@click.command(epilog=EPILOG)
@click.argument("specs", nargs=-1, metavar="SPEC...")
@click.option("--on", default="rosenbrock", metavar="LANDSCAPE", help="What to descend; see below.")
@click.option("--start", type=Start(), metavar="X,Y", help="Where to begin. [default: the landscape's own start]")
@click.option("--steps", type=int, default=100, help="How many steps.")
@click.option(
    "--seed", type=click.IntRange(0), default=0, help="Seed of noise, weights and batches; all rules see the same."
)
@click.option("--data", help="The data set of a network. [default: glyphs for mlp, shapes for the CNNs]")
@files_to_write("every term of every step", "a contact sheet")
@click.option(
    "--sensitivity",
    is_flag=True,
    help="Show how the last loss depends on each hyperparameter: its derivative, and what that means.",
)
@click.option("--live", is_flag=True, help="Open a page whose rules, rates, landscape and start can be changed.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port of that page. [default: one that is free]")
@click.option("--no-browser", is_flag=True, help="Only say where that page is.")
@click.pass_context
def step(
    context: click.Context,
    specs: tuple[str, ...],
    html: Path | None,
    csv: Path | None,
    png: Path | None,
    sensitivity: bool,
    live: bool,
    port: int,
    no_browser: bool,
    **settings: Any,
) -> None:
    """Watch update rules take their steps, term by term.

    On a terminal, keys go forward and back; in a pipe every step is a block of text.

    \b
    Examples:
      minimix step adam:lr=0.05 mas:lr=0.002,gamma=0.6
      minimix step adam:lr=0.05 sgd:lr=0.001 --steps 200 --html page.html
      minimix step sgd:lr=0.07,momentum=0.9 --on valley --start -4,2
      minimix step adam:lr=0.05 mas:lr=0.002 --steps 50 --sensitivity
      minimix step --live
    """
    if live:
        if html or csv or png or sensitivity:
            raise click.UsageError(
                "--live opens a page and writes nothing: leave it out, or --html, --csv, --png and so on"
            )
        return _play(specs, settings, port, no_browser, context)
    if not specs:
        raise click.UsageError("Missing argument 'SPEC...': give an update rule, as adam:lr=0.05, or --live")
    with bar("stepping", len(specs) * settings["steps"]) as stepping:
        steps = stepper(specs, **settings, on_step=lambda: stepping.update(1))
    wrote = written(steps, steps.count, html, csv, png)
    if sensitivity:
        _tell_sensitivity(steps)
    elif not wrote:
        show(steps, terminal.interact)


def _play(specs, settings, port, no_browser, context):
    """Serve the playground until Ctrl-C."""
    import webbrowser

    from ..own import is_reference
    from ..spec import parse, references
    from ..stepping.server import serve

    given = context.get_parameter_source
    asked = {key: x for key, x in settings.items() if given(key) is click.core.ParameterSource.COMMANDLINE}
    own = [reference for spec in specs for reference in references(parse(spec))]
    own += [asked["on"]] if is_reference(asked.get("on")) else []
    start = {"start": [*asked["start"]]} if "start" in asked else {}
    with serve(asked | start | ({"rules": [*specs]} if specs else {}), own, port) as server:
        try:
            click.echo(f"{server.address}: open it in a browser; Ctrl-C ends it")
            if not no_browser:
                webbrowser.open(server.address)
            server.serve_forever(poll_interval=0.1)
        except KeyboardInterrupt:
            click.echo()


def _tell_sensitivity(steps):
    with bar("differentiating", len(steps.runs)) as differentiating:
        found = steps.sensitivity(on_rule=lambda: differentiating.update(1))
    for label, (loss, slopes) in found.items():
        click.echo(sensitivity_of.text(label, steps.count, loss, slopes))
