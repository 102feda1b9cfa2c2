"""Candidates as rows: the model first, each candidate below what it derives from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from workbench.views.optimise.cells import (
    REFERENCE,
    board_cell,
    error_cell,
    judge_cell,
    judged_cell,
    metric_cell,
    missing,
)
from workbench.views.optimise.facts import class_rows, facts_of_candidate, facts_of_model
from workbench.views.optimise.limits import Limits
from workbench.views.optimise.values import (
    FAIL,
    INCONCLUSIVE,
    MODEL_KEY,
    NOT_MEASURED,
    PASS,
    BoardCell,
    BoardColumn,
    CandidateRow,
    Cell,
    Limit,
)
from workbench.views.optimise.words import command_of, mb_text, recipe_words
from workbench.words import say_created

if TYPE_CHECKING:
    from projects.project import Project
    from projects.records import CandidateRecord, EngineRecord, Stored
    from workbench.pipeline.candidate_evidence import CandidateEvidence, RunOfCandidate
    from workbench.pipeline.detector import Detector

_WORDS = {FAIL: "Fails", INCONCLUSIVE: "Inconclusive", PASS: "Passes", NOT_MEASURED: "Not measured"}
_SHORTLY = {
    "the calibration frames or the preprocessing changed": "calibration changed",
    "the calibration method changed": "method changed",
}
_ORDER = {"fp32": 0, "fp16": 1, "int8": 2}


@dataclass(frozen=True)
class Ground:
    """What all rows of one project are made from."""

    project: Project
    detector: Detector
    evidence: CandidateEvidence
    limits: Limits
    boards: tuple[BoardColumn, ...]

    @cached_property
    def records(self) -> tuple[Stored[CandidateRecord], ...]:
        """All candidates, oldest first."""
        from projects.records import CandidateRecord

        return self.project.records.all(CandidateRecord)

    @cached_property
    def calibration_sha256(self) -> str | None:
        """Of the present calibration frames, as candidates have it; None where there are none that can be read."""
        from workbench.base.errors import UsageError
        from workbench.base.reporter import Silent
        from workbench.pipeline.candidates import want_candidate

        try:
            return want_candidate(self.project, self.detector, Silent(), "int8", ()).frames_sha256
        except UsageError:
            return None

    @cached_property
    def wanted_id(self) -> str:
        """The record of the candidate that the documents ask for; empty where it was not made."""
        from workbench.base.errors import UsageError
        from workbench.base.reporter import Silent
        from workbench.pipeline.candidates import find_candidate, want_candidate

        try:
            wanted = want_candidate(self.project, self.detector, Silent())
        except UsageError:
            return ""
        found, _ = find_candidate(self.project, wanted)
        return "" if found is None else found.id

    @cached_property
    def float_copy(self) -> Stored[CandidateRecord] | None:
        """The newest cleaned copy of the present model: what is run where the model itself is asked for."""
        copies = [item for item in self.records if item.record.recipe == "fp32"]
        current = [item for item in copies if item.record.parent_sha256 == self.detector.facts.sha256]
        return current[-1] if current else None


def make_rows(ground: Ground) -> tuple[CandidateRow, ...]:
    """All rows in the order of drawing."""
    copy_id = "" if ground.float_copy is None else ground.float_copy.id
    shown = [item for item in ground.records if item.id != copy_id]
    rows = [_row(ground, item) for item in shown]
    parents = _parents(shown)
    first = _model_row(ground)
    return (first, *_in_order(rows, parents))


def _in_order(rows: Sequence[CandidateRow], parents: dict[str, str]) -> Iterator[CandidateRow]:
    ranked = sorted(rows, key=lambda row: _ORDER.get(row.precision, 9))
    for row in ranked:
        if row.key in parents:
            continue
        yield replace(row, parent=MODEL_KEY, depth=1)
        for child in ranked:
            if parents.get(child.key) == row.key:
                yield replace(child, parent=row.key, depth=2)


def _parents(records: Sequence[Stored[CandidateRecord]]) -> dict[str, str]:
    """Which keep-lists vary which plain candidate: of the same recipe, model and ranges; the newest of them."""
    plain = {_family(item.record): item.id for item in records if not item.record.keep}
    return {
        item.id: plain[_family(item.record)] for item in records if item.record.keep and _family(item.record) in plain
    }


def _family(record: CandidateRecord) -> tuple[str, str, str]:
    return record.recipe, record.parent_sha256, record.calibration.sha256 if record.calibration else ""


def _model_row(ground: Ground) -> CandidateRow:
    facts, copied = ground.detector.facts, ground.float_copy
    runs = () if copied is None else ground.evidence.of(copied.record.sha256)
    speeds = _speeds(ground, runs, None if copied is None else copied.record.sha256)
    everyone = sorted(ground.evidence.all(), key=lambda item: (bool(item.stale), item.run.quick, -item.run.number))
    accuracy = metric_cell(everyone, ground.limits.metric, "reference") if ground.limits.metric else Cell()
    if ground.limits.accuracy is not None:
        accuracy = judge_cell(accuracy, ground.limits.accuracy)
    outcome, reason = _judge(ground.limits, accuracy, None, speeds)
    classes, text = class_rows(everyone, "reference")
    return CandidateRow(
        key=MODEL_KEY,
        name="fp32",
        recipe="reference, as exported",
        precision="fp32",
        parent="",
        depth=0,
        sha256=facts.sha256,
        size_bytes=facts.size_bytes,
        size_text=mb_text(facts.size_bytes),
        error=REFERENCE,
        map50=accuracy,
        iou=REFERENCE,
        speeds=speeds,
        outcome=outcome,
        outcome_text=_WORDS[outcome],
        reason=reason,
        stale="",
        stale_text="",
        is_wanted=copied is not None and copied.id == ground.wanted_id,
        is_replaced=False,
        is_here=True,
        command="" if copied is None else command_of(ground.project.folder, "fp32", (), ""),
        made="",
        classes=classes,
        classes_text=text,
        facts=facts_of_model(ground.project, ground.detector, speeds),
    )


def _row(ground: Ground, stored: Stored[CandidateRecord]) -> CandidateRow:
    record, project = stored.record, ground.project
    runs = ground.evidence.of(record.sha256)
    limits = ground.limits
    accuracy = _accuracy(runs, limits)
    overlap = judged_cell(runs, limits.overlap, "overlap") if limits.overlap else missing("overlap")
    speeds = _speeds(ground, runs, record.sha256)
    outcome, reason = _judge(limits, accuracy, overlap, speeds)
    calibration = record.calibration
    method, frames = (calibration.method, calibration.count) if calibration else ("", None)
    classes, text = class_rows(runs, "device")
    return CandidateRow(
        key=stored.id,
        name=_name(ground, stored),
        recipe=recipe_words(record.recipe, record.keep, method, frames),
        precision=record.precision,
        parent="",
        depth=1,
        sha256=record.sha256,
        size_bytes=record.size_bytes,
        size_text=mb_text(record.size_bytes),
        error=error_cell(record),
        map50=accuracy,
        iou=overlap,
        speeds=speeds,
        outcome=outcome,
        outcome_text=_WORDS[outcome],
        reason=reason,
        stale=(stale := _why_stale(ground, record)),
        stale_text=_SHORTLY.get(stale, stale.partition(":")[0]),
        is_wanted=stored.id == ground.wanted_id,
        is_replaced=_is_replaced(ground, stored),
        is_here=project.blobs.path_of(record.sha256) is not None,
        command=command_of(project.folder, record.recipe, record.keep, method),
        made=f"{say_created(stored.created, today='today')} by {stored.by.name}",
        classes=classes,
        classes_text=text,
        facts=facts_of_candidate(stored, speeds),
        kept=record.keep,
        kept_nodes=record.kept_nodes,
        notes=record.notes,
    )


def _accuracy(runs: Sequence[RunOfCandidate], limits: Limits) -> Cell:
    if limits.accuracy is not None:
        return judged_cell(runs, limits.accuracy, "accuracy on labels")
    return metric_cell(runs, limits.metric) if limits.metric else Cell()


def _speeds(ground: Ground, runs: Sequence[RunOfCandidate], candidate_sha256: str | None) -> tuple[BoardCell, ...]:
    newest: dict[str, Stored[EngineRecord]] = {
        item.record.board_name: item
        for item in ground.evidence.engines
        if item.record.candidate_sha256 == candidate_sha256
    }
    return tuple(board_cell(runs, board.name, ground.limits.latency, newest.get(board.name)) for board in ground.boards)


def _name(ground: Ground, stored: Stored[CandidateRecord]) -> str:
    record = stored.record
    newest = [item for item in ground.records if item.record.name == record.name][-1]
    return record.name if newest.id == stored.id else f"{record.name} {record.sha256[:6]}"


def _why_stale(ground: Ground, record: CandidateRecord) -> str:
    from workbench.optimise.calibration import Method
    from workbench.optimise.candidate import Precision, Recipe
    from workbench.pipeline.candidates import WantedCandidate, why_changed

    method = Method(record.calibration.method) if record.calibration else Method.PERCENTILE
    frames = ground.calibration_sha256 if record.calibration else None
    recipe = Recipe(Precision(record.recipe), record.keep, method)
    return why_changed(record, WantedCandidate(recipe, ground.detector.facts.sha256, frames, None))


def _is_replaced(ground: Ground, stored: Stored[CandidateRecord]) -> bool:
    if stored.id == ground.wanted_id:
        return False
    same = [item.id for item in ground.records if _made_as(item.record) == _made_as(stored.record)]
    return same[-1] != stored.id


def _made_as(record: CandidateRecord) -> tuple[str, tuple[str, ...], str]:
    return record.recipe, record.keep, record.calibration.method if record.calibration else ""


def _judge(limits: Limits, accuracy: Cell, overlap: Cell | None, speeds: Sequence[BoardCell]) -> tuple[str, str]:
    """The worst outcome of the limits, and which they are, in words."""
    found: dict[str, list[str]] = {}
    for limit, cells in limits.against(accuracy, overlap, speeds):
        known = [(where, cell.outcome) for where, cell in cells if cell.outcome]
        if not known:
            found.setdefault(NOT_MEASURED, []).append(limit.name)
        for outcome in (FAIL, INCONCLUSIVE):
            places = [where for where, got in known if got == outcome]
            if places:
                found.setdefault(outcome, []).append(_where(limit, places, alone=len(cells) < 2))
                break
    for outcome in (FAIL, NOT_MEASURED, INCONCLUSIVE):
        if outcome in found:
            ending = " not decided yet" if outcome == INCONCLUSIVE else ""
            return outcome, f"{', '.join(found[outcome])}{ending}"
    return (PASS, "") if limits.all else (NOT_MEASURED, "The documents set no limit.")


def _where(limit: Limit, places: Sequence[str], *, alone: bool) -> str:
    """The limit, and on which boards where there are several."""
    named = [place for place in places if place]
    if not named or alone:
        return limit.name
    return f"{limit.name} on {named[0]}" if len(named) == 1 else f"{limit.name} on {len(named)} boards"
