"""The report's figures, drawn in its layout with its own numbers marked, so that agreement is seen."""

from ..plots import COLOURS, comparison


def draw(name, plan, result):
    """A matplotlib Figure of a plan's Result; the report's last accuracies are open triangles at the right edge."""
    figure = comparison([("", result)], result.band)
    left = figure.axes[0]
    epochs = plan.procedure["epochs"]
    done = [label for label in result.labels if label in {t["optimizer"] for t in result.trials}]
    for number, label in enumerate(done):
        if label in plan.published:
            y, colour = plan.published[label], COLOURS[number % len(COLOURS)]
            left.plot([epochs * 1.03], [y], marker="<", color=colour, fillstyle="none", clip_on=False, linestyle="none")
            low, high = left.get_ylim()
            left.set_ylim(min(low, y - 0.2), max(high, y + 0.2))
    if plan.published:
        left.annotate("◁ the report's last value", (1, 1.01), xycoords="axes fraction", ha="right", fontsize=8)
    figure.suptitle(f"{name}: {plan.about}; {figure._suptitle.get_text()}", fontsize=10)
    return figure
