"""What is done once the window is there, so that it is there soon: libraries, the reader, the journal."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from workbench.session import Session


class WarmUp(QObject):
    """Waits for the first paint, then loads what plots need in a thread. Belongs to the UI thread."""

    painted = Signal()
    """The window has painted itself for the first time."""
    ready = Signal()
    """Plots can be made without waiting for imports."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._thread: threading.Thread | None = None
        self._painted = False
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt)
        """Wait for the window's first paint."""
        if not self._painted and event.type() is QEvent.Type.Paint and watched is self._window:
            self._painted = True
            self._window.removeEventFilter(self)
            QTimer.singleShot(0, self._after_paint)
        return False

    def wait(self) -> None:
        """Wait for the thread, so that nothing is imported while the process ends."""
        if self._thread is not None:
            self._thread.join()

    def _after_paint(self) -> None:
        self.painted.emit()
        self._session.warm_up()
        self._thread = threading.Thread(target=self._import, name="slipway-warm-up", daemon=True)
        self._thread.start()

    def _import(self) -> None:
        import pyqtgraph  # noqa: F401 (for its being loaded, and numpy with it)

        self.ready.emit()
        from ui.pages.register import preload

        preload()
