"""TensorRT on an NVIDIA device: a Jetson's own, or a card in a computer."""

from __future__ import annotations

from .tensorrt_api import TENSORRT
from .tensorrt_runtime import TensorRtRuntime

_RUNTIME = TensorRtRuntime(TENSORRT)
version = _RUNTIME.version
device_key = _RUNTIME.device_key
precisions = _RUNTIME.precisions
build = _RUNTIME.build
load = _RUNTIME.load
