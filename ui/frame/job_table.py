"""The table of jobs: state, how far, what it does, how long it worked and still takes."""

from __future__ import annotations

from ui.widgets.cell import Cell
from ui.widgets.table import Column
from workbench.jobs.story import JobRow

LOOKS = {"succeeded": "done", "cancelling": "run"}
"""States of jobs that look like others."""
BARS = {"failed": "err", "lost": "err", "interrupted": "warn", "succeeded": "ok"}
ICONS = {
    "boards": "microchip",
    "deploy": "rocket",
    "example": "play",
    "live": "activity",
    "model": "box",
    "new_project": "folder-plus",
    "optimise": "gauge",
    "report": "file-text",
    "run": "play",
    "verify": "circle-check",
}
"""By the module of the order."""


def clock(seconds: float | None) -> str:
    """`00:24`, `1:02:24`; empty where it is not known."""
    if seconds is None:
        return ""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60:02}:{rest % 60:02}"


def _progress(row: JobRow) -> Cell:
    if row.fraction is None:
        return Cell("", bar=0.0) if row.in_flight else Cell("")
    return Cell(f"{100 * row.fraction:.0f} %", bar=row.fraction, color=BARS.get(row.state, ""))


def _left(row: JobRow) -> Cell:
    text = clock(row.left_s)
    if not text:
        return Cell("", kind="value")
    tip = "Until this step ends; what follows cannot be said yet" if row.left_is_of_step else "Until the job ends"
    return Cell(f"step {text}" if row.left_is_of_step else text, kind="value", tip=tip)


def _step(row: JobRow) -> Cell:
    if row.question is not None:
        return Cell(row.question.text, state="ask", tip=row.question.text)
    return Cell(_without_board(row.step, row.head.board), tip=row.step)


def _without_board(step: str, board: str | None) -> str:
    """The step's words without the board, which has a column of its own."""
    for joined in (f" for {board}", f" on {board}"):
        step = step.replace(joined, "")
    return step


def _title(row: JobRow) -> Cell:
    module = row.head.kind.partition(":")[0]
    return Cell(row.head.title, kind="strong", icon=ICONS.get(module, "workflow"), tip=row.head.project or "")


COLUMNS = (
    Column[JobRow]("Job", _title, 224),
    Column[JobRow]("State", lambda row: Cell(row.state_text, kind="chip", state=LOOKS.get(row.state, row.state)), 104),
    Column[JobRow]("Progress", _progress, 144, tip="How far the step is that it works on"),
    Column[JobRow]("Step", _step, 160, stretch=True),
    Column[JobRow]("Board", lambda row: Cell(row.head.board or "", kind="mono"), 112),
    Column[JobRow]("Elapsed", lambda row: Cell(clock(row.elapsed_s), kind="value"), 80, right=True),
    Column[JobRow]("Left", _left, 88, right=True, tip="Said once it can be told from what was done so far"),
)
