"""What a board tells of engines, releases, runs and itself, as values; nothing in them is trusted to be there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from targets.run_events import Cursor
from workbench.base.errors import BoardError
from workbench.base.hashing import is_sha256

_TEXT = 1000
_ITEMS = 1000
_FACTS, _FACT = 32, 4000
"""Facts of an engine and characters of each; a plan takes no more (`targets/agent/plan.py`)."""


@dataclass(frozen=True)
class BuiltEngine:
    """An engine that a board built; its bytes are a blob there."""

    sha256: str
    size_bytes: int
    seconds: float | None
    runtime: str
    runtime_version: str
    device_key: str
    """What it is bound to besides the version."""
    build_options: Mapping[str, Any]
    precisions: Mapping[str, int]
    """How many layers run in each type, as the runtime said."""
    sidecar: Mapping[str, str]
    """What it is bound to, in words by name; empty where the runtime checks that itself."""

    @classmethod
    def parse(cls, value: Mapping[str, Any], board: str) -> BuiltEngine:
        """From the reply of `build`.

        Raises:
            BoardError: it names no engine.
        """
        sha256, size_bytes = value.get("sha256"), value.get("size_bytes")
        if not isinstance(sha256, str) or not is_sha256(sha256) or type(size_bytes) is not int or size_bytes < 0:
            raise BoardError(f"{board} says that it built an engine, but does not name it")
        options = value.get("build_options")
        layers = value.get("precisions")
        return cls(
            sha256,
            size_bytes,
            number(value.get("seconds")),
            str(value.get("runtime", ""))[:_TEXT],
            str(value.get("runtime_version", ""))[:_TEXT],
            str(value.get("device_key", ""))[:_TEXT],
            _plain(options),
            {str(k)[:100]: v for k, v in layers.items() if type(v) is int} if isinstance(layers, dict) else {},
            _texts(value.get("sidecar")),
        )


@dataclass(frozen=True)
class Installed:
    """A release that was installed, or was there already."""

    release: str
    manifest_sha256: str
    seconds: float | None
    smoke: Mapping[str, Any] | None
    """What its trial saw: runtime_version, load_ms, precisions, latency_us, detections; None: not tried."""


@dataclass(frozen=True)
class InstalledRelease:
    """A release on a board, as its bytes are now."""

    release: str
    manifest: Mapping[str, Any] | None
    """format, release, files (sha256 by name), about; None: it cannot be read."""
    manifest_sha256: str | None
    problem: str | None
    """What is wrong with its bytes; None: nothing."""

    @classmethod
    def parse(cls, value: Mapping[str, Any]) -> InstalledRelease:
        """From an entry of `releases`."""
        manifest, sha256 = value.get("manifest"), value.get("manifest_sha256")
        problem = None if value.get("verified") is True else str(value.get("problem") or "not verified")[:_TEXT]
        return cls(
            str(value.get("release", ""))[:_TEXT],
            manifest if isinstance(manifest, dict) else None,
            sha256 if isinstance(sha256, str) and is_sha256(sha256) else None,
            problem,
        )


@dataclass(frozen=True)
class RunOnBoard:
    """A run on a board."""

    run: str
    state: str
    """`running`, `done`, `stopped`, `failed` or `died`."""
    size_bytes: int | None
    cursor: Cursor
    """The end of what it recorded so far."""

    @classmethod
    def parse(cls, value: Mapping[str, Any]) -> RunOnBoard:
        """From an entry of `run_list`."""
        size = value.get("size_bytes")
        return cls(
            str(value.get("run", ""))[:_TEXT],
            str(value.get("state", ""))[:_TEXT],
            size if isinstance(size, int) else None,
            Cursor.parse(value.get("cursor")),
        )


@dataclass(frozen=True)
class Sample:
    """One row of telemetry."""

    mono_ns: int
    """The board's monotonic clock."""
    values: Mapping[str, float | None]
    """By name with unit; None is not measured."""

    @classmethod
    def parse(cls, value: Mapping[str, Any]) -> Sample:
        """From a `telemetry` event."""
        mono_ns, values = value.get("mono_ns"), value.get("values")
        items = list(values.items())[:_ITEMS] if isinstance(values, dict) else []
        return cls(mono_ns if isinstance(mono_ns, int) else 0, {str(name)[:100]: number(item) for name, item in items})


def _texts(value: object) -> dict[str, str]:
    items = list(value.items())[:_FACTS] if isinstance(value, dict) else []
    return {str(name)[:100]: text[:_FACT] for name, text in items if isinstance(text, str) and text}


def _plain(value: object) -> dict[str, str | int | float | bool | None]:
    """The plain values of an object, by name; records hold nothing else."""
    items = list(value.items())[:_ITEMS] if isinstance(value, dict) else []
    return {
        str(name)[:100]: item[:_TEXT] if isinstance(item, str) else item
        for name, item in items
        if item is None or isinstance(item, str | int | float)
    }


def number(value: object) -> float | None:
    """A finite number, or None."""
    return float(value) if type(value) in (int, float) and math.isfinite(value) else None  # type: ignore[arg-type]
