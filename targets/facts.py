"""What a board is and has, as its agent told it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class RuntimeFacts:
    """A runtime on a board."""

    version: str | None
    """None: it is not there."""
    device_key: str | None = None
    """What its engines are bound to on this board, besides the version."""
    precisions: tuple[str, ...] = ()
    """The types that it runs natively here: `f32`, `f16`, `bf16`, `i8`."""
    missing: str | None = None
    """The command that brings it, or why it cannot be used, where it is not there."""


@dataclass(frozen=True)
class SensorFacts:
    """A sensor of a board."""

    kind: str
    """`temperature`, `power`, `energy` or `frequency`."""
    name: str
    source: str
    """The file that it is read from."""


@dataclass(frozen=True)
class LockFacts:
    """The lock of a board."""

    path: str
    weak: bool
    """It keeps out only those who use the same root."""
    owner: Mapping[str, str | int | float] | None
    """person, desktop, pid, purpose, since, host; None: the board is free."""


@dataclass(frozen=True)
class BoardFacts:
    """A board's facts; None is not known, never 0."""

    hostname: str | None = None
    machine_id: str | None = None
    boot_id: str | None = None
    os: str | None = None
    kernel: str | None = None
    arch: str | None = None
    cpu_model: str | None = None
    cpu_flags_key: str | None = None
    device_key: str | None = None
    """What an engine for its processor is bound to: instruction set, model, architecture."""
    cores: int | None = None
    memory_bytes: int | None = None
    disk_free_bytes: int | None = None
    python: str | None = None
    python_path: str | None = None
    numpy: str | None = None
    cv2: str | None = None
    agent_sha256: str | None = None
    policy: str | None = None
    """Why the board refuses every change; None where it does not."""
    clock_utc: float | None = None
    mono_ns: int | None = None
    runtimes: Mapping[str, RuntimeFacts] = field(default_factory=dict)
    sensors: tuple[SensorFacts, ...] = ()
    temperature_sensor: str | None = None
    """The sensor that counts as the board's temperature."""
    temperature_reason: str | None = None
    """Why there is none."""
    power_sensor: str | None = None
    power_reason: str | None = None
    lock: LockFacts | None = None

    @classmethod
    def parse(cls, value: Mapping[str, object]) -> BoardFacts:
        """From the reply of `probe`; what is not of the expected type is not known."""
        texts: dict[str, Any] = {name: _text(value.get(name)) for name in _TEXTS}
        numbers: dict[str, Any] = {name: _whole(value.get(name)) for name in _WHOLES}
        clock = value.get("clock_utc")
        return cls(
            **texts,
            **numbers,
            clock_utc=clock if isinstance(clock, float) else None,
            runtimes={name[:100]: _runtime(item) for name, item in _mapping(value.get("runtimes")).items()},
            sensors=_sensors(value.get("sensors")),
            lock=_lock(value.get("lock")),
        )


_TEXT = 1000
_ITEMS = 1000
_TEXTS = (
    "hostname", "machine_id", "boot_id", "os", "kernel", "arch", "cpu_model", "cpu_flags_key", "device_key", "python",
    "python_path", "numpy", "cv2", "agent_sha256", "policy", "temperature_sensor", "temperature_reason", "power_sensor",
    "power_reason",
)  # fmt: skip
_WHOLES = ("cores", "memory_bytes", "disk_free_bytes", "mono_ns")


def _text(value: object) -> str | None:
    return value[:_TEXT] if isinstance(value, str) and value else None


def _whole(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _mapping(value: object) -> dict[str, object]:
    return dict(list(value.items())[:_ITEMS]) if isinstance(value, dict) else {}


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item)[:_TEXT] for item in value[:_ITEMS]) if isinstance(value, list) else ()


def _runtime(value: object) -> RuntimeFacts:
    item = _mapping(value)
    version, missing = _text(item.get("version")), _text(item.get("missing"))
    return RuntimeFacts(version, _text(item.get("device_key")), _texts(item.get("precisions")), missing)


def _sensors(value: object) -> tuple[SensorFacts, ...]:
    items = [_mapping(item) for item in value[:_ITEMS]] if isinstance(value, list) else []
    return tuple(SensorFacts(*(_text(item.get(key)) or "" for key in ("kind", "name", "source"))) for item in items)


def _lock(value: object) -> LockFacts | None:
    item = _mapping(value)
    if not item:
        return None
    owner = item.get("owner")
    words = {key: word for key, word in _mapping(owner).items() if isinstance(word, (str, int, float))}
    return LockFacts(
        _text(item.get("path")) or "", item.get("weak") is True, words if isinstance(owner, dict) else None
    )
