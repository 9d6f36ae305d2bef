"""Learn the learning rate of MAS, and its gamma, by going down the validation loss through training. Edit me."""

import click
import numpy as np
from matplotlib.figure import Figure

from minimix import Tensor, cross_entropy, data, nn, optim, plots
from minimix.ops import sigmoid
from minimix.training import train

BATCH = 20


def network(seed):
    """784 → 16 → 10, small, and in float64: derivatives through many steps need its digits."""
    rng = np.random.default_rng(seed)
    return nn.Sequential(nn.Flatten(), nn.Dense(784, 16, rng, "float64"), nn.Tanh(), nn.Dense(16, 10, rng, "float64"))


@click.command(context_settings={"show_default": True})
@click.option("--lr", type=click.FloatRange(0, 1, min_open=True), default=0.002, help="Learning rate to start from.")
@click.option("--gamma", type=click.FloatRange(0, 1, True, True), default=0.3, help="Weight of Adam to start from.")
@click.option("--turns", type=click.IntRange(1), default=25, help="Steps of gradient descent, each a whole training.")
@click.option("--beta", type=click.FloatRange(0, min_open=True), default=0.5, help="Length of these steps.")
@click.option("--epochs", type=click.IntRange(1), default=1, help="Passes over the training images in a training.")
@click.option("--images", type=click.IntRange(BATCH), default=600, help="Number of training images.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Seed of the weights and the batches.")
@click.option("--out", default="learn_the_rate.png", help="The picture to write.")
def main(lr, gamma, turns, beta, epochs, images, seed, out):
    """Train a small network again and again with MAS, each time with a better learning rate and gamma.

    For example: python scripts/learn_the_rate.py --lr 0.001 --gamma 0.6, and with --lr 0.02 --epochs 2 for a look at
    where it fails.
    """
    digits = data.glyphs(train=images, test=500)
    u = Tensor(np.log(lr), requires_grad=True)
    s = Tensor(np.log(gamma / (1 - gamma)), requires_grad=True)
    descent = optim.Optimizer([("log of the rate", u), ("logit of gamma", s)], optim.SGD(beta), clip_norm=1)
    rows = []

    with click.progressbar(range(turns), label="trainings") as bar:
        for _ in bar:
            descent.zero_grad()
            eta, weight, model = u.exp(), sigmoid(s), network(seed)
            with optim.Unrolled(model, optim.MAS(eta, weight)) as optimizer:
                rng = np.random.default_rng(seed)
                train(model, optimizer, digits, epochs=epochs, batch_size=BATCH, rng=rng)
                loss = cross_entropy(model(Tensor(digits.x_test)), digits.y_test)
            with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is told below
                loss.backward()
            slope = s.grad / (weight.item() * (1 - weight.item()))  # with respect to gamma itself
            rows.append((eta.item(), weight.item(), loss.item(), u.grad.item(), slope.item()))
            if not np.isfinite(rows[-1]).all():
                break
            descent.step()

    print("step       eta  gamma  validation loss  d/d log eta  d/d gamma")
    for k, row in enumerate(rows):
        print("{:4}  {:8.3g}  {:5.3f}  {:15.4f}  {:11.3g}  {:9.3g}".format(k, *row))
    if not np.isfinite(rows[-1]).all():
        print("the last derivatives are not finite: start from a smaller --lr, or train for fewer --epochs")

    figure = Figure(figsize=(10, 3.4), layout="constrained")
    for k, (axes, name) in enumerate(zip(figure.subplots(1, 3), ("η", "γ", "validation loss"), strict=True)):
        axes.plot([row[k] for row in rows], ".-", color=plots.COLOURS[k])
        axes.set(xlabel="step", title=name, yscale="log" if name == "η" else "linear")
        axes.grid(color="0.9", which="both")
    plots.save(figure, out)
    print(out)


if __name__ == "__main__":
    main()
