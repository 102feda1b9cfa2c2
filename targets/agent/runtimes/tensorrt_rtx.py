"""TensorRT for RTX, for cards in computers; it knows no Jetson."""

from __future__ import annotations

from .tensorrt_api import TENSORRT_RTX
from .tensorrt_runtime import TensorRtRuntime

_RUNTIME = TensorRtRuntime(TENSORRT_RTX)
version = _RUNTIME.version
device_key = _RUNTIME.device_key
precisions = _RUNTIME.precisions
build = _RUNTIME.build
load = _RUNTIME.load
