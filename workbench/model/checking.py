"""The job that checks a model and remembers what came out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.base.events import ResultPart
from workbench.model.checks import CHECKS, Subject, run_checks
from workbench.model.kept_checks import KeptChecks, keep_checks, shown_checks
from workbench.model.page import see
from workbench.views.model import ERR, OK, CheckRow, ModelChecks

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext

PART = "check"
"""Name of the `ResultPart` of each check; its value is a `CheckRow`."""


def check_model(project: Path, context: JobContext) -> ModelChecks:
    """Run every check on a project's model and keep what came out in its cache.

    Raises:
        UsageError: the project or its model cannot be read.
        Cancelled: a person stopped it; nothing is kept.
    """
    context.step("check", "Check the model")
    started = time.monotonic()
    sight = see(project, (), context.home)
    subject = Subject(sight, context.check)
    done = 0

    def tell(row: CheckRow) -> None:
        nonlocal done
        done += 1
        context.publish(ResultPart(context.job_id, PART, row))
        context.progress(done / len(CHECKS), row.title)

    rows = run_checks(subject, tell)
    model_sha256 = sight.understood.model.facts.sha256
    elapsed_s = time.monotonic() - started
    kept = KeptChecks(rows, time.time(), elapsed_s, model_sha256, sight.meaning, subject.confirmed)
    keep_checks(sight.document.raw.layout, kept)
    wrong = sum(row.level == ERR for row in rows)
    holding = sum(row.level == OK for row in rows)
    context.end_step(f"{holding} of {len(rows)} hold" + (f", {wrong} fail" if wrong else ""))
    return shown_checks(kept, model_sha256, sight.meaning)
