"""The accuracy of the example detector on 500 scenes that it was not trained on."""

from __future__ import annotations

from pathlib import Path

from benchmarks.figure import report
from resources.example.evaluate import HELD_OUT_SEEDS, evaluate
from resources.example.evaluate import report as describe

GOAL_MAP50 = 0.80


def main() -> None:
    """Evaluate and report; ONNX Runtime in fp32 and pycocotools, no part of what Slipway measures with."""
    accuracy = evaluate(Path("resources/example/model.onnx"), HELD_OUT_SEEDS)
    print(describe(accuracy))
    report("example_map50", accuracy.map50, "share", ">=", GOAL_MAP50)


if __name__ == "__main__":
    main()
