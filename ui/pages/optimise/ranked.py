"""The ranking of layers on Optimise: kept, being made, and what a choice of groups would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ui.pages.asking import Asking, quiet
from ui.pages.optimise.ranking_card import RankingCard
from workbench.base.events import JobStarted, ResultPart
from workbench.pipeline.kept_ranking import KeptGroup
from workbench.views.optimise.ranking import predict_choice, read_ranking, rows_of_groups

if TYPE_CHECKING:
    from ui.desk import Desk
    from ui.pages.optimise.commands import OptimiseCommands
    from ui.pages.optimise.jobs import OptimiseJobs
    from workbench.base.events import Event
    from workbench.views.optimise.ranking_values import Choice, RankingView
    from workbench.views.optimise.values import CandidateRow


class Ranked(QObject):
    """Asks for the ranking on one board, and for what its choice gives; takes over the choice of a candidate."""

    ranked = Signal()
    """The ranking was read anew."""
    chosen = Signal(object)
    """A Choice of groups, with what it gives."""

    def __init__(self, desk: Desk, jobs: OptimiseJobs, commands: OptimiseCommands, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._jobs, self._commands = desk, jobs, commands
        self._asking = Asking()
        self._partly: list[KeptGroup] = []
        self._board = self._loaded = self._takes = ""
        self.view: RankingView | None = None
        self.card = RankingCard(commands.rank, commands.make_choice, self._stop)
        self.card.kept_changed.connect(self._ask_choice)
        commands.fewest_wanted.connect(self.card.keep_fewest)
        desk.bridge.told.connect(self._on_told)

    def refresh(self, board: str) -> None:
        """Ask for the ranking on a board."""
        self._board = board
        if self._desk.project is not None and board:
            asked = self._desk.bridge.ask(read_ranking, self._desk.project, board).or_fail(quiet)
            self._asking.ask("ranking", asked, self._on_ranking)

    def take_estimate(self, text: str) -> None:
        """Take how long a ranking would take, in words."""
        self._takes = text
        if self.view is not None:
            self.card.show_ranking(self.view, text)

    def take_candidate(self, chosen: CandidateRow) -> None:
        """Take over the groups that a candidate keeps, and ask what they give."""
        if self._load_kept(chosen):
            self._ask_choice()

    def show_work(self) -> None:
        """Show the ranking that is being made, else the kept one."""
        work = self._jobs.ranking()
        if work is not None:
            self.card.show_work(work, rows_of_groups(self._partly))
        elif self.view is not None:
            self.card.show_ranking(self.view, self.view.takes or self._takes)

    def _load_kept(self, chosen: CandidateRow) -> bool:
        """Take over the kept groups, once, unless somebody has changed a box; whether it was done."""
        view = self.view
        if view is None or chosen.key not in view.kept or chosen.key == self._loaded or self.card.is_dirty:
            return False
        self._loaded = chosen.key
        self.card.set_kept(view.kept[chosen.key])
        return True

    def _on_ranking(self, view: RankingView) -> None:
        self.view = view
        if self._jobs.ranking() is None:
            self.card.show_ranking(view, view.takes or self._takes)
        self.ranked.emit()
        if self._commands.row is not None:
            self._load_kept(self._commands.row)
        self._ask_choice()

    def _ask_choice(self) -> None:
        view = self.view
        if view is None or view.state == "none" or self._desk.project is None:
            self._commands.choice = None
            self._commands.update_actions()
            return
        asked = self._desk.bridge.ask(predict_choice, self._desk.project, self._board, self.card.kept).or_fail(quiet)
        self._asking.ask("choice", asked, self._on_choice)

    def _on_choice(self, choice: Choice) -> None:
        self._commands.choice, self._commands.kept = choice, choice.keep
        self.card.show_choice(choice)
        self.chosen.emit(choice)
        self._commands.update_actions()

    def _on_told(self, event: Event) -> None:
        work = self._jobs.ranking()
        if isinstance(event, ResultPart) and work is not None and event.job_id == work.job_id:
            if isinstance(event.value, KeptGroup):
                self._partly.append(event.value)
                self.card.show_work(work, rows_of_groups(self._partly))
        elif isinstance(event, JobStarted) and work is not None and event.job_id == work.job_id:
            self._partly = []

    def _stop(self) -> None:
        work = self._jobs.ranking()
        if work is not None:
            self._desk.jobs.stop(work.job_id)
