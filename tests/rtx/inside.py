"""The side of the tests that has TensorRT for RTX: builds, parses, and says what came of it as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from targets.agent.protocol import CommandError
from targets.agent.runtimes import tensorrt_rtx
from targets.agent.runtimes.base import BuildWork, LoadOptions
from targets.agent.runtimes.tensorrt_api import TENSORRT_RTX, Log, find_trt, make_logger

WORKSPACE_BYTES = 512 << 20


def build(onnx_path: str) -> dict[str, Any]:
    """Build an engine; its facts, its first bytes, its size and what was told meanwhile."""
    told: list[str] = []
    work = BuildWork(tell=lambda _fraction, text: told.append(text))
    began_s = time.monotonic()
    try:
        plan, facts = tensorrt_rtx.build(onnx_path, LoadOptions("f32", 2, 1, workspace_bytes=WORKSPACE_BYTES), work)
    except CommandError as error:
        return {"error": error.to_json()}
    return {
        "facts": facts,
        "begins": plan[:4].decode("latin-1"),
        "size_bytes": len(plan),
        "told": len(told),
        "seconds": time.monotonic() - began_s,
    }


def parse(onnx_path: str) -> dict[str, Any]:
    """Parse a model: whether it can be taken, and the types that its layers give."""
    trt = find_trt(TENSORRT_RTX)
    logger = make_logger(trt, Log(lambda _severity, _text: None))
    network = trt.Builder(logger).create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = trt.OnnxParser(network, logger)
    taken = bool(parser.parse_from_file(onnx_path))
    types: Counter[str] = Counter()
    for index in range(network.num_layers):
        layer = network.get_layer(index)
        kind = str(layer.type).rpartition(".")[2]
        types[f"{kind} {str(layer.get_output(0).dtype).rpartition('.')[2]}"] += 1
    return {"taken": taken, "types": types, "errors": [parser.get_error(at).desc() for at in range(parser.num_errors)]}


def load() -> dict[str, Any]:
    """Load what is no engine; the refusal."""
    try:
        tensorrt_rtx.load(bytearray(b"vtrt"), LoadOptions("f32", 2, 1))
    except CommandError as error:
        return error.to_json()
    return {}


def main(do: str, *paths: str) -> None:
    """`load`, or `build` or `parse` for each path, in the order given."""
    if do == "load":
        print(json.dumps(load()))  # noqa: T201
        return
    print(json.dumps({Path(path).stem: {"build": build, "parse": parse}[do](path) for path in paths}))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
