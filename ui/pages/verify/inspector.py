"""The inspector of the Verify page: one requirement with every run of it, or what is missing for a release."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.pages.verify.columns import COLORS, STATES
from ui.theme.icons import pixmap
from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, MEDIUM, REGULAR, SEMIBOLD, SMALL_PX
from ui.widgets.fact_lines import FactLine, FactLines
from ui.widgets.facts import Facts
from ui.widgets.interval_bar import Interval, paint_interval
from ui.widgets.states import look_of
from ui.widgets.text import hint
from workbench.views.verify.values import (
    RUNNING,
    Attempt,
    HashLine,
    MissingForRelease,
    RequirementRow,
    RequirementView,
    Validity,
)
from workbench.words import say_hash

MOST_FIGURES = 12
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)


class RequirementInspector(Facts):
    """What is known of the selected requirement."""

    def __init__(self) -> None:
        super().__init__("Inspector of the requirement")
        self._going: tuple[str, str, FactLines] | None = None
        """Id, outcome and lines of the requirement that a run measures now."""
        self.begin("Nothing selected", "Select a requirement to see how it is judged.")
        self.end()

    def show_requirement(
        self,
        view: RequirementView,
        missing: MissingForRelease,
        validity: Validity | None,
        going: RequirementRow | None = None,
    ) -> None:
        """Show one requirement, and what the release lacks.

        Args:
            view: what is recorded of it.
            missing: for a release.
            validity: of the run that the page is of.
            going: its row as the run that goes now has it; None where none goes, or not for this requirement.
        """
        self._going = None if going is None else (view.id, going.outcome, FactLines("This run", _so_far(going)))
        if going is not None and self._going is not None:
            self.begin(view.id.rpartition("/")[2], view.criterion, (STATES[going.outcome], ""))
            self.sentence(going.reason, role="")
            if going.way_out:
                self.sentence(going.way_out)
            self.section("This run")
            self.add(self._going[2])
        else:
            state = "stale" if view.stale else STATES[view.outcome]
            self.begin(view.id.rpartition("/")[2], view.criterion, (state, ""))
            if view.stale:
                self.sentence(f"Stale: {view.stale}.", role="warn")
            self.sentence(view.reason, role="")
            if view.way_out:
                self.sentence(view.way_out)
        self._runs(view)
        self._classes(view)
        self.section("How it is judged")
        judged = [*view.judged, ("Source", view.source), *(("Verifies", name) for name in view.verifies)]
        self._lines("How it is judged", [FactLine(name, value) for name, value in judged])
        if view.evidence:
            self.section(view.evidence_title)
            self._lines(view.evidence_title, [_hash_line(line) for line in view.evidence])
        if view.figures:
            self.section("Further figures")
            self._lines("Further figures", [FactLine(name, value) for name, value in view.figures[:MOST_FIGURES]])
        self._validity(validity)
        self._missing(missing)
        self.end()

    def update_going(self, going: RequirementRow) -> bool:
        """Show how far the requirement that is shown has come; whether that was enough."""
        if self._going is None or self._going[:2] != (going.id, going.outcome):
            return False
        self._going[2].set_facts(_so_far(going))
        return True

    def show_missing(self, missing: MissingForRelease, validity: Validity | None) -> None:
        """Show what a release lacks, where no requirement is selected."""
        self._going = None
        self.begin("For a release", missing.text)
        self._missing(missing, heading=False)
        self._validity(validity)
        self.end()

    def _runs(self, view: RequirementView) -> None:
        if not view.attempts:
            return
        many = len(view.attempts)
        self.section("Every run of it", hint(f"{many} run{'' if many == 1 else 's'}"))
        self.add(Attempts(view))

    def _classes(self, view: RequirementView) -> None:
        if not view.classes:
            return
        self.section("By class", hint(view.classes_title))
        lines = [FactLine(one.name, one.value_text, one.interval_text) for one in view.classes]
        self._lines("By class", lines)

    def _validity(self, validity: Validity | None) -> None:
        if validity is None:
            return
        self.section("What the run knows")
        self.sentence(validity.text)
        lines = [
            FactLine(fact.name, fact.text, color=fact.tone if fact.tone in {"warn", "err"} else "text", tip=fact.why)
            for fact in validity.facts
        ]
        self._lines("What the run knows", lines)

    def _missing(self, missing: MissingForRelease, *, heading: bool = True) -> None:
        if heading:
            self.section("Missing for a release")
            self.sentence(missing.text)
        for item in missing.items:
            self.sentence(item.text, role="")
            takes = f" About {item.takes_text}." if item.takes_text and item.takes_text not in item.how else ""
            self.add(hint(f"{item.how}{takes}", wrap=True))

    def _lines(self, name: str, lines: list[FactLine]) -> None:
        self.add(FactLines(name, lines))


def _so_far(row: RequirementRow) -> list[FactLine]:
    """What the run that goes knows of a requirement."""
    done = "" if row.fraction is None else f"{100 * row.fraction:.0f} %"
    known = row.outcome == RUNNING or row.age_text == "now"
    value = f"{row.value_text} {row.unit_text}".rstrip() if known else "not yet"
    lines = [("Measured so far" if row.outcome == RUNNING else "Measured", "not yet" if value == "—" else value)]
    lines += [("From", row.evidence_text)] if known else []
    lines += [("Done", done)] if done else []
    return [FactLine(name, text) for name, text in lines]


def _hash_line(line: HashLine) -> FactLine:
    return FactLine(line.name, say_hash(line.sha256), mono=True, tip=f"{line.text}\nsha256 {line.sha256}")


class Attempts(QWidget):
    """Every run of a requirement on one scale with its limit, the newest first."""

    ROW_PX = 36

    def __init__(self, view: RequirementView) -> None:
        super().__init__()
        self._view = view
        self.setAccessibleName("Every run of the requirement")
        words = [f"run {one.number} {one.value_text}, {one.text}" for one in view.attempts]
        self.setAccessibleDescription("; ".join(words))
        self.setToolTip("\n".join(words))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        THEME.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """One row a run."""
        head = 16 if self._view.limit_at is not None else 0
        return QSize(240, round((head + self.ROW_PX * len(self._view.attempts)) * THEME.type_scale))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint limit and runs."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = THEME.type_scale
        bars = QRectF(84 * scale, 0, self.width() - (84 + 76) * scale, 18 * scale)
        top = 0.0
        if self._view.limit_at is not None:
            top = 16 * scale
            self._paint_limit(painter, bars, self._view.limit_at)
        for place, attempt in enumerate(self._view.attempts):
            y = top + place * self.ROW_PX * scale
            if self._view.limit_at is not None:
                self._paint_limit_line(painter, bars.x() + bars.width() * self._view.limit_at, y)
            self._paint_row(painter, bars, y, attempt)

    def _paint_limit(self, painter: QPainter, bars: QRectF, at: float) -> None:
        x = bars.x() + bars.width() * at
        painter.setFont(THEME.font(SMALL_PX, MEDIUM))
        painter.setPen(THEME.color("err"))
        painter.drawText(
            QRectF(x - 60, 0, 120, 14 * THEME.type_scale), int(Qt.AlignmentFlag.AlignCenter), self._view.limit_text
        )

    def _paint_limit_line(self, painter: QPainter, x: float, y: float) -> None:
        """Beside one bar alone: the words below it stay clear."""
        painter.setPen(QPen(THEME.color("err"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, y), QPointF(x, y + 18 * THEME.type_scale))

    def _paint_row(self, painter: QPainter, bars: QRectF, y: float, attempt: Attempt) -> None:
        scale = THEME.type_scale
        look = look_of(STATES[attempt.outcome])
        painter.drawPixmap(QPointF(0, y + 2), pixmap(look.icon, look.color if attempt.counts else "text3", 14, 2.1))
        strong = THEME.font(BODY_PX, SEMIBOLD if attempt.carries else REGULAR)
        color = THEME.color("text" if attempt.carries else "text2")
        painter.setFont(strong)
        painter.setPen(color)
        line = 18 * scale
        painter.drawText(QRectF(20, y, 60 * scale, line), _LEFT, f"run {attempt.number}")
        painter.drawText(QRectF(self.width() - 76 * scale, y, 76 * scale, line), _RIGHT, attempt.value_text)
        painter.setFont(THEME.font(SMALL_PX))
        painter.setPen(THEME.color("text3"))
        words = painter.fontMetrics().elidedText(attempt.text, Qt.TextElideMode.ElideRight, self.width() - 20)
        painter.drawText(QRectF(20, y + line - 2, self.width() - 20, 16 * scale), _LEFT, words)
        if attempt.at is not None:
            shown = Interval(
                attempt.at, attempt.low, attempt.high, color=COLORS[attempt.outcome], faint=not attempt.counts
            )
            paint_interval(painter, QRectF(bars.x(), y, bars.width(), line), shown)
