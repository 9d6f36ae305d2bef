"""The plans of a study's folder, each with what its finished trials say."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config import Config
from ..result import Result
from ..verdict import Verdict
from . import status
from .folder import Folder
from .forms import config_of
from .plans import judged_by


class Read(Folder):
    """A Folder that reads each finished trial once, however often it is asked for."""

    def __init__(self, path: str | Path):
        super().__init__(path)
        self.found: dict[str, dict | None] = {}

    def read(self, name: str) -> dict | None:
        """See Folder."""
        if name not in self.found:
            self.found[name] = super().read(name)
        return self.found[name]


@dataclass(frozen=True)
class Part:
    """A plan with what its trials say."""

    key: str
    name: str
    plan: dict[str, Any]
    config: Config
    result: Result
    verdict: Verdict

    @property
    def counts(self) -> dict[str, int]:
        """{label: how many of its trials are finished}."""
        found = Counter(t["optimizer"] for t in self.result.trials)
        return {label: found[label] for label in self.result.labels}


def read(folder: Folder, tell: Callable[[str], Any] = str) -> tuple[list[Part], list[str]]:
    """(the plans that have a finished trial, sentences about the others); tell(what it does) is called for each plan.

    Raises ValueError where there is no study, or no finished trial to report.
    """
    known = folder.plans()
    parts: list[Part] = []
    unread: list[str] = []
    searches: list[str] = []
    if not known:
        raise ValueError(f"{str(folder.path)!r} is no study's folder: it has no study.json with plans")
    for name, plan in known.items():
        if plan.get("kind") == "tune":
            searches.append(name)
            continue
        tell(f"reading {name}")
        try:
            result, config = folder.result(plan), config_of(plan)
        except (ValueError, TypeError, KeyError, OSError) as error:
            unread.append(f"{name} could not be read: {error}")
            continue
        if not result.trials:
            unread.append(f"{name}: none of its {config.trials * len(config.rules):,} trials is finished")
            continue
        verdict = folder.verdict(plan, result, judged_by(name))
        parts.append(Part(f"p{len(parts) + 1}", name, plan, config, result, verdict))
    if not parts:
        far = (
            f"{one.name} is a search that is not finished, {one.done:,} of {one.done + one.left:,} trials are done"
            for one in (status.of(folder) if searches else ())
            if one.name in searches
        )
        raise ValueError(f"{str(folder.path)!r} has nothing that can be reported yet: {'; '.join([*unread, *far])}")
    return parts, unread
