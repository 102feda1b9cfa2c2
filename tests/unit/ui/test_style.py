from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.theme.theme import THEME
from ui.widgets.controls import Field
from ui.widgets.scatter_plot import ScatterPlot


def test_that_a_plot_shows_whether_keys_go_to_it(qapp, qtbot):
    holder = QWidget()
    qtbot.addWidget(holder)
    column = QVBoxLayout(holder)
    field, plot = Field("Before it"), ScatterPlot("Points", "latency", "accuracy")
    column.addWidget(field)
    column.addWidget(plot)
    holder.resize(400, 300)
    holder.show()
    with qtbot.waitActive(holder):
        holder.activateWindow()

    def edge() -> str:
        return holder.grab().toImage().pixelColor(plot.geometry().center().x(), plot.geometry().top()).name()

    field.setFocus()
    assert edge() == THEME.tokens.border.lower()
    plot.setFocus()
    assert edge() == THEME.tokens.accent.lower()
