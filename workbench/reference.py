"""ONNX Runtime on the CPU in float32: the independent implementation that every runtime under test is compared with."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from workbench.base.errors import SlipwayError, UsageError
from workbench.optimise.model_facts import facts_of, require_static
from workbench.optimise.model_file import ModelFile, load_model

if TYPE_CHECKING:
    import numpy as np
    import onnxruntime
    from numpy.typing import NDArray


RUN_LIMIT_S = 120.0
"""How long one inference may take; a loop in a hostile model has no end."""
MAX_RUN_BYTES = 4 << 30
"""What ONNX Runtime may take in this process; a model of some hundred bytes can ask for all there is."""
MAX_OUTPUT_BYTES = 256 << 20
"""Of one frame, as `targets.agent.protocol` bounds what a board may send of it."""
_BOUNDING = threading.Lock()
"""`cache` alone would let two threads in."""
_AS_REQUESTED = 1
"""ONNX Runtime's arena grows by what is asked for instead of doubling."""


class Reference:
    """A loaded source model; one thread at a time may call it.

    Graph optimisations are the basic, exact ones only (ENABLE_ALL changes the results of quantised graphs).

    Args:
        source: the ONNX file, read whole and checked before the runtime sees it; or a model that was read so.
        threads: how many threads one inference may use.

    Raises:
        UsageError: the file is no model that can be taken, or has dynamic axes or other than one input.
        SlipwayError: ONNX Runtime cannot load it.
    """

    def __init__(self, source: Path | ModelFile, threads: int = 1) -> None:
        source = source if isinstance(source, ModelFile) else load_model(source)
        facts = facts_of(source)
        require_static(facts)
        self.path = source.path
        self.sha256 = source.sha256
        self.facts = facts
        self.threads = threads
        self.input = facts.inputs[0]
        self.output_names = tuple(tensor.name for tensor in facts.outputs)
        self.tools = tool_versions()
        self._session: onnxruntime.InferenceSession | None = open_session(
            source.model.SerializeToString(), threads, what=str(source.path)
        )

    def infer(self, batch: NDArray[np.float32]) -> list[NDArray[Any]]:
        """Outputs in the model's order for one batch in the input's shape; float32 is cast to a float16 input.

        Raises:
            UsageError: the batch has another shape or type.
            SlipwayError: closed already, or ONNX Runtime failed.
        """
        if self._session is None:
            raise SlipwayError(f"The reference of {self.path} is closed", "Open it again.")
        results = run_session(self._session, self.input.name, conform(batch, self.input.shape, self.input.dtype))
        require_modest(results, str(self.path))
        return results

    def close(self) -> None:
        """Free the session; harmless when it is closed already."""
        self._session = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def tool_versions() -> dict[str, str]:
    """Versions of what the reference's numbers come from."""
    import numpy as np
    import onnxruntime

    return {"numpy": np.__version__, "onnxruntime": onnxruntime.__version__}


def open_session(
    content: bytes, threads: int, *, optimise: Literal["basic", "none"] = "basic", what: str = "the model"
) -> onnxruntime.InferenceSession:
    """A session on the CPU; its threads do not spin, so that work beside it is not slowed.

    Raises:
        SlipwayError: ONNX Runtime cannot load the model.
    """
    import onnxruntime

    options = session_options(threads, optimise=optimise)
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"], enable_fallback=0)
    except runtime_errors() as error:
        raise SlipwayError(
            f"ONNX Runtime {onnxruntime.__version__} cannot load {what}",
            "Export it with standard ONNX operators, opset 13 to 17.",
            str(error),
        ) from error


def session_options(threads: int, *, optimise: Literal["basic", "none"] = "basic") -> onnxruntime.SessionOptions:
    """Options of a session on the CPU whose memory is bounded by `MAX_RUN_BYTES`, that of all sessions together."""
    import onnxruntime

    level = onnxruntime.GraphOptimizationLevel
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level.ORT_ENABLE_BASIC if optimise == "basic" else level.ORT_DISABLE_ALL
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    _bound_memory()
    options.add_session_config_entry("session.use_env_allocators", "1")
    return options


def _bound_memory() -> None:
    """Give ONNX Runtime an allocator with an end; once for a process, whatever threads ask at once."""
    with _BOUNDING:
        _bound_memory_once()


@cache
def _bound_memory_once() -> None:
    import onnxruntime

    place = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    bound = onnxruntime.OrtArenaCfg({"max_mem": MAX_RUN_BYTES, "arena_extend_strategy": _AS_REQUESTED})
    onnxruntime.create_and_register_allocator(place, bound)


def run_session(
    session: onnxruntime.InferenceSession, name: str, batch: NDArray[Any], outputs: list[str] | None = None
) -> list[NDArray[Any]]:
    """Run one inference; all outputs unless some are named.

    Raises:
        SlipwayError: ONNX Runtime failed, or was stopped after `RUN_LIMIT_S`.
    """
    import onnxruntime

    options = onnxruntime.RunOptions()
    timer = threading.Timer(RUN_LIMIT_S, setattr, (options, "terminate", True))
    timer.daemon = True
    timer.start()
    try:
        results: list[NDArray[Any]] = session.run(outputs, {name: batch}, options)
    except runtime_errors() as error:
        if options.terminate:
            raise SlipwayError(
                f"An inference in ONNX Runtime took more than {RUN_LIMIT_S:g} s and was stopped",
                "A loop in the model may have no end; a detector for an edge board takes seconds at most.",
                str(error),
            ) from error
        raise SlipwayError("ONNX Runtime failed in an inference", "See its message below.", str(error)) from error
    finally:
        timer.cancel()
        timer.join()
    return results


def require_modest(outputs: Iterable[NDArray[Any]], what: str) -> None:
    """Refuse outputs that nobody could compare or bring from a board.

    Raises:
        SlipwayError: all together they take more than `MAX_OUTPUT_BYTES`.
    """
    size_bytes = sum(tensor.nbytes for tensor in outputs)
    if size_bytes > MAX_OUTPUT_BYTES:
        raise SlipwayError(
            f"{what} gives outputs of {size_bytes} bytes a frame; at most {MAX_OUTPUT_BYTES} are taken",
            "A detector gives some megabytes: export it without tensors that only serve training.",
        )


def conform(batch: NDArray[Any], shape: tuple[int | str | None, ...], dtype: str) -> NDArray[Any]:
    """The batch as the input takes it: float32 is cast to the input's float16 or uint8.

    A cast to uint8 cuts fractions off and wraps what lies beyond 0 to 255: it is exact for pixels as they are, and
    `open_detector` lets no other preprocessing come to a model in uint8.

    Raises:
        UsageError: another shape, or a type that is not float32 or the input's own.
    """
    import numpy as np

    if dtype == "unknown":
        raise UsageError("The model's input is of a type that is unknown", "Export the model in float32.")
    if batch.shape != shape or str(batch.dtype) not in {"float32", dtype}:
        raise UsageError(
            f"A frame is {batch.dtype}{list(batch.shape)}, the model takes {dtype}{list(shape)}",
            "Resize and scale the frames to the model's input first.",
        )
    return np.ascontiguousarray(batch.astype(dtype, copy=False))


def runtime_errors() -> tuple[type[Exception], ...]:
    """Everything that ONNX Runtime's binding raises; its errors have no class in common."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    own = (state.Fail, state.InvalidArgument, state.InvalidGraph, state.InvalidProtobuf, state.NotImplemented)
    return (*own, state.RuntimeException, state.EPFail, state.NotFound, RuntimeError, ValueError)
