"""A run judged again after limits changed: from what it measured, as a run of its own that names the one it is of."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from projects.project import Project
from projects.runs import PLAN, RUN, RunFolder
from workbench.base.atomic import cannot_write
from workbench.base.errors import SlipwayError
from workbench.base.hashing import sha256_file
from workbench.pipeline.on_board import HeldBoard
from workbench.pipeline.run_files import judge_result, project_facts, unconfirmed_findings
from workbench.pipeline.verdict_events import tell_verdicts
from workbench.results.run_folder import check_files, inside
from workbench.results.run_record import RequirementResult, RunRecord
from workbench.verify.evidence import Evidence
from workbench.verify.frozen_evidence import thaw_evidence
from workbench.verify.run_plan import OUTPUTS, Effort, plan_phases
from workbench.verify.side_by_side import choose_criteria

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext


_NOTHING = "Nothing was measured in this run: it judges the measurements of the run"


def why_measure(project: Project, run: RunRecord, folder: RunFolder, *, quick: bool) -> str:
    """Why the present test specification needs more than a run measured; empty where its measurements answer it.

    The caller has made sure that nothing but the test specification changed.
    """
    try:
        check_files(folder.path, run.files)
        evidence = thaw_evidence(folder.path, run, accuracy=False)
    except SlipwayError as error:
        return error.summary
    if evidence.until_decided:
        return "it was measured until the old limit was decided"
    effort = Effort(frozenset(item.kind for item in project.requirements), quick)
    phases = plan_phases(project, effort, int(run.frames.get("taken", 0)))
    if _as_json(phases) != _as_json(evidence.phases):
        return "other phases, durations, counts or rates are asked for"
    return _why_compare(project, evidence)


def _why_compare(project: Project, evidence: Evidence) -> str:
    compared = evidence.compared
    if compared is None:
        return "no outputs were compared" if evidence.phase(OUTPUTS) is not None else ""
    wanted = choose_criteria(project.requirements, project.effective.confidence)
    if _as_json(wanted._asdict()) != _as_json(compared.criteria._asdict()):
        return "outputs are to be compared by other criteria"
    equivalence = project.acceptance.functional_equivalence
    if equivalence is not None and int(equivalence.test_samples) != compared.requested:
        return "another number of frames is to be compared"
    return ""


def _as_json(value: object) -> object:
    """As a file gives it back: tuples as lists."""
    return json.loads(json.dumps(value))


def judge_again(
    project: Project, folder: RunFolder, run: RunRecord, held: HeldBoard, context: JobContext, reason: str
) -> RunRecord:
    """Judge the measurements of a run by the present test specification, and record it as a run of its own.

    Args:
        project: with the present documents.
        folder: of the run whose measurements are judged.
        run: its record.
        held: the board that both are of.
        context: of the job.
        reason: why the old run does not hold.

    Raises:
        SlipwayError: a file of the old run is not there or is not what it was, or the new one cannot be written.
    """
    context.step("verify", f"Judge run {run.number} again, without measuring", reason)
    check_files(folder.path, run.files)
    source = run.source or {"run": run.id, "sha256": sha256_file(folder.path / RUN)}
    evidence = thaw_evidence(folder.path, run, accuracy=True)
    about = {"board": held.name, "board_id": held.id, "only": [], "quick": run.quick, "source": source}
    made = RunFolder.create(project.layout.runs, {**about, "project": project_facts(project)}, context.by)
    files = _take_files(folder.path, made.path, run.files) | {PLAN: sha256_file(made.path / PLAN)}
    plan = made.read_plan()
    results = tuple(judge_result(item, evidence) for item in project.requirements)
    record = replace(
        run,
        id=made.id,
        number=made.number,
        created=plan.created,
        by=context.by,
        project=project_facts(project),
        requirements=results,
        findings=tuple(dict.fromkeys(_findings(project, run, results, source))),
        files=files,
        source=source,
    )
    made.finish(record.to_json())
    tell_verdicts(record, made, context)
    return record


def _take_files(before: Path, after: Path, files: Mapping[str, str]) -> dict[str, str]:
    """The old run's files, which never change, under the new one too: a second name for each, or a copy."""
    taken = {name: sha256 for name, sha256 in files.items() if name != PLAN}
    for name in taken:
        path = inside(after, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _link(inside(before, name), path)
        except OSError as error:
            raise cannot_write(path, error) from error
    return taken


def _link(before: Path, after: Path) -> None:
    try:
        os.link(before, after)
    except OSError:  # a file system without hard links
        shutil.copyfile(before, after)


def _findings(
    project: Project, run: RunRecord, results: Sequence[RequirementResult], source: Mapping[str, Any]
) -> Iterator[str]:
    """What was found of the measurements holds; what was said of limits is said anew."""
    changes = "; ".join(_limit_changes(run.requirements, results)) or "no limit"
    yield (
        f"{_NOTHING} {source['run']} (run.json {source['sha256']}) again, after the test specification was changed. "
        f"Changed since {run.id}: {changes}."
    )
    stale = set(unconfirmed_findings(run.requirements))
    yield from (text for text in run.findings if text not in stale and not text.startswith(_NOTHING))
    yield from (finding.text for finding in project.findings)
    yield from unconfirmed_findings(results)


def _limit_changes(before: Sequence[RequirementResult], after: Sequence[RequirementResult]) -> Iterator[str]:
    old: dict[str, Any] = {item.path: item.limit_text for item in before}
    new: dict[str, Any] = {item.path: item.limit_text for item in after}
    titles = {item.path: item.title for item in (*before, *after)}
    for path, title in titles.items():
        if old.get(path) != new.get(path):
            yield f"{title} {old.get(path, 'none')} → {new.get(path, 'none')}"
