"""The right panel: what the shown page says of what is selected."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QWidget

from ui.page import Page
from ui.widgets.grounds import column, ground, scrolling

LEAST_PX, USUAL_PX = 320, 336


class Inspector(QWidget):
    """Shows the inspector of the page that is shown."""

    def __init__(self) -> None:
        super().__init__()
        ground(self, "panel")
        self.setAccessibleName("Inspector")
        self.setMinimumWidth(LEAST_PX)
        self._stack = QStackedWidget()
        self._places: dict[QWidget, QWidget] = {}
        self.setLayout(column(self._stack, spacing=0))

    def show_of(self, page: Page) -> bool:
        """Show a page's inspector; False where it has none."""
        wanted = page.inspector
        if wanted is None:
            return False
        if wanted not in self._places:
            place = scrolling(wanted, "Inspector of the page")
            self._places[wanted] = place
            self._stack.addWidget(place)
        self._stack.setCurrentWidget(self._places[wanted])
        return True
