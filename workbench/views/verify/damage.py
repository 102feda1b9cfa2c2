"""Whether the files of the shown runs still are what was recorded; apart from the page, for large files take long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.views.verify.values import BAD, Fact, VerifyPage
from workbench.words import say_count

if TYPE_CHECKING:
    from workbench.session import Session

RECORDING = "recording"
"""The fact of a run that says that its files could be read: when it was judged."""


@dataclass(frozen=True)
class DamagedRun:
    """A run some of whose files are not what was recorded."""

    run: str
    text: str
    """`Run 1: frames.parquet has other bytes than when it was recorded`."""
    files: tuple[str, ...]


@dataclass(frozen=True)
class Damage:
    """Every shown run that is damaged."""

    runs: tuple[DamagedRun, ...]

    @property
    def text(self) -> str:
        """What is wrong; empty where nothing is."""
        return "; ".join(run.text for run in self.runs)

    def onto(self, page: VerifyPage) -> VerifyPage:
        """The page with the mark of it, where the run that it is of is damaged."""
        found = next((run for run in self.runs if run.run == page.shown_run), None)
        if found is None or page.validity is None:
            return page
        facts = (Fact(RECORDING, f"{say_count(len(found.files), 'file')} damaged", BAD, found.text), *(
            fact for fact in page.validity.facts if fact.name != RECORDING
        ))  # fmt: skip
        return replace(
            page, validity=replace(page.validity, word="Damaged", tone=BAD, text=f"{found.text}.", facts=facts)
        )


def shown_runs(page: VerifyPage) -> tuple[str, ...]:
    """The runs that a page's verdicts and plots are of."""
    return tuple(dict.fromkeys(run for run in (page.shown_run, *(row.run for row in page.rows)) if run))


def read_damage(_session: Session, project: Path, runs: Sequence[str]) -> Damage:
    """Compare every file of some runs with what their records say of it; and the newer runs that cannot be read at all.

    Args:
        project: its folder.
        runs: ids; those that are gone are passed over.
    """
    return Damage((*_unreadable(project, max(runs, default="")), *_damaged(project, runs)))


def _unreadable(project: Path, after: str) -> Iterator[DamagedRun]:
    """Runs after one whose records cannot be read: they may carry verdicts which the page therefore does not know."""
    from projects.layout import Layout
    from projects.runs import list_runs
    from workbench.base.errors import SlipwayError
    from workbench.pipeline.report import load_run

    for folder in list_runs(Layout(project).runs):
        if folder.id <= after or not folder.is_finished() or folder.is_try():
            continue
        try:
            load_run(folder)
        except SlipwayError as error:
            yield DamagedRun(folder.id, f"Run {folder.number}: {error.summary}", ("run.json",))


def _damaged(project: Path, runs: Sequence[str]) -> Iterator[DamagedRun]:
    from workbench.base.errors import SlipwayError
    from workbench.shelf.reports import compare_hashes

    for run in runs:
        try:
            wrong = [line for line in compare_hashes(project, run).lines if line.state != "ok"]
        except SlipwayError:
            continue
        if wrong:
            names = tuple(line.name for line in wrong)
            first = f"{names[0]} {_STATES.get(wrong[0].state, '')}"
            others = f", and {say_count(len(wrong) - 1, 'other file')} too" if len(wrong) > 1 else ""
            yield DamagedRun(run, f"Run {int(run.partition('-')[0])}: {first}{others}", names)


_STATES = {"err": "is not what was recorded", "missing": "is not there"}
