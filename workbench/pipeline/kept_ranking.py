"""A ranking of layer groups as it is kept in a project's cache, and what it predicts of a keep-list."""

from __future__ import annotations

import contextlib
import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.base.atomic import write_json
from workbench.base.errors import SlipwayError

if TYPE_CHECKING:
    from workbench.optimise.deviation import PartError
    from workbench.optimise.rank import GroupLoss, Ranking

FORMAT = "slipway.ranking/1"
FOLDER = "rankings"
MOST_KEPT = 8
"""Rankings of other models that stay; the oldest goes."""
MAX_BYTES = 4 << 20


@dataclass(frozen=True)
class KeptGroup:
    """A group of layers and what quantising it alone costs."""

    name: str
    nodes: tuple[str, ...]
    keep: tuple[str, ...]
    """What `--keep` takes."""
    mac_count: int
    weight_count: int
    score: float
    """Mean overlap with the float model when this group alone is quantised; 1 is no loss."""
    snr_db: float | None
    """The lowest of its outputs' parts."""


@dataclass(frozen=True)
class KeptTrial:
    """A candidate that was made and measured: the groups kept in float, and what it reached."""

    kept: tuple[str, ...]
    score: float
    snr_db: float | None


@dataclass(frozen=True)
class RankedFrom:
    """What decides a ranking: the same of it need not be ranked again."""

    model_sha256: str
    calibration_sha256: str
    """Of the choice of calibration frames and how they are fitted, as candidates have it."""
    frames_sha256: str
    """Of the frames that it was measured on."""
    method: str
    tools: Mapping[str, str]


@dataclass(frozen=True)
class KeptRanking:
    """Groups, the most harmful first, what was tried, and the proposal."""

    made_from: RankedFrom
    made: str
    """UTC, ISO 8601 with Z."""
    seconds: float
    limit: float
    frame_count: int
    groups: tuple[KeptGroup, ...]
    trials: tuple[KeptTrial, ...]
    proposal: tuple[str, ...] | None
    """Names of the groups to keep; empty where plain INT8 is enough, None where no list is."""


@dataclass(frozen=True)
class Prediction:
    """What a ranking says of a candidate that keeps some groups in float."""

    score: float
    snr_db: float | None
    """None where no such candidate was tried."""
    tried: bool
    """Whether such a candidate was made and measured; else the score lies between those that were."""
    float_share: float | None
    """Share of multiply-accumulates in float."""
    float_weights: int


def keep_group(loss: GroupLoss) -> KeptGroup:
    """A measured group as it is kept."""
    group = loss.group
    return KeptGroup(
        group.name, group.nodes, group.keep, group.mac_count, group.weight_count, loss.score, _lowest_db(loss.error)
    )


def keep_ranking(ranking: Ranking, made_from: RankedFrom, seconds: float) -> KeptRanking:
    """A ranking as it is kept."""
    groups = tuple(keep_group(loss) for loss in ranking.groups)
    wanted = None if ranking.keep is None else set(ranking.keep)
    return KeptRanking(
        made_from,
        datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds,
        ranking.limit,
        ranking.frame_count,
        groups,
        tuple(KeptTrial(trial.kept, trial.score, _lowest_db(trial.error)) for trial in ranking.trials),
        None if wanted is None else tuple(group.name for group in groups if wanted.issuperset(group.keep)),
    )


def write_ranking(cache: Path, ranking: KeptRanking) -> Path:
    """Keep it as the one of its model; the oldest of more than `MOST_KEPT` goes.

    Raises:
        SlipwayError: it cannot be written.
    """
    path = _path(cache, ranking.made_from.model_sha256)
    write_json(path, {"format": FORMAT, **asdict(ranking)})
    by_age = sorted(path.parent.glob("*.json"), key=lambda item: item.stat().st_mtime, reverse=True)
    for old in by_age[MOST_KEPT:]:
        with contextlib.suppress(OSError):
            old.unlink()
    return path


def read_ranking_file(cache: Path, model_sha256: str) -> KeptRanking | None:
    """The ranking of a model; None where none is kept, or what is kept cannot be read: it can be made again."""
    try:
        with _path(cache, model_sha256).open("rb") as stream:
            value = json.loads(stream.read(MAX_BYTES + 1))
        return _ranking(value) if value["format"] == FORMAT else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def predict(ranking: KeptRanking, kept: Sequence[str]) -> Prediction:
    """What keeping these groups in float would give.

    A list that was tried has its measured score. Any other lies between the tried beginnings of the order: at the
    share of all losses that it avoids.

    Raises:
        SlipwayError: a name is no group of the ranking.
    """
    chosen = set(kept)
    unknown = chosen - {group.name for group in ranking.groups}
    if unknown:
        raise SlipwayError(f"the ranking has no group {sorted(unknown)[0]!r}", "Rank the layers again.")
    tried = next((trial for trial in ranking.trials if set(trial.kept) == chosen), None)
    macs = sum(group.mac_count for group in ranking.groups)
    float_macs = sum(group.mac_count for group in ranking.groups if group.name in chosen)
    weights = sum(group.weight_count for group in ranking.groups if group.name in chosen)
    share = float_macs / macs if macs else None
    if tried is not None:
        return Prediction(tried.score, tried.snr_db, True, share, weights)
    return Prediction(_between(ranking, chosen), None, False, share, weights)


def _between(ranking: KeptRanking, chosen: set[str]) -> float:
    points = list(_curve(ranking))
    avoided = _avoided(ranking, chosen)
    place = bisect_right([share for share, _ in points], avoided)
    if place >= len(points):
        return points[-1][1]
    (low, below), (high, above) = points[max(place - 1, 0)], points[place]
    return below if high <= low else below + (above - below) * (avoided - low) / (high - low)


def _curve(ranking: KeptRanking) -> Iterator[tuple[float, float]]:
    """(share of the losses avoided, score) of each tried beginning of the order, and of all groups in float."""
    scores = {frozenset(trial.kept): trial.score for trial in ranking.trials}
    names = [group.name for group in ranking.groups]
    for count in range(len(names)):
        score = scores.get(frozenset(names[:count]))
        if score is not None:
            yield _avoided(ranking, set(names[:count])), score
    yield 1.0, 1.0


def _avoided(ranking: KeptRanking, chosen: set[str]) -> float:
    losses = {group.name: max(1.0 - group.score, 0.0) for group in ranking.groups}
    total = sum(losses.values())
    if not total:
        return len(chosen) / max(len(losses), 1)
    return sum(loss for name, loss in losses.items() if name in chosen) / total


def _lowest_db(error: Sequence[PartError]) -> float | None:
    return min((part.snr_db for part in error if part.snr_db is not None), default=None)


def _path(cache: Path, model_sha256: str) -> Path:
    return cache / FOLDER / f"{model_sha256}.json"


def _ranking(value: Mapping[str, Any]) -> KeptRanking:
    made_from = value["made_from"]
    proposal = value["proposal"]
    return KeptRanking(
        RankedFrom(
            str(made_from["model_sha256"]),
            str(made_from["calibration_sha256"]),
            str(made_from["frames_sha256"]),
            str(made_from["method"]),
            {str(name): str(version) for name, version in made_from["tools"].items()},
        ),
        str(value["made"]),
        float(value["seconds"]),
        float(value["limit"]),
        int(value["frame_count"]),
        tuple(_group(item) for item in value["groups"]),
        tuple(
            KeptTrial(_texts(item["kept"]), float(item["score"]), _number(item["snr_db"])) for item in value["trials"]
        ),
        None if proposal is None else _texts(proposal),
    )


def _group(item: Mapping[str, Any]) -> KeptGroup:
    return KeptGroup(
        str(item["name"]),
        _texts(item["nodes"]),
        _texts(item["keep"]),
        int(item["mac_count"]),
        int(item["weight_count"]),
        float(item["score"]),
        _number(item["snr_db"]),
    )


def _texts(values: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(value) for value in values)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
