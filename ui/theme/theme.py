"""The theme in force: widgets ask it for colours and fonts, and repaint when it says that it changed."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont

from ui.theme import tokens as t
from ui.theme.tokens import DARK, Tokens

UI_FAMILY, MONO_FAMILY = "Inter", "JetBrains Mono"


class Theme(QObject):
    """Which tokens are in force, and the scale of the type. Belongs to the UI thread."""

    changing = Signal()
    """Others are about to be put in force: every widget is styled anew first, which takes a while."""
    changed = Signal()
    """Colours or type sizes changed; everything that paints itself takes them anew."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tokens = DARK
        self._type_scale = 1.0

    @property
    def tokens(self) -> Tokens:
        """The tokens in force."""
        return self._tokens

    @property
    def type_scale(self) -> float:
        """By how much type is larger than designed."""
        return self._type_scale

    def set(self, tokens: Tokens, type_scale: float = 1.0) -> None:
        """Put another theme in force; nothing is told where it is the same."""
        if (tokens, type_scale) != (self._tokens, self._type_scale):
            self._tokens, self._type_scale = tokens, type_scale
            self.changed.emit()

    def px(self, size: float) -> int:
        """A length that grows with the type: what holds words, and the icons beside them."""
        return round(size * self._type_scale)

    def color(self, name: str, alpha: float = 1.0) -> QColor:
        """A token (`text2`, `err_bg`) or a `#RRGGBB` as a colour."""
        color = QColor(name if name.startswith("#") else getattr(self._tokens, name))
        if alpha < 1.0:
            color.setAlphaF(alpha)
        return color

    def curve(self, index: int) -> QColor:
        """The colour of a plot's curve; after five they begin anew (dash those)."""
        return QColor(self._tokens.data[index % len(self._tokens.data)])

    def font(self, px: int = t.BODY_PX, weight: int = t.REGULAR, *, mono: bool = False) -> QFont:
        """A bundled font with tabular figures, without hinting, so that it looks the same everywhere."""
        font = QFont(MONO_FAMILY if mono else UI_FAMILY)
        font.setPixelSize(max(t.SMALL_PX, round(px * self._type_scale)))
        font.setWeight(QFont.Weight(weight))
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        # Inter turns "1x1" into a multiplication sign, JetBrains Mono "->" into an arrow; technical strings must stay.
        font.setFeature(QFont.Tag("calt"), 0)
        font.setFeature(QFont.Tag("liga"), 0)
        if not mono:
            font.setFeature(QFont.Tag("tnum"), 1)
        return font


THEME = Theme()
"""The one theme of this process, as QApplication has one palette."""
