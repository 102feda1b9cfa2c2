"""What still stands between now and a release, in order of blocking, and how long it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from workbench.views.verify.values import (
    BAD,
    FAIL,
    INCONCLUSIVE,
    NEAR,
    PASS,
    PLAIN,
    MissingForRelease,
    MissingItem,
    RequirementRow,
)
from workbench.views.verify.words import spell_seconds
from workbench.words import say_count

if TYPE_CHECKING:
    from workbench.views.verify.present import Present
    from workbench.views.verify.stale import Again

_TONES = {FAIL: BAD, INCONCLUSIVE: NEAR}


def find_missing(
    present: Present, rows: Sequence[RequirementRow], whole_s: float | None, again: Again | None = None
) -> MissingForRelease:
    """Everything that is missing.

    Args:
        present: the project now.
        rows: of every requirement on the board that is meant.
        whole_s: about how long a whole verification takes.
        again: what mends the stale rows among them.
    """
    items = tuple(_missing(present, rows, whole_s, again))
    known = [item.takes_s for item in items if item.takes_s is not None]
    people = sum(item.takes_s is None for item in items)
    if not items:
        return MissingForRelease((), "Nothing is missing: every requirement passes on what is installed now.")
    parts = [f"about {spell_seconds(sum(known))} of measuring"] if sum(known) else []
    parts += [f"{say_count(people, 'thing')} that needs a person" if people == 1 else f"{people} that need a person"][
        : bool(people)
    ]
    how = f": {' and '.join(parts)}" if parts else ", and nothing need be measured for it"
    return MissingForRelease(items, f"{say_count(len(items), 'thing')} missing{how}.")


def _missing(
    present: Present, rows: Sequence[RequirementRow], whole_s: float | None, again: Again | None
) -> Iterator[MissingItem]:
    if present.blocked:
        mend = "Mend the documents" if present.project is None else "Mend the record"
        yield MissingItem(present.blocked, f"{mend}; nothing runs until then.", "", None, BAD)
    stale = [row for row in rows if row.stale]
    never = [row for row in rows if not row.run and not row.stale]
    if stale or never:
        yield _to_measure(stale, never, whole_s, again)
    for row in rows:
        if row.outcome != PASS and row.run and not row.stale:
            text = f"{row.title}: {row.word.lower()}"
            tone = _TONES.get(row.outcome, PLAIN)
            yield MissingItem(text, row.way_out, spell_seconds(row.takes_s), row.takes_s, tone, row.id)
    unconfirmed = () if present.project is None else present.project.unconfirmed
    if unconfirmed:
        text = f"{say_count(len(unconfirmed), 'value')} that no person confirmed"
        yield MissingItem(text, "Look at them on the Project page.", "", None, NEAR)


def _to_measure(
    stale: Sequence[RequirementRow], never: Sequence[RequirementRow], whole_s: float | None, again: Again | None
) -> MissingItem:
    parts = [f"{say_count(len(stale), 'verdict')} stale"] if stale else []
    parts += [f"{say_count(len(never), 'requirement')} never measured"] if never else []
    if again is not None and again.number is not None and not never:
        return MissingItem(" and ".join(parts), again.text, "", 0.0, NEAR)
    how = f"Because {stale[0].stale}." if stale else "Run the verification."
    return MissingItem(" and ".join(parts), how, spell_seconds(whole_s), whole_s, NEAR)
