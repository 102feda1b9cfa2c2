"""What a board is and has, as its agent told it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final


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
    problem: str | None = None
    """Why it cannot be used, in words."""


@dataclass(frozen=True)
class SensorFacts:
    """A sensor of a board."""

    kind: str
    """`temperature`, `power`, `energy` or `frequency`."""
    name: str
    source: str
    """The file that it is read from."""


@dataclass(frozen=True)
class TemperatureFacts:
    """A temperature of a board as it was read, degrees Celsius."""

    name: str
    value_c: float
    limit_c: float | None
    """Where its own files say that it gets too hot."""


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
    os_like: str | None = None
    """What the system is and is like, by its short names: `ubuntu debian`."""
    model: str | None = None
    """What the firmware calls the board."""
    l4t: str | None = None
    """The version of a Jetson's system, as `R36.4.7`."""
    jetpack: str | None = None
    """What NVIDIA calls that version; None for one that no table names."""
    kernel: str | None = None
    arch: str | None = None
    cpu_model: str | None = None
    cpu_flags_key: str | None = None
    device_key: str | None = None
    """What an engine for its processor is bound to: instruction set, model, architecture."""
    isa: tuple[str, ...] | None = None
    """Instruction sets that inference is fast by."""
    gpus: tuple[str, ...] | None = None
    """Graphics processors; empty: it has none."""
    cores: int | None = None
    memory_bytes: int | None = None
    memory_available_bytes: int | None = None
    disk_free_bytes: int | None = None
    disk_total_bytes: int | None = None
    load_1m: float | None = None
    power_mode: str | None = None
    """The name of a Jetson's, such as `15W`."""
    governor: str | None = None
    """How its processor's clock is chosen."""
    frequency_mhz: float | None = None
    """The mean clock of its cores."""
    frequency_min_mhz: float | None = None
    frequency_max_mhz: float | None = None
    temperatures: tuple[TemperatureFacts, ...] = ()
    """All that could be read, the hottest first."""
    uid: int | None = None
    home: str | None = None
    home_writable: bool | None = None
    root: str | None = None
    root_id: str | None = None
    """The same on two boards: they share one root."""
    root_writable: bool | None = None
    libc: str | None = None
    python: str | None = None
    python_path: str | None = None
    python_abi: str | None = None
    in_venv: bool | None = None
    """Whether the agent runs in an environment rather than in the system's Python."""
    venv: bool | None = None
    """Whether its Python can make environments."""
    pip: str | None = None
    """The version of pip that it puts into them; None: it has none."""
    venv_wheels: tuple[str, ...] | None = None
    """What `prepare` installed in the environment that the agent runs in; None: it runs in no such."""
    numpy: str | None = None
    cv2: str | None = None
    tensorrt: str | None = None
    """The version of its Python package."""
    cuda: str | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    """Why a library that is there cannot be used, by its name."""
    agent_sha256: str | None = None
    policy: str | None = None
    """Why the board refuses every change; None where it does not."""
    clock_utc: float | None = None
    """The board's clock, as seconds since 1970 in UTC."""
    read_utc: float | None = None
    """This machine's clock when it was told."""
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

    @property
    def clock_offset_s(self) -> float | None:
        """How far the board's clock is ahead of this machine's; the time that the answer took is part of it."""
        return None if self.clock_utc is None or self.read_utc is None else self.clock_utc - self.read_utc

    @classmethod
    def parse(cls, value: Mapping[str, object], read_utc: float | None = None) -> BoardFacts:
        """From the reply of `probe`; what is not of the expected type is not known.

        Args:
            value: the reply.
            read_utc: when it came, by this machine's clock.
        """
        texts: dict[str, Any] = {name: _text(value.get(name)) for name in _TEXTS}
        numbers: dict[str, Any] = {name: _whole(value.get(name)) for name in _WHOLES}
        amounts: dict[str, Any] = {name: _amount(value.get(name)) for name in _AMOUNTS}
        flags: dict[str, Any] = {name: _flag(value.get(name)) for name in _FLAGS}
        wheels, isa, gpus = value.get("venv_wheels"), value.get("isa"), value.get("gpus")
        return cls(
            **texts,
            **numbers,
            **amounts,
            **flags,
            jetpack=JETPACKS.get(texts["l4t"] or ""),
            venv_wheels=_texts(wheels) if isinstance(wheels, list) else None,
            isa=_texts(isa) if isinstance(isa, list) else None,
            gpus=_texts(gpus) if isinstance(gpus, list) else None,
            temperatures=_temperatures(value.get("temperatures")),
            problems={name[:100]: _text(item) or "" for name, item in _mapping(value.get("problems")).items()},
            clock_utc=_seconds(value.get("clock_utc")),
            read_utc=read_utc,
            runtimes={name[:100]: _runtime(item) for name, item in _mapping(value.get("runtimes")).items()},
            sensors=_sensors(value.get("sensors")),
            lock=_lock(value.get("lock")),
        )

    def with_state(self, value: Mapping[str, object], read_utc: float) -> BoardFacts:
        """The same with the reply of `state`; what that does not tell is not known any more."""
        told = BoardFacts.parse({name: value.get(name) for name in STATE_ITEMS}, read_utc)
        return replace(self, **{name: getattr(told, name) for name in (*STATE_ITEMS, "read_utc")})

    def to_json(self) -> dict[str, object]:
        """As `parse` reads it."""
        return asdict(self)


STATE_ITEMS: Final = (
    "disk_free_bytes", "disk_total_bytes", "memory_available_bytes", "load_1m", "governor", "frequency_mhz",
    "frequency_min_mhz", "frequency_max_mhz", "temperatures", "clock_utc", "lock", "boot_id",
)  # fmt: skip
"""What `state` tells, too."""
_TEXT = 1000
_ITEMS = 1000
_TEXTS = (
    "hostname", "machine_id", "boot_id", "os", "os_like", "model", "l4t", "kernel", "arch", "cpu_model",
    "cpu_flags_key", "device_key", "home", "root", "root_id", "libc", "python", "python_path", "python_abi", "pip",
    "numpy", "cv2", "tensorrt", "cuda", "agent_sha256", "policy", "temperature_sensor", "temperature_reason",
    "power_sensor", "power_reason", "governor",
    "power_mode",
)  # fmt: skip
_WHOLES = (
    "cores", "memory_bytes", "memory_available_bytes", "disk_free_bytes", "disk_total_bytes", "mono_ns", "uid",
)  # fmt: skip
_AMOUNTS = ("load_1m", "frequency_mhz", "frequency_min_mhz", "frequency_max_mhz")
_FLAGS = ("home_writable", "root_writable", "in_venv", "venv")
JETPACKS: Final = {
    "R32.6.1": "4.6", "R32.7.1": "4.6.1", "R32.7.2": "4.6.2", "R32.7.3": "4.6.3", "R32.7.4": "4.6.4",
    "R32.7.5": "4.6.5", "R32.7.6": "4.6.6", "R34.1.0": "5.0 DP", "R34.1.1": "5.0.1 DP", "R35.1.0": "5.0.2",
    "R35.2.1": "5.1", "R35.3.1": "5.1.1", "R35.4.1": "5.1.2", "R35.5.0": "5.1.3", "R35.6.0": "5.1.4",
    "R35.6.1": "5.1.5", "R35.6.2": "5.1.5", "R35.6.3": "5.1.5", "R35.6.4": "5.1.6", "R36.2.0": "6.0 DP",
    "R36.3.0": "6.0", "R36.4.0": "6.1", "R36.4.2": "6.1 rev1", "R36.4.3": "6.2", "R36.4.4": "6.2.1",
    "R36.4.7": "6.2.1", "R36.5.0": "6.2.2", "R38.2.0": "7.0", "R38.2.1": "7.0", "R38.2.2": "7.0", "R38.4.0": "7.1",
    "R39.0.0": "7.2 EA", "R39.2.0": "7.2", "R39.2.1": "7.2.1",
}  # fmt: skip
"""JetPack by the version of its system, as jetson_stats names them."""


def _text(value: object) -> str | None:
    return value[:_TEXT] if isinstance(value, str) and value else None


def _whole(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _amount(value: object) -> float | None:
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e12
    return float(value) if known else None  # type: ignore[arg-type]


def _temperatures(value: object) -> tuple[TemperatureFacts, ...]:
    items = [_mapping(item) for item in value[:_ITEMS]] if isinstance(value, list) else []
    known = [(_text(item.get("name")) or "", _seconds(item.get("value_c")), item) for item in items]
    return tuple(
        TemperatureFacts(name, value_c, _amount(item.get("limit_c")))
        for name, value_c, item in known
        if value_c is not None
    )


def _seconds(value: object) -> float | None:
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e12
    return float(value) if known else None  # type: ignore[arg-type]


def _mapping(value: object) -> dict[str, object]:
    return dict(list(value.items())[:_ITEMS]) if isinstance(value, dict) else {}


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item)[:_TEXT] for item in value[:_ITEMS]) if isinstance(value, list) else ()


def _runtime(value: object) -> RuntimeFacts:
    item = _mapping(value)
    version, missing = _text(item.get("version")), _text(item.get("missing"))
    problem = _text(item.get("problem"))
    return RuntimeFacts(version, _text(item.get("device_key")), _texts(item.get("precisions")), missing, problem)


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
