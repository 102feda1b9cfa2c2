"""What a requirement came to: the outcome, the figure behind it, its interval, and the reason in words."""

from __future__ import annotations

import math
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal, SupportsIndex, TypeGuard, get_args

from workbench.base.errors import SlipwayError

Relation = Literal["<=", ">="]
Detail = float | int | str | None


class Outcome(StrEnum):
    """The four things that can be said of a requirement."""

    PASS = "PASS"  # noqa: S105 - an outcome, no password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    NOT_MEASURED = "NOT MEASURED"


SEVERITY = {Outcome.PASS: 0, Outcome.INCONCLUSIVE: 1, Outcome.NOT_MEASURED: 2, Outcome.FAIL: 3}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The answer to one requirement.

    Attributes:
        outcome: PASS only where the whole interval is inside the limit, FAIL only where it is outside.
        value: the measured figure in `unit`; None where nothing was measured, never 0.
        limit: what the requirement allows, in `unit`.
        relation: how value and limit must stand: "<=" or ">="; "" where nothing is compared.
        unit: of value, limit, lower and upper; "" for ratios.
        lower: one-sided 95 % bound from below; None where the end is open or no sampling is involved.
        upper: one-sided 95 % bound from above; likewise. `details` has `lower_open` or `upper_open` = 1 at open ends.
        samples: how many samples were measured.
        effective_samples: how many independent ones they are worth.
        needed: how many samples in all would decide, where that can be told.
        reason: the verdict in plain words with its numbers.
        details: further figures by name, for tables and plots.
    """

    outcome: Outcome
    value: float | None = None
    limit: float | None = None
    relation: str = ""
    unit: str = ""
    lower: float | None = None
    upper: float | None = None
    samples: int | None = None
    effective_samples: float | None = None
    needed: int | None = None
    reason: str = ""
    details: Mapping[str, Detail] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("value", "limit", "lower", "upper", "effective_samples"):
            object.__setattr__(self, name, _plain_float(name, getattr(self, name)))
        for name in ("samples", "needed"):
            object.__setattr__(self, name, _plain_int(name, getattr(self, name)))
        if self.relation not in ("", *get_args(Relation)):
            raise ValueError(f"the relation of a verdict is <= or >=, got {self.relation!r}")
        if not self.reason:
            raise ValueError("a verdict without a reason")
        if self.outcome is Outcome.NOT_MEASURED and self.value is not None:
            raise ValueError("a verdict that is NOT MEASURED has no value")
        plain = {str(key): _plain_detail(key, value) for key, value in self.details.items()}
        object.__setattr__(self, "details", types.MappingProxyType(plain))

    def __reduce__(self) -> tuple[object, tuple[dict[str, object]]]:
        """Verdicts cross process borders in events; a mapping proxy cannot be pickled, its JSON form can."""
        return Verdict.from_json, (self.to_json(),)

    def __hash__(self) -> int:
        return hash((self.outcome, self.value, self.limit, self.reason))

    def to_json(self) -> dict[str, object]:
        """Plain values that any JSON writer takes; open interval ends are null (`details` says which)."""
        return {
            "outcome": self.outcome.value,
            "value": self.value,
            "limit": self.limit,
            "relation": self.relation,
            "unit": self.unit,
            "lower": self.lower,
            "upper": self.upper,
            "samples": self.samples,
            "effective_samples": self.effective_samples,
            "needed": self.needed,
            "reason": self.reason,
            "details": dict(self.details),
        }

    @staticmethod
    def from_json(data: Mapping[str, object]) -> Verdict:
        """Read what `to_json` wrote.

        Raises:
            SlipwayError: the data is not a verdict.
        """
        try:
            return Verdict(**_fields(data))  # type: ignore[arg-type]
        except (KeyError, TypeError, ValueError) as error:
            raise SlipwayError(f"this is not a verdict: {error}", "The record was damaged or edited.") from error


def not_measured(
    reason: str,
    *,
    limit: float | None = None,
    relation: str = "",
    unit: str = "",
    samples: int | None = None,
    details: Mapping[str, Detail] | None = None,
) -> Verdict:
    """The verdict on what could not be measured, with the reason why."""
    return Verdict(
        outcome=Outcome.NOT_MEASURED,
        limit=limit,
        relation=relation,
        unit=unit,
        samples=samples,
        reason=reason,
        details=details or {},
    )


def holds(value: float, limit: float, relation: Relation) -> bool:
    """Whether the value stands in this relation to the limit."""
    return value <= limit if relation == "<=" else value >= limit


def judge_value(value: float, limit: float, relation: Relation) -> Outcome:
    """The outcome for a figure that is no sample of anything: a maximum seen, a count."""
    return Outcome.PASS if holds(value, limit, relation) else Outcome.FAIL


def judge_interval(value: float, lower: float | None, upper: float | None, limit: float, relation: Relation) -> Outcome:
    """The outcome for a statistic and its one-sided bounds; None is an open end.

    PASS only if value and interval are inside the limit as a whole, FAIL only if they are outside as a whole.
    """
    best, worst = (lower, upper) if relation == "<=" else (upper, lower)
    if worst is not None and holds(worst, limit, relation) and holds(value, limit, relation):
        return Outcome.PASS
    if best is not None and not holds(best, limit, relation) and not holds(value, limit, relation):
        return Outcome.FAIL
    return Outcome.INCONCLUSIVE


def worst_outcome(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome that weighs most: FAIL, NOT MEASURED, INCONCLUSIVE, PASS; of none at all, NOT MEASURED."""
    return max(outcomes, key=SEVERITY.__getitem__, default=Outcome.NOT_MEASURED)


def with_details(verdict: Verdict, **details: Detail) -> Verdict:
    """The same verdict with further details."""
    return replace(verdict, details={**verdict.details, **details})


def undecided(verdict: Verdict, why: str) -> Verdict:
    """The same verdict with a further reason, on which nothing PASSES: then it is INCONCLUSIVE."""
    if verdict.outcome is Outcome.NOT_MEASURED:
        return verdict
    outcome = Outcome.INCONCLUSIVE if verdict.outcome is Outcome.PASS else verdict.outcome
    return replace(verdict, outcome=outcome, reason=f"{verdict.reason}; {why}")


def _fields(data: Mapping[str, object]) -> dict[str, object]:
    unknown = sorted(set(data) - set(Verdict.__dataclass_fields__))
    if unknown:
        raise ValueError(f"unknown keys {', '.join(unknown)}")
    details = data.get("details", {})
    if not isinstance(details, Mapping):
        raise TypeError("details must be a mapping")
    texts = [data.get(name, "") for name in ("relation", "unit", "reason")]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("relation, unit and reason must be text")
    return {**data, "outcome": Outcome(str(data["outcome"])), "details": details}


def _is_number(value: object) -> TypeGuard[float]:
    return hasattr(value, "__float__") and not isinstance(value, (bool, str))


def _plain_float(name: str, value: object) -> float | None:
    if value is None:
        return None
    if not _is_number(value) or not math.isfinite(float(value)):
        raise ValueError(f"{name} of a verdict must be a finite number or None, got {value!r}")
    return float(value)


def _plain_int(name: str, value: object) -> int | None:
    if value is None:
        return None
    if not _is_number(value) or not math.isfinite(float(value)):
        raise ValueError(f"{name} of a verdict must be a whole number or None, got {value!r}")
    return int(value)


def _plain_detail(name: str, value: object) -> Detail:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, SupportsIndex):
        return int(value)
    return _plain_float(name, value)
