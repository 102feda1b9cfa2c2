"""The chain from model to run as five boxes; left and right walk it, Enter opens a box."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, MEDIUM, REGULAR, SEMIBOLD, SMALL_PX
from ui.widgets.chip import chip_size, paint_chip
from ui.widgets.states import look_of
from workbench.views.project.overview import Box

GAP_PX, BOX_PX, PAD_PX = 20, 112, 12
_WRONG = ("err", "warn")
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class Chain(QWidget):
    """Five boxes with arrows between them."""

    opened = Signal(object)
    """A Box that was pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Chain from model to run")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.boxes = [BoxButton(self) for _ in range(5)]
        self._stale_from = ""
        for box in self.boxes:
            box.clicked.connect(lambda _checked=False, box=box: self._on_pressed(box))
            box.stepped.connect(lambda by, box=box: self._on_stepped(box, by))
        THEME.changed.connect(self.updateGeometry)

    def show_boxes(self, boxes: Sequence[Box], stale_from: str) -> None:
        """Show the chain; staleness enters before `stale_from`."""
        self._stale_from = stale_from
        for button, box in zip(self.boxes, boxes, strict=True):
            button.show_box(box)
        self.update()

    def show_progress(self, job: str, text: str, fraction: float | None, board: str = "") -> None:
        """A step that makes one of the boxes anew is at work, on a board; none where `job` is empty."""
        for button in self.boxes:
            button.show_progress(text if job and button.makes(job) else "", fraction, board)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """As high as a box."""
        return QSize(5 * 160, round(BOX_PX * THEME.type_scale))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """Boxes may be narrow, never low."""
        return QSize(5 * 96, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """Place the boxes."""
        super().resizeEvent(event)
        width = (self.width() - GAP_PX * 4) / 5
        for at, box in enumerate(self.boxes):
            left = round(at * (width + GAP_PX))
            box.setGeometry(left, 0, round((at + 1) * width + at * GAP_PX) - left, self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint the arrows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        y = self.height() / 2
        for left, right in zip(self.boxes, self.boxes[1:], strict=False):
            stale = right.stage == self._stale_from != ""
            start, end = left.geometry().right() + 4.0, right.geometry().left() - 3.0
            pen = QPen(THEME.color("warn" if stale else "strong"), 1.5)
            tip = QPolygonF([QPointF(end - 4, y - 4), QPointF(end, y), QPointF(end - 4, y + 4)])
            painter.setPen(pen)
            painter.drawPolyline(tip)
            if stale:
                pen.setDashPattern([1.6, 1.6])
                painter.setPen(pen)
            painter.drawLine(QPointF(start, y), QPointF(end - 1, y))

    def _on_pressed(self, button: BoxButton) -> None:
        if button.box is not None:
            self.opened.emit(button.box)

    def _on_stepped(self, button: BoxButton, by: int) -> None:
        at = self.boxes.index(button) + by
        if 0 <= at < len(self.boxes):
            self.boxes[at].setFocus()


class BoxButton(QAbstractButton):
    """One box: stage, state, name, figures, reason, hash."""

    stepped = Signal(int)
    """Left or right was pressed: -1 or 1."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.box: Box | None = None
        self._progress, self._fraction, self._board = "", 0.0, ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Not read yet")
        THEME.changed.connect(self.update)

    @property
    def stage(self) -> str:
        """The stage that is shown; empty before anything is."""
        return self.box.stage if self.box is not None else ""

    def makes(self, job: str) -> bool:
        """Whether a step of this name makes what the box shows."""
        return self.box is not None and self.box.job == job

    def show_box(self, box: Box) -> None:
        """Show a stage."""
        self.box = box
        self._say()
        self.update()

    def _say(self) -> None:
        box = self.box
        if box is None:
            return
        name, figures = self.words
        chip, reason = ("Running", self._progress) if self._progress else (box.chip, box.reason)
        words = ", ".join(part for part in (name, chip, figures, reason) if part)
        self.setAccessibleName(f"{box.title}: {words}")
        self.setToolTip("\n".join(part for part in (name, figures, reason, box.sha256 or "") if part))

    def show_progress(self, text: str, fraction: float | None, board: str = "") -> None:
        """Show that it is being made anew, on a board; no longer where the text is empty."""
        if (text, fraction or 0.0, board) != (self._progress, self._fraction, self._board):
            self._progress, self._fraction, self._board = text, fraction or 0.0, board
            self._say()
            self.update()

    @property
    def words(self) -> tuple[str, str]:
        """Name and figures: of what is there, or of what is being made, with what counts until then."""
        box = self.box
        if box is None:
            return "", ""
        if not self._progress:
            return box.name, box.figures
        where = f" @ {self._board}" if self._board and box.stage != "candidate" else ""
        return f"New {box.title.lower()}{where}", "" if box.state == "missing" else f"until then {box.name}"

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt)
        """Left and right walk, Enter opens."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None:
            self.stepped.emit(step)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint the box."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = look_of("run" if self._progress else self.box.state if self.box is not None else "unknown")
        edge = "accent" if self.hasFocus() or self._progress else look.color if look.color in _WRONG else "border"
        painter.setPen(QPen(THEME.color(edge), 1))
        painter.setBrush(THEME.color("hover" if self.underMouse() else "panel"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if self.box is not None:
            self._paint_words(painter, self.box)

    def _paint_words(self, painter: QPainter, box: Box) -> None:
        scale = THEME.type_scale
        chip = "Running" if self._progress else box.chip
        size = chip_size(chip)
        room = max(0.0, self.width() - size.width() - PAD_PX - 12.0)
        self._line(painter, box.title, 8 * scale, 20 * scale, SMALL_PX, MEDIUM, "text2", room)
        at = QRectF(self.width() - size.width() - 8, 8 * scale, size.width(), size.height())
        paint_chip(painter, at, "run" if self._progress else box.state, chip)
        faint = "text3" if box.state == "missing" else "text"
        name, figures = self.words
        self._line(painter, name, 32 * scale, 20 * scale, BODY_PX + 1, SEMIBOLD, faint)
        self._line(painter, figures, 52 * scale, 18 * scale, BODY_PX, REGULAR, "text2")
        color = look_of(box.reason_state).color if box.reason_state != "ok" else "text2"
        reason, color = (self._progress, "accent") if self._progress else (box.reason, color)
        self._line(painter, reason, 70 * scale, 18 * scale, BODY_PX, MEDIUM, color)
        if self._progress:
            self._paint_bar(painter)
        else:
            mono = not box.foot.startswith("since")
            self._line(painter, box.foot, 89 * scale, 16 * scale, SMALL_PX, REGULAR, "text3", mono=mono)

    def _paint_bar(self, painter: QPainter) -> None:
        bar = QRectF(PAD_PX, self.height() - 14.0, self.width() - 2.0 * PAD_PX, 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(THEME.color("border"))
        painter.drawRoundedRect(bar, 2, 2)
        painter.setBrush(THEME.color("accent"))
        painter.drawRoundedRect(QRectF(bar.x(), bar.y(), bar.width() * self._fraction, 4), 2, 2)

    def _line(
        self,
        painter: QPainter,
        text: str,
        top: float,
        height: float,
        px: int,
        weight: int,
        color: str,
        room: float | None = None,
        *,
        mono: bool = False,
    ) -> None:
        width = self.width() - 2.0 * PAD_PX if room is None else room
        font = THEME.font(px, weight, mono=mono)
        painter.setFont(font)
        painter.setPen(THEME.color(color))
        shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRectF(PAD_PX, top, width + 2, height), _LEFT, shown)
