"""Inference with a serialised engine of TensorRT: from a frame to detections over the device's memory."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from .. import strict_json
from ..protocol import E_INVALID_SIZE, E_RUNTIME, E_USAGE, CommandError
from .base import Engine, LoadOptions, TensorSpec
from .cuda_memory import Cuda
from .tensorrt_api import TENSORRT, Log, find_trt, make_logger, probe_caps
from .tensorrt_build import inspect_layers
from .tensorrt_device import check_sidecar, find_device, plan_hint, sidecar
from .tensorrt_tensors import DeviceTensor, dtype_name, make_allocator

BOUND = "An engine is bound to the version of TensorRT and the device that built it: build it again on this board."
_STAGES = 4
"""Events: before the copy to the device, after it, after the execution, after the copy back."""


class Decoding(NamedTuple):
    """What turns frames into inputs and outputs into detections."""

    preprocess: Any
    """A `Preprocessor` for the engine's input."""
    head: Any
    """A `Head` for the engine's outputs."""
    confidence: float
    nms_iou: float
    max_detections: int


class LoadedPlan(NamedTuple):
    """What forks of an engine share; the context of each is gone before it."""

    trt: Any
    cuda: Cuda
    log: Log
    logger: Any
    runtime: Any
    engine: Any
    precisions: Dict[str, int]
    memory_bytes: int


class TRTInference:
    """A loaded engine with one inference in flight, on a stream of its own; one thread uses it.

    For every input and output, by its name, there is memory on the device and page-locked memory on the host. The copy
    to the device, the execution and the copy back are put into the stream one after another and waited for once.
    """

    def __init__(
        self, plan: Any, options: LoadOptions, module: str = TENSORRT, decoding: Optional[Decoding] = None
    ) -> None:
        """Load an engine.

        Args:
            plan: the serialised engine, any buffer, whose bytes come from a build of ours and were checked by sha256;
                or what a fork shares.
            options: as at build time; `built`, what the build told of version and device, is checked before loading.
            module: `tensorrt` or `tensorrt_rtx`.
            decoding: for `infer`; not needed for the single steps.

        Raises:
            CommandError: E_MISSING without package or device; E_RUNTIME for an engine of another version or device, or
                one that cannot be loaded, with TensorRT's log; E_RUNTIME where memory is short.
        """
        order = output_order(options.built or {})
        loaded = plan if isinstance(plan, LoadedPlan) else _load(plan, options, module)
        self._options, self._module = options, module
        self._loaded: Optional[LoadedPlan] = loaded
        self._decoding = decoding
        self.precisions = loaded.precisions
        self.memory_bytes = loaded.memory_bytes
        """Of the device, for what lies between the engine's layers."""
        with loaded.cuda.current(), ExitStack() as undo:
            undo.callback(self._drop_context)
            self._context = loaded.engine.create_execution_context()
            if self._context is None:
                raise _failed("TensorRT gave no execution context", loaded.log)
            self._stream = loaded.cuda.create_stream()
            undo.callback(loaded.cuda.destroy_stream, self._stream)
            self._events = [_event(loaded.cuda, undo) for _ in range(_STAGES)]
            names = [loaded.engine.get_tensor_name(index) for index in range(loaded.engine.num_io_tensors)]
            tensors = [self._tensor(loaded, name, undo) for name in names]
            self._undo = undo.pop_all()
        self._input = next(tensor for tensor in tensors if tensor.is_input)
        self._outputs = sorted(
            (tensor for tensor in tensors if not tensor.is_input), key=lambda tensor: order.get(tensor.spec.name, 0)
        )
        self.inputs: Sequence[TensorSpec] = (self._input.spec,)
        self.outputs: Sequence[TensorSpec] = tuple(tensor.spec for tensor in self._outputs)
        self._ran = False

    def _drop_context(self) -> None:
        self._context = None

    def _tensor(self, loaded: LoadedPlan, name: str, undo: ExitStack) -> DeviceTensor:
        """Memory for one input or output, and the engine told of it."""
        trt, engine, context = loaded.trt, loaded.engine, self._context
        shape = tuple(int(axis) for axis in context.get_tensor_shape(name))
        spec = TensorSpec(name, tuple(max(axis, 0) for axis in shape), dtype_name(engine.get_tensor_dtype(name)))
        is_input = engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT
        on_host = engine.get_tensor_location(name) == trt.TensorLocation.HOST
        most = int(context.get_max_output_size(name)) if any(axis < 0 for axis in shape) else None
        tensor = DeviceTensor(loaded.cuda, spec, is_input, on_host, most)
        undo.callback(tensor.close)
        tensor.allocate()
        if tensor.data_dependent:
            allocator = make_allocator(trt, tensor)
            tensor.allocator = allocator
            done = context.set_output_allocator(name, allocator)
        else:
            done = context.set_tensor_address(name, tensor.address)
        if not done:
            raise _failed("TensorRT takes no memory for %s" % name, loaded.log)
        return tensor

    def infer(self, frame: Any) -> Any:
        """From a frame, uint8 [height, width, 3] BGR at the engine's size, to its `Detections`.

        Raises:
            CommandError: E_USAGE where the engine was opened without what decodes; else as the single steps.
        """
        return self.decode(self.run(self.preprocess(frame)))

    def preprocess(self, frame: Any) -> Any:
        """The engine's input for a frame: scaled, in the model's order of channels, with a batch dimension."""
        return self._require_decoding().preprocess(frame)

    def run(self, array: Any) -> List[Any]:
        """Copy in, execute, copy out."""
        self.copy_in(array)
        self.execute()
        return self.copy_out()

    def decode(self, outputs: Sequence[Any]) -> Any:
        """The `Detections` in an engine's outputs."""
        how = self._require_decoding()
        return how.head.detect(outputs, how.confidence, how.nms_iou, how.max_detections)

    def copy_in(self, array: Any) -> None:
        """Take the input over into page-locked memory and send it on its way to the device.

        Raises:
            CommandError: E_INVALID_SIZE for another shape, type or layout than the engine's; E_RUNTIME.
        """
        import numpy as np

        loaded, spec = self._require(), self._input.spec
        if array.shape != spec.shape or array.dtype.name != spec.dtype or not array.flags.c_contiguous:
            raise CommandError(
                E_INVALID_SIZE,
                "the engine takes %s of %s, not %s of %s" % (spec.dtype, spec.shape, array.dtype.name, array.shape),
            )
        np.copyto(self._input.view, array)
        with loaded.cuda.current():
            loaded.cuda.record(self._events[0], self._stream)
            self._input.send(self._stream)
            loaded.cuda.record(self._events[1], self._stream)

    def execute(self) -> None:
        """Run the engine, send its outputs on their way to the host, and wait for all of it.

        Raises:
            CommandError: E_RUNTIME with TensorRT's or CUDA's words.
        """
        loaded = self._require()
        with loaded.cuda.current():
            if not self._context.execute_async_v3(self._stream):
                raise _failed("TensorRT failed in an inference", loaded.log)
            loaded.cuda.record(self._events[2], self._stream)
            for tensor in self._outputs:
                if not tensor.data_dependent:
                    tensor.fetch(self._stream)
            loaded.cuda.record(self._events[3], self._stream)
            loaded.cuda.synchronise(self._stream)
        self._ran = True

    def copy_out(self) -> List[Any]:
        """The outputs, valid until the next `execute`; those whose shape depends on the data are fetched only here.

        Raises:
            CommandError: E_RUNTIME where an output is larger than was said, or CUDA's words.
        """
        loaded = self._require()
        late = [tensor for tensor in self._outputs if tensor.data_dependent]
        if late:
            with loaded.cuda.current():
                for tensor in late:
                    tensor.fetch(self._stream)
                loaded.cuda.synchronise(self._stream)
        return [tensor.view for tensor in self._outputs]

    def device_us(self) -> Optional[Tuple[float, float, float]]:
        """How long the device took for copy in, execution and copy out of the last inference; None before the first."""
        if not self._ran:
            return None
        cuda, events = self._require().cuda, self._events
        with cuda.current():
            first, second, third = (1e3 * cuda.elapsed_ms(*pair) for pair in zip(events, events[1:]))
        return first, second, third

    def fork(self) -> Engine:
        """The same engine with a context, a stream and memory of its own, for one more inference in flight."""
        how = self._decoding
        decoding = None if how is None else how._replace(preprocess=how.preprocess.fork())
        return TRTInference(self._require(), self._options, self._module, decoding)

    def close(self) -> None:
        """Give context, memory and, with the last fork, the engine back, in this order."""
        loaded, self._loaded = self._loaded, None
        if loaded is None:
            return
        with loaded.cuda.current():
            self._drop_context()
            self._undo.close()
            self._outputs = []
            del loaded

    def _require(self) -> LoadedPlan:
        if self._loaded is None:
            raise CommandError(E_USAGE, "the engine was closed")
        return self._loaded

    def _require_decoding(self) -> Decoding:
        if self._decoding is None:
            raise CommandError(E_USAGE, "the engine was opened without preprocessing and head")
        return self._decoding


def _load(plan: Any, options: LoadOptions, module: str) -> LoadedPlan:
    """Everything that can be told beforehand is checked before TensorRT sees the bytes."""
    device = find_device()
    trt = find_trt(module)
    caps = probe_caps(trt, module)
    version = str(trt.__version__)
    check_sidecar(options.built or {}, sidecar(caps, version, device.facts))
    log = Log(_listen)
    with device.cuda.current():
        logger = make_logger(trt, log)
        if caps.plugins:
            trt.init_libnvinfer_plugins(logger, "")
        try:
            runtime = trt.Runtime(logger)
        except TypeError as error:  # how the bindings say that the library gave nothing
            raise _failed("%s cannot start" % caps.title, log) from error
        if options.dla_core is not None:
            runtime.DLA_core = options.dla_core
        engine = runtime.deserialize_cuda_engine(plan)
        if engine is None:
            hint = plan_hint(plan, module) or BOUND
            raise _failed("%s %s cannot load the engine" % (caps.title, version), log, hint)
        inputs = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
        inputs = [name for name in inputs if engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT]
        if len(inputs) != 1:
            raise CommandError(E_RUNTIME, "the engine has %d inputs; one was expected" % len(inputs))
        layers = inspect_layers(trt, engine)
        size_bytes = engine.device_memory_size_v2 if caps.memory_size_v2 else engine.device_memory_size
    precisions = {} if layers is None else layers.precisions
    return LoadedPlan(trt, device.cuda, log, logger, runtime, engine, precisions, int(size_bytes))


def output_order(built: Mapping[str, str]) -> Dict[str, int]:
    """The place of each output in the model, by its name: an engine may have them in another order.

    Raises:
        CommandError: E_USAGE for what is no list of names.
    """
    told = built.get("outputs", "[]")
    try:
        names = strict_json.decode(told.encode("utf-8"))
    except ValueError as error:
        raise CommandError(E_USAGE, "the outputs of the engine are told as %r" % told[:80]) from error
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise CommandError(E_USAGE, "the outputs of the engine are told as %r" % told[:80])
    return {name: place for place, name in enumerate(names)}


def _listen(severity: str, text: str) -> None:
    if severity != "INFO":
        sys.stderr.write("%s: %s\n" % (severity, text))


def _event(cuda: Cuda, undo: ExitStack) -> int:
    event = cuda.create_event()
    undo.callback(cuda.destroy_event, event)
    return event


def _failed(text: str, log: Log, hint: str = "") -> CommandError:
    return CommandError(E_RUNTIME, text, hint, log.text())
