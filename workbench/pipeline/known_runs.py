"""Which runs of a release are known, and whether what they were made from is still what it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from projects.project import Project
from projects.records import ReleaseRecord, Stored
from projects.runs import RunFolder, list_runs
from workbench.base.hashing import sha256_file
from workbench.base.reporter import Reporter
from workbench.pipeline.detector import Detector
from workbench.pipeline.frame_sets import identify_test_set
from workbench.pipeline.report import UnreadableRun, try_run
from workbench.results.run_record import RunRecord, RunState
from workbench.verify.run_plan import Effort, count_samples

TESTS = "deployment_tests.yaml"


def find_run_of(
    project: Project, detector: Detector, release: Stored[ReleaseRecord], reporter: Reporter, *, quick: bool = False
) -> tuple[RunFolder | None, str]:
    """The newest whole run of a release with the present model, documents and frames; else None and why not."""
    reason = unread = ""
    present = present_inputs(project, detector, reporter, quick=quick)
    for folder, run in _newest_first(project):
        if isinstance(run, UnreadableRun):
            unread = unread or f"the run {run.id} cannot be read ({run.state})"
        elif _is_whole(run, quick=quick):
            why = why_stale(run, release, present)
            if not why:
                return folder, ""
            reason = reason or why
    return None, reason or unread


def find_measured(
    project: Project, detector: Detector, release: Stored[ReleaseRecord], reporter: Reporter, *, quick: bool = False
) -> tuple[RunFolder, RunRecord] | None:
    """The newest whole run that holds but for the test specification, which may have got other limits since."""
    present = present_inputs(project, detector, reporter, quick=quick)
    for folder, run in _newest_first(project):
        if isinstance(run, UnreadableRun) or not _is_whole(run, quick=quick):
            continue
        if why_stale(run, release, present) == f"{TESTS} changed":
            return folder, run
    return None


def _newest_first(project: Project) -> Iterator[tuple[RunFolder, RunRecord | UnreadableRun]]:
    for folder in reversed(list_runs(project.layout.runs)):
        if folder.is_finished():
            yield folder, try_run(folder)


def _is_whole(run: RunRecord, *, quick: bool) -> bool:
    return run.state is RunState.FINISHED and not run.is_try and not run.only and run.quick == quick


def present_inputs(project: Project, detector: Detector, reporter: Reporter, *, quick: bool) -> dict[str, str | None]:
    """sha256 of what a run is made from besides its release, by what a person calls it."""
    effort = Effort(frozenset(item.kind for item in project.requirements), quick)
    frames = identify_test_set(project, count_samples(project, effort), reporter)
    return {
        "the model": detector.facts.sha256,
        "deployment.yaml": sha256_file(project.layout.deployment),
        TESTS: sha256_file(project.layout.deployment_tests),
        "the test frames": frames["sha256"],
        "the labels": frames["labels_sha256"],
    }


def why_stale(run: RunRecord, release: Stored[ReleaseRecord], present: Mapping[str, str | None]) -> str:
    """What a run was made from and is another now, in words; empty where all is the same.

    Args:
        run: of any part of the test specification.
        release: the one that a run must be of.
        present: what `present_inputs` says, for a run as quick as this one.
    """
    if run.board.get("id") != release.record.board_id:
        return "the last run was on another board"
    if run.chain.get("release", {}).get("sha256") != release.record.manifest_sha256:
        return "the release changed"
    used = {
        "the model": run.chain.get("model", {}).get("sha256"),
        "deployment.yaml": run.project.get("deployment_sha256"),
        TESTS: run.project.get("tests_sha256"),
        "the test frames": run.frames.get("sha256"),
        "the labels": run.frames.get("labels_sha256"),
    }
    changed = [name for name, sha256 in present.items() if used[name] != sha256]
    return f"{' and '.join(changed)} changed" if changed else ""
