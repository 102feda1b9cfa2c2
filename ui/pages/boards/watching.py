"""The live side of the page: one quiet watch over the boards that can be watched, and what came of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ui.pages.boards.health_card import Series
from workbench.base.events import JobEnded, LiveValues, ResultPart
from workbench.orders.boards import HEALTH, BoardHealth, WatchHealth

if TYPE_CHECKING:
    from ui.bridge import Bridge
    from workbench.base.events import Event
    from workbench.jobs.handle import JobHandle


class Watching(QObject):
    """Belongs to the page; watches while that is shown, and keeps what came for ten minutes."""

    came = Signal(str)
    """Figures of this board came."""
    turned = Signal(str)
    """The watch of this board stands otherwise than before."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._names: tuple[str, ...] = ()
        self._handle: JobHandle | None = None
        self._series: dict[str, Series] = {}
        self._health: dict[str, BoardHealth] = {}
        bridge.told.connect(self._on_told)

    @property
    def names(self) -> tuple[str, ...]:
        """The boards that are watched."""
        return self._names

    def series(self, name: str) -> Series:
        """What came of a board."""
        return self._series.setdefault(name, Series())

    def health(self, name: str) -> BoardHealth | None:
        """How its watch stands; None where it is not watched."""
        return self._health.get(name) if name in self._names else None

    def watch(self, names: tuple[str, ...]) -> None:
        """Watch these boards; the watch goes on where they are the same."""
        if names == self._names and self._handle is not None:
            return
        self.stop()
        self._names = names
        if names:
            self._handle = self._bridge.start(WatchHealth(names), quiet=True)

    def stop(self) -> None:
        """Watch nothing."""
        if self._handle is not None:
            self._handle.cancel()
        self._handle, self._names = None, ()
        self._health.clear()

    def _on_told(self, event: Event) -> None:
        if self._handle is None or event.job_id != self._handle.id:
            return
        if isinstance(event, LiveValues):
            name = event.stream.removeprefix(f"{HEALTH} ")
            self.series(name).add(time.monotonic(), event.values)
            self.came.emit(name)
        elif isinstance(event, ResultPart) and isinstance(event.value, BoardHealth):
            self._health[event.value.board] = event.value
            self.turned.emit(event.value.board)
        elif isinstance(event, JobEnded):
            self._handle = None
            self._health.clear()
