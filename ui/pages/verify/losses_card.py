"""Why the overlap is not whole: bars by cause, and a table by class and height; a cause chooses its frames."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, MEDIUM, REGULAR, SEMIBOLD, SMALL_PX
from ui.widgets.controls import Segments
from ui.widgets.grounds import column, ground, row
from ui.widgets.text import Elided, dim, title
from workbench.views.verify.values import CAUSE_WORDS, CAUSES, LossBar, LossCell, Losses

CURVES = {"missed_near": 2, "missed": 1, "class_flip": 4, "box_shift": 3}
"""Which colour of curves a cause has."""
ALL = "all"
LEAST_PX = 172
SCALE = 0.05
"""What loss is tinted fully where nothing says how much is allowed."""
_SHORT = {"missed_near": "near threshold", "missed": "missed", "class_flip": "class flip", "box_shift": "box shift"}
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)


class LossesCard(QFrame):
    """Where overlap is lost."""

    cause_chosen = Signal(str)
    """Frames with this cause are wanted; empty for all."""

    def __init__(self) -> None:
        super().__init__()
        ground(self, "card")
        self.setAccessibleName("Why overlap is lost")
        self._about = Elided("loss = 1 − IoU", role="hint")
        choices = ((ALL, "All frames"), *((cause, _SHORT[cause].capitalize()) for cause in CAUSES))
        self.causes = Segments("Frames by cause", choices)
        self.causes.chosen.connect(lambda cause: self.cause_chosen.emit("" if cause == ALL else cause))
        self._bars, self._table = _Bars(), _Heights()
        self._sentence = dim("", wrap=True)
        head = row(title("Why overlap is lost"), self._about, self.causes, margins=(12, 8, 12, 0))
        head.setStretch(1, 1)
        left = column(self._bars, self._sentence, None, spacing=4)
        body = row(left, self._table, margins=(12, 0, 12, 8), spacing=24)
        body.setStretch(0, 4)
        body.setStretch(1, 3)
        layout = column(head, body, spacing=8)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    def show_losses(self, losses: Losses | None, nothing: str = "Nothing was compared.") -> None:
        """Show another run's; what is said where there are none."""
        self._bars.show_bars(losses)
        self._table.show_cells(losses)
        self._sentence.setText(nothing if losses is None else losses.text)
        counts = {} if losses is None else dict(losses.frames)
        for cause in CAUSES:
            none = losses is not None and not counts.get(cause)
            self.causes.set_off(cause, f"No frame has a {CAUSE_WORDS[cause]}" if none else "")

    def _on_theme(self) -> None:
        self.setMinimumHeight(round(LEAST_PX * THEME.type_scale))


class _Bars(QWidget):
    """One bar a run, cut by cause, with what is allowed."""

    def __init__(self) -> None:
        super().__init__()
        self._bars: tuple[LossBar, ...] = ()
        self._allowed: float | None = None
        self._allowed_text = ""
        self.setAccessibleName("Overlap lost by cause")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        THEME.changed.connect(self.updateGeometry)

    def show_bars(self, losses: Losses | None) -> None:
        self._bars = () if losses is None else losses.bars
        self._allowed, self._allowed_text = (None, "") if losses is None else (losses.allowed, losses.allowed_text)
        words = [f"{bar.title}, {bar.subtitle}: {bar.total_text} lost" for bar in self._bars]
        self.setAccessibleDescription("; ".join([*words, *([self._allowed_text] if self._allowed_text else [])]))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        return QSize(240, round((20 + 32 * max(1, len(self._bars))) * THEME.type_scale))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = THEME.type_scale
        left, room = 64 * scale, self.width() - 64 * scale - 108 * scale
        most = (
            max([bar.total for bar in self._bars] + ([self._allowed] if self._allowed else [])) if self._bars else 0.0
        )
        if not most:
            return
        for place, bar in enumerate(self._bars):
            self._paint_bar(painter, QRectF(left, (20 + 32 * place) * scale, room, 20 * scale), bar, most)
        if self._allowed is not None:
            self._paint_allowed(painter, left + room * self._allowed / most)

    def _paint_bar(self, painter: QPainter, area: QRectF, bar: LossBar, most: float) -> None:
        painter.setFont(THEME.font(BODY_PX, SEMIBOLD))
        painter.setPen(THEME.color("text"))
        half = area.height() / 2
        painter.drawText(QRectF(0, area.y() - 4, area.x() - 8, half + 6), _LEFT, bar.title)
        painter.setFont(THEME.font(SMALL_PX, REGULAR))
        painter.setPen(THEME.color("text3"))
        painter.drawText(QRectF(0, area.y() + half, area.x() - 8, half + 4), _LEFT, bar.subtitle)
        at = area.x()
        painter.setPen(Qt.PenStyle.NoPen)
        for cause, lost, _ in bar.parts:
            width = area.width() * lost / most
            painter.setBrush(THEME.curve(CURVES[cause]))
            painter.drawRect(QRectF(at, area.y(), max(0.0, width - (1 if width > 2 else 0)), area.height()))
            at += width
        state = {"PASS": ("ok", "passes"), "FAIL": ("err", "fails"), "INCONCLUSIVE": ("warn", "open")}
        color, word = state.get(bar.outcome, ("text3", ""))
        painter.setFont(THEME.font(BODY_PX, SEMIBOLD))
        painter.setPen(THEME.color(color))
        painter.drawText(QRectF(max(at, area.x()) + 8, area.y(), 108, area.height()), _LEFT, f"{bar.total_text} {word}")

    def _paint_allowed(self, painter: QPainter, x: float) -> None:
        painter.setPen(QPen(THEME.color("err"), 2))
        painter.drawLine(QPointF(x, 16 * THEME.type_scale), QPointF(x, self.height() - 4))
        painter.setFont(THEME.font(SMALL_PX, MEDIUM))
        words = self._allowed_text
        width = QFontMetricsF(painter.font()).horizontalAdvance(words)
        painter.drawText(QPointF(min(max(0.0, x - width / 2), self.width() - width), 11 * THEME.type_scale), words)


class _Heights(QWidget):
    """Classes by height of the object: what share of their overlap is lost."""

    def __init__(self) -> None:
        super().__init__()
        self._losses: Losses | None = None
        self.setAccessibleName("Overlap lost by class and height")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(240)
        THEME.changed.connect(self.update)

    def show_cells(self, losses: Losses | None) -> None:
        self._losses = losses
        words = [
            f"{name} {band}: {_cell_text(cell)}"
            for name, cells in (losses.classes if losses else ())
            for band, cell in zip(losses.bands if losses else (), cells, strict=True)
        ]
        self.setAccessibleDescription("; ".join(words))
        self.setToolTip("Share of the overlap that is lost, and how many objects were missed of how many")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        losses = self._losses
        if losses is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = THEME.type_scale
        first, line = 88 * scale, 18 * scale
        width = (self.width() - first) / len(losses.bands)
        painter.setFont(THEME.font(SMALL_PX, MEDIUM))
        painter.setPen(THEME.color("text2"))
        painter.drawText(QRectF(0, 0, first, line), _LEFT, "loss by px high")
        painter.setFont(THEME.font(SMALL_PX))
        painter.setPen(THEME.color("text3"))
        for place, band in enumerate(losses.bands):
            painter.drawText(QRectF(first + place * width, 0, width - 8, line), _RIGHT, band)
        seen = [cell.loss for _, cells in losses.classes for cell in cells if cell]
        worst = max([*seen, losses.allowed or SCALE])
        for place, (name, cells) in enumerate(losses.classes):
            y = line * (place + 1) + 2
            if y + line > self.height():
                break
            painter.setFont(THEME.font(BODY_PX))
            painter.setPen(THEME.color("text2"))
            painter.drawText(QRectF(0, y, first, line), _LEFT, name)
            for at, cell in enumerate(cells):
                self._paint_cell(painter, QRectF(first + at * width + 4, y, width - 8, line - 2), cell, worst)

    def _paint_cell(self, painter: QPainter, area: QRectF, cell: LossCell | None, worst: float) -> None:
        painter.setFont(THEME.font(SMALL_PX))
        if cell is None:
            painter.setPen(THEME.color("text3"))
            painter.drawText(area.adjusted(0, 0, -4, 0), _RIGHT, "none")
            return
        color = THEME.curve(CURVES["missed"] if cell.missed else CURVES["box_shift"])
        color.setAlphaF(0.6 * cell.loss / worst)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(area, 2, 2)
        painter.setPen(THEME.color("text"))
        painter.drawText(area.adjusted(0, 0, -4, 0), _RIGHT, f"{100 * cell.loss:.1f} %")


def _cell_text(cell: LossCell | None) -> str:
    if cell is None:
        return "no object"
    return f"{100 * cell.loss:.1f} % lost, {cell.missed} of {cell.objects} missed"
