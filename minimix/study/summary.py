"""summary.json: what a folder's trials say, derived from them and made again at any time."""

from __future__ import annotations

from typing import Any

from ..result import Result
from .folder import Folder, compact, text
from .plans import judged_by


def summarize(folder: Folder) -> dict[str, Any]:
    """Write summary.json, {name of a plan: what its finished trials say}, and return it."""
    plans = {name: plan for name, plan in folder.plans().items() if plan.get("kind") != "tune"}
    found = {name: (plan, folder.result(plan)) for name, plan in plans.items()}
    content = {name: _summary(folder, name, *one) for name, one in found.items() if one[1].trials}
    folder.save("summary.json", text(compact(content), indent=1))
    return content


def _summary(folder: Folder, name: str, plan: dict[str, Any], result: Result) -> dict[str, Any]:
    more = {"added": plan["added"]} if "added" in plan else {}
    return {"trials": len(result.trials), **more, **folder.verdict(plan, result, judged_by(name)).summary()}
