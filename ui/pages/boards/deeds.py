"""What is done with boards from the page: read, prepare, install, forget; what changes something asks first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ui.pages.boards.ask_dialog import AskDialog
from ui.pages.boards.table import READING
from workbench.base.events import ErrorText, JobEnded, JobState, Progress, ResultPart, StepStarted
from workbench.orders.boards import BoardPlan, BoardRead, InstallOnBoard, PrepareBoard, ReadBoard, ReadBoards
from workbench.views.boards.queries import forget_board
from workbench.views.boards.values import Missing

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from ui.desk import Desk
    from workbench.base.events import Event
    from workbench.jobs.job import Job


class Deeds(QObject):
    """Belongs to the page."""

    changed = Signal()
    """Something is done with a board, or is done no more."""

    def __init__(self, desk: Desk, page: QWidget) -> None:
        super().__init__(page)
        self._desk, self._page = desk, page
        self._doing: dict[str, str] = {}
        self._jobs: dict[str, tuple[str, ...]] = {}
        self._plans: dict[str, AskDialog] = {}
        self.dialog: AskDialog | None = None
        """The question that is open."""
        desk.bridge.told.connect(self._on_told)
        desk.bridge.ended.connect(self._on_ended)

    @property
    def busy(self) -> bool:
        """Whether something is done with any board."""
        return bool(self._jobs)

    def doing(self, name: str) -> str:
        """What is done with a board, in words; empty where nothing is."""
        return self._doing.get(name, "")

    def read(self, name: str, *, quiet: bool = False) -> None:
        """Ask a board what it is; quietly where nobody asked for it, so that no list of jobs has it."""
        if name and not self.doing(name):
            self._start(ReadBoard(name), (name,), READING, quiet=quiet)

    def read_all(self, names: tuple[str, ...]) -> None:
        """Ask all of them that nothing is done with."""
        free = tuple(name for name in names if not self.doing(name))
        if free:
            self._start(ReadBoards(free), free, READING)

    def prepare(self, name: str) -> None:
        """Find out what preparing would do, show it, and do it once a person says so."""
        if not name or self.doing(name):
            return
        heading = f"Prepare {name}?"
        dialog = self._ask(heading, ("It is asked what it lacks …",), f"Prepare {name}", ready=False)
        job_id = self._start(PrepareBoard(name, dry_run=True), (name,), "looking what it needs")
        self._plans[job_id] = dialog
        dialog.accepted.connect(lambda: self._start(PrepareBoard(name), (name,), "preparing"))

    def bring(self, name: str, item: Missing) -> None:
        """Bring one thing that a board lacks, after the person read how."""
        if item.runs == "prepare":
            self.prepare(name)
            return
        sentences = (
            f"Slipway runs this command on {name}, as the user that it logs in as. It installs packages of its system.",
            "Where sudo wants a password it is refused, and nothing happens: run it there by hand then.",
        )
        dialog = self._ask(f"Run this on {name}?", sentences, f"Run it on {name}", command=item.command)
        order = InstallOnBoard(name, item.name, item.command)
        dialog.accepted.connect(lambda: self._start(order, (name,), f"installing {item.name}"))

    def forget(self, name: str) -> None:
        """Forget a board once a person says so."""
        if not name:
            return
        sentences = ("Nothing changes on it, nor in ~/.ssh. Runs and evidence of it stay in their projects.",)
        dialog = self._ask(f"Forget {name}?", sentences, f"Forget {name}")
        dialog.accepted.connect(lambda: self._desk.bridge.ask(forget_board, name).then(self._on_forgotten))

    def _ask(
        self, heading: str, sentences: tuple[str, ...], deed: str, *, command: str = "", ready: bool = True
    ) -> AskDialog:
        self.dialog = dialog = AskDialog(heading, sentences, deed, self._page.window(), command=command, ready=ready)
        dialog.finished.connect(self._on_dialog_finished)
        dialog.open()
        return dialog

    def _on_dialog_finished(self) -> None:
        self._plans = {job_id: dialog for job_id, dialog in self._plans.items() if dialog is not self.dialog}
        self.dialog = None

    def _start(self, order: Job, names: tuple[str, ...], words: str, *, quiet: bool = False) -> str:
        handle = self._desk.bridge.start(order, quiet=quiet)
        self._jobs[handle.id] = names
        self._doing.update(dict.fromkeys(names, words))
        self.changed.emit()
        return handle.id

    def _on_forgotten(self, _nothing: None) -> None:
        self._desk.touch()
        self.changed.emit()

    def _on_told(self, event: Event) -> None:
        names = self._jobs.get(getattr(event, "job_id", ""), ())
        if not names:
            return
        if isinstance(event, ResultPart) and isinstance(event.value, BoardRead):
            self._doing.pop(event.value.name, None)
            self.changed.emit()
        elif isinstance(event, (StepStarted, Progress)) and len(names) == 1 and self._doing.get(names[0]) != READING:
            text = event.title if isinstance(event, StepStarted) else event.text
            if text:
                self._doing[names[0]] = text
                self.changed.emit()

    def _on_ended(self, ended: JobEnded) -> None:
        names = self._jobs.pop(ended.job_id, None)
        if names is None:
            return
        for name in names:
            self._doing.pop(name, None)
        plan = self._plans.pop(ended.job_id, None)
        if plan is not None:
            _settle(plan, ended)
        elif ended.error is not None and ended.state is not JobState.CANCELLED:
            self._tell(ended.error, names)
        elif isinstance(ended.result, BoardPlan) and ended.result.done:
            how = "carried from here" if ended.result.carried else "fetched by the board"
            self._desk.notice(f"{ended.result.name} has {', '.join(ended.result.installs)}, {how}.")
        self.changed.emit()
        self._desk.touch()

    def _tell(self, error: ErrorText, names: tuple[str, ...]) -> None:
        """An error of one reading is shown as the board's road; others in the notice bar."""
        if not (len(names) == 1 and error.fault.name == "BOARD"):
            self._desk.notice(error)


def _settle(dialog: AskDialog, ended: JobEnded) -> None:
    if ended.error is not None:
        dialog.settle((f"{ended.error.summary}.", ended.error.hint), "It cannot be prepared like this")
    elif isinstance(ended.result, BoardPlan):
        plan = ended.result
        if not plan.installs:
            dialog.settle(("Nothing is missing there: nothing would be done.",), "Nothing is to be done")
            return
        sentences = (
            f"Missing: {', '.join(plan.missing)}.",
            f"It gets {', '.join(plan.installs)} in {plan.place}, and needs up to {plan.need_text} there.",
            "Its own Python and packages stay as they are. Wheels are carried from here where it has no Internet.",
        )
        dialog.settle(sentences)
