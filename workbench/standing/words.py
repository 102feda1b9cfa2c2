"""Words that views of where a project stands share."""

from __future__ import annotations

import re
from collections.abc import Iterable

from workbench.evaluate.verdict import Outcome
from workbench.results.run_record import RequirementResult, RunRecord

NO_BREAK = "\u00a0"
STATES = {
    Outcome.PASS: "pass",
    Outcome.FAIL: "fail",
    Outcome.INCONCLUSIVE: "inconclusive",
    Outcome.NOT_MEASURED: "not measured",
}
WORST_FIRST = (Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.NOT_MEASURED, Outcome.PASS)
"""As a person would take them: what was measured before what nobody can measure here."""


def joined(parts: Iterable[str]) -> str:
    """`a, b and c`."""
    names = list(parts)
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)


def short_id(item: RequirementResult) -> str:
    """The id of a requirement without the specification's, which all derived ids begin with."""
    return item.id.rpartition("/")[2]


def short_release(name: str) -> str:
    """`int8-566a74d0` of `int8-566a74d0cac28184`."""
    head, _, identity = name.rpartition("-")
    return f"{head}-{identity[:8]}" if head else name


def spaced(text: str) -> str:
    """`≤ 50ms` as `≤ 50 ms`."""
    return re.sub(r"(?<=\d)(?=[A-Za-zµ°%])", " ", text)


def counts_of(run: RunRecord) -> str:
    """`12 pass, 1 fail, 1 open`: open is what is inconclusive or not measured."""
    found = [item.verdict.outcome for item in run.requirements]
    parts = ((found.count(Outcome.PASS), "pass"), (found.count(Outcome.FAIL), "fail"))
    opened = len(found) - sum(amount for amount, _ in parts)
    shown = [f"{amount} {word}" for amount, word in (*parts, (opened, "open")) if amount or word == "pass"]
    return ", ".join(shown)


def worst_first(run: RunRecord) -> list[RequirementResult]:
    """Requirements of a run that do not pass, the worst first, in the report's order among equals."""
    order = {outcome: index for index, outcome in enumerate(WORST_FIRST)}
    listed = [item for item in run.requirements if item.verdict.outcome is not Outcome.PASS]
    return sorted(listed, key=lambda item: order[item.verdict.outcome])


def verdict_in_words(item: RequirementResult) -> str:
    """`latency is inconclusive, 8.2 ms, limit ≤ 50 ms`."""
    from workbench.reports.wording import limit_text, quantity_text

    verb = {Outcome.FAIL: "fails", Outcome.INCONCLUSIVE: "is inconclusive", Outcome.NOT_MEASURED: "is not measured"}
    words = [f"{short_id(item)} {verb.get(item.verdict.outcome, 'passes')}"]
    if item.verdict.value is not None:
        words.append(unbroken(quantity_text(item.verdict.value, item.verdict.unit)))
    return f"{', '.join(words)}, limit {unbroken(spaced(limit_text(item)))}"


def verdict_in_short(item: RequirementResult) -> str:
    """`latency 8.168 of 50 ms`, for a place where a chip says the outcome."""
    from workbench.reports.wording import limit_text, quantity_text

    if item.verdict.value is None:
        return f"{short_id(item)} not measured"
    value = quantity_text(item.verdict.value, item.verdict.unit)
    limit = spaced(limit_text(item)).lstrip("≤≥ ")
    number, _, unit = value.rpartition(" ")
    return f"{short_id(item)} {number if number and limit.endswith(f' {unit}') else value} of {limit}"


def unbroken(text: str) -> str:
    """The same with spaces at which no line breaks."""
    return text.replace(" ", NO_BREAK)


def way_out(item: RequirementResult) -> str:
    """What would decide or mend it, shortly; the first part of the reason where nothing better is known."""
    verdict = item.verdict
    if verdict.outcome is Outcome.INCONCLUSIVE and verdict.needed is not None and verdict.samples is not None:
        return f"about {max(1, verdict.needed - verdict.samples):,} more samples would decide"
    return verdict.reason.split("; ")[0]
