"""The calibration set in short: some frames, objects by class, scenes, and what there is too little of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QStackedLayout, QWidget

from ui.pages.optimise.share_bars import ShareBars
from ui.pages.optimise.thumbnails import Thumbnails
from ui.widgets.chip import StateIcon
from ui.widgets.controls import Button, IconButton
from ui.widgets.empty import Empty
from ui.widgets.grounds import column, ground, row
from ui.widgets.text import Elided, Text, title

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QAction

    from ui.pages.optimise.jobs import Work
    from workbench.views.optimise.calibration_values import Calibration, Thumbnail

COLUMNS, ROWS = 5, 2


class CalibrationShares(QWidget):
    """Classes beside scenes, with what is under-represented in words."""

    def __init__(self, count: QAction, most_scenes: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes = ShareBars(with_counts=True)
        self._scenes = tuple(ShareBars(with_counts=False) for _ in range(most_scenes))
        self._warning = Text(px=11, role="dim", wrap=True)
        self._mark = StateIcon("warn", "Under-represented")
        self._count = Button("Count what the model finds", action=count)
        self._why = Text(px=11, role="dim", wrap=True)
        self._warned = QWidget()
        warned = row(self._mark, self._warning, spacing=4)
        warned.setStretch(1, 1)
        self._warned.setLayout(warned)
        self._side = QWidget()
        self._side.setLayout(column(row(*self._scenes, spacing=20), self._warned, None, spacing=8))
        self._uncounted = QWidget()
        self._uncounted.setLayout(row(self._why, self._count, spacing=8))
        self._layout = row(self._classes, self._side, spacing=20)
        self._layout.setStretch(0, 3)
        self._layout.setStretch(1, 2)
        self.setLayout(column(self._layout, self._uncounted, spacing=8))

    def show_set(self, found: Calibration, work: Work | None) -> None:
        """Show the shares of a set."""
        self._classes.setVisible(bool(found.classes))
        self._classes.show_shares("Objects by class", found.classes, found.against)
        for at, bars in enumerate(self._scenes):
            bars.setVisible(at < len(found.scenes))
            if at < len(found.scenes):
                bars.show_shares(f"Frames by {found.scenes[at].name}", found.scenes[at].shares)
        self._warned.setVisible(bool(found.warnings))
        self._warning.setText(" ".join(found.warnings))
        self._side.setVisible(bool(found.scenes or found.warnings))
        self._uncounted.setVisible(bool(found.why))
        self._why.setText(f"Counting: {work.text}" if work is not None else found.why)
        self._count.setVisible(work is None)


class CalibrationCard(QFrame):
    """The card on the first tab; the whole set is the second tab."""

    dropped = Signal(object)
    """The folder or file that was dropped here."""

    def __init__(
        self,
        show_all: Callable[[], object],
        edit: Callable[[], object],
        count: QAction,
        add: QAction,
        parent: QWidget | None = None,
    ) -> None:
        """Make the card.

        Args:
            show_all: shows all frames.
            edit: shows where the documents name the set.
            count: counts what the model finds in it.
            add: brings frames into a project without.
            parent: the widget that it belongs to.
        """
        super().__init__(parent)
        ground(self, "card")
        self.setAccessibleName("Calibration set")
        self._about = Elided("", px=11, role="hint")
        self.frames = Thumbnails("Calibration frames", COLUMNS)
        self._shares = CalibrationShares(count)
        self._open = IconButton("images", "Open all calibration frames", show_all)
        self._empty = Empty("images", "", Button(add.text(), action=add, role="primary"))
        self.setAcceptDrops(True)
        self._whole = QWidget(self)  # a stack shows its first widget at once, and one without a parent as a window
        self._whole.setLayout(column(self.frames, self._shares, None, margins=(12, 0, 12, 12)))
        self._stack = QStackedLayout()
        self._stack.addWidget(self._whole)
        self._stack.addWidget(self._empty)
        change = IconButton("sliders-horizontal", "Change the calibration set", edit)
        head = row(title("Calibration set"), self._about, self._open, change, margins=(12, 8, 8, 0))
        head.setStretch(1, 1)
        layout = column(head, self._stack, spacing=4)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def show_set(self, found: Calibration, work: Work | None) -> None:
        """Show another set."""
        here = found.state == "here"
        self._about.setText(found.text if here else found.source)
        self._open.setEnabled(here)
        drop = " Drop a folder of frames here." if found.state == "none" else ""
        self._empty.sentence.setText(f"{found.why}{drop}")
        self._shares.show_set(found, work)
        self._stack.setCurrentIndex(0 if here else 1)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 (Qt)
        """Take one file or folder of this machine."""
        if len(event.mimeData().urls()) == 1 and event.mimeData().urls()[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 (Qt)
        """Say what was dropped."""
        event.acceptProposedAction()
        self.dropped.emit(Path(event.mimeData().urls()[0].toLocalFile()))

    def show_frames(self, frames: Sequence[Thumbnail]) -> None:
        """Show some of its frames."""
        self.frames.show_frames(frames)
