"""Dense tables: a model over frozen rows, and the view that all tables of the window are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, SMALL_PX, TABLE_ROW
from ui.widgets.cell import CELL_ROLE, Cell, CellDelegate

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex
HEADER_PX = 24


@dataclass(frozen=True)
class Column(Generic[R]):
    """One column."""

    title: str
    cell: Callable[[R], Cell]
    width: int = 100
    """px at a type scale of 1; a column with `stretch` takes what is left."""
    right: bool = False
    """Whether its title stands right, as its numbers do."""
    stretch: bool = False
    tip: str = ""
    """What the title's tooltip says."""


class Rows(QAbstractTableModel, Generic[R]):
    """Rows of one kind; it holds what it is given, in the order in which it is given."""

    def __init__(self, columns: Sequence[Column[R]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._rows: tuple[R, ...] = ()
        THEME.changed.connect(self._on_theme)

    @property
    def rows(self) -> tuple[R, ...]:
        """The rows."""
        return self._rows

    def set_rows(self, rows: Sequence[R]) -> None:
        """Show other rows; where only the content of some changed, the view keeps place and selection."""
        new = tuple(rows)
        if len(new) != len(self._rows):
            self.beginResetModel()
            self._rows = new
            self.endResetModel()
            return
        pairs = enumerate(zip(self._rows, new, strict=True))
        changed = [at for at, (old, row) in pairs if old is not row and old != row]  # of 100,000 most are the same
        self._rows = new
        if changed:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], len(self.columns) - 1))

    def set_columns(self, columns: Sequence[Column[R]]) -> None:
        """Show other columns."""
        self.beginResetModel()
        self.columns = tuple(columns)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 (Qt)
        """How many rows there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 (Qt)
        """How many columns there are."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a view, a delegate or assistive technology asks of a cell."""
        if not index.isValid():
            return None
        if role not in (CELL_ROLE, Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        cell = self.columns[index.column()].cell(self._rows[index.row()])
        if role == CELL_ROLE:
            return cell
        if role == Qt.ItemDataRole.ToolTipRole:
            return cell.tip or None
        return " ".join(part for part in (cell.text, cell.unit, cell.below) if part)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802 (Qt)
        """A column's title, where it stands, and what it means."""
        if orientation is not Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _on_theme(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(self.columns) - 1))


class Table(QTableView, Generic[R]):
    """A dense table: one row chosen by mouse or arrows, Enter opens it."""

    chosen = Signal(object)
    """The row that is selected now; None where there is none."""
    opened = Signal(object)
    """The row that was double-clicked, or on which Enter was pressed."""

    def __init__(
        self,
        name: str,
        columns: Sequence[Column[R]],
        *,
        row_height: int = TABLE_ROW,
        delegate: CellDelegate | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Make a table.

        Args:
            name: how assistive technology calls it.
            columns: what it shows of a row.
            row_height: px at a type scale of 1; 36 and more has room for a second line.
            delegate: what paints the cells, where some need more than a `Cell`.
            parent: the widget that it belongs to.
        """
        super().__init__(parent)
        self.setAccessibleName(name)
        self._row_height = row_height
        self.rows: Rows[R] = Rows(columns, self)
        painter = delegate or CellDelegate(self)
        painter.row_height = row_height
        painter.setParent(self)
        self.setItemDelegate(painter)
        self._set_up()
        self.setModel(self.rows)
        self.rows.modelReset.connect(self._on_reset)
        self.selectionModel().currentRowChanged.connect(self._on_current)
        self.doubleClicked.connect(lambda index: self.opened.emit(self.rows.rows[index.row()]))
        self._fit_columns()
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    @property
    def current(self) -> R | None:
        """The row that is selected."""
        at = self.currentIndex().row()
        return self.rows.rows[at] if 0 <= at < len(self.rows.rows) else None

    def set_rows(self, rows: Sequence[R]) -> None:
        """Show other rows; the one at the same place stays selected."""
        at = self.currentIndex().row()
        self.rows.set_rows(rows)
        if at >= 0 and self.currentIndex().row() < 0 and rows:
            self.selectRow(min(at, len(rows) - 1))

    def choose(self, fits: Callable[[R], bool]) -> bool:
        """Select the first row that fits; False where there is none."""
        for at, row in enumerate(self.rows.rows):
            if fits(row):
                self.selectRow(at)
                self.scrollTo(self.rows.index(at, 0))
                return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt)
        """Enter opens the row; everything else is Qt's."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.opened.emit(self.current)
            return
        super().keyPressEvent(event)

    def _set_up(self) -> None:
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(24)
        header.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def _fit_columns(self) -> None:
        header = self.horizontalHeader()
        for at, column in enumerate(self.rows.columns):
            stretch = QHeaderView.ResizeMode.Stretch if column.stretch else QHeaderView.ResizeMode.Interactive
            header.setSectionResizeMode(at, stretch)
            if not column.stretch:
                self.setColumnWidth(at, round(column.width * THEME.type_scale))

    def _on_reset(self) -> None:
        self._fit_columns()
        if not self.rows.rows:
            self.chosen.emit(None)

    def _on_current(self, current: QModelIndex, _previous: QModelIndex) -> None:
        at = current.row()
        self.chosen.emit(self.rows.rows[at] if 0 <= at < len(self.rows.rows) else None)

    def _on_theme(self) -> None:
        scale = THEME.type_scale
        self.verticalHeader().setMinimumSectionSize(round(20 * scale))
        self.verticalHeader().setDefaultSectionSize(round(self._row_height * scale))
        self.horizontalHeader().setFont(THEME.font(SMALL_PX, MEDIUM))
        self.horizontalHeader().setFixedHeight(round(HEADER_PX * scale))
        self._fit_columns()
