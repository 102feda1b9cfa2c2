"""The key figures of a run as a row of tiles."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget

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


class TilesRow(QWidget):
    """Tiles by key; a key that is new gets a tile at the end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._tiles: dict[str, KpiTile] = {}
        self.clear()

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
            self._row.removeWidget(tile)
            tile.deleteLater()

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
            self._tiles[key] = KpiTile(name)
            self._row.addWidget(self._tiles[key], 1)
        return self._tiles[key]
