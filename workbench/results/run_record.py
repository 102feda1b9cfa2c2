"""What a run left behind: `runs/<run>/run.json` as typed values, the one source of reports, tables and comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from projects.record_file import Author
from workbench.base.errors import SlipwayError
from workbench.evaluate.verdict import Outcome, Verdict, worst_outcome

FORMAT = "slipway.run/1"
_ADDED = frozenset({"parameters", "source", "kind"})
"""Fields that records of the same format may lack."""
VERIFICATION, TRY = "verification", "try"
NOT_EVIDENCE = "not evidence"


class RunState(StrEnum):
    """How a run ended."""

    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """Desktop, agent or board died in mid-run; what was recorded until then is kept."""


@dataclass(frozen=True)
class RequirementResult:
    """A requirement as it stood when the run was judged, and its verdict."""

    id: str
    path: str
    """Where the documents name it, e.g. `performance_tests.latency.requirement`."""
    kind: str
    title: str
    criterion: str
    """The criterion in words, with limit and unit."""
    limit_text: str
    confirmed: bool
    """False for a limit that was proposed and that no person has confirmed."""
    verifies: tuple[str, ...]
    defaults: tuple[str, ...]
    """Sentences for what the documents leave open and a default decided."""
    verdict: Verdict
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """How it was measured, by name; empty in records of a Slipway that did not keep it."""


def precision_of(chain: Mapping[str, Any], project: Mapping[str, Any]) -> str:
    """As `RunRecord.precision`, from these two of its fields."""
    recipe = (chain.get("candidate") or {}).get("recipe")
    return str(recipe).upper() if recipe else str(project.get("precision") or "")


@dataclass(frozen=True)
class RunRecord:
    """Everything that a report, a table or a comparison needs of one run.

    The `Mapping` fields are JSON objects that are shown as they are (facts of the board, tool versions, figures);
    None in them is "not measured".
    """

    id: str
    number: int
    created: str
    """UTC, ISO 8601 with Z."""
    by: Author
    state: RunState
    text: str
    """How it ended, in words."""
    quick: bool
    """Durations were shortened: nothing in this run is evidence for a duration."""
    only: tuple[str, ...]
    """Kinds that were asked for; empty for all."""
    project: Mapping[str, Any]
    """id, name, model, deployment_sha256, tests_sha256, precision."""
    chain: Mapping[str, Any]
    """model, candidate, engine, release: each {name, sha256, record} and what it was made with."""
    board: Mapping[str, Any]
    """name, id, kind and the facts of the probe."""
    machine: Mapping[str, Any]
    """before, after, during: load, frequency, memory, temperature; `notes` in words."""
    tools: Mapping[str, str]
    """Name to version, on the desktop and on the board."""
    frames: Mapping[str, Any]
    """source, available, requested, taken, seed, sha256 of selection and pack, labels."""
    settings: Mapping[str, Any]
    """Thresholds, preprocessing, threads, precision, span, pacing: what was really used."""
    requirements: tuple[RequirementResult, ...]
    figures: Mapping[str, Any]
    """Summaries for tables and plots: latency by pass, stages, memory, throughput, power, accuracy, equivalence."""
    findings: tuple[str, ...]
    """What a reviewer must know: shared frames, unconfirmed limits, unconfirmed preprocessing."""
    worst: tuple[Mapping[str, Any], ...]
    """Worst samples: index, name, min_iou, difference, overlay (file in the run's folder), text."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Files in the run's folder by name, with their sha256."""
    source: Mapping[str, Any] | None = None
    """Of a run that measured nothing itself: `run` and `sha256` of the record whose measurements it judges again."""

    kind: str = VERIFICATION
    """`verification`, or `try`: frames were played to look at them, which is no evidence."""

    @property
    def is_try(self) -> bool:
        """Whether it is no evidence, whatever it shows."""
        return self.kind != VERIFICATION

    @property
    def precision(self) -> str:
        """Of the candidate that ran, such as `INT8`; the documents' word where no candidate was made."""
        return precision_of(self.chain, self.project)

    @property
    def power_mode(self) -> str:
        """Of the board when it was measured, such as `25W`; empty where it has none."""
        return str((self.board.get("facts") or {}).get("power_mode") or "")

    @property
    def outcome(self) -> Outcome:
        """The outcome that weighs most among the requirements."""
        return worst_outcome(item.verdict.outcome for item in self.requirements)

    @property
    def outcome_text(self) -> str:
        """The outcome and of what it is: `PASS`, `PASS, quick`, `PASS of a part (memory)`, `PASS, judged again`.

        Of a try: that it is not evidence.
        """
        if self.is_try:
            return NOT_EVIDENCE
        part = f" of a part ({', '.join(self.only)})" if self.only else ""
        again = "" if self.source is None else ", judged again"
        return f"{self.outcome.value}{part}{', quick' if self.quick else ''}{again}"

    def to_json(self) -> dict[str, Any]:
        """The JSON object of `run.json`."""
        value = {name: getattr(self, name) for name in self.__dataclass_fields__}
        value["format"] = FORMAT
        value["by"] = self.by.to_json()
        value["state"] = self.state.value
        value["requirements"] = [_result_to_json(item) for item in self.requirements]
        value["worst"] = [dict(item) for item in self.worst]
        for name in ("only", "findings"):
            value[name] = list(value[name])
        return value

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> RunRecord:
        """Read what `to_json` wrote.

        Raises:
            SlipwayError: the object is not a run's record.
        """
        try:
            _check_shape(value, {**_SHAPE, **_given(_ADDED_SHAPE, value)})
            _check_shape(value["figures"], _given(_FIGURES_SHAPE, value["figures"]))
            for item in value["worst"]:
                _check_shape(item, _given(_WORST_SHAPE, item))
            fields = {
                name: value[name] for name in RunRecord.__dataclass_fields__ if name not in _ADDED or name in value
            }
            fields["by"] = Author(str(value["by"]["name"]), value["by"].get("key"))
            fields["state"] = RunState(value["state"])
            fields["requirements"] = tuple(_result_from_json(item) for item in value["requirements"])
            for name in ("only", "findings", "worst"):
                fields[name] = tuple(value[name])
            return RunRecord(**fields)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise SlipwayError(
                f"this is not the record of a run: {type(error).__name__} {error}", "The record was damaged or edited."
            ) from error


_Shape = Mapping[str, tuple[type, type | None]]
"""By name: the type of a field, and of what it holds where that is settled."""
_SHAPE: _Shape = {
    **dict.fromkeys(("id", "created", "text"), (str, None)),
    "number": (int, None),
    "quick": (bool, None),
    **dict.fromkeys(("project", "board", "machine", "frames", "settings"), (dict, None)),
    "chain": (dict, dict),
    "figures": (dict, None),
    **dict.fromkeys(("tools", "files"), (dict, str)),
    **dict.fromkeys(("only", "findings"), (list, str)),
    **dict.fromkeys(("worst", "requirements"), (list, dict)),
}
_FIGURES_SHAPE: _Shape = {"latency": (dict, None), "latency_paced": (dict, None), "accuracy": (dict, dict)}
"""Of those figures that there are."""
_WORST_SHAPE: _Shape = {"overlay": (str, None), "name": (str, None), "text": (str, None)}
_RESULT_SHAPE: _Shape = {
    **dict.fromkeys(("id", "path", "kind", "title", "criterion", "limit_text"), (str, None)),
    "confirmed": (bool, None),
    **dict.fromkeys(("verifies", "defaults"), (list, str)),
    "verdict": (dict, None),
}


_ADDED_SHAPE: _Shape = {"parameters": (dict, None), "source": (dict, None), "kind": (str, None)}
"""Of what not every record has."""


def _given(shape: _Shape, value: Mapping[str, Any]) -> _Shape:
    return {name: kinds for name, kinds in shape.items() if value.get(name) is not None}


def _check_shape(value: Mapping[str, Any], shape: _Shape) -> None:
    """Whether fields are of the types that every reader takes for granted; raises TypeError, and KeyError for none."""
    for name, (kind, inner) in shape.items():
        got = value[name]
        items = got.values() if isinstance(got, dict) else got if isinstance(got, list) else ()
        if type(got) is not kind or (inner is not None and not all(isinstance(item, inner) for item in items)):
            of = f" of {inner.__name__}" if inner is not None else ""
            raise TypeError(f"{name} is no {kind.__name__}{of}")


def _result_to_json(item: RequirementResult) -> dict[str, Any]:
    value = {name: getattr(item, name) for name in item.__dataclass_fields__}
    value["verdict"] = item.verdict.to_json()
    value["verifies"] = list(item.verifies)
    value["defaults"] = list(item.defaults)
    return value


def _result_from_json(value: Mapping[str, Any]) -> RequirementResult:
    _check_shape(value, {**_RESULT_SHAPE, **_given(_ADDED_SHAPE, value)})
    fields = {
        name: value[name] for name in RequirementResult.__dataclass_fields__ if name not in _ADDED or name in value
    }
    fields["verifies"] = tuple(value["verifies"])
    fields["defaults"] = tuple(value["defaults"])
    fields["verdict"] = Verdict.from_json(value["verdict"])
    return RequirementResult(**fields)
