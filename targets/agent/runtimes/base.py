"""What a runtime on the board promises: build, load, and one engine's steps from input to output."""

from __future__ import annotations

import importlib
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Protocol, Sequence, Tuple, cast

from ..protocol import E_USAGE, CommandError

RUNTIMES = ("openvino", "tensorrt", "tensorrt_rtx")
"""The runtimes that this agent knows; each is a module of this folder."""


class TensorSpec(NamedTuple):
    """An input or output of an engine; the type is numpy's name for it.

    An axis of an output is 0 where its length depends on the data; an input's shape is static.
    """

    name: str
    shape: Tuple[int, ...]
    dtype: str


class LoadOptions(NamedTuple):
    """How an engine is compiled and loaded; part of the engine's identity.

    Those after `streams` are TensorRT's; None where they are not asked for.
    """

    precision: str
    """The type that float layers run in: `f32`, `f16` or `bf16`. Said at compile and at import alike."""
    threads: int
    streams: int
    workspace_bytes: Optional[int] = None
    """Most memory that TensorRT may use while it builds."""
    dla_core: Optional[int] = None
    """The DLA core that layers run on where it can; the others run on the GPU."""
    calibrator: Optional[str] = None
    """`entropy`: INT8 with ranges that TensorRT measures itself; None takes the Q/DQ pairs of the ONNX file."""
    calibration_sha256: Optional[str] = None
    """With a calibrator: of the choice of frames and of how they become the input."""
    built: Optional[Mapping[str, str]] = None
    """What a build told of the engine's version and device; only to load it, and no part of its identity."""

    def to_json(self) -> Dict[str, Any]:
        """What is asked for, by name."""
        return {name: value for name, value in self._asdict().items() if value is not None and name != "built"}

    def require_only(self, runtime: str, *names: str) -> None:
        """Refuse options that a runtime does not know, where they are asked for.

        Raises:
            CommandError: E_USAGE.
        """
        unknown = [name for name in self.to_json() if name not in names]
        if unknown:
            text = "%s knows no option %s" % (runtime, ", ".join(unknown))
            raise CommandError(E_USAGE, text, "It takes: %s." % ", ".join(names))


class CalibrationFrames(NamedTuple):
    """Frames that a runtime may measure ranges on: a pack as `frames.py` reads it, and how they become the input."""

    path: str
    preprocess: Any
    """A `Preprocess`."""


def _silent(_fraction: Optional[float], _text: str) -> None:
    return


class BuildWork(NamedTuple):
    """What a build is handed besides the model."""

    cache: Optional[str] = None
    """A folder for what makes the next build quicker; None keeps nothing."""
    calibration: Optional[CalibrationFrames] = None
    tell: Callable[[Optional[float], str], None] = _silent
    """Told how far the build is (0 to 1; None: unknown) and what it does; several threads may call it at once."""


PLAIN_WORK = BuildWork()
"""A build that keeps nothing and tells nobody."""


class Engine(Protocol):
    """A loaded engine with one inference in flight; one thread uses it."""

    @property
    def inputs(self) -> Sequence[TensorSpec]:
        """What it takes."""

    @property
    def outputs(self) -> Sequence[TensorSpec]:
        """What it gives."""

    @property
    def precisions(self) -> Dict[str, int]:
        """How many layers run in each type, as the runtime itself says after loading."""

    def copy_in(self, array: Any) -> None:
        """Hand over the input; the array stays the caller's and is read during `execute`.

        Raises:
            CommandError: E_INVALID_SIZE for another shape, type or layout than the engine's.
        """

    def execute(self) -> None:
        """Run one inference to its end.

        Raises:
            CommandError: E_RUNTIME with the runtime's words.
        """

    def copy_out(self) -> List[Any]:
        """The outputs as arrays, valid until the next `execute`."""

    def device_us(self) -> Optional[Tuple[float, float, float]]:
        """What the device says that copy in, execution and copy out of the last inference took.

        None where the host does all three itself, so that its clock tells.
        """

    def fork(self) -> Engine:
        """The same engine for one more inference in flight, used by one more thread."""

    def close(self) -> None:
        """Give the engine's memory back; a second time does nothing."""


class Runtime(Protocol):
    """A module that builds and loads engines."""

    def version(self) -> str:
        """The runtime's full version text."""

    def device_key(self) -> str:
        """What an engine is bound to besides the version, as one sha256."""

    def precisions(self) -> List[str]:
        """The types that this machine runs natively: `f32`, `f16`, `bf16`, `i8`."""

    def build(self, onnx_path: str, options: LoadOptions, work: BuildWork = PLAIN_WORK) -> Tuple[bytes, Dict[str, Any]]:
        """Compile an ONNX file; once in a process. Gives the engine's bytes and facts about them."""

    def load(self, data: Any, options: LoadOptions) -> Engine:
        """Load an engine from its bytes (any buffer), which the caller has checked by their sha256."""


def find_runtime(name: str) -> Runtime:
    """The runtime of that name.

    Raises:
        CommandError: E_USAGE for a name that no runtime has.
    """
    if name not in RUNTIMES:
        raise CommandError(E_USAGE, "no runtime is called %r" % (name,), "This agent knows: %s." % ", ".join(RUNTIMES))
    return cast(Runtime, importlib.import_module("." + name, __package__))
