"""OpenVINO on the board's CPU: the exported blob is the engine, and the precision is said at compile and at import."""

from __future__ import annotations

import functools
import hashlib
import platform
import sys
from typing import Any, Dict, List, Sequence, Tuple, cast

from ..protocol import E_INVALID_SIZE, E_MISSING, E_RUNTIME, E_USAGE, CommandError
from ..sensors import proc
from .base import PLAIN_WORK, BuildWork, Engine, LoadOptions, TensorSpec

INSTALL = "python3 -m venv --system-site-packages ~/.slipway/venv && ~/.slipway/venv/bin/pip install openvino"
"""The command that brings the runtime to a board."""

_DEVICE = "CPU"
_CAPABILITIES = {"FP32": "f32", "FP16": "f16", "BF16": "bf16", "INT8": "i8"}
_FLOAT_PRECISIONS = ("f32", "f16", "bf16")
_FOREIGN = ("mismatch", "different runtime configuration", "is_runtime_requirements_compatible")


def version() -> str:
    """OpenVINO's full version, build number included."""
    return str(_openvino().__version__)


def device_key() -> str:
    """sha256 of what a blob is bound to: architecture, CPU model and the set of its instruction flags."""
    facts = proc.parse_cpuinfo(proc.read_text("/proc/cpuinfo"))
    text = "\n".join([platform.machine(), facts.model or "", " ".join(facts.flags)])
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def precisions() -> List[str]:
    """The types that this CPU runs natively."""
    return _native_precisions(_core())


def build(onnx_path: str, options: LoadOptions, work: BuildWork = PLAIN_WORK) -> Tuple[bytes, Dict[str, Any]]:
    """Compile an ONNX file to a blob.

    A second compile in the same process exports other bytes, so the caller builds in a fresh process.

    Raises:
        CommandError: E_RUNTIME where OpenVINO refuses the model, E_USAGE for a precision that this CPU lacks.
    """
    core = _core()
    config = _config(core, options)
    work.tell(None, "OpenVINO compiles for %s" % options.precision)
    try:
        compiled = core.compile_model(core.read_model(onnx_path), _DEVICE, config)
        exported = compiled.export_model()
    except RuntimeError as error:
        raise _refusal("OpenVINO cannot compile %s" % onnx_path, error) from error
    data: bytes = exported if isinstance(exported, bytes) else exported.getvalue()  # bytes: 2024 and before
    facts = {
        "runtime": "openvino",
        "runtime_version": version(),
        "device_key": device_key(),
        "build_options": options.to_json(),
        "precisions": _layer_precisions(compiled),
    }
    return data, facts


def load(data: Any, options: LoadOptions) -> Engine:
    """Import a blob, with the precision that it was compiled with.

    Args:
        data: a writeable buffer with the blob's checked bytes; the engine keeps it.
        options: the same as at build time.

    Raises:
        CommandError: E_RUNTIME where the blob is of another version or CPU, or no blob at all.
    """
    import numpy as np

    ov = _openvino()
    core = _core()
    config = _config(core, options)
    try:
        blob = ov.Tensor(np.frombuffer(data, dtype=np.uint8), shared_memory=True)
        compiled = _import(core, blob, data, config)
    except RuntimeError as error:
        raise _refusal("OpenVINO cannot load the engine", error) from error
    return OpenVinoEngine(ov, compiled, blob)


def _import(core: Any, blob: Any, data: Any, config: Dict[str, Any]) -> Any:
    """Import a blob without a copy where this version can; those before 2026 take bytes alone."""
    try:
        return core.import_model(blob, _DEVICE, config)
    except TypeError:
        return core.import_model(bytes(data), _DEVICE, config)


class OpenVinoEngine:
    """A compiled model with one infer request whose input and outputs are numpy's own memory."""

    def __init__(self, ov: Any, compiled: Any, blob: Any) -> None:
        import numpy as np

        self._ov = ov
        self._compiled = compiled
        self._blob = blob
        self._request = compiled.create_infer_request()
        self.inputs: Sequence[TensorSpec] = tuple(_input_spec(port) for port in compiled.inputs)
        self.outputs: Sequence[TensorSpec] = tuple(_spec(port) for port in compiled.outputs)
        if len(self.inputs) != 1:
            raise CommandError(E_RUNTIME, "the engine has %d inputs; one was expected" % len(self.inputs))
        self.precisions = _layer_precisions(compiled)
        self._bound: Any = None
        self._results: List[Any] = []
        for index, spec in enumerate(self.outputs):
            result = np.zeros(spec.shape, dtype=spec.dtype) if all(spec.shape) else None
            if result is not None:
                self._request.set_output_tensor(index, ov.Tensor(result, shared_memory=True))
            self._results.append(result)

    def copy_in(self, array: Any) -> None:
        """Point the request at the array; the same array again costs nothing."""
        if array is self._bound:
            return
        (spec,) = self.inputs
        if array.shape != spec.shape or array.dtype.name != spec.dtype or not array.flags.c_contiguous:
            raise CommandError(
                E_INVALID_SIZE,
                "the engine takes %s of %s, not %s of %s" % (spec.dtype, spec.shape, array.dtype.name, array.shape),
            )
        self._request.set_input_tensor(self._ov.Tensor(array, shared_memory=True))
        self._bound = array

    def execute(self) -> None:
        """One inference on the calling thread, as benchmark_app does it; the interpreter's lock is free meanwhile."""
        try:
            self._request.infer(share_outputs=True)
        except RuntimeError as error:
            raise _refusal("OpenVINO failed in an inference", error) from error

    def copy_out(self) -> List[Any]:
        """The arrays that the request writes into; an output whose shape depends on the data is a new one each time."""
        return [
            self._request.get_output_tensor(index).data if result is None else result
            for index, result in enumerate(self._results)
        ]

    def device_us(self) -> None:
        """The host does everything itself."""

    def fork(self) -> Engine:
        """One more infer request of the same compiled model."""
        return OpenVinoEngine(self._ov, self._compiled, self._blob)

    def close(self) -> None:
        """Drop request, model and blob, in this order."""
        self._request = self._compiled = self._blob = self._bound = None


@functools.lru_cache(maxsize=None)
def _core() -> Any:
    """The one Core of this process.

    WORKAROUND for OpenVINO 2026.4.1: the CPU plugin of a Core gives its thread a signal stack, and puts back the one
    before when it goes. Two Cores that do not go in the reverse order leave one that is unmapped, and the next signal
    that Python handles there kills the process.
    """
    return _openvino().Core()


def _openvino() -> Any:
    """The package, without the usage statistics that it would send from a thread of its own at import."""
    sys.modules.setdefault("openvino_telemetry", cast(Any, None))
    try:
        import openvino
    except ImportError as error:
        raise CommandError(E_MISSING, "OpenVINO is not installed in this Python", INSTALL, str(error)) from error
    return openvino


def _config(core: Any, options: LoadOptions) -> Dict[str, Any]:
    options.require_only("OpenVINO", "precision", "threads", "streams")
    if options.precision not in _FLOAT_PRECISIONS:
        raise CommandError(
            E_USAGE,
            "no precision is called %r" % (options.precision,),
            "Choose one of %s." % ", ".join(_FLOAT_PRECISIONS),
        )
    native = _native_precisions(core)
    if options.precision not in native:
        raise CommandError(
            E_USAGE,
            "this CPU does not run %s" % options.precision,
            "It runs %s; build with precision f32." % ", ".join(native),
        )
    return {
        "INFERENCE_PRECISION_HINT": options.precision,
        "INFERENCE_NUM_THREADS": options.threads,
        "NUM_STREAMS": options.streams,
    }


def _native_precisions(core: Any) -> List[str]:
    capabilities = core.get_property(_DEVICE, "OPTIMIZATION_CAPABILITIES")
    return [name for key, name in _CAPABILITIES.items() if key in capabilities]


def _layer_precisions(compiled: Any) -> Dict[str, int]:
    counts: Dict[str, int] = {}
    for layer in compiled.get_runtime_model().get_ordered_ops():
        name = str(layer.get_rt_info()["runtimePrecision"].astype(str))
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))


def _input_spec(port: Any) -> TensorSpec:
    if not port.get_partial_shape().is_static:
        raise CommandError(
            E_RUNTIME,
            "%s has the dynamic shape %s" % (port.get_any_name(), port.get_partial_shape()),
            "Export the model with fixed sizes.",
        )
    return _spec(port)


def _spec(port: Any) -> TensorSpec:
    shape = port.get_partial_shape()
    sizes = tuple(axis.get_length() if axis.is_static else 0 for axis in shape) if shape.rank.is_static else ()
    return TensorSpec(port.get_any_name(), sizes, port.get_element_type().to_dtype().name)


def _refusal(summary: str, error: Exception) -> CommandError:
    text = str(error).strip()
    hint = ""
    if any(mark in text for mark in _FOREIGN):
        hint = "An engine is bound to the OpenVINO version and the CPU that built it: build it again on this board."
    return CommandError(E_RUNTIME, summary, hint, text[-4000:])
