"""What a run records, as it comes from a board while it is followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.base.errors import BoardError

MAX_COLUMNS = 1000


@dataclass(frozen=True)
class RunEvent:
    """Something that happened: `phase_started`, `start_loaded`, `validation`, `worker_crashed`, `run_ended` …"""

    id: int
    mono_ns: int
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class RunBlock:
    """Rows of a stream (`frames`, `telemetry`): columns one after another, little endian, compressed by zlib."""

    id: int
    stream: str
    first_ns: int
    last_ns: int
    rows: int
    columns: tuple[tuple[str, str], ...]
    """Name and type code of the `array` module."""
    data: bytes


@dataclass(frozen=True)
class RunOutput:
    """The raw outputs of one frame."""

    id: int
    frame: int
    shapes: tuple[tuple[int, ...], ...]
    dtypes: tuple[str, ...]
    """numpy's names with byte order, such as `<f4`."""
    arrays: tuple[bytes, ...]


@dataclass(frozen=True)
class RunDied:
    """The run's process is gone without having ended its run."""

    text: str


RunItem = RunEvent | RunBlock | RunOutput | RunDied


@dataclass(frozen=True)
class Cursor:
    """How far a run was followed: the last id of each kind that was seen; all zero is the beginning."""

    events: int = 0
    blocks: int = 0
    outputs: int = 0

    @classmethod
    def parse(cls, value: object) -> Cursor:
        """From the agent's words.

        Raises:
            BoardError: it is none.
        """
        item = value if isinstance(value, dict) else {}
        try:
            return cls(*(_whole(item.get(key, 0)) for key in ("events", "blocks", "outputs")))
        except ValueError as error:
            raise BoardError(
                f"the board sent a cursor that cannot be read: {error}", "Ship the agent again."
            ) from error


@dataclass(frozen=True)
class FollowEnd:
    """Why following ended."""

    state: str
    """`done`, `stopped`, `failed` or `died`."""
    cursor: Cursor = field(default_factory=Cursor)


def parse_item(name: str, data: Mapping[str, Any], attachments: tuple[bytes, ...]) -> RunItem | None:
    """An event of `follow` as a value; None for a kind that this Slipway does not know.

    Raises:
        BoardError: it is not what an agent of ours sends.
    """
    try:
        if name == "run_event":
            return RunEvent(_whole(data["id"]), _whole(data["mono_ns"]), str(data["kind"])[:100], dict(data["data"]))
        if name == "run_block":
            return _block(data, *attachments)
        if name == "run_output":
            return _output(data, attachments)
        return RunDied(str(data.get("text", ""))[:1000]) if name == "run_died" else None
    except (KeyError, TypeError, ValueError) as error:
        raise BoardError(f"the board sent a {name} that cannot be read: {error!r}", "Ship the agent again.") from error


def _block(data: Mapping[str, Any], content: bytes) -> RunBlock:
    columns = tuple((str(name)[:100], _code(code)) for name, code in data["columns"])
    if len(columns) > MAX_COLUMNS:
        raise ValueError(f"{len(columns)} columns")
    first_ns, last_ns = _whole(data["first_ns"]), _whole(data["last_ns"])
    return RunBlock(
        _whole(data["id"]), str(data["stream"])[:100], first_ns, last_ns, _whole(data["rows"]), columns, content
    )


def _output(data: Mapping[str, Any], arrays: tuple[bytes, ...]) -> RunOutput:
    shapes = tuple(tuple(_whole(size) for size in shape) for shape in data["shapes"])
    dtypes = tuple(str(dtype)[:20] for dtype in data["dtypes"])
    if not len(shapes) == len(dtypes) == len(arrays):
        raise ValueError(f"{len(shapes)} shapes, {len(dtypes)} types, {len(arrays)} arrays")
    return RunOutput(_whole(data["id"]), _whole(data["frame"]), shapes, dtypes, arrays)


def _whole(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError(f"{value!r} is no whole number")
    return value


def _code(value: object) -> str:
    if not isinstance(value, str) or len(value) != 1 or value not in "bBhHiIlLqQfd":
        raise ValueError(f"{value!r} is no type code")
    return value
