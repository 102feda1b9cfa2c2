"""Which layers cost the accuracy: the ranking, a choice of groups, what it would give, and making it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QStackedLayout, QWidget

from ui.pages.optimise.ranking_table import RankingTable
from ui.theme.tokens import SEMIBOLD
from ui.widgets.chip import Chip
from ui.widgets.controls import Button
from ui.widgets.empty import Empty
from ui.widgets.grounds import column, ground, line, restyle, row
from ui.widgets.text import Elided, Text, hint, title

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QAction

    from ui.pages.optimise.jobs import Work
    from workbench.views.optimise.ranking_values import Choice, GroupRow, RankingView

NOT_RANKED = "Which groups of layers lose accuracy in int8 is not known yet."


class RankingCard(QFrame):
    """The ranking of one model. What is made of it, the page does."""

    kept_changed = Signal()
    """Another choice of groups."""

    def __init__(self, rank: QAction, make: QAction, stop: Callable[[], object], parent: QWidget | None = None) -> None:
        """Make the card.

        Args:
            rank: ranks the layers.
            make: makes a candidate of the choice.
            stop: stops the ranking.
            parent: the widget that it belongs to.
        """
        super().__init__(parent)
        ground(self, "plot")
        self.setAccessibleName("Which layers cost the accuracy")
        self.table = RankingTable()
        self.table.kept_changed.connect(self._on_kept)
        self._view: RankingView | None = None
        self._dirty = False
        self._about = Elided("", px=11, role="hint")
        self._stale = Chip("stale", "Stale")
        self._stale.hide()
        self._again = Button("Rank again", action=rank)
        self._fewest = Button("Keep fewest that pass", self.keep_fewest)
        self._rank = Button("Rank the layers", action=rank, icon_name="list-filter", role="primary")
        self._empty = Empty("list-filter", NOT_RANKED, self._rank)
        self._bar, self._bar_text = QProgressBar(), hint("")
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(4)
        self._bar.setRange(0, 1000)
        self._bar.setAccessibleName("Progress of the ranking")
        self._text = Elided("", px=12, weight=SEMIBOLD)
        self._note = Elided("", px=11, role="dim")
        self._basis = Text("", px=11, role="hint", wrap=True)
        self._make = Button("Make candidate", action=make, icon_name="plus")
        self._running = self._make_running(stop)
        self._foot = self._make_foot()
        self._stack = QStackedLayout()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._empty)
        head = row(title("Which layers cost the accuracy"), self._about, self._stale, self._again, self._fewest)
        head.setStretch(1, 1)
        head.setContentsMargins(12, 8, 8, 0)
        whole = column(head, self._stack, self._running, line(), self._foot, spacing=8)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    @property
    def kept(self) -> tuple[str, ...]:
        """The groups that are to stay in float."""
        return self.table.kept

    @property
    def is_dirty(self) -> bool:
        """Whether somebody changed a box since the choice was last taken from a candidate."""
        return self._dirty

    def show_ranking(self, view: RankingView, takes: str) -> None:
        """Show the kept ranking, or that there is none."""
        self._view = view
        has = view.state != "none"
        self._running.hide()
        self._stale.setVisible(view.state == "stale")
        self._stale.setToolTip(view.why)
        self._again.setVisible(view.state == "stale")
        self._fewest.setVisible(has)
        self._foot.setVisible(has)
        self._about.setText(view.made if has else "")
        self._basis.setText(view.why or view.basis)
        self._fewest.setToolTip(view.proposal_text)
        self._fewest.setEnabled(view.proposal is not None)
        if has:
            self.table.show_ranking(view)
        about = f" Ranking takes {takes}." if takes else ""
        self._empty.sentence.setText(view.why or f"{NOT_RANKED}{about}")
        self._rank.setVisible(not view.why)
        self._stack.setCurrentIndex(0 if has else 1)

    def show_work(self, work: Work, groups: Sequence[GroupRow]) -> None:
        """Show a ranking while it is made: rows as they come, unordered."""
        self._running.show()
        self._foot.hide()
        for widget in (self._stale, self._again, self._fewest):
            widget.hide()
        self._about.setText("Rows as they come; in order once all are in")
        self._bar.setValue(round(1000 * (work.fraction or 0.0)))
        self._bar_text.setText(work.text)
        self.table.show_partly(groups)
        self._stack.setCurrentIndex(0)

    def show_choice(self, choice: Choice) -> None:
        """Show what the choice would give, and whether it was made already."""
        self._text.setText(choice.text)
        self._note.setText(choice.note)
        self._note.setToolTip(choice.command)
        words = "Make candidate" if choice.made else f"Make {choice.name}"
        self._make.set_text(words)
        role = "" if choice.made else "primary"
        if self._make.property("role") != role:
            restyle(self._make, role=role)

    def set_kept(self, names: Sequence[str]) -> None:
        """Take over the choice of a candidate."""
        self._dirty = False
        self.table.set_kept(names)

    def settle(self) -> None:
        """The choice is made now: candidates bring theirs again."""
        self._dirty = False

    def keep_fewest(self) -> None:
        """Choose the fewest groups that meet the limit."""
        if self._view is not None and self._view.proposal is not None:
            self.table.set_kept(self._view.proposal)
            self._on_kept()

    def _on_kept(self) -> None:
        self._dirty = True
        self.kept_changed.emit()

    def _make_running(self, stop: Callable[[], object]) -> QWidget:
        made = QWidget()
        words = row(self._bar_text, None, Button("Stop", stop, icon_name="circle-stop"))
        made.setLayout(column(self._bar, words, margins=(12, 0, 8, 0), spacing=4))
        made.hide()
        return made

    def _make_foot(self) -> QWidget:
        made = QWidget()
        words = column(self._text, self._note, spacing=2)
        choice = row(words, self._make)
        choice.setStretch(0, 1)
        choice.setAlignment(self._make, Qt.AlignmentFlag.AlignVCenter)
        made.setLayout(column(choice, self._basis, margins=(12, 0, 8, 8), spacing=4))
        return made
