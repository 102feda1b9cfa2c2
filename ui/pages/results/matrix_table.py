"""The table of a matrix: its first columns stay in sight while the boards are scrolled sideways."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from ui.theme.theme import THEME
from ui.widgets.cell import CellDelegate
from ui.widgets.table import Column, R, Table

FIXED = 2
"""Columns before the boards: what is wanted, shortly and in words."""
ID_PX, WORDS_PX, BOARD_PX = 128, 136, 144
"""Least width of each."""
WIDEST_ID_PX, WIDEST_PX = 168, 220
"""The most that a name and a board get."""


class MatrixTable(Table[R]):
    """Words are left out before boards are cut off; the short name, whose tooltip has them, always stays."""

    def __init__(self, name: str, columns: Sequence[Column[R]], delegate: CellDelegate) -> None:
        self.frozen: Frozen | None = None
        super().__init__(name, columns, delegate=delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.frozen = Frozen(self, delegate)
        self._fit_columns()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """Share the width anew."""
        super().resizeEvent(event)
        self._fit_columns()

    def scrollTo(  # noqa: N802 (Qt)
        self,
        index: QModelIndex | QPersistentModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Bring a cell in sight, and not behind the columns that stay."""
        super().scrollTo(index, hint)
        behind = self._fixed_px - self.visualRect(index).left()
        if index.column() >= FIXED and behind > 0:
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - behind)

    @property
    def _fixed_px(self) -> int:
        return sum(self.columnWidth(at) for at in range(FIXED) if not self.isColumnHidden(at))

    def _fit_columns(self) -> None:
        """Boards first, then the words; what is left over is shared."""
        boards, room = len(self.rows.columns) - FIXED, self.viewport().width()
        id_px, words_px, board_px = (THEME.px(width) for width in (ID_PX, WORDS_PX, BOARD_PX))
        has_words = boards <= 0 or room >= id_px + words_px + boards * board_px
        fixed = id_px + (words_px if has_words else 0)
        each = min(max(board_px, (room - fixed) // max(1, boards)), THEME.px(WIDEST_PX))
        spare = max(0, room - fixed - boards * each)
        more = min(spare, THEME.px(WIDEST_ID_PX) - id_px) if has_words else spare
        self.setColumnHidden(1, not has_words)
        widths = [id_px + more, words_px + spare - more, *[each] * boards]
        for at, width in enumerate(widths):
            self.horizontalHeader().setSectionResizeMode(at, QHeaderView.ResizeMode.Interactive)
            self.setColumnWidth(at, width)
        self._fit_frozen(scrolls=fixed + boards * each > room)

    def _fit_frozen(self, *, scrolls: bool) -> None:
        frozen = self.frozen
        if frozen is None:
            return
        frozen.setVisible(scrolls)
        area, head = self.viewport().geometry(), self.horizontalHeader().height()
        frozen.fit(self, QRect(area.x(), area.y() - head, self._fixed_px, area.height() + head), head)


class Frozen(QWidget):
    """The columns that stay, over the table's own; by keys and for assistive technology there is one table."""

    def __init__(self, table: QTableView, delegate: CellDelegate) -> None:
        super().__init__(table)
        self.table = made = QTableView(self)
        made.setModel(table.model())
        made.setSelectionModel(table.selectionModel())
        made.setSelectionBehavior(table.selectionBehavior())
        made.setItemDelegate(delegate)
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.setShowGrid(False)
        made.setWordWrap(False)
        made.setFrameShape(QFrame.Shape.NoFrame)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.verticalHeader().hide()
        made.verticalHeader().setMinimumSectionSize(16)
        made.horizontalHeader().setSectionsClickable(False)
        made.horizontalHeader().setHighlightSections(False)
        table.verticalScrollBar().valueChanged.connect(made.verticalScrollBar().setValue)
        self.hide()

    def fit(self, table: QTableView, area: QRect, head: int) -> None:
        """Stand over the first columns of the table, whose viewport and height of head these are."""
        made = self.table
        for at in range(made.model().columnCount()):
            made.setColumnHidden(at, at >= FIXED or table.isColumnHidden(at))
            made.setColumnWidth(at, table.columnWidth(at))
        made.verticalHeader().setDefaultSectionSize(table.verticalHeader().defaultSectionSize())
        made.horizontalHeader().setFont(table.horizontalHeader().font())
        made.horizontalHeader().setFixedHeight(head)
        self.setGeometry(area)
        edge = made.contentsRect().x()  # of the style, around the cells
        made.setGeometry(-edge, -edge, area.width() - 1 + edge, area.height() + 2 * edge)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Cover what is scrolled below, with a line where it goes under."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), THEME.color("surface"))
        painter.fillRect(self.width() - 1, 0, 1, self.height(), THEME.color("border"))
