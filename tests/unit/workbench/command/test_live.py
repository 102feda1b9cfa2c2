from __future__ import annotations

import io
import json
import math

import pytest
from rich.console import Console as RichConsole

from workbench.base.events import JobEnded, JobState, Level, LiveValues, LogLine
from workbench.command.console import Console
from workbench.command.live import JsonView, SampleView, Series, Summary, TableView, label, live_view, picture, text_of
from workbench.command.wiring import console_for

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
    assert capsys.readouterr().out == "12.3 s  telemetry  cpu 23.46 %, memory available 5100 MB\n"


def test_that_a_pipe_gets_a_line_a_second_and_a_summary(capsys):
    view = SampleView(Console(as_json=False))
    for tenth in range(25):
        view.show(LiveValues("1", "telemetry", 5 + tenth / 10, {"cpu_percent": 50.0 if tenth == 10 else None}))
    view.show(LiveValues("1", "latency", 7.4, {"latency_p50_us": 8250.0, "latency_max_us": 12000.0}))
    view.show(JobEnded("1", JobState.CANCELLED, 0.0, 0.0))
    assert capsys.readouterr().out.splitlines() == [
        "5.0 s  telemetry  nothing measured",
        "6.0 s  telemetry  cpu 50 %",
        "7.0 s  telemetry  cpu —",
        "7.4 s  latency  latency p50 8.25 ms, latency max 12 ms",
        "25 samples of telemetry in 2.4 s; latency p50 8.25 ms in the median block, longest 12 ms",
    ]


@pytest.mark.parametrize(
    ("events", "text"),
    [([], "nothing came"), ([SAMPLE], "1 sample of telemetry in 0.0 s; no latency came")],
)
def test_that_a_summary_makes_nothing_up(events, text):
    summary = Summary()
    for event in events:
        summary.add(event)
    assert summary.text == text


def test_that_a_program_gets_a_json_object_a_sample(capsys):
    console = console_for(["watch", "--json"])
    view = live_view(console)
    assert isinstance(view, JsonView)
    view.show(SAMPLE)
    view.show(LogLine("1", Level.WARNING, "the board throttles"))
    view.show(JobEnded("1", JobState.SUCCEEDED, 0.0, 0.0))
    console.answer(None, 0)
    out, err = capsys.readouterr()
    sample, answer = out.splitlines()
    assert answer == '{"format":"slipway.answer/1","exit_code":0,"result":null,"error":null}'
    assert json.loads(sample)["values"] == {"cpu_percent": 23.456, "power_w": None, "memory_available_bytes": 5.1e9}
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
