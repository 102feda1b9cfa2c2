"""Key figures as tiles, and small traces."""

from __future__ import annotations

from ui.theme.theme import THEME
from ui.theme.tokens import DARK
from ui.widgets.kpi_tile import Kpi, KpiTile
from ui.widgets.sparkline import Sparkline


def colors(widget) -> set[str]:
    image = widget.grab().toImage()
    return {image.pixelColor(x, y).name().upper() for x in range(image.width()) for y in range(image.height())}


def test_that_a_tile_says_value_limit_and_state(qtbot):
    tile = KpiTile("Memory", Kpi("1.84", "GB", "≤ 2.00", 0.92, "warn"))
    qtbot.addWidget(tile)
    assert tile.accessibleName() == "Memory: 1.84 GB, limit ≤ 2.00, Warning"
    THEME.set(DARK)
    assert DARK.warn in colors(tile)


def test_that_what_was_not_measured_is_said_and_has_no_bar(qtbot):
    tile = KpiTile("Power", Kpi(None, "W", "≤ 20", 0.5))
    qtbot.addWidget(tile)
    THEME.set(DARK)
    assert tile.accessibleName() == "Power: not measured, limit ≤ 20"
    assert DARK.ok not in colors(tile)
    tile.show_kpi(Kpi("14.2", "W", "≤ 20", 0.71))
    assert DARK.ok in colors(tile)


def test_that_a_long_value_takes_the_room_of_what_is_behind_the_limit(qtbot):
    long, short = (KpiTile("Latency", Kpi("4,134.0", "ms", limit)) for limit in ("≤ 50, paced", "≤ 50"))
    for tile in (long, short):
        qtbot.addWidget(tile)
        tile.resize(tile.sizeHint())
    assert long.grab().toImage() == short.grab().toImage()


def test_that_a_trace_says_what_it_shows_and_breaks_where_nothing_was_measured(qtbot):
    trace = Sparkline("Temperature, °C", color="accent")
    qtbot.addWidget(trace)
    trace.set_values([50, None, 60, 61.5], limit=70)
    assert trace.accessibleName() == "Temperature, °C: 61.5, from 50 to 61.5"
    THEME.set(DARK)
    trace.resize(96, 20)
    drawn = trace.grab().toImage()
    assert all(drawn.pixelColor(x, y).name().upper() != DARK.accent for x in range(6, 60) for y in range(20))
    trace.set_values([None])
    assert trace.accessibleName() == "Temperature, °C: nothing measured"
