"""Quantities: what is understood, what is refused with which text, and the exact round trip."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.quantity import (
    DIMENSIONS,
    DURATION,
    FRAME_RATE,
    FREQUENCY,
    NUMBER,
    POWER,
    SHARE,
    SIZE,
    TEMPERATURE,
    Dimension,
    QuantityError,
    parse,
    parse_count,
    parse_fraction,
    parse_names,
    parse_range,
    parse_statistic,
)


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("50ms", DURATION, 0.05),
        ("60 seconds", DURATION, 60.0),
        ("24 hours", DURATION, 86400.0),
        ("1.5 min", DURATION, 90.0),
        ("250 µs", DURATION, 0.00025),
        ("2 Days", DURATION, 172800.0),
        ("1GB", SIZE, 1e9),
        ("128 MB", SIZE, 128e6),
        ("128 MiB", SIZE, 134217728.0),
        ("512KiB", SIZE, 524288.0),
        ("30 fps", FRAME_RATE, 30.0),
        ("30FPS", FRAME_RATE, 30.0),
        ("10 Hz", FREQUENCY, 10.0),
        ("80", TEMPERATURE, 80.0),
        ("80 °C", TEMPERATURE, 80.0),
        ("-5", TEMPERATURE, -5.0),
        ("15 W", POWER, 15.0),
        ("850 mW", POWER, 0.85),
        ("0.001", SHARE, 0.001),
        ("0.1 %", SHARE, 0.001),
        ("0", SHARE, 0.0),
        ("0.01", NUMBER, 0.01),
        ("1e-2", NUMBER, 0.01),
    ],
)
def test_that_documents_quantities_are_understood(text: str, dimension: Dimension, value: float) -> None:
    quantity = parse(text, dimension)
    assert quantity.value == value
    assert quantity.unit == dimension.unit
    assert str(quantity) == text


@pytest.mark.parametrize(
    ("text", "dimension", "said"),
    [
        ("50 sm", DURATION, "expected a duration such as 50ms; did you mean '50 ms'?"),
        ("50", DURATION, "expected a duration such as 50ms; add the unit: one of ms, s, us, ns, min, h, d"),
        ("50 MB", DURATION, "expected a duration such as 50ms; MB is the unit of a size"),
        ("-50ms", DURATION, "expected a duration above 0; negative makes no sense here"),
        ("0 s", DURATION, "expected a duration above 0; 0 makes no sense here"),
        ("inf s", DURATION, "expected a duration such as 50ms"),
        ("nan", NUMBER, "expected a number above 0 such as 0.01"),
        (".inf", NUMBER, "expected a number above 0 such as 0.01"),
        ("1e300 s", DURATION, "expected a duration, at most 1e+09 s"),
        ("24 huors", DURATION, "expected a duration such as 50ms; did you mean '24 hours'?"),
        ("128 mb", SIZE, "expected a size such as 128 MB; did you mean '128 MB'?"),
        ("128 Mb", SIZE, "expected a size such as 128 MB; did you mean '128 MB'?"),
        ("1,5 GB", SIZE, "expected a size such as 128 MB; did you mean '1.5 GB'?"),
        ("30 fsp", FRAME_RATE, "expected a frame rate such as 30 fps; did you mean '30 fps'?"),
        ("30 Hz", FRAME_RATE, "expected a frame rate such as 30 fps; Hz is the unit of a frequency"),
        ("80 F", TEMPERATURE, "expected a temperature in degrees Celsius such as 80; the unit is °C"),
        ("3 fortnights", DURATION, "expected a duration such as 50ms; units are ms, s, us, ns, min, h, d"),
        ("3 qqq", SIZE, "expected a size such as 128 MB; units are MB, GB, kB, TB, MiB, GiB, KiB, TiB, B"),
        ("-400", TEMPERATURE, "expected a temperature in degrees Celsius, at least -60"),
        ("95", SHARE, "expected a share from 0 to 1, at most 1"),
        ("-0.1", SHARE, "expected a share from 0 to 1, at least 0"),
        ("0.01 mm", NUMBER, "expected a number above 0 such as 0.01; write the number alone"),
        ("fast", DURATION, "expected a duration such as 50ms"),
        ("", DURATION, "expected a duration such as 50ms"),
        ("9" * 200, NUMBER, "expected a number above 0 such as 0.01"),
    ],
)
def test_that_a_wrong_quantity_is_refused_with_what_is_allowed(text: str, dimension: Dimension, said: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse(text, dimension)
    assert str(caught.value) == said


@pytest.mark.parametrize("dimension", [each for each in DIMENSIONS if each.above is not None])
@pytest.mark.parametrize("number", ["0", "-3"])
def test_that_a_bound_is_said_once(number: str, dimension: Dimension) -> None:
    with pytest.raises(QuantityError) as caught:
        parse(f"{number}{dimension.unit}", dimension)
    assert caught.value.expected.count("above") == 1
    assert caught.value.expected.endswith(" above 0")


_UNITS = [(dimension, unit) for dimension in DIMENSIONS for unit in dimension.units]


@given(
    st.decimals(min_value="0.001", max_value="1", places=4), st.sampled_from(_UNITS), st.sampled_from(["", " ", "  "])
)
def test_that_every_unit_keeps_its_text_and_gives_its_value(
    number: Decimal, unit: tuple[Dimension, str], gap: str
) -> None:
    dimension, name = unit
    text = f"{number}{gap}{name}"
    quantity = parse(text, dimension)
    assert quantity.text == text
    assert quantity.value == float(number * dimension.units[name])
    assert parse(quantity.text, dimension) == quantity
    assert parse(quantity.words, dimension) == quantity


@given(st.text(max_size=20), st.sampled_from(DIMENSIONS))
def test_that_any_text_gives_a_finite_value_or_a_refusal(text: str, dimension: Dimension) -> None:
    try:
        quantity = parse(text, dimension)
    except QuantityError as error:
        assert error.expected  # noqa: PT017  the refusal is one of two right answers
    else:
        assert math.isfinite(quantity.value)


def test_that_words_put_one_space_before_the_unit() -> None:
    assert parse("50ms", DURATION).words == "50 ms"
    assert parse("80", TEMPERATURE).words == "80 °C"
    assert parse("0.95", SHARE).words == "0.95"


def test_that_a_range_keeps_its_text() -> None:
    span = parse_range("[0, 1]")
    assert (span.low, span.high, str(span)) == (0.0, 1.0, "[0, 1]")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0..1", "expected a range such as [0, 1]"),
        ("[1, 0]", "expected a range whose first number is below its second; did you mean '[0, 1]'?"),
        ("[1, 1]", "expected a range whose first number is below its second"),
    ],
)
def test_that_a_wrong_range_is_refused(text: str, said: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_range(text)
    assert str(caught.value) == said


def test_that_statistics_are_understood() -> None:
    assert parse_statistic("p99").percent == 99.0
    assert parse_statistic("p99.9").words == "the 99.9th percentile"
    assert parse_statistic("mean").percent is None
    median = parse_statistic("median")
    assert (median.name, median.text, median.words) == ("p50", "median", "the 50th percentile")
    assert parse_statistic("p91").words == "the 91st percentile"
    assert parse_statistic("p12").words == "the 12th percentile"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("99%", "expected a percentile such as p99, or mean, max; did you mean 'p99'?"),
        ("P95", "expected a percentile such as p99, or mean, max; did you mean 'p95'?"),
        ("average", "expected a percentile such as p99, or mean, max; did you mean 'mean'?"),
        ("madian", "expected a percentile such as p99, or mean, max; did you mean 'median'?"),
        ("fast", "expected a percentile such as p99, or mean, max"),
        ("p0", "expected a percentile such as p99, or mean, max"),
    ],
)
def test_that_a_wrong_statistic_is_refused(text: str, said: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_statistic(text)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,000", "expected a whole number from 1 to 10,000,000; did you mean '1000'?"),
        ("1_000", "expected a whole number from 1 to 10,000,000; did you mean '1000'?"),
        ("2.0", "expected a whole number from 1 to 10,000,000; did you mean '2'?"),
        ("0", "expected a whole number from 1 to 10,000,000"),
        ("-3", "expected a whole number from 1 to 10,000,000"),
        ("many", "expected a whole number from 1 to 10,000,000"),
        ("9" * 5000, "expected a whole number from 1 to 10,000,000"),
    ],
)
def test_that_a_wrong_count_is_refused(text: str, said: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_count(text)
    assert str(caught.value) == said


def test_that_fractions_and_names_are_understood() -> None:
    assert parse_fraction("1/255").value == 1 / 255
    assert parse_fraction("0.5").value == 0.5
    assert parse_names("MLE-TEST-001, MLE-TEST-002") == ("MLE-TEST-001", "MLE-TEST-002")
    with pytest.raises(QuantityError, match="fraction such as 1/255"):
        parse_fraction("1/0")
    with pytest.raises(QuantityError, match="'A' stands twice"):
        parse_names("A, B, A")
