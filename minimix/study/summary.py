"""summary.json: what a folder's trials say, derived from them and made again at any time."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..verdict import judge
from ..result import Result
from .folder import Folder, compact, text


def summarize(folder: Folder) -> dict[str, Any]:
    """Write summary.json, {name of a plan: what its finished trials say}, and return it."""
    plans = {name: plan for name, plan in folder.plans().items() if plan.get("kind") != "tune"}
    found = {name: (plan, folder.result(plan)) for name, plan in plans.items()}
    content = {name: _summary(plan, result) for name, (plan, result) in found.items() if result.trials}
    folder.save("summary.json", text(compact(content), indent=1))
    return content


def _summary(plan: dict[str, Any], result: Result) -> dict[str, Any]:
    settings = {key: plan.get(key) for key in ("reference", "margin", "target")}
    verdict = judge(result.trials, result.labels, **settings, independent=not plan.get("continue_trials"))
    rules = {
        label: {"mean": rule.mean, "spread": rule.spread} | asdict(rule)  # by name, since it stands in its key
        for label, rule in verdict.rules.items()
    }
    for rule in rules.values():
        del rule["label"]
    more = {"added": plan["added"]} if "added" in plan else {}
    return {
        "measure": verdict.measure.name,
        **{key: getattr(verdict, key) for key in ("reference", "margin", "target", "independent", "comparisons")},
        "trials": len(result.trials),
        **more,
        "sentences": verdict.sentences(),
        "rules": rules,
    }
