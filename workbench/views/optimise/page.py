"""Queries of the Optimise page: its candidates, and which of them the documents ask for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.views.optimise.values import BoardColumn, Candidates
from workbench.words import say_created

if TYPE_CHECKING:
    from projects.project import Project
    from workbench.pipeline.candidate_evidence import CandidateEvidence
    from workbench.session import Session
    from workbench.views.optimise.rows import Ground


def read_candidates(session: Session, project: Path) -> Candidates:
    """Every candidate with what is known of it, the plots of them, and the limits that judge them.

    Raises:
        DocumentProblems: the documents have problems.
        UsageError: the model cannot be read.
    """
    from workbench.optimise.calibration import Method
    from workbench.views.optimise.plots import make_plots
    from workbench.views.optimise.rows import make_rows

    ground = open_ground(session, project)
    opened, limits = ground.project, ground.limits
    rows = make_rows(ground)
    return Candidates(
        project=opened.name,
        rows=rows,
        boards=ground.boards,
        usual_board=opened.settings.board or ground.boards[0].name,
        limits=limits.all,
        plots=make_plots(rows, ground.boards, limits),
        statistic=limits.statistic,
        map_name=limits.metric_name if limits.metric else "",
        judged_by=", ".join(limit.name for limit in limits.all),
        has_calibration=opened.settings.calibration is not None,
        has_frames=opened.settings.frames is not None,
        replaced=tuple(row.name for row in rows if row.is_replaced),
        precision=opened.deployment.model_format.precision.lower(),
        keep=opened.effective.keep,
        method=opened.effective.calibration_method,
        methods=tuple(method.value for method in Method),
    )


def open_ground(session: Session, project: Path) -> Ground:
    """What rows are made from.

    Raises:
        DocumentProblems, UsageError: as `read_candidates`.
    """
    from projects.project import Project
    from workbench.pipeline.candidate_evidence import CandidateEvidence
    from workbench.pipeline.detector import open_detector
    from workbench.views.optimise.limits import read_limits
    from workbench.views.optimise.rows import Ground

    opened = Project.open(project)
    detector = open_detector(opened)
    evidence = CandidateEvidence(opened, detector)
    return Ground(opened, detector, evidence, read_limits(opened), _boards(session, opened, evidence))


def _boards(session: Session, project: Project, evidence: CandidateEvidence) -> tuple[BoardColumn, ...]:
    """The boards that this user knows, then those that runs or engines name and nobody knows any more."""
    known = {entry.name: entry.kind for entry in session.boards()}
    usual = project.settings.board
    named = [str(item.run.board.get("name", "")) for item in evidence.all()]
    named += [item.record.board_name for item in evidence.engines]
    gone = sorted({name for name in (*named, usual or "") if name and name not in known})
    columns = [BoardColumn(name, kind, _trouble(session.home, name)) for name, kind in known.items()]
    return (*columns, *(BoardColumn(name, "", "not known here") for name in gone))


def _trouble(home: Path, name: str) -> str:
    """What the last attempt to reach a board came to; empty where it was reached, or nobody tried."""
    from datetime import UTC, datetime

    from targets.kept_facts import load_kept

    failure = load_kept(home, name).failure
    if failure is None:
        return ""
    since = datetime.fromtimestamp(failure.since_utc, UTC).isoformat()
    return f"unreachable since {say_created(since, today='today')}"
