"""The left panel: all that the project holds, filtered as one types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QTreeWidget, QTreeWidgetItem, QWidget

from ui.desk import Desk
from ui.theme.icons import icon, pixmap
from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, REGULAR, SEMIBOLD
from ui.widgets.controls import Field
from ui.widgets.grounds import column, ground, row
from ui.widgets.states import look_of
from ui.widgets.text import title
from workbench.views.tree import TreeItem

ITEM_ROLE = Qt.ItemDataRole.UserRole + 1
LEAST_PX = 232


class TreePanel(QWidget):
    """The project tree; a click or Enter shows the thing on its page."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        ground(self, "panel")
        self._desk = desk
        self._items: tuple[TreeItem, ...] = ()
        self.setMinimumWidth(LEAST_PX)
        self.filter = Field("Filter the project tree", placeholder="Filter", icon_name="funnel")
        self.filter.textChanged.connect(lambda _text: self._fill())
        self.tree = _Tree()
        self.tree.itemClicked.connect(lambda item, _column: self._open(item))
        self.tree.itemActivated.connect(lambda item, _column: self._open(item))
        head = row(title("Project"), None, margins=(12, 8, 8, 4))
        self.setLayout(column(head, row(self.filter, margins=(12, 0, 12, 4)), self.tree, spacing=4))
        THEME.changed.connect(self._fill)

    def show_items(self, items: Sequence[TreeItem]) -> None:
        """Show what a project holds; what was selected stays so."""
        if tuple(items) != self._items:
            self._items = tuple(items)
            self._fill()

    def _fill(self) -> None:
        current = self.tree.currentItem()
        key = current.data(0, ITEM_ROLE).key if current is not None else ""
        self.tree.clear()
        words = self.filter.text().lower().split()
        for item in self._items:
            self._add(self.tree.invisibleRootItem(), item, words)
        for made in _walk(self.tree.invisibleRootItem()):
            made.setExpanded(True)
            if made.data(0, ITEM_ROLE).key == key:
                self.tree.setCurrentItem(made)

    def _add(self, parent: QTreeWidgetItem, item: TreeItem, words: Sequence[str]) -> None:
        fits = all(word in item.title.lower() for word in words)
        if not fits and not any(_fits(child, words) for child in item.children):
            return
        made = QTreeWidgetItem(parent, [item.title])
        made.setData(0, ITEM_ROLE, item)
        made.setIcon(0, icon(item.icon, "text3", THEME.px(14)))
        made.setFont(0, THEME.font(BODY_PX, REGULAR if item.stage else SEMIBOLD))
        made.setToolTip(0, f"{item.title}: {item.state_text}" if item.state_text else item.title)
        described = f"{item.title}, {item.state_text or look_of(item.state).word}" if item.state else item.title
        made.setData(0, Qt.ItemDataRole.AccessibleTextRole, described)
        for child in item.children:
            self._add(made, child, () if fits else words)

    def _open(self, made: QTreeWidgetItem) -> None:
        item: TreeItem = made.data(0, ITEM_ROLE)
        if item.stage:
            self._desk.go(item.stage, item.target)


class _Tree(QTreeWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Project tree")
        self.setHeaderHidden(True)
        self._on_theme()
        THEME.changed.connect(self._on_theme)
        self.setItemDelegate(_WithState(self))
        self.setMouseTracking(True)

    def _on_theme(self) -> None:
        self.setIconSize(QSize(THEME.px(14), THEME.px(14)))
        self.setIndentation(THEME.px(14))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt)
        """Enter opens, whatever the platform's style says."""
        current = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and current is not None:
            self.itemActivated.emit(current, 0)
            return
        super().keyPressEvent(event)


class _WithState(QStyledItemDelegate):
    """Paints a line's state at its right end; the name is elided before it."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        item: TreeItem = index.data(ITEM_ROLE)
        inner = QStyleOptionViewItem(option)
        if item.state:
            inner.rect = option.rect.adjusted(0, 0, -THEME.px(13) - 11, 0)
        super().paint(painter, inner, index)
        if item.state:
            look, right = look_of(item.state), QRectF(option.rect)
            size = THEME.px(13)
            at = QPointF(right.right() - 7 - size, right.center().y() - size // 2)
            painter.drawPixmap(at, pixmap(look.icon, look.color, size, 2.1))


def _walk(parent: QTreeWidgetItem) -> Iterator[QTreeWidgetItem]:
    for at in range(parent.childCount()):
        if (child := parent.child(at)) is not None:
            yield child
            yield from _walk(child)


def _fits(item: TreeItem, words: Sequence[str]) -> bool:
    return all(word in item.title.lower() for word in words) or any(_fits(child, words) for child in item.children)
