"""TensorRT as a runtime of the agent; TensorRT and TensorRT for RTX differ in the package that they come from alone."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from .base import PLAIN_WORK, BuildWork, Engine, LoadOptions
from .tensorrt_api import find_trt
from .tensorrt_device import device_key, find_device, native_precisions


class TensorRtRuntime:
    """The functions of a `Runtime` for one package."""

    def __init__(self, module: str) -> None:
        self._module = module

    def version(self) -> str:
        """TensorRT's full version: engines are bound to it to the last number."""
        return str(find_trt(self._module).__version__)

    def device_key(self) -> str:
        """sha256 of device, compute capability, L4T and power mode."""
        return device_key(find_device().facts)

    def precisions(self) -> List[str]:
        """The types that the device runs natively."""
        return [name for name, native in native_precisions(find_device().facts).items() if native]

    def build(self, onnx_path: str, options: LoadOptions, work: BuildWork = PLAIN_WORK) -> Tuple[bytes, Dict[str, Any]]:
        """The serialised engine of an ONNX file; see `convert_to_trt`."""
        from .tensorrt_build import convert_to_trt

        return convert_to_trt(onnx_path, options, work, self._module)

    def load(self, data: Any, options: LoadOptions) -> Engine:
        """Load an engine; see `TRTInference`."""
        from .tensorrt_inference import TRTInference

        return TRTInference(data, options, self._module)
