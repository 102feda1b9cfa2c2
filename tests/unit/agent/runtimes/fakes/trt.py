"""A package `tensorrt` of our own for tests: the names that Slipway uses, as three generations have them.

A "model" is a JSON file that lists layers; a "plan" is JSON behind a plan's first bytes. An engine really reads its
input from the device's memory of `cudart.c` and writes its outputs there.
"""

from __future__ import annotations

import base64
import ctypes
import json
import math
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

MAGIC = b"ftrt"
DTYPES = {"FLOAT": np.float32, "HALF": np.float16, "INT64": np.int64, "INT32": np.int32, "INT8": np.int8}
GENERATIONS = {
    "8.5.2.2": frozenset({"weak", "explicit", "calibrator"}),
    "10.3.0": frozenset({"weak", "strong", "progress", "calibrator", "node_names", "memory_v2"}),
    "11.4.0": frozenset({"strong", "progress", "node_names", "memory_v2"}),
}


def make_tensorrt(version: str, cudart: ctypes.CDLL) -> Any:
    """The package of that version; `seen` on it is what tests look at."""
    has = GENERATIONS[version]
    seen = SimpleNamespace(config=None, flags=None, calls=[], addresses=[], batches=[], live=0)
    module = ModuleType("tensorrt")
    trt: Any = module
    trt.__version__, trt.seen, trt.cudart = version, seen, cudart
    trt.init_libnvinfer_plugins = lambda _logger, namespace: seen.calls.append(("plugins", namespace))
    _add_enums(trt, has)
    _add_base_classes(trt, has)
    for name, kind in (("Builder", Builder), ("OnnxParser", OnnxParser), ("Runtime", Runtime)):
        setattr(trt, name, type(name, (kind,), {"trt": trt}))
    calibrating = {"int8_calibrator": None} if "calibrator" in has else {}
    trt.IBuilderConfig = type("IBuilderConfig", (Config,), {"trt": trt, **calibrating})
    memory = "device_memory_size_v2" if "memory_v2" in has else "device_memory_size"
    trt.ICudaEngine = type("ICudaEngine", (Engine,), {"trt": trt, memory: 4096})
    return trt


def _enum(name: str, *members: str, first: int = 0) -> Any:
    """As pybind11 makes them: `__members__`, `int()`, and a text such as `Severity.ERROR`."""
    kind = type(name, (), {"__int__": lambda self: self.number, "__str__": lambda self: f"{name}.{self.word}"})
    made = {}
    for number, word in enumerate(members, first):
        made[word] = kind()
        made[word].number, made[word].word = number, word
        setattr(kind, word, made[word])
    kind.__members__ = made  # type: ignore[attr-defined]
    return kind


def _add_enums(trt: Any, has: frozenset[str]) -> None:
    trt.Severity = _enum("Severity", "INTERNAL_ERROR", "ERROR", "WARNING", "INFO", "VERBOSE")
    trt.TensorIOMode = _enum("TensorIOMode", "NONE", "INPUT", "OUTPUT")
    trt.TensorLocation = _enum("TensorLocation", "DEVICE", "HOST")
    trt.LayerInformationFormat = _enum("LayerInformationFormat", "ONELINE", "JSON")
    trt.ProfilingVerbosity = _enum("ProfilingVerbosity", "LAYER_NAMES_ONLY", "NONE", "DETAILED")
    trt.MemoryPoolType = _enum("MemoryPoolType", "WORKSPACE")
    trt.DeviceType = _enum("DeviceType", "GPU", "DLA")
    trt.DataType = _enum("DataType", *DTYPES, "BF16")
    weak = ("FP16", "INT8", "PREFER_PRECISION_CONSTRAINTS") if "weak" in has else ()
    trt.BuilderFlag = _enum("BuilderFlag", *weak, "GPU_FALLBACK", "TF32")
    explicit = ("EXPLICIT_BATCH",) if "explicit" in has or "weak" in has else ()
    strong = ("STRONGLY_TYPED",) if "strong" in has else ()
    trt.NetworkDefinitionCreationFlag = _enum("NetworkDefinitionCreationFlag", *explicit, *strong)
    kinds = ("CONVOLUTION", "ACTIVATION", "ELEMENTWISE", "SHUFFLE", "QUANTIZE", "DEQUANTIZE", "CAST", "CONCATENATION")
    trt.LayerType = _enum("LayerType", *kinds)


def _add_base_classes(trt: Any, has: frozenset[str]) -> None:
    class Base:
        ready = False

        def __init__(self) -> None:
            self.ready = True

    trt.ILogger = type("ILogger", (Base,), {})
    trt.IOutputAllocator = type("IOutputAllocator", (Base,), {})
    if "calibrator" in has:
        trt.IInt8EntropyCalibrator2 = type("IInt8EntropyCalibrator2", (Base,), {})
    if "progress" in has:
        trt.IProgressMonitor = type("IProgressMonitor", (Base,), {})
    error = {"desc": lambda self: self.text}
    if "node_names" in has:
        error.update(node_name=lambda self: self.name, node_operator=lambda self: self.operator)
    trt.ParserError = type("ParserError", (), error)


def _require_logger(logger: Any) -> None:
    if not logger.ready:
        raise TypeError("ILogger.__init__() was not called")


class Builder:
    """Makes networks and configurations."""

    trt: Any
    num_DLA_cores = 2  # noqa: N815 - the package's own name

    def __init__(self, logger: Any) -> None:
        _require_logger(logger)
        self.logger = logger
        self.max_threads = 1

    def create_network(self, flags: int) -> Network:
        self.trt.seen.flags = flags
        return Network(self.trt)

    def create_builder_config(self) -> Any:
        self.trt.seen.config = self.trt.IBuilderConfig()
        return self.trt.seen.config

    def build_serialized_network(self, network: Network, config: Any) -> bytes | None:
        self.trt.seen.threads = self.max_threads
        return _build(self.trt, self.logger, network, config)


class Network:
    """What a parser filled."""

    def __init__(self, trt: Any) -> None:
        self.trt = trt
        self.model: dict[str, Any] = {}
        self.layers: list[Layer] = []

    @property
    def num_outputs(self) -> int:
        return len(self.model["outputs"])

    def get_output(self, index: int) -> Any:
        return SimpleNamespace(name=self.model["outputs"][index]["name"])

    @property
    def num_layers(self) -> int:
        return len(self.layers)

    def get_layer(self, index: int) -> Layer:
        return self.layers[index]

    def get_input(self, index: int) -> Any:
        entry = self.model["inputs"][index]
        dtype = getattr(self.trt.DataType, entry["dtype"])
        return SimpleNamespace(name=entry["name"], shape=tuple(entry["shape"]), dtype=dtype)


class OnnxParser:
    """Reads a model file."""

    trt: Any

    def __init__(self, network: Network, logger: Any) -> None:
        _require_logger(logger)
        self.network = network
        self.errors: list[Any] = []

    @property
    def num_errors(self) -> int:
        return len(self.errors)

    def get_error(self, index: int) -> Any:
        error = self.trt.ParserError()
        error.text, error.name, error.operator = self.errors[index]
        return error

    def parse_from_file(self, path: str) -> bool:
        data = Path(path).read_bytes()
        model = json.loads(data) if data.startswith(b"{") else _of_onnx(data)
        self.errors = model.get("errors", [])
        self.network.model = model
        self.network.layers = [Layer(self.trt, entry) for entry in model["layers"]]
        return not self.errors


class Config:
    """What a build was told."""

    trt: Any

    def __init__(self) -> None:
        self.set: list[str] = []
        self.pools: dict[str, int] = {}
        self.cache: Any = None

    def get_flag(self, flag: Any) -> bool:
        return flag.word in {*self.set, "TF32"}

    def set_flag(self, flag: Any) -> None:
        self.set.append(flag.word)

    def set_memory_pool_limit(self, pool: Any, size: int) -> None:
        self.pools[pool.word] = size

    def can_run_on_DLA(self, layer: Layer) -> bool:  # noqa: N802 - the package's own name
        return layer.type is self.trt.LayerType.CONVOLUTION

    def create_timing_cache(self, data: bytes) -> Any:
        return SimpleNamespace(data=data, serialize=lambda: data + b"timed")

    def set_timing_cache(self, cache: Any, ignore_mismatch: bool) -> bool:
        assert ignore_mismatch is False
        self.cache = cache
        return not cache.data.startswith(b"foreign")

    def get_timing_cache(self) -> Any:
        return self.cache


class Layer:
    """A layer of a parsed network; types of tensors are those of the file."""

    def __init__(self, trt: Any, entry: dict[str, Any]) -> None:
        self.name, self.type = entry["name"], getattr(trt.LayerType, entry["type"])
        dtype = getattr(trt.DataType, entry.get("dtype", "FLOAT"))
        self._inputs = [SimpleNamespace(name=name, dtype=dtype) for name in entry["inputs"]]
        self._outputs = [SimpleNamespace(name=name, dtype=dtype) for name in entry["outputs"]]
        self.num_inputs, self.num_outputs = len(self._inputs), len(self._outputs)
        self.precision: Any = None
        self.output_types: dict[int, Any] = {}

    def get_input(self, index: int) -> Any:
        return self._inputs[index]

    def get_output(self, index: int) -> Any:
        return self._outputs[index]

    def set_output_type(self, index: int, dtype: Any) -> None:
        self.output_types[index] = dtype


def _build(trt: Any, logger: Any, network: Any, config: Any) -> bytes | None:
    model = network.model
    logger.log(trt.Severity.VERBOSE, "thousands of these")
    logger.log(trt.Severity.INFO, "Detected 1 inputs and 1 output network tensors.")
    trt.seen.network = network
    monitor = getattr(config, "progress_monitor", None)
    if monitor is not None:
        monitor.phase_start("Building engine", None, 2)
        monitor.phase_start("Timing tactics", "Building engine", 1)
        assert monitor.step_complete("Timing tactics", 0) is True
        monitor.phase_finish("Timing tactics")
        assert monitor.step_complete("Building engine", 0) is True
        monitor.phase_finish("Building engine")
    calibrator = getattr(config, "int8_calibrator", None)
    if calibrator is not None and calibrator.read_calibration_cache() is None:
        assert calibrator.get_batch_size() == 1
        while (pointers := calibrator.get_batch([model["inputs"][0]["name"]])) is not None:
            trt.seen.batches.append(_array(trt, pointers[0], model["inputs"][0]["shape"], np.float32).copy())
        calibrator.write_calibration_cache(memoryview(b"ranges"))
    if "fails" in model:
        logger.log(trt.Severity.ERROR, model["fails"])
        return None
    plan = {key: model[key] for key in ("inputs", "outputs", "layers_told", "onnx") if key in model}
    plan["outputs"] = plan["outputs"][::-1]  # an engine need not keep the model's order
    return MAGIC + json.dumps({**plan, "version": trt.__version__}).encode()


def _of_onnx(data: bytes) -> dict[str, Any]:
    """A real model as the fake parser lists one; what is built of it computes with ONNX Runtime."""
    import onnx

    graph = onnx.load_model_from_string(data).graph
    kinds = {"Conv": "CONVOLUTION", "QuantizeLinear": "QUANTIZE", "DequantizeLinear": "DEQUANTIZE"}

    def tensors(values: Any) -> list[dict[str, Any]]:
        shapes = [[axis.dim_value for axis in value.type.tensor_type.shape.dim] for value in values]
        return [
            {"name": value.name, "shape": shape, "dtype": "FLOAT"} for value, shape in zip(values, shapes, strict=True)
        ]

    layers = [
        {
            "name": node.name,
            "type": kinds.get(node.op_type, "ELEMENTWISE"),
            "inputs": list(node.input),
            "outputs": list(node.output),
        }
        for node in graph.node
    ]
    told = [{"Name": layer["name"], "Inputs": [{"Format/Datatype": "Row major linear FP32"}]} for layer in layers]
    return {
        "inputs": tensors(graph.input),
        "outputs": tensors(graph.output),
        "layers": layers,
        "layers_told": told,
        "onnx": base64.b64encode(data).decode(),
    }


def _array(trt: Any, address: int, shape: Any, dtype: Any) -> Any:
    """The device's memory at an address, which has to be one that CUDA gave."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    assert trt.cudart.fake_holds(ctypes.c_void_p(address), ctypes.c_size_t(size)), f"{size} bytes at {address:#x}"
    return np.frombuffer((ctypes.c_ubyte * size).from_address(address), dtype).reshape(shape)


class Runtime:
    """Loads plans."""

    trt: Any

    def __init__(self, logger: Any) -> None:
        _require_logger(logger)
        self.logger = logger
        self.DLA_core = -1

    def deserialize_cuda_engine(self, data: Any) -> Engine | None:
        self.trt.seen.calls.append(("deserialise", self.DLA_core))
        text, version = bytes(data), self.trt.__version__
        value = json.loads(text[4:]) if text[:4] == MAGIC else {}
        if value.get("version") != version:
            got = f"expecting library version {version} got {value.get('version')}, please rebuild."
            refusal = "The engine plan file is not compatible with this version of TensorRT, " + got
            self.logger.log(self.trt.Severity.ERROR, refusal)
            return None
        engine: Engine = self.trt.ICudaEngine(value, self)
        return engine


class Engine:
    """A loaded plan."""

    trt: Any

    def __init__(self, plan: dict[str, Any], runtime: Runtime) -> None:
        self.plan, self.runtime = plan, runtime
        self.tensors = [*plan["inputs"], *plan["outputs"]]
        self.num_io_tensors = len(self.tensors)
        self.trt.seen.live += 1

    def __del__(self) -> None:
        self.trt.seen.live -= 1

    def of(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(tensor for tensor in self.tensors if tensor["name"] == name)
        return found

    def get_tensor_name(self, index: int) -> str:
        return str(self.tensors[index]["name"])

    def get_tensor_mode(self, name: str) -> Any:
        mode = self.trt.TensorIOMode
        return mode.INPUT if self.of(name) in self.plan["inputs"] else mode.OUTPUT

    def get_tensor_dtype(self, name: str) -> Any:
        return getattr(self.trt.DataType, self.of(name)["dtype"])

    def get_tensor_location(self, name: str) -> Any:
        location = self.trt.TensorLocation
        return location.HOST if self.of(name).get("on_host") else location.DEVICE

    def create_execution_context(self) -> Context | None:
        return None if self.plan.get("no_context") else Context(self)

    def create_engine_inspector(self) -> Any:
        told = json.dumps({"Layers": self.plan.get("layers_told", [])})
        return SimpleNamespace(get_engine_information=lambda form: told if form.word == "JSON" else "")


class Context:
    """One inference at a time."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.trt = engine, engine.trt
        self.addresses: dict[str, int] = {}
        self.allocators: dict[str, Any] = {}
        self.session: Any = None
        if "onnx" in engine.plan:
            import onnxruntime

            data = base64.b64decode(engine.plan["onnx"])
            self.session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])

    def get_tensor_shape(self, name: str) -> Any:
        return tuple(self.engine.of(name)["shape"])

    def get_max_output_size(self, name: str) -> int:
        return int(self.engine.of(name).get("most_bytes", -1))

    def set_tensor_address(self, name: str, address: int) -> bool:
        self.addresses[name] = address
        return address != 0 and not self.engine.of(name).get("refused")

    def set_output_allocator(self, name: str, allocator: Any) -> bool:
        assert allocator.ready
        self.allocators[name] = allocator
        return True

    def execute_async_v3(self, stream: int) -> bool:
        self.trt.seen.calls.append(("execute", stream))
        (source,) = self.engine.plan["inputs"]
        given = _array(self.trt, self.addresses[source["name"]], source["shape"], DTYPES[source["dtype"]])
        if given.flat[0] < 0:
            self.engine.runtime.logger.log(self.trt.Severity.ERROR, "[executionContext] the launch failed")
            return False
        self.trt.cudart.fake_pass_time(ctypes.c_double(5.0))
        if self.session is not None:
            (found,) = self.session.run(None, {source["name"]: given})
            (output,) = self.engine.plan["outputs"]
            _array(self.trt, self.addresses[output["name"]], found.shape, found.dtype)[...] = found
            return True
        return all(self._write(tensor, given) for tensor in self.engine.plan["outputs"])

    def _write(self, tensor: dict[str, Any], given: Any) -> bool:
        """An output is the input times a factor; of a data-dependent one the input's first value is the rows."""
        dtype = np.dtype(DTYPES[tensor["dtype"]])
        shape = [int(given.flat[0]) if axis < 0 else axis for axis in tensor["shape"]]
        count = math.prod(shape)
        address = self._place(tensor, shape, count * dtype.itemsize)
        if not address:
            return False
        values = np.resize(given, count).astype(dtype) * dtype.type(tensor.get("factor", 1))
        if tensor.get("on_host"):
            ctypes.memmove(address, values.tobytes(), values.nbytes)
        elif count:
            _array(self.trt, address, shape, dtype)[...] = values.reshape(shape)
        return True

    def _place(self, tensor: dict[str, Any], shape: list[int], size: int) -> int:
        name = tensor["name"]
        allocator = self.allocators.get(name)
        if allocator is None:
            return self.addresses[name]
        address: int = allocator.reallocate_output(name, 0, max(size, 1), 256)
        allocator.notify_shape(name, tuple(axis + tensor.get("lie", 0) for axis in shape))
        return address
