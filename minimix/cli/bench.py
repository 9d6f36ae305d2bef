"""minimix bench."""

import json

import click

from ..backend import using
from ..bench import CASES, measure
from .options import OneOf


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON alone.")
@click.option("--rounds", type=click.IntRange(1), default=7, help="Interleaved rounds; the medians are printed.")
@click.option("--backend", type=OneOf(["numpy", "cupy"]), default="numpy", help="The array module.")
def bench(as_json, rounds, backend):
    """Time one training step, float32, beside PyTorch's where torch is installed.

    A step is zero_grad, forward, cross-entropy, backward, step. Blocks of both alternate in one process; the numbers
    are medians over the rounds, in milliseconds. MAS, which PyTorch lacks, stands beside PyTorch's Adam.
    """
    if not as_json:
        click.echo("model  batch  optimizer      ms      range       torch ms      range      ratio")
    results = []
    with using(backend):
        for case in CASES:
            results.append(measure(*case, rounds))
            if not as_json:
                click.echo(_row(results[-1]))
    if as_json:
        click.echo(json.dumps(results, indent=1))


def _row(r):
    low, high = r["range"]
    row = f"{r['model']:5}  {r['batch']:5}  {r['optimizer']:9}  {r['ms']:6.2f}  {low:5.2f} - {high:5.2f}"
    if r["ratio"] is None:
        return row + "  (torch is not installed)"
    return row + f"  {r['torch_ms']:8.2f}  {r['torch_range'][0]:5.2f} - {r['torch_range'][1]:5.2f}  {r['ratio']:7.2f}"
