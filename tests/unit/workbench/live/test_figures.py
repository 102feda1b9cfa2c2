from __future__ import annotations

import math

from workbench.live.figures import Budget, Figures, make_tiles


def test_that_percentiles_are_of_the_last_two_seconds_and_the_rate_of_the_last():
    figures = Figures()
    figures.add_frames([0.1 * number for number in range(30)], [100.0] * 10 + [5.0] * 20)
    assert figures.percentile_ms(0.99) == 5.0
    assert figures.fps() == 10.0
    figures.go_on(20.0)
    assert figures.percentile_ms(0.5) is None
    assert figures.fps() is None


def test_that_failed_inferences_are_no_latency():
    figures = Figures()
    figures.add_frames([0.0, 0.1], [math.nan, 7.0])
    assert figures.percentile_ms(0.5) == 7.0


def test_that_a_tile_says_its_limit_its_share_and_how_it_stands():
    budgets = (Budget("latency_p99", 50.0, "≤ 50 ms"), Budget("throughput", 30.0, "≥ 30 fps", at_least=True))
    values = {"latency_p99": 46.0, "throughput": 29.0, "memory": 120.4}
    tiles = {tile.key: tile for tile in make_tiles(values, budgets)}
    assert (tiles["latency_p99"].state, tiles["latency_p99"].fraction) == ("warn", 0.92)
    assert tiles["throughput"].state == "err"
    assert (tiles["memory"].state, tiles["memory"].value_text, tiles["memory"].limit_text) == ("none", "120", "")
    assert (tiles["power"].value, tiles["power"].value_text) == (None, "–"), "not measured is never 0"


def test_that_a_value_beyond_its_limit_is_an_error():
    (tile,) = (t for t in make_tiles({"memory": 300.0}, (Budget("memory", 256.0, "≤ 256 MB"),)) if t.key == "memory")
    assert tile.state == "err"


def test_that_a_figure_of_four_digits_has_no_decimals():
    tiles = {tile.key: tile for tile in make_tiles({"latency_p50": 999.4, "latency_p99": 4134.02}, ())}
    assert (tiles["latency_p50"].value_text, tiles["latency_p99"].value_text) == ("999.4", "4,134")
