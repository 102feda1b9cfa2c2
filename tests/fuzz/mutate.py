"""Mutations of valid input: bytes, texts and JSON values, by nothing but the random numbers that are given."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

HOSTILE: Final[tuple[Any, ...]] = (
    None, True, False, -1, 0, 1, 2**31, 2**32 - 1, 2**53, 2**63 - 1, 2**63, 2**64, -(2**63), 10**25, 10**400,
    -(10**400),
    0.5, -0.0, 1e308, 5e-324, float("inf"), float("-inf"), float("nan"), "", " ", ".", "..", "/", "x" * 5000,
    "../../outside/secret", "/etc/passwd", "..\\..\\x", "C:\\x", "a\0b", "\ud800", "\x1b[31m\x07", "\u202egnp.exe",
    "\n\nPASS\n", "%s%n{0}", "nan", "1e999", "-", "\ufeff", [], {}, [[]], [None] * 50, {"": ""},
    {"a": {"b": {"c": []}}},
    ["x"] * 3, [0, 0], {"__class__": "os.system"}, "ä" * 300, [1e308] * 4,
)  # fmt: skip
"""Values that are seldom right anywhere."""
PLAIN: Final = tuple(
    value
    for value in HOSTILE
    if value != "\ud800" and not (isinstance(value, (int, float)) and not -(2**64) < value < 2**64)
)
"""Those of them that the protocol lets through, so that what lies behind it is reached."""
_SIZES: Final = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63 - 1, 2**64 - 1)


def mutate_bytes(random: Random, data: bytes, others: Sequence[bytes] = ()) -> bytes:
    """A few changes anywhere: bits, numbers, pieces cut, doubled, moved, or taken from other inputs."""
    result = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        random.choice(_CHANGES)(random, result)
        if others and random.random() < 0.1:
            other = random.choice(others)
            start = random.randrange(len(other) + 1)
            place = random.randrange(len(result) + 1)
            result[place:place] = other[start : start + random.randrange(1, 64)]
    return bytes(result)


def _flip(random: Random, data: bytearray) -> None:
    for _ in range(random.choice((1, 1, 4, 16)) if data else 0):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _overwrite(random: Random, data: bytearray) -> None:
    size = random.choice((1, 2, 4, 8))
    number = random.choice(_SIZES) % (1 << 8 * size)
    place = random.randrange(len(data) + 1)
    data[place : place + size] = number.to_bytes(size, random.choice(("little", "big")))


def _insert(random: Random, data: bytearray) -> None:
    place = random.randrange(len(data) + 1)
    data[place:place] = random.randbytes(random.choice((1, 2, 8, 64)))


def _delete(random: Random, data: bytearray) -> None:
    place = random.randrange(len(data) + 1)
    del data[place : place + random.choice((1, 2, 8, 64, 1024))]


def _double(random: Random, data: bytearray) -> None:
    place, size = random.randrange(len(data) + 1), random.choice((4, 32, 256))
    data[place:place] = data[place : place + size] * random.choice((1, 1, 2, 50))


def _cut(random: Random, data: bytearray) -> None:
    del data[random.randrange(len(data) + 1) :]


_CHANGES: Final[tuple[Callable[[Random, bytearray], None], ...]] = (
    _flip,
    _flip,
    _overwrite,
    _insert,
    _delete,
    _double,
    _cut,
)


def mutate_text(random: Random, text: str, tokens: Sequence[str]) -> str:
    """A few changes of lines and words; `tokens` are what the language gives meaning to."""
    lines = text.split("\n")
    for _ in range(random.choice((1, 1, 2, 4))):
        place = random.randrange(len(lines))
        line = lines[place]
        column = random.randrange(len(line) + 1)
        kind = random.randrange(7)
        if kind == 0:
            lines[place] = line[:column] + random.choice(tokens) + line[column:]
        elif kind == 1:
            lines.insert(place, random.choice(tokens))
        elif kind == 2:
            lines[place : place + 1] = [line] * random.choice((0, 2, 3))
        elif kind == 3:
            lines[place] = " " * random.randrange(9) + line.lstrip()
        elif kind == 4:
            head, mark, _ = line.partition(": ")
            lines[place] = head + mark + random.choice(tokens)
        elif kind == 5:
            lines[place] = line[:column] + chr(random.choice((0, 9, 13, 0x85, 0xA0, 0x2028, 0xFEFF, 0xFFFE, 0x1F4A9)))
        else:
            other = random.randrange(len(lines))
            lines[place], lines[other] = lines[other], lines[place]
        lines = lines or [""]
    return "\n".join(lines)


def mutate_json(random: Random, value: Any) -> Any:
    """A copy with one to three places replaced, removed, doubled, renamed or nested deep."""
    result = [copy.deepcopy(value)]
    for _ in range(random.choice((1, 1, 2, 3))):
        holder, key = random.choice(_places(result))
        _change(random, holder, key)
    return result[0]


def _change(random: Random, holder: Any, key: Any) -> None:
    kind = random.randrange(8)
    if kind == 0 and isinstance(holder, dict):
        del holder[key]
    elif kind == 1 and isinstance(holder, dict):
        holder[random.choice(("", "id", "x" * 300, "__proto__", "\ud800", str(key) + "s"))] = holder.pop(key)
    elif kind == 2 and isinstance(holder[key], list) and holder[key]:
        holder[key] = holder[key] * random.choice((2, 3, 100))
    elif kind == 3 and isinstance(holder[key], int):
        holder[key] += random.choice((-1, 1, 2**31, -(2**63)))
    elif kind == 4:
        holder[key] = nested(random.choice((3, 30, 200)), random.choice(("[", "{")))
    else:
        holder[key] = copy.deepcopy(random.choice(PLAIN if random.random() < 0.8 else HOSTILE))


def nested(depth: int, kind: str) -> Any:
    """Lists in lists, or objects in objects."""
    value: Any = 0
    for _ in range(depth):
        value = [value] if kind == "[" else {"a": value}
    return value


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every holder and key below a list or an object; two thirds of the top are let be by their number alone."""
    found: list[tuple[Any, Any]] = []
    stack = [value]
    while stack and len(found) < 400:
        holder = stack.pop()
        for key in list(holder) if isinstance(holder, dict) else range(min(len(holder), 50)):
            found.append((holder, key))
            if isinstance(holder[key], (dict, list)):
                stack.append(holder[key])
    return found
