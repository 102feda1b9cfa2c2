"""The problems of a project in one list: documents first, since nothing runs while they have some."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from workbench.base.errors import SlipwayError
from workbench.pipeline.chain import STALE, ChainStatus
from workbench.standing.state import Standing
from workbench.views.problems import ProblemRow, row_of_mark

_PAGES = {"model": "model", "candidate": "optimise", "engine": "boards", "release": "boards", "run": "verify"}


def list_problems(home: Path, folder: Path) -> tuple[ProblemRow, ...]:
    """What stops everything first, then what somebody should look at."""
    standing = Standing(home, folder)
    marks = [mark for view in standing.views for mark in view.marks]
    rows = [row_of_mark(mark) for mark in marks] + list(_of_chain(standing.chain))
    return tuple(sorted(rows, key=lambda row: row.state != "err"))


def _of_chain(chain: ChainStatus | SlipwayError | None) -> Iterator[ProblemRow]:
    if isinstance(chain, SlipwayError):
        yield ProblemRow("err", chain.summary, chain.hint, "chain", "model", None)
    elif chain is not None:
        for link in chain.links:
            if link.state == STALE:
                yield ProblemRow(
                    "stale", f"{link.stage} is stale: {link.reason}", "", link.name, _PAGES[link.stage], None
                )
        for run in chain.unreadable:
            yield ProblemRow("warn", f"run {run.id} cannot be read ({run.state})", run.text, run.id, "verify", None)
