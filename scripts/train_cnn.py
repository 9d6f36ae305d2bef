"""Train the study's CNN on small colour images with a mixture of SGD and Adam. Edit me."""

import click
import numpy as np

from minimix import Result, data, models, optim, plots
from minimix.training import train


@click.command(context_settings={"show_default": True})
@click.option("--dataset", type=click.Choice(["shapes", "cifar10"]), default="shapes", help="The images.")
@click.option("--lr", default=1e-3, help="Learning rate of both rules, for example 0.001.")
@click.option("--gamma", default=0.6, help="Weight of Adam, 0 to 1; SGD has the rest.")
@click.option("--combine", type=click.Choice(optim.mas.COMBINE), default="linear", help="How MAS mixes them.")
@click.option("--epochs", default=3, help="Passes over the training images.")
@click.option("--images", default=5000, help="Use the first so many training images.")
@click.option("--seed", default=0, help="Seed of the weights, the batches and the dropout masks.")
@click.option("--out", default="train_cnn.png", help="The picture to write.")
def main(dataset, lr, gamma, combine, epochs, images, seed, out):
    """Train the CNN, batch 20, with MAS.

    For example: python scripts/train_cnn.py --combine normalized --images 1000
    """
    pictures = data.load(dataset).subset(train=images)
    model = models.cnn(seed)
    rule = optim.MAS(lr, gamma, combine)
    print(model.summary(32, 32, 3))

    with click.progressbar(length=5 * epochs, label=f"{rule.combine} mixture") as bar:
        trial = train(
            model,
            optim.Optimizer(model, rule),
            pictures,
            epochs=epochs,
            batch_size=20,
            rng=np.random.default_rng(seed),
            record=5,
            on_record=lambda trial: bar.update(1),
        )
    for epoch, loss, accuracy in zip(trial.epoch, trial.train_loss, trial.val_accuracy, strict=True):
        print(f"epoch {epoch:.1f}: training loss {loss:.3f}, validation accuracy {100 * accuracy:.2f} %")
    if trial.stopped:
        print(trial.stopped)

    result = Result()
    result.add(f"mas {combine}", 0, trial)
    plots.save(result.figure(), out)
    print(out)


if __name__ == "__main__":
    main()
