"""Labels that follow the theme, and ones that are elided rather than clipped."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, MEDIUM, PAGE_PX, REGULAR, SEMIBOLD, SMALL_PX, TITLE_PX
from ui.widgets.grounds import restyle


class Text(QLabel):
    """A label in one of the type steps; plain text, so that nothing that was typed elsewhere is taken for markup."""

    def __init__(
        self,
        text: str = "",
        *,
        px: int = BODY_PX,
        weight: int = REGULAR,
        role: str = "",
        mono: bool = False,
        wrap: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Make a label.

        Args:
            text: what it says.
            px: its size at a type scale of 1.
            weight: 400, 500 or 600.
            role: `dim` for labels, `hint` for units and limits, or a state: `ok`, `warn`, `err`, `accent`, `review`.
            mono: for hashes, paths, commands.
            wrap: break lines.
            parent: the widget that it belongs to.
        """
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self._type = (px, weight, mono)
        self._on_theme()
        THEME.changed.connect(self._on_theme)
        if role:
            self.setProperty("role", role)

    def set_role(self, role: str) -> None:
        """Give it another colour, by meaning."""
        if self.property("role") != role:
            restyle(self, role=role)

    def _on_theme(self) -> None:
        px, weight, mono = self._type
        self.setFont(THEME.font(px, weight, mono=mono))


class Elided(Text):
    """A label of one line that ends in … where there is no room; the whole text is its tooltip."""

    def __init__(self, text: str = "", *, middle: bool = False, **options: object) -> None:
        super().__init__(text, **options)  # type: ignore[arg-type]
        self._mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(24)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """As wide as the whole text."""
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(self.text()) + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """A few letters."""
        return QSize(24, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint what fits."""
        painter = QPainter(self)
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(self.text(), self._mode, self.width())
        if (tip := self.text() if shown != self.text() else "") != self.toolTip():
            self.setToolTip(tip)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), shown)


def page_title(text: str = "") -> Text:
    """The name of what a page or an inspector is about."""
    return Text(text, px=PAGE_PX, weight=SEMIBOLD)


def title(text: str = "") -> Text:
    """The title of a panel or card."""
    return Text(text, px=TITLE_PX, weight=SEMIBOLD)


def dim(text: str = "", *, wrap: bool = False) -> Text:
    """A label beside a value, a sentence of explanation."""
    return Text(text, role="dim", wrap=wrap)


def hint(text: str = "", *, wrap: bool = False) -> Text:
    """A unit, a limit, a hint."""
    return Text(text, px=SMALL_PX, weight=MEDIUM, role="hint", wrap=wrap)


def technical(text: str = "", *, role: str = "") -> Text:
    """A hash, a path, a command."""
    return Text(text, px=SMALL_PX, mono=True, role=role)
