"""From an ONNX file to a serialised engine of TensorRT, by one way for 8.5 to 11 and TensorRT for RTX.

Types: up to 10.x the builder chooses among float32 and what flags allow (weak typing); from 11 on, and with TensorRT
for RTX, the types of the ONNX file count. INT8 stands in the file as Q/DQ pairs in every version.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Set, Tuple

from .. import files
from ..protocol import E_MISSING, E_RUNTIME, E_USAGE, CommandError
from ..sensors import proc
from .base import PLAIN_WORK, BuildWork, LoadOptions, TensorSpec
from .tensorrt_api import TENSORRT, Caps, Log, find_trt, make_logger, make_progress, probe_caps, require_precision
from .tensorrt_device import Device, capability_text, device_key, find_device, power_mode, sidecar
from .tensorrt_layers import Layers, parse_layers
from .tensorrt_tensors import dtype_name

DEFAULT_WORKSPACE_BYTES = 1 << 30
"""What the builder may use where the documents say nothing: what the reference process gives it."""
MEMORY_SHARE = 2
"""The workspace is at most this part of the memory that is free: one half. A Jetson's GPU takes the board's own."""
NO_DLA = (
    "DLA cores are in Xavier and Orin but not in Orin Nano and Thor, and TensorRT 10.8 to 11.4.0 has none on a Jetson. "
    "Set deployment.runtime_configuration.dla_enabled: false."
)
MAX_TIMING_CACHE_BYTES = 512 << 20
_WEIGHTY = ("CONVOLUTION", "DECONVOLUTION", "MATRIX_MULTIPLY", "FULLY_CONNECTED")
_PAIRS = ("QUANTIZE", "DEQUANTIZE")


class _Making(NamedTuple):
    """One build while it goes on."""

    trt: Any
    caps: Caps
    log: Log
    logger: Any
    device: Optional[Device]
    options: LoadOptions
    work: BuildWork
    onnx_path: str


def convert_to_trt(
    onnx_path: str, options: LoadOptions, work: BuildWork = PLAIN_WORK, module: str = TENSORRT
) -> Tuple[bytes, Dict[str, Any]]:
    """Build the engine of an ONNX file.

    A cancelled build is killed with its process: no version can be stopped from inside wherever it is.

    Args:
        onnx_path: the model, shapes fixed, with one input.
        options: precision, workspace, DLA core and calibrator.
        work: the cache folder, calibration frames, and who is told of the progress.
        module: `tensorrt` or `tensorrt_rtx`; the latter builds without a device, too.

    Returns:
        The serialised engine, and facts: versions, what was decided, layers in each type, and what it is bound to.

    Raises:
        CommandError: E_MISSING without package or device, E_USAGE for options that this version or board lacks,
            E_RUNTIME with every error of the parser, or with the log of a build that failed.
    """
    trt = find_trt(module)
    caps = probe_caps(trt, module)
    options.require_only(
        caps.title, "precision", "threads", "streams", "workspace_bytes", "dla_core", "calibrator", "calibration_sha256"
    )
    require_precision(options.precision, caps.title)
    device = _device(caps)
    lock = threading.Lock()

    def tell(fraction: Optional[float], text: str) -> None:
        with lock:
            work.tell(fraction, text)

    def listen(severity: str, text: str) -> None:
        sys.stderr.write("%s: %s\n" % (severity, text))
        sys.stderr.flush()
        if not caps.progress:
            tell(None, text)

    log = Log(listen)
    build = _Making(trt, caps, log, make_logger(trt, log), device, options, work._replace(tell=tell), onnx_path)
    with ExitStack() as stack:
        if device is not None:
            stack.enter_context(device.cuda.current())
        plan, decided, outputs = _serialise(build, stack)
        layers = None if device is None else _inspect(build, plan)
    return plan, _facts(build, decided, outputs, layers)


def _device(caps: Caps) -> Optional[Device]:
    """The device; TensorRT for RTX alone can do without."""
    try:
        return find_device()
    except CommandError as error:
        if caps.rtx and error.code == E_MISSING:
            return None
        raise


def _serialise(build: _Making, stack: ExitStack) -> Tuple[bytes, Dict[str, Any], List[str]]:
    """The engine, what was decided, and the outputs' names in the model's order."""
    trt, caps = build.trt, build.caps
    if caps.plugins:
        trt.init_libnvinfer_plugins(build.logger, "")
    try:
        builder = trt.Builder(build.logger)
        builder.max_threads = build.options.threads
    except TypeError as error:  # how the bindings say that the library gave nothing
        raise _failed(build, "%s cannot start" % caps.title) from error
    network = builder.create_network(_creation_flags(trt, caps))
    parser = trt.OnnxParser(network, build.logger)
    _parse(build, parser)
    config = builder.create_builder_config()
    decided: Dict[str, Any] = {"typing": "weak" if caps.weak_types else "strong"}
    decided["workspace_bytes"] = _workspace_bytes(build)
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, decided["workspace_bytes"])
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    decided["tf32"] = bool(config.get_flag(trt.BuilderFlag.TF32))
    _set_types(build, network, config, stack)
    decided.update(_use_dla(build, builder, network, config))
    _use_device(build, config)
    timing = _timing_cache(build, config)
    monitor = make_progress(trt, caps, build.work.tell)
    if caps.progress:
        config.progress_monitor = monitor
    serialised = builder.build_serialized_network(network, config)
    if serialised is None:
        raise _failed(build, "%s cannot build an engine of %s" % (caps.title, Path(build.onnx_path).name))
    if timing is not None:
        files.write_atomic(timing, bytes(config.get_timing_cache().serialize()))
    return bytes(serialised), decided, [network.get_output(index).name for index in range(network.num_outputs)]


def _creation_flags(trt: Any, caps: Caps) -> int:
    flags = 0
    if caps.explicit_batch:
        flags |= 1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH)
    if caps.strong_types and not caps.weak_types:
        flags |= 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    return flags


def _parse(build: _Making, parser: Any) -> None:
    if parser.parse_from_file(build.onnx_path):
        return
    said = [_parser_error(build.caps, parser.get_error(index)) for index in range(parser.num_errors)]
    text = "%s cannot take %s" % (build.caps.title, Path(build.onnx_path).name)
    hint = "`slipway check` names what TensorRT cannot take, and what to do about it."
    raise CommandError(E_RUNTIME, text, hint, "\n".join(said) or build.log.text())


def _parser_error(caps: Caps, parser_error: Any) -> str:
    text = str(parser_error.desc())
    if caps.node_names:
        text = "%s (%s): %s" % (parser_error.node_name(), parser_error.node_operator(), text)
    return text


def _workspace_bytes(build: _Making) -> int:
    """What the documents allow, but no more than half of the free memory of the device, and of the board it shares."""
    wanted = build.options.workspace_bytes or DEFAULT_WORKSPACE_BYTES
    free = []
    if build.device is not None:
        free.append(build.device.cuda.memory_info()[0])
    available = proc.parse_available_bytes(proc.read_text("/proc/meminfo").encode("utf-8"))
    if available is not None and (build.device is None or build.device.facts.integrated):
        free.append(available)
    granted = min([wanted, *(size_bytes // MEMORY_SHARE for size_bytes in free)])
    if granted < wanted:
        text = "the workspace is %.0f MB instead of %.0f MB: no more memory is free"
        build.work.tell(None, text % (granted / 1e6, wanted / 1e6))
    return granted


def _set_types(build: _Making, network: Any, config: Any, stack: ExitStack) -> None:
    """Flags for what the builder may compute in; without them, the types of the ONNX file count.

    Where float16 is allowed, layers behind the last convolution stay in float32, as in FP16 candidates: pixel
    coordinates above 512 have steps of 0.5 in float16.
    """
    trt, caps, options = build.trt, build.caps, build.options
    layers = [network.get_layer(index) for index in range(network.num_layers)]
    paired = any(_kind(layer) in _PAIRS for layer in layers)
    if options.calibrator is not None:
        _calibrate(build, network, config, paired, stack)
    if caps.weak_types:
        if paired or options.calibrator is not None:
            config.set_flag(trt.BuilderFlag.INT8)
        if options.precision == "f16":
            config.set_flag(trt.BuilderFlag.FP16)
            config.set_flag(trt.BuilderFlag.PREFER_PRECISION_CONSTRAINTS)
            for layer in _tail(layers):
                _keep_float32(trt, caps, layer)


def _calibrate(build: _Making, network: Any, config: Any, paired: bool, stack: ExitStack) -> None:
    from .tensorrt_calibrator import Batches, calibration_name, make_calibrator

    caps, work, device = build.caps, build.work, build.device
    if paired:
        raise CommandError(E_USAGE, "the model has Q/DQ pairs already: a calibrator has nothing to measure in it")
    if work.calibration is None or device is None:
        raise CommandError(E_USAGE, "a calibrator needs calibration frames and a device")
    tensor = network.get_input(0)
    spec = TensorSpec(tensor.name, tuple(tensor.shape), dtype_name(tensor.dtype))
    batches = Batches(device.cuda, work.calibration, spec)
    stack.callback(batches.close)
    cache = None
    if work.cache is not None:
        version, key = str(build.trt.__version__), device_key(device.facts)
        cache = Path(work.cache) / calibration_name(build.onnx_path, build.options, version, key)
    calibrator = make_calibrator(build.trt, caps, batches, cache)
    if caps.calibrator:
        config.int8_calibrator = calibrator
    work.tell(None, "ranges of %d calibration frames" % batches.count)


def _kind(layer: Any) -> str:
    return str(layer.type).rpartition(".")[2]


def _tail(layers: List[Any]) -> List[Any]:
    """Layers from which no convolution or matrix product is reached, as `workbench.optimise.fp16.tail_nodes` has it."""
    before: Set[str] = set()
    tail = []
    for layer in reversed(layers):
        outputs = {layer.get_output(index).name for index in range(layer.num_outputs)}
        if _kind(layer) in _WEIGHTY or before & outputs:
            inputs = [layer.get_input(index) for index in range(layer.num_inputs)]
            before |= {tensor.name for tensor in inputs if tensor is not None}
        else:
            tail.append(layer)
    return tail if before else []


def _keep_float32(trt: Any, caps: Caps, layer: Any) -> None:
    """Ask for float32 where a layer both takes and gives it; shapes, indices and casts have types of their own."""
    if not caps.weak_types or _kind(layer) in ("CAST", "IDENTITY", "CONSTANT", "SHAPE"):
        return
    inputs = [layer.get_input(index) for index in range(layer.num_inputs)]
    outputs = [layer.get_output(index) for index in range(layer.num_outputs)]
    first = [tensor for tensor in [*inputs[:1], *outputs] if tensor is not None]
    if outputs and all(dtype_name(tensor.dtype) == "float32" for tensor in first):
        layer.precision = trt.DataType.FLOAT
        for index in range(layer.num_outputs):
            layer.set_output_type(index, trt.DataType.FLOAT)


def _use_dla(build: _Making, builder: Any, network: Any, config: Any) -> Dict[str, Any]:
    trt, caps, core = build.trt, build.caps, build.options.dla_core
    if core is None:
        return {}
    cores = 0 if caps.rtx else int(builder.num_DLA_cores)
    if core >= cores:
        version = ".".join(map(str, caps.version))
        text = "DLA core %d is asked for; %s %s has %d here" % (core, caps.title, version, cores)
        raise CommandError(E_USAGE, text, NO_DLA)
    config.default_device_type = trt.DeviceType.DLA
    config.DLA_core = core
    config.set_flag(trt.BuilderFlag.GPU_FALLBACK)
    layers = [network.get_layer(index) for index in range(network.num_layers)]
    able = sum(bool(config.can_run_on_DLA(layer)) for layer in layers)
    build.work.tell(None, "%d of %d layers can run on DLA core %d" % (able, len(layers), core))
    return {"dla_core": core, "dla_able": able, "dla_unable": len(layers) - able}


def _use_device(build: _Making, config: Any) -> None:
    """TensorRT for RTX: for the device that is there; without one, for every device that it knows."""
    trt, caps = build.trt, build.caps
    if caps.capabilities and build.device is not None:
        config.num_compute_capabilities = 1
        if not config.set_compute_capability(trt.ComputeCapability.CURRENT, 0):
            name = build.device.facts.name
            raise _failed(build, "%s builds no engine for %s" % (caps.title, name))


def _timing_cache(build: _Making, config: Any) -> Optional[Path]:
    """Let the builder use what it measured before on this device in this power mode; the file, if there is a folder."""
    caps, device = build.caps, build.device
    if not caps.timing_cache or build.work.cache is None or device is None:
        return None
    facts = device.facts
    parts = [str(build.trt.__version__), facts.name, capability_text(facts), power_mode() or ""]
    digest = hashlib.sha256("\n".join(parts).encode("utf-8")).hexdigest()
    path = Path(build.work.cache) / ("timing-%s.bin" % digest[:32])
    known = path.read_bytes() if path.is_file() and path.stat().st_size <= MAX_TIMING_CACHE_BYTES else b""
    if not config.set_timing_cache(config.create_timing_cache(known), False):
        config.set_timing_cache(config.create_timing_cache(b""), False)
    return path


def _inspect(build: _Making, plan: bytes) -> Optional[Layers]:
    """What the built engine says of its layers; None where it says nothing that can be read."""
    runtime = build.trt.Runtime(build.logger)
    if build.options.dla_core is not None:
        runtime.DLA_core = build.options.dla_core
    engine = runtime.deserialize_cuda_engine(plan)
    if engine is None:
        raise _failed(build, "%s cannot load the engine that it just built" % build.caps.title)
    return inspect_layers(build.trt, engine)


def inspect_layers(trt: Any, engine: Any) -> Optional[Layers]:
    """Counts of an engine's layers, by its inspector; None where that gives nothing that can be read."""
    inspector = engine.create_engine_inspector()
    try:
        return parse_layers(inspector.get_engine_information(trt.LayerInformationFormat.JSON))
    except (ValueError, TypeError, AttributeError):
        return None


def _facts(build: _Making, decided: Dict[str, Any], outputs: List[str], layers: Optional[Layers]) -> Dict[str, Any]:
    facts = None if build.device is None else build.device.facts
    version = str(build.trt.__version__)
    if layers is not None and build.options.dla_core is not None:
        decided.update(layers_on_dla=layers.on_dla, layers_on_gpu=layers.on_gpu)
        build.work.tell(None, "%d layers run on the DLA, %d on the GPU" % (layers.on_dla, layers.on_gpu))
    return {
        "runtime": build.caps.module,
        "runtime_version": version,
        "device_key": "" if facts is None else device_key(facts),
        "build_options": dict(build.options.to_json(), **decided),
        "precisions": {} if layers is None else layers.precisions,
        "sidecar": dict(sidecar(build.caps, version, facts), outputs=json.dumps(outputs)),
    }


def _failed(build: _Making, text: str) -> CommandError:
    said = build.log.text()
    hint = ""
    if any(mark in said for mark in ("OutOfMemory", "out of memory", "could not be allocated", "workspace")):
        hint = "Give the build more memory: stop what else uses the device, or set a smaller or larger workspace_size."
    return CommandError(E_RUNTIME, text, hint, said)
