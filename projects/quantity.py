"""Quantities as documents write them ("50ms", "1GB", "30 fps") and the number in a canonical unit that they mean."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from projects.problems import near_miss, one_of, quote

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?"
_QUANTITY = re.compile(rf"\s*({_NUMBER})\s*([^\d\s.,+-][^\d\s]*)?\s*")
_RANGE = re.compile(rf"\s*\[\s*({_NUMBER})\s*,\s*({_NUMBER})\s*\]\s*")
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,4})?)")
_STATISTICS = {"median": "p50", "mean": "mean", "max": "max"}
_STATISTICS_MEANT = {"average": "mean", "maximum": "max", "worst": "max", "p100": "max", "99": "p99", "99%": "p99"}
_LONGEST_TEXT = 100


class QuantityError(ValueError):
    """A text that is not the quantity that is wanted: what was expected, and the near miss as a hint."""

    def __init__(self, expected: str, hint: str = "") -> None:
        super().__init__(f"expected {expected}" + (f"; {hint}" if hint else ""))
        self.expected = expected
        self.hint = hint


@dataclass(frozen=True)
class Quantity:
    """A number with its unit, and the text that it was written as."""

    value: float
    """In the canonical unit."""
    unit: str
    """The canonical unit: `s`, `B`, `fps`, `Hz`, `°C`, `W`, or empty for a plain number."""
    text: str = field(compare=False)
    """As written, so that a document is saved as it was read."""

    def __str__(self) -> str:
        return self.text

    @property
    def words(self) -> str:
        """The text with one space between number and unit: `50 ms`, `80 °C`."""
        match = _QUANTITY.fullmatch(self.text)
        if match is None:
            return self.text
        return f"{match[1]} {match[2] or self.unit}".strip()


@dataclass(frozen=True)
class Dimension:
    """A kind of quantity: its canonical unit, the units that are understood, and what makes sense."""

    name: str
    unit: str
    example: str
    units: Mapping[str, Decimal]
    """Factor to the canonical unit by the unit's spelling."""
    bare: bool = False
    """Whether a number without a unit is understood, in the canonical unit."""
    above: float | None = None
    """The value must be above this."""
    least: float | None = None
    """The value must be at least this."""
    most: float = 1e18

    @property
    def expected(self) -> str:
        """What is allowed, in words."""
        return f"{self.name} such as {self.example}"

    @property
    def symbols(self) -> list[str]:
        """Each unit in its usual spelling."""
        usual = {factor: unit for unit, factor in reversed(list(self.units.items()))}
        return list(reversed(usual.values()))

    def find(self, unit: str) -> Decimal | None:
        """Factor of a unit; words of three letters or more are understood in any case, symbols are not."""
        factor = self.units.get(unit)
        return self.units.get(unit.lower()) if factor is None and len(unit) > 2 else factor


def _factors(**units: str) -> dict[str, Decimal]:
    return {name: Decimal(factor) for name, factor in units.items()}


def _spelled(factors: Mapping[str, str]) -> dict[str, Decimal]:
    return {name: Decimal(factor) for names, factor in factors.items() for name in names.split()}


_TIMES = _spelled(
    {
        "ms millisecond milliseconds": "1e-3",
        "s sec second seconds": "1",
        "us µs μs microsecond microseconds": "1e-6",
        "ns nanosecond nanoseconds": "1e-9",
        "min minute minutes": "60",
        "h hour hours": "3600",
        "d day days": "86400",
    }
)
_SIZES = _factors(MB="1e6", GB="1e9", kB="1e3", KB="1e3", B="1", TB="1e12") | _factors(
    MiB="1048576", GiB="1073741824", KiB="1024", TiB="1099511627776", bytes="1"
)

DURATION = Dimension("a duration", "s", "50ms", _TIMES, above=0.0, most=1e9)
SIZE = Dimension("a size", "B", "128 MB", _SIZES, above=0.0, most=1e15)
SIZE_OR_NONE = replace(SIZE, above=None, least=0.0)
"""A size that may be 0 where the target has none of it."""
FRAME_RATE = Dimension("a frame rate", "fps", "30 fps", _factors(fps="1"), above=0.0, most=1e6)
FREQUENCY = Dimension("a frequency", "Hz", "10 Hz", _factors(Hz="1", kHz="1e3", MHz="1e6", GHz="1e9"), above=0.0)
TEMPERATURE = Dimension(
    "a temperature in degrees Celsius", "°C", "80", _spelled({"°C C degC celsius": "1"}), bare=True, least=-60, most=300
)
POWER = Dimension("a power", "W", "15 W", _factors(W="1", mW="1e-3", kW="1e3"), above=0.0, most=1e5)
SHARE = Dimension("a share from 0 to 1", "", "0.95", _spelled({"% percent": "0.01"}), bare=True, least=0.0, most=1.0)
NUMBER = Dimension("a number above 0", "", "0.01", {}, bare=True, above=0.0, most=1e9)

DIMENSIONS = (DURATION, SIZE, FRAME_RATE, FREQUENCY, TEMPERATURE, POWER, SHARE, NUMBER)


def parse(text: str, dimension: Dimension) -> Quantity:
    """Read a quantity.

    Args:
        text: as the document has it: `50ms`, `30 fps`, `80`.
        dimension: what it must be.

    Raises:
        QuantityError: it is something else; with what is allowed and the near miss.
    """
    match = _QUANTITY.fullmatch(text) if len(text) <= _LONGEST_TEXT else None
    if match is None:
        raise QuantityError(dimension.expected, _hint_for_number(text, dimension))
    number, unit = match[1], match[2]
    factor = Decimal(1) if unit is None and dimension.bare else dimension.find(unit or "")
    if factor is None:
        raise QuantityError(dimension.expected, _hint_for_unit(number, unit, dimension))
    value = float(Decimal(number) * factor)
    _check_bounds(value, number, dimension)
    return Quantity(value, dimension.unit, text.strip())


def _check_bounds(value: float, number: str, dimension: Dimension) -> None:
    if dimension.above is not None and value <= dimension.above:
        what = "negative" if number.startswith("-") else "0"
        bound = f" above {dimension.above:g}"
        raise QuantityError(f"{dimension.name.removesuffix(bound)}{bound}", f"{what} makes no sense here")
    if dimension.least is not None and value < dimension.least:
        raise QuantityError(f"{dimension.name}, at least {dimension.least:g}")
    if not math.isfinite(value) or value > dimension.most:
        raise QuantityError(f"{dimension.name}, at most {dimension.most:g} {dimension.unit}".rstrip())


def _hint_for_number(text: str, dimension: Dimension) -> str:
    """A decimal comma or a thousands separator is the usual slip in the number."""
    for repaired in (text.replace(",", "."), text.replace(",", "").replace("_", "")):
        if repaired == text or len(text) > _LONGEST_TEXT:
            continue
        try:
            return f"did you mean '{parse(repaired, dimension)}'?"
        except QuantityError:
            continue
    return ""


def _hint_for_unit(number: str, unit: str | None, dimension: Dimension) -> str:
    if unit is None:
        return f"add the unit: {one_of(dimension.symbols)}"
    others = [other for other in DIMENSIONS if other is not dimension and other.find(unit) is not None]
    if others:
        return f"{unit} is the unit of {others[0].name}"
    meant = near_miss(unit, dimension.units)
    if meant is not None:
        return f"did you mean '{number} {meant}'?"
    symbols = dimension.symbols
    if len(symbols) > 1:
        return f"units are {', '.join(symbols)}"
    return f"the unit is {symbols[0]}" if symbols else "write the number alone"


@dataclass(frozen=True)
class Range:
    """A closed range of numbers, and the text that it was written as."""

    low: float
    high: float
    text: str = field(compare=False)

    def __str__(self) -> str:
        return self.text


def parse_range(text: str) -> Range:
    """Read `[0, 1]`.

    Raises:
        QuantityError: it is no range, or its ends are the wrong way round.
    """
    match = _RANGE.fullmatch(text) if len(text) <= _LONGEST_TEXT else None
    if match is None:
        raise QuantityError("a range such as [0, 1]")
    low, high = float(match[1]), float(match[2])
    if not low < high or not math.isfinite(low) or not math.isfinite(high):
        swapped = f"did you mean '[{match[2]}, {match[1]}]'?" if high < low else ""
        raise QuantityError("a range whose first number is below its second", swapped)
    return Range(low, high, text.strip())


@dataclass(frozen=True)
class Statistic:
    """What is judged of many samples: a percentile, the mean or the maximum; and the text that it was written as."""

    name: str
    """`p99`, `p99.9`, `mean` or `max`."""
    text: str = field(compare=False)

    def __str__(self) -> str:
        return self.text

    @property
    def percent(self) -> float | None:
        """Of a percentile, above 0 and below 100; None for mean and max."""
        return float(self.name[1:]) if self.name.startswith("p") else None

    @property
    def words(self) -> str:
        """In a sentence: `the 99th percentile`, `the mean`."""
        if self.percent is None:
            return {"mean": "the mean", "max": "the maximum"}[self.name]
        number = self.name[1:]
        teen = number[-2:-1] == "1" and "." not in number
        ending = "th" if "." in number or teen else {"1": "st", "2": "nd", "3": "rd"}.get(number[-1], "th")
        return f"the {number}{ending} percentile"


def parse_statistic(text: str) -> Statistic:
    """Read `p99`, `p99.9`, `median`, `mean`, `max`.

    Raises:
        QuantityError: it is none of these.
    """
    name = text.strip()
    match = _PERCENTILE.fullmatch(name)
    if name in _STATISTICS or (match is not None and float(match[1]) > 0):
        return Statistic(_STATISTICS.get(name, name), name)
    lower = name.lower()
    meant = _STATISTICS_MEANT.get(lower, lower if match is None and _PERCENTILE.fullmatch(lower) else None)
    meant = meant or near_miss(lower, _STATISTICS)
    raise QuantityError("a percentile such as p99, or mean, max", f"did you mean '{meant}'?" if meant else "")


def parse_fraction(text: str) -> Quantity:
    """Read a plain number above 0, or a fraction such as `1/255`.

    Raises:
        QuantityError: it is neither.
    """
    top, slash, bottom = text.partition("/")
    if not slash:
        return parse(text, NUMBER)
    try:
        value = parse(top, NUMBER).value / parse(bottom, NUMBER).value
    except QuantityError:
        raise QuantityError("a number or a fraction such as 1/255") from None
    return Quantity(value, "", text.strip())


def parse_count(text: str, least: int = 1, most: int = 10_000_000) -> int:
    """Read a whole number within bounds.

    Raises:
        QuantityError: it is no whole number, or out of bounds.
    """
    expected = f"a whole number from {least} to {most:,}"
    plain = text.strip()
    if len(plain) > 20 or not re.fullmatch(r"[+-]?\d+", plain):
        repaired = plain.replace(",", "").replace("_", "").replace(" ", "")
        repaired = repaired[: -len(".0")] if repaired.endswith(".0") else repaired
        hint = f"did you mean '{repaired}'?" if len(plain) <= 20 and repaired.isdecimal() else ""
        raise QuantityError(expected, hint)
    if not least <= int(plain) <= most:
        raise QuantityError(expected)
    return int(plain)


def parse_names(text: str) -> tuple[str, ...]:
    """Read a list of names that stands as one text: `MLE-TEST-001, MLE-TEST-002`.

    Raises:
        QuantityError: a name is empty or stands twice.
    """
    names = tuple(name.strip() for name in text.split(","))
    return check_names(names)


def check_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, each given and given once.

    Raises:
        QuantityError: a name is empty or stands twice.
    """
    if not names or not all(names):
        raise QuantityError("names with a comma between them, such as A, B")
    for index, name in enumerate(names):
        if name in names[:index]:
            raise QuantityError("each name once", f"{quote(name)} stands twice")
    return names


def bytes_in_words(size_bytes: float) -> str:
    """A size as the report prints it beside a limit: `128,000,000 bytes`."""
    return f"{size_bytes:,.0f} bytes"
