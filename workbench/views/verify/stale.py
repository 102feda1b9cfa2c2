"""Why a verdict does not hold any more, by requirement, and whether what was measured can be judged again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.views.verify.words import split_unit

if TYPE_CHECKING:
    from projects.requirements import Requirement
    from workbench.results.run_record import RequirementResult, RunRecord
    from workbench.views.verify.present import Present

ELSEWHERE = "other entries of deployment_tests.yaml changed, not this one"


def why_result_stale(why: str, result: RequirementResult, item: Requirement) -> str:
    """Why a verdict does not hold any more, the requirement's own change first; empty where it holds.

    Args:
        why: why its run does not, empty where it does.
        result: the verdict.
        item: the requirement as the documents have it now.
    """
    from workbench.pipeline.known_runs import TESTS

    if not why:
        return ""
    own = ", ".join(_changes(result, item))
    if why == f"{TESTS} changed":
        return own or ELSEWHERE
    return f"{own}, and {why}" if own else why


def _changes(result: RequirementResult, item: Requirement) -> Iterator[str]:
    """What the documents ask of a requirement now and did not then."""
    if result.limit_text != item.limit_text:
        yield f"limit {_step(result.limit_text, item.limit_text)}"
    if not result.parameters:  # a record of a Slipway that did not keep them
        return
    before, after = _plain(result.parameters), _plain(item.parameters)
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield f"{name.replace('_', ' ')} {_said(before.get(name))} → {_said(after.get(name))}"


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    """As a file gives it back."""
    plain: dict[str, object] = json.loads(json.dumps(dict(values)))
    return plain


def _said(value: object) -> str:
    return "none" if value in (None, "") else f"{value:g}" if isinstance(value, float) else str(value)


def _step(before: str, after: str) -> str:
    """`50 → 5 ms` of `50ms` and `5ms`; both whole where their units differ."""
    (one, unit), (other, other_unit) = (split_unit(spaced(text)) for text in (before, after))
    return f"{one} → {other} {unit}".rstrip() if unit == other_unit else f"{spaced(before)} → {spaced(after)}"


def spaced(text: str) -> str:
    """A limit with number and unit told apart."""
    return re.sub(r"^((?:[≤≥] )?[-+.,\d]+)([A-Za-zµ°%].*)$", r"\1 \2", text)


@dataclass(frozen=True)
class Again:
    """Whether other limits are judged from what was measured, so that nothing need be measured."""

    number: int | None
    """Of the run whose measurements answer them; None where they have to be measured."""
    why_not: str
    """Why they have to be; empty where nobody asked."""

    @property
    def text(self) -> str:
        """What mends a stale verdict."""
        if self.number is not None:
            return f"Judge again what run {self.number} measured; nothing is measured for it."
        return f"Measure again: {self.why_not}." if self.why_not else "Measure again."


def find_again(present: Present, board: str) -> Again:
    """What the main job would do on a board whose verdicts are stale."""
    from projects.runs import RunFolder
    from workbench.pipeline.known_runs import TESTS
    from workbench.pipeline.rejudge import why_measure

    for run in present.on(board):
        why = present.staleness.get(run.id, "")
        if run.only or why != f"{TESTS} changed":
            continue
        if present.project is None or not _is_release_current(present, run):
            return Again(None, "its release is stale, too")
        why = why_measure(present.project, run, RunFolder(present.path_of(run), run.number), quick=False)
        why = why.replace(f"{present.path_of(run)}/", "")
        return Again(None if why else run.number, why)
    newest = next(iter(present.on(board)), None)
    return Again(None, "" if newest is None else present.staleness.get(newest.id, ""))


def _is_release_current(present: Present, run: RunRecord) -> bool:
    there = None if present.currency is None else present.currency.release_on(run.board.get("id"))
    return there is not None and not there.reason
