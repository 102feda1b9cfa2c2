"""The key figures of a run as a row of tiles; as two, where one has no room for them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from ui.theme.theme import THEME
from ui.widgets.kpi_tile import Kpi, KpiTile
from workbench.base.live import Tile

ALWAYS = (
    ("latency_p50", "Latency p50"),
    ("latency_p99", "Latency p99"),
    ("throughput", "Throughput"),
    ("memory", "Memory"),
    ("temperature", "Temperature"),
    ("power", "Power"),
)
"""What stands there before anything was measured."""
GAP_PX = 8


class TilesRow(QWidget):
    """Tiles by key; a key that is new gets a tile at the end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GAP_PX)
        self._tiles: dict[str, KpiTile] = {}
        self._across = len(ALWAYS)
        self.clear()
        THEME.changed.connect(self._arrange)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """One tile; the others go below it."""
        return QSize(self._widest, self._grid.minimumSize().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """Put those into another row that have no room."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._arrange()

    @property
    def tiles(self) -> dict[str, KpiTile]:
        """The tiles by key."""
        return dict(self._tiles)

    def clear(self) -> None:
        """Nothing is measured."""
        for key, name in ALWAYS:
            self._tile(key, name).show_kpi(Kpi(None))
        for key in set(self._tiles) - {key for key, _ in ALWAYS}:
            tile = self._tiles.pop(key)
            self._grid.removeWidget(tile)
            tile.deleteLater()
        self._arrange()

    def show_unread(self) -> None:
        """What was measured cannot be read."""
        for tile in self._tiles.values():
            tile.show_kpi(Kpi(None, nothing="cannot be read"))

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        """Show what a run told."""
        for tile in tiles:
            self._tile(tile.key, tile.name).show_kpi(
                Kpi(
                    None if tile.value is None else tile.value_text,
                    tile.unit,
                    tile.limit_text,
                    tile.fraction,
                    "ok" if tile.state == "none" else tile.state,
                )
            )

    def _tile(self, key: str, name: str) -> KpiTile:
        if key not in self._tiles:
            self._tiles[key] = KpiTile(name, parent=self)
            self._arrange()
        return self._tiles[key]

    def _arrange(self) -> None:
        """As many side by side as have room, and as many in each row."""
        many = len(self._tiles)
        fitting = max(1, min(many, (self.width() + GAP_PX) // (self._widest + GAP_PX)))
        across = -(-many // -(-many // fitting))
        for at in range(max(across, self._across)):
            self._grid.setColumnStretch(at, int(at < across))
        self._across = across
        for at, tile in enumerate(self._tiles.values()):
            self._grid.addWidget(tile, at // across, at % across)
        self.updateGeometry()

    @property
    def _widest(self) -> int:
        return max(tile.sizeHint().width() for tile in self._tiles.values())
