"""The head of the Verify page: how many verdicts of each kind, and what is known of the run's validity."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import KPI_PX, SEMIBOLD, SMALL_PX
from ui.widgets.chip import Chip, StateIcon
from ui.widgets.grounds import clear, ground, line, row
from ui.widgets.text import Text, dim
from workbench.views.verify.values import Fact, Validity, VerifyPage

HEIGHT = 48
WORDS = {
    "FAIL": ("err", "fails", "fail"),
    "NOT MEASURED": ("hint", "not measured", "not measured"),
    "INCONCLUSIVE": ("warn", "inconclusive", "inconclusive"),
    "STALE": ("warn", "stale", "stale"),
    "RUNNING": ("accent", "running", "running"),
    "PASS": ("ok", "passes", "pass"),
}
_CHIPS = {"ok": "ok", "warn": "warn", "err": "err", "plain": "unknown", "busy": "running"}


class Banner(QFrame):
    """One line over the table."""

    def __init__(self) -> None:
        super().__init__()
        ground(self, "card")
        self.setAccessibleName("Verdicts and validity")
        self.setFixedHeight(HEIGHT)
        self._counts = QHBoxLayout()
        self._counts.setSpacing(16)
        self._counted: tuple[object, int] | None = None
        self._facts = _FactLine()
        self.chip = Chip()
        self._line = line(vertical=True)
        self.chip.hide()
        self._line.hide()
        layout = row(self._counts, self._line, self.chip, self._facts, margins=(12, 4, 12, 4), spacing=16)
        layout.setStretch(3, 1)
        self.setLayout(layout)
        THEME.changed.connect(self._on_theme)
        self._on_theme()

    def show_page(self, page: VerifyPage, doing: str = "") -> None:
        """Show counts and validity; while a job works, what it does."""
        if (page.counts, len(page.rows)) != self._counted:
            self._counted = (page.counts, len(page.rows))
            self._show_counts(page)
        self._show_validity(page.validity, doing)

    def _show_counts(self, page: VerifyPage) -> None:
        clear(self._counts)
        for outcome, many in page.counts:
            role, one, more = WORDS[outcome]
            number = Text(str(many), px=KPI_PX, weight=SEMIBOLD, role=role)
            entry = row(number, dim(one if many == 1 else more), spacing=4)
            self._counts.addLayout(entry)
        if page.rows:
            self._counts.addWidget(Text(f"of {len(page.rows)}", px=SMALL_PX, role="hint"))

    def _show_validity(self, validity: Validity | None, doing: str) -> None:
        shown = bool(doing) or validity is not None
        self.chip.setVisible(shown)
        self._line.setVisible(shown)
        if doing:
            self.chip.set("running", "Running")
            self.chip.setToolTip(doing)
            self._facts.set_facts((Fact(doing, ""),))
        elif validity is not None:
            self.chip.set(_CHIPS[validity.tone], validity.word)
            self.chip.setToolTip(validity.text)
            self._facts.set_facts(validity.facts)
        else:
            self._facts.set_facts(())

    def _on_theme(self) -> None:
        self.setFixedHeight(round(HEIGHT * THEME.type_scale))


class _FactLine(QWidget):
    """Facts side by side, as many as there is room for; the others are in the tooltip and the inspector."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = row(spacing=12)
        self.setLayout(self._layout)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setAccessibleName("What the run knows of how it was measured")
        self._entries: list[QWidget] = []

    def set_facts(self, facts: tuple[Fact, ...]) -> None:
        """Show these."""
        clear(self._layout)
        self._entries = [_entry(fact) for fact in facts]
        for entry in self._entries:
            self._layout.addWidget(entry)
        self._layout.addStretch(1)
        text = ", ".join(f"{fact.name} {fact.text}".strip() for fact in facts)
        self.setAccessibleDescription(text)
        self.setToolTip(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """Leave out what has no room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width()
        for entry in self._entries:
            room -= entry.sizeHint().width() + 12
            entry.setVisible(room >= -12)


def _entry(fact: Fact) -> QWidget:
    made = QWidget()
    icon = [StateIcon("ok", "as wanted", 12)] if fact.tone == "ok" else []
    icon = [StateIcon(_CHIPS[fact.tone], "look at this", 12)] if fact.tone in {"warn", "err"} else icon
    value = Text(fact.text, px=SMALL_PX, weight=SEMIBOLD, role=fact.tone if fact.tone in {"warn", "err"} else "")
    made.setLayout(row(*icon, Text(fact.name, px=SMALL_PX, role="dim"), value, spacing=4))
    made.setToolTip(fact.why)
    made.setAccessibleName(f"{fact.name} {fact.text}")
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
    return made
