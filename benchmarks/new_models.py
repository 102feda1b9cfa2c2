"""How long `slipway new` takes on each public model, and what a model of 100 MB with external data takes of memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.figure import report

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
COMMAND = Path(sys.executable).parent / "slipway"
NEW_S, IMPORT_S, IMPORT_MIB = 10, 15, 1024
LARGE_BYTES = 100_000_000
_SIDE_PX, _WIDE = 640, 512


def main() -> None:
    """Measure and report; without the public models only the large one is measured."""
    with tempfile.TemporaryDirectory(prefix="slipway-new-") as folder:
        models = sorted((SHARED / "models").glob("*.onnx"))
        seconds = {model.stem: new_s(model, Path(folder) / model.stem)[0] for model in models}
        for name, taken_s in sorted(seconds.items(), key=lambda item: -item[1]):
            print(f"{taken_s:6.2f} s  {name}")
        if seconds:
            report("new_public_model_worst_s", max(seconds.values()), "s", "<=", NEW_S)
        large = write_large(Path(folder) / "large")
        taken_s, peak_mib = new_s(large, Path(folder) / "large_project", must_succeed=True)
        report("new_100mb_external_s", taken_s, "s", "<=", IMPORT_S)
        report("new_100mb_external_peak_mib", peak_mib, "MiB", "<=", IMPORT_MIB)


def new_s(model: Path, project: Path, *, must_succeed: bool = False) -> tuple[float, float]:
    """(seconds, peak memory in MiB) of one call of the command, with pictures to look at; refusals count too."""
    pictures = SHARED / "images" / "samples"
    given = ["--frames", str(pictures)] if pictures.is_dir() else []
    argv = [str(COMMAND), "new", str(project), "--model", str(model), *given]
    environment = {**os.environ, "SLIPWAY_HOME": str(project.parent / "home")}
    started_s = time.perf_counter()
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    said = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    taken_s = time.perf_counter() - started_s
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 2} or (must_succeed and process.returncode):
        sys.exit(f"slipway new {model.name} ended with {process.returncode}: {said.decode(errors='replace')[-2000:]}")
    return taken_s, usage.ru_maxrss / 1024


def write_large(folder: Path) -> Path:
    """A YOLOv8-shaped detector of convolutions whose weights, 100 MB, lie in a file beside it."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    nodes: list[onnx.NodeProto] = []
    weights: list[onnx.TensorProto] = []

    def conv(given: int, made: int, source: str, stride: int, kernel: int = 3) -> str:
        name = f"/conv{len(nodes)}"
        array = (rng.standard_normal((made, given, kernel, kernel)) * 0.02).astype(np.float32)
        weights.append(numpy_helper.from_array(array, f"{name}.weight"))
        pads, strides = [kernel // 2] * 4, [stride, stride]
        node = helper.make_node("Conv", [source, weights[-1].name], [name], name=name, pads=pads, strides=strides)
        nodes.append(node)
        nodes.append(helper.make_node("Relu", [name], [f"{name}_out"], name=f"{name}/relu"))
        return f"{name}_out"

    last = "images"
    for given, made in ((3, 64), (64, 128), (128, _WIDE), (_WIDE, _WIDE), (_WIDE, _WIDE)):
        last = conv(given, made, last, 2)
    while sum(len(tensor.raw_data) for tensor in weights) < LARGE_BYTES:
        last = conv(_WIDE, _WIDE, last, 1)
    last = conv(_WIDE, 84, last, 1, 1)
    weights.append(numpy_helper.from_array(np.array([1, 84, -1], np.int64), "flat"))
    nodes.append(helper.make_node("Reshape", [last, "flat"], ["rows"], name="/rows"))
    nodes.append(helper.make_node("Sigmoid", ["rows"], ["output0"], name="/scores"))
    graph = helper.make_graph(
        nodes,
        "large",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", 3, _SIDE_PX, _SIDE_PX])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, ["batch", 84, "anchors"])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"names": str({number: f"class {number}" for number in range(80)})})
    folder.mkdir()
    path = folder / "large.onnx"
    onnx.save(model, path, save_as_external_data=True, location="large.weights")
    return path


if __name__ == "__main__":
    main()
