"""What each group of layers costs in INT8, and what a choice of groups that stay in float would give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.views.optimise.costs import Costs, costs_basis, find_costs, part_of
from workbench.views.optimise.ranking_values import HERE, NONE, STALE, Choice, ComparedFigure, GroupRow, RankingView
from workbench.views.optimise.values import NOT_MEASURED, CandidateRow, Cell
from workbench.views.optimise.words import command_of, mb_text, ms_text, seconds_text, signed
from workbench.words import say_count, say_created

if TYPE_CHECKING:
    from workbench.pipeline.kept_ranking import KeptGroup, KeptRanking
    from workbench.session import Session
    from workbench.views.optimise.rows import Ground


DASH = "\N{EN DASH}"


def read_ranking(session: Session, project: Path, board: str) -> RankingView:
    """The ranking that is kept for the present model, with what it would cost on a board.

    Raises:
        DocumentProblems, UsageError: the project cannot be opened.
    """
    from workbench.pipeline.kept_ranking import read_ranking_file
    from workbench.views.optimise.page import open_ground
    from workbench.views.optimise.rows import make_rows

    ground = open_ground(session, project)
    ranking = read_ranking_file(ground.project.layout.cache, ground.detector.facts.sha256)
    limit, why_not = _limit(ground), _why_not(ground)
    if ranking is None or not ranking.groups:
        return RankingView(
            NONE, why_not, "", board, (), None, "", limit, f"\N{GREATER-THAN OR EQUAL TO} {limit:g}", 0.0, "", None, "",
            "", {}, {},
        )  # fmt: skip
    rows = make_rows(ground)
    costs = find_costs(ranking, rows, board)
    compared = {row.key: tuple(_compared(ranking, row, board, costs)) for row in rows if _fits(ground, ranking, row)}
    frames = say_count(ranking.frame_count, "frame")
    return RankingView(
        state=STALE if (why := _why_stale(ground, ranking)) else HERE,
        why=why or why_not,
        takes=seconds_text(ranking.seconds),
        board=board,
        rows=tuple(_rows(ranking, costs, limit)),
        start=_score(ranking, ()),
        start_text=f"{_score(ranking, ()):.3f}",
        limit=limit,
        limit_text=f"\N{GREATER-THAN OR EQUAL TO} {limit:g}",
        scale_low=min(_score(ranking, ()), limit),
        made=", ".join((frames, ranking.made_from.method, say_created(ranking.made, today="today"))),
        proposal=_proposal(ranking, limit),
        proposal_text=_proposal_text(ranking, limit),
        basis=costs_basis(costs, board),
        compared=compared,
        kept={row.key: kept_groups(ranking, row.kept_nodes) for row in rows if row.key in compared},
    )


def predict_choice(session: Session, project: Path, board: str, kept: tuple[str, ...]) -> Choice:
    """What keeping these groups of the kept ranking in float would give.

    Raises:
        DocumentProblems, UsageError: the project cannot be opened.
        SlipwayError: there is no ranking, or a group is none of it.
    """
    from workbench.base.errors import SlipwayError
    from workbench.pipeline.kept_ranking import predict, read_ranking_file
    from workbench.views.optimise.page import open_ground
    from workbench.views.optimise.rows import make_rows

    ground = open_ground(session, project)
    ranking = read_ranking_file(ground.project.layout.cache, ground.detector.facts.sha256)
    if ranking is None:
        raise SlipwayError(f"no ranking of {ground.project.name} is kept", "Rank its layers first.")
    found = predict(ranking, kept)
    rows, limit = make_rows(ground), _limit(ground)
    costs = find_costs(ranking, rows, board)
    keep = tuple(entry for group in ranking.groups if group.name in set(kept) for entry in group.keep)
    made = next((row for row in rows if _is_choice(ground, ranking, row, kept)), None)
    share = found.float_share or 0.0
    extra = None if costs.speed_ms is None else costs.speed_ms * share
    name = f"int8-k{len(keep)}" if keep else "int8"
    cost = [f"{signed(costs.size_bytes * part_of(found.float_weights, costs.weights) / 1e6, 2)} MB"]
    cost += [] if extra is None else [f"{signed(extra, 1)} ms"]
    how = f"on {say_count(ranking.frame_count, 'frame')}" if found.tried else "predicted"
    return Choice(
        kept=tuple(group.name for group in ranking.groups if group.name in set(kept)),
        keep=keep,
        name=name,
        made="" if made is None else made.key,
        text=f"{len(set(kept))} of {say_count(len(ranking.groups), 'group')} in float: "
        f"IoU {found.score:.3f} {how}, {', '.join(cost)}",
        note=_note(made),
        score=found.score,
        p99_ms=None if extra is None or costs.p99_ms is None else costs.p99_ms + extra,
        passes=found.score >= limit,
        command=command_of(ground.project.folder, "int8", keep, ranking.made_from.method),
    )


def rows_of_groups(groups: Sequence[KeptGroup]) -> tuple[GroupRow, ...]:
    """Groups that were measured while others still are; there is no order and no prediction yet."""
    shared = _shared_prefix([group.name for group in groups]) if len(groups) > 1 else ""
    return tuple(_row(group, group.name[len(shared) :], None) for group in groups)


def kept_groups(ranking: KeptRanking, kept_nodes: Sequence[str]) -> tuple[str, ...]:
    """The groups whose nodes a candidate keeps in float, in the order of the ranking."""
    kept = set(kept_nodes)
    return tuple(group.name for group in ranking.groups if kept.issuperset(group.nodes))


def _rows(ranking: KeptRanking, costs: Costs, limit: float) -> Iterator[GroupRow]:
    from dataclasses import replace

    names = [group.name for group in ranking.groups]
    shared = _shared_prefix(names)
    for place, group in enumerate(ranking.groups):
        score = _score(ranking, names[: place + 1])
        row = _row(group, group.name[len(shared) :], costs)
        yield replace(row, predicted=score, predicted_text=f"{score:.3f}", passes=score >= limit)


def _row(group: KeptGroup, label: str, costs: Costs | None) -> GroupRow:
    loss = max(1.0 - group.score, 0.0)
    size = None if costs is None else costs.size_bytes * part_of(group.weight_count, costs.weights)
    speed = None
    if costs is not None and costs.speed_ms is not None:
        speed = costs.speed_ms * part_of(group.mac_count, costs.macs)
    return GroupRow(
        name=group.name,
        label=label,
        words=say_count(len(group.nodes), "layer"),
        loss=loss,
        loss_text=f"{loss:.4f}",
        snr_db=group.snr_db,
        snr_text=DASH if group.snr_db is None else f"{group.snr_db:.1f} dB",
        size_bytes=size,
        size_text=DASH if size is None else f"{signed(size / 1e6, 2)} MB",
        speed_ms=speed,
        speed_text=DASH if speed is None else f"{signed(speed, 1)} ms",
    )


def _score(ranking: KeptRanking, kept: Sequence[str]) -> float:
    from workbench.pipeline.kept_ranking import predict

    return predict(ranking, kept).score


def _proposal(ranking: KeptRanking, limit: float) -> tuple[str, ...] | None:
    """The ranking's own where the limit is still the one that it was made for; else the shortest beginning."""
    if abs(ranking.limit - limit) < 1e-12:
        return ranking.proposal
    names = [group.name for group in ranking.groups]
    return next((tuple(names[:count]) for count in range(len(names)) if _score(ranking, names[:count]) >= limit), None)


def _proposal_text(ranking: KeptRanking, limit: float) -> str:
    proposal = _proposal(ranking, limit)
    if proposal is None:
        return f"No list reaches an IoU of {limit:g}. Take fp16."
    if not proposal:
        return f"Plain int8 reaches an IoU of {limit:g}. Nothing needs to stay in float."
    return f"{say_count(len(proposal), 'group')} in float reach an IoU of {limit:g}."


def _limit(ground: Ground) -> float:
    from workbench.pipeline.optimise import iou_limit

    return iou_limit(ground.project)


def _why_not(ground: Ground) -> str:
    if ground.project.settings.frames is None:
        return "Ranking needs test frames, and deployment.yaml names none under slipway: frames."
    if ground.project.settings.calibration is None:
        return "Ranking needs calibration frames, and deployment.yaml names none under slipway: calibration."
    return ""


def _why_stale(ground: Ground, ranking: KeptRanking) -> str:
    from workbench.optimise.candidate import optimiser_versions

    if ranking.made_from.calibration_sha256 != (ground.calibration_sha256 or ""):
        return "The calibration frames or the preprocessing changed since it was ranked."
    if ranking.made_from.method != ground.project.effective.calibration_method:
        return "The calibration method changed since it was ranked."
    known = dict(optimiser_versions())
    return "" if dict(ranking.made_from.tools) == known else "Tools changed since it was ranked."


def _fits(ground: Ground, ranking: KeptRanking, row: CandidateRow) -> bool:
    """Whether the ranking says something of a candidate: of the same model, frames and method."""
    if row.precision != "int8":
        return False
    record = next(item.record for item in ground.records if item.id == row.key)
    made, calibration = ranking.made_from, record.calibration
    same = record.parent_sha256 == made.model_sha256 and calibration is not None
    return (
        same
        and calibration is not None
        and (calibration.frames_sha256, calibration.method)
        == (
            made.calibration_sha256,
            made.method,
        )
    )


def _is_choice(ground: Ground, ranking: KeptRanking, row: CandidateRow, kept: Sequence[str]) -> bool:
    if not _fits(ground, ranking, row) or row.is_replaced:
        return False
    nodes = {node for group in ranking.groups if group.name in set(kept) for node in group.nodes}
    ranked = {node for group in ranking.groups for node in group.nodes}
    return set(row.kept_nodes) & ranked == nodes


def _note(made: CandidateRow | None) -> str:
    if made is None:
        return "No candidate was made of this choice."
    measured = f", measured {made.iou.text}" if made.iou.value is not None else ", not verified yet"
    return f"This choice is {made.name}{measured}. Change a box to make another."


def _compared(ranking: KeptRanking, row: CandidateRow, board: str, costs: Costs) -> Iterator[ComparedFigure]:
    from workbench.pipeline.kept_ranking import predict

    found = predict(ranking, kept_groups(ranking, row.kept_nodes))
    speed = next((item for item in row.speeds if item.board == board), None)
    share = found.float_share or 0.0
    later = None if costs.p99_ms is None or costs.speed_ms is None else costs.p99_ms + costs.speed_ms * share
    snr = DASH if found.snr_db is None else f"{found.snr_db:.1f}"
    yield ComparedFigure("IoU with fp32", f"{found.score:.3f}", _measured(row.iou), row.iou.outcome)
    yield ComparedFigure("Signal/error, dB", snr, _measured(row.error))
    if speed is not None:
        predicted = DASH if later is None else ms_text(later)
        yield ComparedFigure("Latency p99, ms", predicted, _measured(speed.p99), speed.p99.outcome)
        engine = DASH if speed.engine_bytes is None else mb_text(speed.engine_bytes)
        grown = costs.size_bytes * part_of(found.float_weights, costs.weights)
        size = DASH if costs.small_bytes is None else mb_text(costs.small_bytes + grown)
        yield ComparedFigure("Engine, MB", size, engine)
        yield ComparedFigure("Peak memory, MB", DASH, _measured(speed.peak), speed.peak.outcome)


def _measured(cell: Cell) -> str:
    return cell.text if cell.value is not None else NOT_MEASURED.lower()


def _shared_prefix(names: Sequence[str]) -> str:
    """What all names begin with, up to a `/` or `.`."""
    shared = names[0]
    while not all(name.startswith(shared) for name in names):
        shared = shared[:-1]
    cut = max(shared.rfind("/"), shared.rfind("."))
    return shared[: cut + 1] if all(len(name) > cut + 1 for name in names) else ""
