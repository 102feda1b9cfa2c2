from __future__ import annotations

import io
import json
import math

import pytest
from rich.console import Console as RichConsole

from workbench.base.events import Level, LiveValues, LogLine
from workbench.command.console import Console
from workbench.command.live import JsonView, SampleView, Series, TableView, label, live_view, picture, text_of

SAMPLE = LiveValues("1", "telemetry", 12.34, {"cpu_percent": 23.456, "power_w": None, "memory_available_bytes": 5.1e9})


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("cpu_percent", 23.456, "cpu 23.46 %"),
        ("latency_p50_us", 8250.0, "latency p50 8.25 ms"),
        ("temperature_c", 61.0, "temperature 61 °C"),
        ("load_1m", 0.5, "load 1m 0.5"),
        ("power_w", None, "power —"),
    ],
)
def test_that_a_value_is_shown_in_the_unit_of_its_name(name, value, shown):
    assert f"{label(name)} {text_of(name, value)}" == shown


def test_that_a_pipe_gets_a_line_a_sample(capsys):
    view = live_view(Console(as_json=False))
    assert isinstance(view, SampleView)
    view.show(SAMPLE)
    assert capsys.readouterr().out == "12.3 s  telemetry  cpu 23.46 %, power —, memory available 5100 MB\n"


def test_that_a_program_gets_a_json_object_a_sample(capsys):
    view = live_view(Console(as_json=True))
    assert isinstance(view, JsonView)
    view.show(SAMPLE)
    view.show(LogLine("1", Level.WARNING, "the board throttles"))
    out, err = capsys.readouterr()
    assert json.loads(out)["values"] == {"cpu_percent": 23.456, "power_w": None, "memory_available_bytes": 5.1e9}
    assert err == "    warning: the board throttles\n"


def test_that_extremes_leave_out_what_was_not_measured():
    series = Series()
    for value in (None, 3.0, None, 1.0, 2.0):
        series.add(value)
    assert (series.last, series.low, series.high) == (2.0, 1.0, 3.0)


def test_that_a_picture_shows_gaps_and_extremes():
    assert picture([0.0, None, 1.0]) == "▁ █"
    assert picture([5.0, 5.0]) == "▁▁"
    assert picture([None]) == ""
    assert len(picture([math.sin(step) for step in range(500)])) == 30


def test_that_a_terminal_gets_a_table_that_moves():
    screen = io.StringIO()
    console = Console(as_json=False)
    console.__dict__["out"] = RichConsole(file=screen, force_terminal=True, width=100, no_color=True, highlight=False)
    view = live_view(console)
    assert isinstance(view, TableView)
    with view.open():
        view.show(SAMPLE)
        view.show(LiveValues("1", "telemetry", 12.44, {"cpu_percent": 11.0}))
    text = screen.getvalue()
    for part in ("cpu", "11 %", "23.46 %", "5100 MB", "—", "▁"):
        assert part in text
