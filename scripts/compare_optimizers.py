"""Compare optimizers that you write down in RULES. Edit me."""

import click

from minimix import compare, data, plots

RULES = [
    "sgd:lr=1e-2",
    "sgd:lr=1e-2,momentum=0.9",
    "adam:lr=1e-3",
    "mas:lr=1e-3,gamma=0.6",
    "split:first1=adam(lr=1e-3),*=sgd(lr=1e-2)",
]


@click.command(context_settings={"show_default": True})
@click.option("--epochs", default=5, help="Passes over the training images.")
@click.option("--trials", default=3, help="Trials of each optimizer, with other weights and batches each.")
@click.option("--images", default=5000, help="Number of training images.")
@click.option("--seed", default=0, help="Seed of everything.")
@click.option("--out", default="compare_optimizers.png", help="The picture to write.")
def main(epochs, trials, images, seed, out):
    """Train the MLP on drawn digits with every optimizer in RULES, and draw who wins.

    For example: python scripts/compare_optimizers.py --epochs 3 --trials 5
    """
    with click.progressbar(length=trials * len(RULES), label="trials") as bar:
        result = compare(
            "mlp",
            data.glyphs(train=images, test=2000),
            RULES,
            trials,
            epochs=epochs,
            seed=seed,
            on_trial=lambda label, number, trial: bar.update(1),
        )

    print(result.table())
    plots.save(result.figure(), out)
    print(out)


if __name__ == "__main__":
    main()
