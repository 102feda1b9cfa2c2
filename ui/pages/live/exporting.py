"""Storing the range in sight: its values as CSV, what is drawn as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from ui.widgets.picture_export import as_png, as_svg
from workbench.views.live import Exported, export_range, export_seen
from workbench.views.watched import store_picture

if TYPE_CHECKING:
    from ui.desk import Desk
    from workbench.telemetry.live_feed import SeenTable

FILTERS = {"csv": "Values (*.csv)", "png": "Picture (*.png)", "svg": "Drawing (*.svg)"}


class Exporting(QObject):
    """Asks for a name and has it written; what was written is said in the notice bar."""

    def __init__(self, desk: Desk, shown: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk, self._shown, self._window = desk, shown, parent

    def store_values(self, run: str, span: tuple[float, float]) -> None:
        """Ask where, then have the recorded values of a span written."""
        dialog = self._dialog("csv")
        dialog.fileSelected.connect(lambda path: self.write_values(run, span, Path(path)))
        dialog.open()

    def store_seen(self, run: str, kind: str, tables: tuple[SeenTable, ...]) -> None:
        """Ask where, then have written what was seen of a run that still works."""
        dialog = self._dialog("csv")
        dialog.fileSelected.connect(lambda path: self.write_seen(Path(path), run, kind, tables))
        dialog.open()

    def store_picture(self, kind: str) -> None:
        """Ask where, then write what is drawn, `png` or `svg`, as it was when this was asked."""
        data = as_png(self._shown) if kind == "png" else as_svg(self._shown, "Slipway live")
        dialog = self._dialog(kind)
        dialog.fileSelected.connect(lambda path: self.write_picture(Path(path), data))
        dialog.open()

    def write_values(self, run: str, span: tuple[float, float], path: Path) -> None:
        """Have the recorded values of a span written."""
        if self._desk.project is not None:
            asked = self._desk.bridge.ask(export_range, self._desk.project, run, *span, path)
            asked.then(self._on_exported).or_fail(self._desk.notice)

    def write_seen(self, path: Path, run: str, kind: str, tables: tuple[SeenTable, ...]) -> None:
        """Have written what was seen of a run that still works."""
        asked = self._desk.bridge.ask(export_seen, path, run, kind, tables)
        asked.then(self._on_exported).or_fail(self._desk.notice)

    def write_picture(self, path: Path, data: bytes) -> None:
        """Have bytes written."""
        self._desk.bridge.ask(store_picture, path, data).then(self._on_stored).or_fail(self._desk.notice)

    def _dialog(self, kind: str) -> QFileDialog:
        dialog = QFileDialog(self._window, "Export")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(kind)
        dialog.setNameFilter(FILTERS[kind])
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def _on_exported(self, exported: Exported) -> None:
        self._desk.notice(exported.text)

    def _on_stored(self, path: Path) -> None:
        self._desk.notice(f"Written to {path}")
