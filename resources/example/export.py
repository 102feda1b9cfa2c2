"""Writes the trained detector as the ONNX file of the example project."""

from __future__ import annotations

import copy
import io
import warnings
from pathlib import Path

import onnx
import torch

from resources.example.network import Detector, ExportedDetector

OPSET = 17
IR_VERSION = 8
INPUT_NAME = "images"
OUTPUT_NAME = "output0"


def export_onnx(detector: Detector, path: Path, size: tuple[int, int], names: tuple[str, ...], about: str) -> None:
    """Exports in evaluation mode, batch norms folded into their convolutions, with metadata in the Ultralytics manner.

    Args:
        detector: The trained network; it is not changed.
        path: The file to write.
        size: Height and width of the input in pixels.
        names: The class names in order.
        about: One sentence for the file's description.
    """
    height, width = size
    model = ExportedDetector(copy.deepcopy(detector), height, width).eval().to(memory_format=torch.contiguous_format)
    memory = io.BytesIO()
    with warnings.catch_warnings():
        # sizes are meant to become constants: the file has one input size
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        torch.onnx.export(
            model,
            (torch.zeros(1, 3, height, width),),
            memory,
            opset_version=OPSET,
            input_names=[INPUT_NAME],
            output_names=[OUTPUT_NAME],
            dynamo=False,
        )
    proto = onnx.load_from_string(memory.getvalue())
    proto.ir_version = IR_VERSION
    proto.producer_name, proto.producer_version = "slipway-example", "1"
    proto.doc_string = about
    _describe(proto, (height, width), names, about)
    onnx.checker.check_model(proto, full_check=True)
    part = path.with_suffix(".part")
    part.write_bytes(proto.SerializeToString())
    part.replace(path)


def _describe(proto: onnx.ModelProto, size: tuple[int, int], names: tuple[str, ...], about: str) -> None:
    facts = {
        "description": about,
        "author": "Slipway",
        "license": "Apache-2.0",
        "task": "detect",
        "stride": "32",
        "batch": "1",
        "imgsz": str(list(size)),
        "names": str(dict(enumerate(names))),
    }
    onnx.helper.set_model_props(proto, facts)
