"""What is told of a run once it is judged: each verdict, and where its record lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from projects.runs import RUN, RunFolder
from workbench.base.events import RecordWritten, VerdictReached
from workbench.reports.wording import limit_text, quantity_text
from workbench.results.run_record import RunRecord

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext


def tell_verdicts(record: RunRecord, folder: RunFolder, context: JobContext) -> None:
    """Publish the verdicts and the record of a run, and end its step."""
    for item in record.requirements:
        verdict = item.verdict
        value = quantity_text(verdict.value, verdict.unit)
        context.publish(
            VerdictReached(
                context.job_id, item.id, item.title, verdict.outcome.value, value, limit_text(item), verdict.reason
            )
        )
    context.publish(RecordWritten(context.job_id, "run", str(folder.path / RUN), folder.id))
    context.end_step(f"{record.outcome_text}: {folder.id}")
