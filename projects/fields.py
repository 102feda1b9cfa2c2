"""Types of the documents' fields: each reads what YAML gives, refuses in the same words, and has its JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainValidator, WithJsonSchema

from projects.problems import near_miss, quote, suggest
from projects.quantity import (
    DURATION,
    FRAME_RATE,
    NUMBER,
    POWER,
    SHARE,
    SIZE,
    SIZE_OR_NONE,
    TEMPERATURE,
    Dimension,
    Quantity,
    QuantityError,
    Range,
    Statistic,
    check_names,
    parse,
    parse_count,
    parse_fraction,
    parse_names,
    parse_range,
    parse_statistic,
)
from projects.yaml_file import TextFloat, TextInt

_LONGEST_LABEL = 200
_LONGEST_TEXT = 4000
_MOST_NAMES = 1000
_MOST_WORDS = 64
_FRAMEWORK = re.compile(r"([A-Za-z][A-Za-z ]*?)(?:\s+v?(\d[\w.]*))?")
FRAMEWORKS = ("TensorRT", "OpenVINO", "TensorRT for RTX")


class Section(BaseModel):
    """One mapping of a document: immutable, and a key that it does not know is a problem."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Framework:
    """The runtime that the specification names, and its version where it names one."""

    name: str
    version: str | None
    text: str = field(compare=False)

    def __str__(self) -> str:
        return self.text


def text_of(value: object, expected: str) -> str:
    """A scalar as it was written.

    Raises:
        QuantityError: it is no text and no number.
    """
    if isinstance(value, (TextInt, TextFloat)):
        return value.text
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        hint = "put it in quotes" if isinstance(value, bool) else ""
        raise QuantityError(expected, hint)
    return repr(value)


def _label(value: object) -> str:
    expected = "an id or a name, on one line"
    text = text_of(value, expected).strip()
    if not text or len(text) > _LONGEST_LABEL or not text.isprintable():
        raise QuantityError(expected)
    return text


def _text(value: object) -> str:
    text = text_of(value, "a text")
    if not text.strip() or len(text) > _LONGEST_TEXT:
        raise QuantityError(f"a text of at most {_LONGEST_TEXT:,} characters")
    return text


def _quantity(dimension: Dimension, value: object) -> Quantity:
    return parse(text_of(value, dimension.expected), dimension)


def _fraction(value: object) -> Quantity:
    return parse_fraction(text_of(value, "a number or a fraction such as 1/255"))


def _range(value: object) -> Range:
    if isinstance(value, list) and len(value) == 2:
        value = f"[{text_of(value[0], 'a number')}, {text_of(value[1], 'a number')}]"
    return parse_range(text_of(value, "a range such as [0, 1]"))


def _statistic(value: object) -> Statistic:
    return parse_statistic(text_of(value, "a percentile such as p99, or mean, max"))


def _count(least: int, most: int, value: object) -> int:
    return parse_count(text_of(value, f"a whole number from {least} to {most:,}"), least, most)


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    meant = {"yes": "true", "on": "true", "enabled": "true", "no": "false", "off": "false", "disabled": "false"}
    word = meant.get(value.lower()) if isinstance(value, str) else None
    raise QuantityError("true or false", f"did you mean '{word}'?" if word else "")


def _choice(choices: tuple[str, ...], value: object) -> str:
    expected = choices[0] if len(choices) == 1 else f"one of {', '.join(choices)}"
    text = text_of(value, expected)
    if text not in choices:
        raise QuantityError(expected, suggest(text, choices))
    return text


def _phrase(phrase: str, value: object) -> str:
    """A sentence that says what is tested; another sentence would ask for a test that Slipway does not have."""
    expected = f"'{phrase}', the one thing that can be checked here"
    text = text_of(value, expected)
    if " ".join(text.split()).rstrip(".").casefold() != phrase.casefold():
        raise QuantityError(expected, suggest(text, [phrase]))
    return text


def _names(value: object) -> tuple[str, ...]:
    expected = "names: a list, or one text such as A, B"
    if isinstance(value, list):
        if len(value) > _MOST_NAMES:
            raise QuantityError(f"at most {_MOST_NAMES} names")
        return check_names(tuple(_label(item) for item in value))
    return parse_names(text_of(value, expected))


def _name_map(value: object) -> dict[str, str]:
    expected = "names and what they stand for: lines of 'truck: lorry'"
    if not isinstance(value, dict) or not value or len(value) > _MOST_NAMES:
        raise QuantityError(expected)
    return {_label(key): _label(item) for key, item in value.items()}


def _paths(value: object) -> tuple[str, ...]:
    expected = "a list of paths: lines of '- performance_tests.latency.requirement'"
    if not isinstance(value, list) or not value or len(value) > _MOST_NAMES:
        raise QuantityError(expected)
    return check_names(tuple(text_of(item, expected).strip() for item in value))


def _numbers(value: object) -> tuple[float, ...]:
    expected = "a number, or three in brackets, one a channel"
    items = value if isinstance(value, list) else [value]
    if len(items) not in {1, 3}:
        raise QuantityError(expected)
    try:
        numbers = tuple(float(text_of(item, expected)) for item in items)
    except ValueError:
        raise QuantityError(expected) from None
    if not all(abs(number) < 1e6 for number in numbers):
        raise QuantityError(expected)
    return numbers


def _spread(value: object) -> tuple[float, ...]:
    numbers = _numbers(value)
    if not all(number > 0 for number in numbers):
        raise QuantityError("a number above 0, or three in brackets, one a channel")
    return numbers


def _inner_path(value: object) -> str:
    """A path that stays inside the project, with `/`, whatever the system."""
    expected = "a path inside the project folder, such as models/a.onnx"
    text = text_of(value, expected).strip()
    if "\\" in text:
        raise QuantityError(expected, f"did you mean '{text.replace(chr(92), '/')}'?")
    path = PurePosixPath(text)
    absolute = path.is_absolute() or PureWindowsPath(text).drive or text.startswith("~")
    if not text or len(text) > _LONGEST_TEXT or not text.isprintable() or absolute or ".." in path.parts:
        raise QuantityError(expected, "copy the files into the project" if absolute or ".." in path.parts else "")
    return path.as_posix()


def _words(choices: tuple[str, ...], value: object) -> tuple[str, ...]:
    """Words out of a few, in an order that matters; one may stand more than once."""
    expected = f"a list of words, each one of {', '.join(choices)}"
    items = value if isinstance(value, list) else text_of(value, expected).split(",")
    if not 0 < len(items) <= _MOST_WORDS:
        raise QuantityError(expected)
    return tuple(_choice(choices, item.strip() if isinstance(item, str) else item) for item in items)


def _choice_or_file(choices: tuple[str, ...], ending: str, value: object) -> str:
    """One of a few words, or the path of a file inside the project that ends so."""
    text = text_of(value, f"one of {', '.join(choices)}, or a path ending in {ending}").strip()
    return _inner_path(text) if text.lower().endswith(ending) else _choice(choices, text)


def _onnx_path(value: object) -> str:
    path = _inner_path(value)
    if not path.lower().endswith(".onnx"):
        raise QuantityError("a path to an ONNX file, ending in .onnx", "export the model to ONNX first")
    return path


def _framework(value: object) -> Framework:
    expected = f"a runtime and its version, such as TensorRT 8.6 or OpenVINO ({', '.join(FRAMEWORKS)})"
    text = text_of(value, expected).strip()
    match = _FRAMEWORK.fullmatch(text) if len(text) <= _LONGEST_LABEL else None
    if match is None:
        raise QuantityError(expected)
    name = next((known for known in FRAMEWORKS if known.casefold() == match[1].casefold()), None)
    if name is None:
        meant = near_miss(match[1], FRAMEWORKS)
        raise QuantityError(expected, f"did you mean '{f'{meant} {match[2] or str()}'.strip()}'?" if meant else "")
    return Framework(name, match[2], text)


def field_type(read: Callable[[Any], Any], **schema: object) -> tuple[Any, ...]:
    """What makes a type of a field: how it is read, and how it is described to editors."""
    return PlainValidator(read), WithJsonSchema(dict(schema))


def _pattern(dimension: Dimension) -> str:
    units = "|".join(re.escape(unit) for unit in dimension.units)
    unit = f"({units})?" if dimension.bare else f"({units})"
    return rf"^\s*[0-9.]+([eE][+-]?[0-9]+)?\s*{unit}\s*$"


def _quantity_type(dimension: Dimension) -> tuple[Any, ...]:
    text = {"type": "string", "pattern": _pattern(dimension), "examples": [dimension.example]}
    if not dimension.bare:
        return field_type(partial(_quantity, dimension), **text)
    bounds = {"minimum": dimension.least} if dimension.least is not None else {"exclusiveMinimum": dimension.above}
    number = {"type": "number", **bounds, "maximum": dimension.most}
    return field_type(partial(_quantity, dimension), anyOf=[number, text])


def count_type(least: int, most: int = 10_000_000) -> tuple[Any, ...]:
    """A whole number within bounds."""
    return field_type(partial(_count, least, most), type="integer", minimum=least, maximum=most)


def choice_type(*choices: str) -> tuple[Any, ...]:
    """One of a few words."""
    return field_type(partial(_choice, choices), enum=list(choices))


def choice_or_file_type(*choices: str, ending: str) -> tuple[Any, ...]:
    """One of a few words, or a file of the project."""
    file = {"type": "string", "pattern": f"{re.escape(ending)}$"}
    return field_type(partial(_choice_or_file, choices, ending), anyOf=[{"enum": list(choices)}, file])


def words_type(*choices: str) -> tuple[Any, ...]:
    """A list of words out of a few, in order."""
    many = {"type": "array", "items": {"enum": list(choices)}, "minItems": 1, "maxItems": _MOST_WORDS}
    return field_type(partial(_words, choices), anyOf=[many, {"type": "string"}])


def phrase_type(phrase: str) -> tuple[Any, ...]:
    """The one sentence that can be checked there."""
    return field_type(partial(_phrase, phrase), enum=[phrase])


_NAMES_SCHEMA: dict[str, object] = {
    "anyOf": [{"type": "array", "items": {"type": "string"}, "minItems": 1}, {"type": "string"}]
}
_NUMBERS_SCHEMA: dict[str, object] = {
    "anyOf": [{"type": "number"}, {"type": "array", "items": {"type": "number"}, "minItems": 1, "maxItems": 3}]
}

Label = Annotated[str, *field_type(_label, anyOf=[{"type": "string", "minLength": 1}, {"type": "number"}])]
Text = Annotated[str, *field_type(_text, type="string", minLength=1)]
Names = Annotated[tuple[str, ...], *field_type(_names, **_NAMES_SCHEMA)]
NameMap = Annotated[
    dict[str, str], *field_type(_name_map, type="object", additionalProperties={"type": "string"}, minProperties=1)
]
Paths = Annotated[tuple[str, ...], *field_type(_paths, type="array", items={"type": "string"}, minItems=1)]
Duration = Annotated[Quantity, *_quantity_type(DURATION)]
Size = Annotated[Quantity, *_quantity_type(SIZE)]
SizeOrNone = Annotated[Quantity, *_quantity_type(SIZE_OR_NONE)]
FrameRate = Annotated[Quantity, *_quantity_type(FRAME_RATE)]
Temperature = Annotated[Quantity, *_quantity_type(TEMPERATURE)]
Power = Annotated[Quantity, *_quantity_type(POWER)]
Share = Annotated[Quantity, *_quantity_type(SHARE)]
Number = Annotated[Quantity, *_quantity_type(NUMBER)]
Fraction = Annotated[Quantity, *field_type(_fraction, anyOf=[{"type": "number"}, {"type": "string"}])]
NumberRange = Annotated[Range, *field_type(_range, anyOf=[{"type": "string"}, {"type": "array"}], examples=["[0, 1]"])]
JudgedStatistic = Annotated[Statistic, *field_type(_statistic, type="string", examples=["p99", "p99.9", "mean", "max"])]
Flag = Annotated[bool, *field_type(_flag, type="boolean")]
Count = Annotated[int, *count_type(1)]
CountOrNone = Annotated[int, *count_type(0)]
InnerPath = Annotated[str, *field_type(_inner_path, type="string", pattern=r"^[^/\\~]")]
OnnxPath = Annotated[str, *field_type(_onnx_path, type="string", pattern=r"\.(onnx|ONNX)$")]
ChannelNumbers = Annotated[tuple[float, ...], *field_type(_numbers, **_NUMBERS_SCHEMA)]
ChannelSpread = Annotated[tuple[float, ...], *field_type(_spread, **_NUMBERS_SCHEMA)]
NamedFramework = Annotated[Framework, *field_type(_framework, type="string", examples=["TensorRT 8.6", "OpenVINO"])]


def in_words(value: object) -> str:
    """What stands in a document, for `got`: a scalar in quotes, else what kind of thing it is."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        short = len(value) <= 4 and not any(isinstance(item, (dict, list)) for item in value)
        return f"[{', '.join(in_words(item).strip(chr(39)) for item in value)}]" if short else "a list"
    if isinstance(value, bool):
        return f"'{str(value).lower()}'"
    return quote(value.text if isinstance(value, (TextInt, TextFloat)) else value)
