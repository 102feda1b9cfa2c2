"""How long the Model page waits: for its page, for a change tried on a frame, for a filter over ten thousand layers.

Questions go to the reader's process, as the window's do; the model is YOLOv8n of the public ones where it is at hand,
else the example's.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.figure import report
from workbench.model.layer_filter import match_layers
from workbench.orders.new_project import NewProject
from workbench.session import Session
from workbench.views.model import LayerRow, LayerTable, TryAsked, read_model, try_frame, try_others

ROOT = Path(__file__).resolve().parent.parent
PUBLIC = ROOT.parent / "shared" / "data" / "models" / "coco_yolov8n_fp32_derived.onnx"
EXAMPLE = ROOT / "resources" / "example" / "model.onnx"
ROUNDS = 15
CHANGES = tuple((("slipway.preprocessing.pad", str(number)),) for number in range(ROUNDS))


def median_ms(work: Callable[[int], object], rounds: int = ROUNDS) -> float:
    """The median time of some rounds."""
    times = []
    for number in range(rounds):
        started = time.perf_counter()
        work(number)
        times.append((time.perf_counter() - started) * 1e3)
    return statistics.median(times)


def filter_ms() -> float:
    """Of a filter over ten thousand layers."""
    rows = tuple(
        LayerRow(f"/layer.{at}/conv", f"{at}", "Conv 3x3", "64x48x80", at, "", at * 1000, "", 0.0, "", None, ("int8",))
        for at in range(10_000)
    )
    table = LayerTable(rows, ("int8",), (), len(rows))
    return median_ms(lambda _at: match_layers(table, "op:conv macs>4M name:/layer.* -kept: int8:"))


def main() -> int:
    """Measure and report."""
    folder = Path(tempfile.mkdtemp())
    try:
        with Session.for_window(folder / "home") as session:
            project = folder / "project"
            ended = session.start(NewProject(project, PUBLIC if PUBLIC.is_file() else EXAMPLE)).wait()
            if ended.error is not None:
                sys.stderr.write(f"{ended.error.summary}\n")
                return 1
            session.ask(read_model, project).result()
            session.ask(try_frame, TryAsked(project, "scene:3")).result()
            report("model_page_warm", median_ms(lambda _at: session.ask(read_model, project).result()), "ms", "<=", 100)

            def change(at: int) -> object:
                return session.ask(try_frame, TryAsked(project, "scene:3", CHANGES[at])).result()

            report("model_try_change", median_ms(change), "ms", "<=", 400)
            others = median_ms(lambda at: session.ask(try_others, TryAsked(project, "scene:3", CHANGES[at])).result())
            report("model_try_others", others, "ms", "<=", 1000)
        report("layers_filter_10000", filter_ms(), "ms", "<=", 50)
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
