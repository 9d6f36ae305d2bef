"""Train the study's MLP on handwritten-style digits and draw its accuracy. Edit me."""

import click
import numpy as np

from minimix import Result, Tensor, cross_entropy, data, models, optim, plots
from minimix.training import Trial, evaluate


@click.command(context_settings={"show_default": True})
@click.option("--dataset", type=click.Choice(["glyphs", "mnist"]), default="glyphs", help="The digits.")
@click.option("--lr", default=1e-3, help="Learning rate, for example 0.001.")
@click.option("--epochs", default=5, help="Passes over the training images.")
@click.option("--batch-size", default=256, help="Images a step.")
@click.option("--seed", default=0, help="Seed of the weights and the batches.")
@click.option("--out", default="train_mlp.png", help="The picture to write.")
def main(dataset, lr, epochs, batch_size, seed, out):
    """Train 784 → 128 → 64 → 10 with Adam.

    For example: python scripts/train_mlp.py --lr 0.01 --epochs 3
    """
    digits = data.load(dataset)
    model = models.mlp(seed)
    optimizer = optim.Optimizer(model, optim.Adam(lr))
    batches = data.Batches(digits.x_train, digits.y_train, batch_size, np.random.default_rng(seed))
    print(model.summary(28, 28, 1))

    trial = Trial()
    for epoch in range(1, epochs + 1):
        losses = []
        with click.progressbar(batches, label=f"epoch {epoch}") as bar:
            for images, labels in bar:
                optimizer.zero_grad()
                loss = cross_entropy(model(Tensor(images)), labels)
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
        val_loss, accuracy = evaluate(model, digits.x_test, digits.y_test)
        print(f"training loss {np.mean(losses):.3f}, validation accuracy {100 * accuracy:.2f} %")
        trial.epoch.append(epoch)
        trial.train_loss.append(float(np.mean(losses)))
        trial.val_loss.append(val_loss)
        trial.val_accuracy.append(accuracy)

    result = Result()
    result.add(f"adam:lr={lr}", 0, trial)
    plots.save(result.figure(), out)
    print(out)


if __name__ == "__main__":
    main()
