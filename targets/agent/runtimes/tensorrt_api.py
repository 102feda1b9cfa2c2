"""TensorRT's Python package, 8.5 to 11 and TensorRT for RTX: which names this version has, and a log that is kept.

Names come and go and enumerations change their numbers between versions, so nothing here or in its neighbours is a
number, and what not every version has stands behind a capability.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Callable, Deque, Dict, List, NamedTuple, Optional, Tuple

from ..protocol import E_MISSING, E_USAGE, CommandError

TENSORRT, TENSORRT_RTX = "tensorrt", "tensorrt_rtx"
INSTALL = (
    "On a Jetson JetPack brings it to the system's Python: sudo apt-get install -y python3-libnvinfer && "
    "python3 -m venv --system-site-packages ~/.slipway/venv. Elsewhere: ~/.slipway/venv/bin/pip install tensorrt"
)
INSTALL_RTX = "python3 -m venv --system-site-packages ~/.slipway/venv && ~/.slipway/venv/bin/pip install tensorrt_rtx"
KEPT_LINES = 200


class Caps(NamedTuple):
    """What this version can do, by its names."""

    module: str
    version: Tuple[int, ...]
    explicit_batch: bool
    """8.x: a network must be asked for with an explicit batch."""
    weak_types: bool
    """Up to 10.x: the builder chooses types among those that flags allow. Later the types of the ONNX file count."""
    strong_types: bool
    """From 10.0 on: there is a flag that lets the types of the ONNX file count."""
    calibrator: bool
    progress: bool
    node_names: bool
    """The parser's errors name the node."""
    timing_cache: bool
    plugins: bool
    capabilities: bool
    """TensorRT for RTX: an engine is for chosen compute capabilities."""
    memory_size_v2: bool

    @property
    def rtx(self) -> bool:
        """Whether it is TensorRT for RTX."""
        return self.module == TENSORRT_RTX

    @property
    def title(self) -> str:
        """The name of a person's documents."""
        return "TensorRT for RTX" if self.rtx else "TensorRT"


def find_trt(module: str) -> Any:
    """The package.

    Raises:
        CommandError: E_MISSING with the command that brings it.
    """
    try:
        if module == TENSORRT_RTX:
            import tensorrt_rtx as trt
        else:
            import tensorrt as trt
    except (ImportError, OSError) as error:
        hint = INSTALL_RTX if module == TENSORRT_RTX else INSTALL
        title = "TensorRT for RTX" if module == TENSORRT_RTX else "TensorRT"
        raise CommandError(E_MISSING, "%s is not installed in this Python" % title, hint, str(error)) from error
    return trt


def probe_caps(trt: Any, module: str) -> Caps:
    """What the package has, looked at by name."""
    creation = trt.NetworkDefinitionCreationFlag.__members__
    version = version_numbers(str(trt.__version__))
    rtx = module == TENSORRT_RTX
    return Caps(
        module=module,
        version=version,
        explicit_batch="EXPLICIT_BATCH" in creation and version[:1] == (8,),
        weak_types="FP16" in trt.BuilderFlag.__members__,
        strong_types="STRONGLY_TYPED" in creation,
        calibrator=hasattr(trt, "IInt8EntropyCalibrator2"),
        progress=hasattr(trt, "IProgressMonitor"),
        node_names=hasattr(trt.ParserError, "node_name"),
        timing_cache=not rtx,
        plugins=not rtx and hasattr(trt, "init_libnvinfer_plugins"),
        capabilities=hasattr(trt, "ComputeCapability"),
        memory_size_v2=hasattr(trt.ICudaEngine, "device_memory_size_v2"),
    )


def version_numbers(text: str) -> Tuple[int, ...]:
    """A version's numbers: `10.3.0.post1` is (10, 3, 0)."""
    numbers: List[int] = []
    for part in text.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)


class Log:
    """What TensorRT said: the newest lines, and each line to whoever listens."""

    def __init__(self, listen: Callable[[str, str], None]) -> None:
        self.lines: Deque[Tuple[str, str]] = deque(maxlen=KEPT_LINES)
        self._listen = listen

    def add(self, severity: str, text: str) -> None:
        """One message; VERBOSE ones, thousands in a build, are left out."""
        if severity == "VERBOSE":
            return
        text = text.strip()[:2000]
        self.lines.append((severity, text))
        self._listen(severity, text)

    def text(self) -> str:
        """Errors and warnings; the last lines of all where there are none."""
        wanted = [line for line in self.lines if line[0] != "INFO"] or list(self.lines)[-10:]
        return "\n".join("%s: %s" % line for line in wanted)[-8000:]


def make_logger(trt: Any, log: Log) -> Any:
    """TensorRT's end of a log; keep it as long as whatever was made with it."""

    class Logger(trt.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.ILogger.__init__(self)

        def log(self, severity: Any, msg: str) -> None:
            log.add(str(severity).rpartition(".")[2], msg)

    return Logger()


def make_progress(trt: Any, caps: Caps, tell: Callable[[Optional[float], str], None]) -> Any:
    """TensorRT's end of a build's progress, from 10.0 on; None before.

    The builder may call it from several of its threads at once; `tell` must bear that.
    """
    if not caps.progress:
        return None

    class Monitor(trt.IProgressMonitor):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.IProgressMonitor.__init__(self)
            self._steps: Dict[str, Tuple[bool, int]] = {}

        def phase_start(self, phase_name: str, parent_phase: Optional[str], num_steps: int) -> None:
            self._steps[phase_name] = (parent_phase is None, num_steps)

        def phase_finish(self, phase_name: str) -> None:
            self._steps.pop(phase_name, None)

        def step_complete(self, phase_name: str, step: int) -> bool:
            outermost, steps = self._steps.get(phase_name, (False, 0))
            tell(min(1.0, (step + 1) / steps) if outermost and steps else None, phase_name)
            return True  # a cancelled build is killed with its process

    return Monitor()


def require_precision(precision: str, title: str) -> None:
    """Refuse a type that no engine is asked for in.

    Raises:
        CommandError: E_USAGE.
    """
    if precision not in ("f32", "f16"):
        raise CommandError(E_USAGE, "%s builds no engine in %r" % (title, precision), "Choose one of f32, f16.")
