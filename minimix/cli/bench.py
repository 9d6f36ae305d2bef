"""minimix bench."""

import json
from pathlib import Path

import click

from .. import plots, set_threads
from ..backend import current, names, using
from ..bench.memory import measure_memory
from ..bench.scaling import measure_scaling
from ..bench.steps import mlp
from ..bench.timing import CASES, compare, gemm_peak, machine, measure
from ..bench.trials import measure_trials
from .options import FIGURE, OneOf


@click.command()
@click.option("--overhead", is_flag=True, help="A step of the MLP with one sample: all overhead.")
@click.option("--scaling", is_flag=True, help="How the step grows with batch size, width, depth, kernel, channels.")
@click.option("--memory", is_flag=True, help="The peak memory of a training run.")
@click.option("--trials", is_flag=True, help="Whole trials, evaluation included, one on each core; minutes.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON alone.")
@click.option("--out", type=FIGURE, help="Draw the result in this file, .png, .pdf or .svg.")
@click.option("--rounds", type=click.IntRange(1), default=7, help="Interleaved rounds; the medians are printed.")
@click.option("--threads", type=int, help="Threads of all frameworks. [default: their own]")
@click.option("--backend", type=OneOf(names()), help="The array module. [default: that of MINIMIX_BACKEND]")
def bench(
    overhead: bool,
    scaling: bool,
    memory: bool,
    trials: bool,
    as_json: bool,
    out: Path | None,
    rounds: int,
    threads: int | None,
    backend: str | None,
) -> None:
    """Time one training step, float32, beside those of the peers that are installed (PyTorch, JAX, HIPS autograd,
    tinygrad).

    A step is zero_grad, forward, cross-entropy, backward, step. Blocks of all alternate in one process; the numbers
    are medians over the rounds, in milliseconds. MAS, which PyTorch lacks, stands beside PyTorch's Adam.

    With --trials as many trials as there are cores run at once, each in a process with one thread, on mnist and cifar10
    where these are, else on glyphs and shapes: all of minimix, then all of PyTorch, round after round. "torch tuned" is
    PyTorch with images channels-last, fused Adam and freed memory kept.
    """
    if trials and (threads or backend):
        raise click.UsageError("--trials runs with one thread a process, on numpy: leave out --threads and --backend")
    if memory and backend:
        raise click.UsageError("--memory is the host's, on numpy: leave out --backend")
    if threads is not None:
        _use_threads(threads)
    show = (lambda *_: None) if as_json else click.echo
    with using(backend or current().name):
        if memory:
            rows = _memory(show)
        elif trials:
            rows = _trials(show, rounds)
        elif scaling:
            rows = _scaling(show, rounds)
        elif overhead:
            rows = _overhead(show, rounds)
        else:
            rows = _steps(show, rounds)
        show("\n" + "  ".join(f"{what} {value}" for what, value in machine().items()))
    if as_json:
        click.echo(json.dumps(rows, indent=1))
    if out:
        unit = "MiB" if memory else "trials an hour" if trials else "ms"
        plots.save(plots.scaling(rows) if scaling else plots.bars(rows, unit), out)
        show(out)


def _use_threads(n):
    set_threads(n)
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(n)


def _steps(show, rounds):
    peak = gemm_peak()
    show(f"matrix product peak {peak:.0f} GFLOP/s\n")
    show("model     batch  optimizer      ms        range  of peak  torch ms        range  ratio  others")
    rows = []
    for case in CASES:
        rows.append(r := measure(*case, rounds, peak))
        others = "  ".join(f"{name} {p['ms']:.2f}" for name, p in r["peers"].items() if name != "torch")
        line = f"{r['model']:8}  {r['batch']:5}  {r['optimizer']:9}  {_time(r)}  {r['gemm_fraction']:6.0%} "
        line += (
            f"  {_time(r['peers']['torch'], 8)}  {r['ratio']:5.2f}  " if r["ratio"] else "  torch is not installed  "
        )
        show((line + others).rstrip())
    return rows


def _time(r, width=6):
    low, high = r["range"]
    return f"{r['ms']:{width}.2f}  {low:5.2f}-{high:5.2f}"


def _overhead(show, rounds):
    row = {"model": "mlp", "batch": 1, "optimizer": "sgd", **compare(mlp(), (28, 28, 1), 1, "sgd", rounds)}
    show("one sample, SGD, microseconds a step")
    for name, r in {"minimix": row, **row["peers"]}.items():
        low, high = r["range"]
        show(f"{name:9}  {1000 * r['ms']:6.0f}  {1000 * low:5.0f}-{1000 * high:.0f}")
    return [row]


def _scaling(show, rounds):
    def point(r):
        peer = f"  torch {r['torch_ms']:8.2f} ms  ratio {r['ratio']:.2f}" if r["ratio"] else ""
        show(f"{r['sweep']:32} {r['value']:5}  {r['ms']:8.2f} ms{peer}")

    return measure_scaling(rounds, point)


def _memory(show):
    rows = measure_memory()
    show("MiB of a process that trains 200 steps with SGD")
    for r in rows:
        show(f"{r['model']:5} {r['framework']:8}  after import {r['import']:5.0f}  at the most {r['peak']:5.0f}")
    return rows


def _trials(show, rounds):
    def told(model, rule, rates):
        show(f"  {model} {rule}  " + "  ".join(f"{name} {rate:,.0f}" for name, rate in rates.items()) + " an hour")

    show("the trials of each round")
    rows = measure_trials(rounds, told)
    show(f"\ntrials an hour, {rows[0]['processes']} at once, one thread each; ratio: minimix over the peer in a round")
    show("model  data      optimizer      framework      an hour           range  ratio      range  of peak")
    for r in rows:
        show(f"{_trial(r, 'minimix', r)}  {'':5}  {'':9}  {r['gemm_fraction']:7.0%}")
        for name, peer in r["peers"].items():
            low, high = peer["ratio_range"]
            show(f"{_trial(r, name, peer)}  {peer['ratio']:5.2f}  {low:.2f}-{high:.2f}")
    return rows


def _trial(row, framework, own):
    low, high = own["range"]
    names = f"{row['model']:5}  {row['data']:8}  {row['optimizer']:13}  {framework:11}"
    return f"{names}  {own['per_hour']:9,.0f}  {f'{low:,.0f}-{high:,.0f}':>15}"
