"""Measures the exported model on held-out scenes: mAP by pycocotools, inference by ONNX Runtime.

Run in the repository's root: `.venv-train/bin/python -m resources.example.evaluate`.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from workbench.scenes.road import FRAME_HEIGHT, FRAME_WIDTH
from workbench.scenes.scene import CLASS_NAMES, render_scene

HELD_OUT_SEEDS = range(1_000_000, 1_000_500)
MIN_SCORE = 0.001
NMS_IOU = 0.6
MOST_DETECTIONS = 100

Floats = npt.NDArray[np.float32]
Row = dict[str, Any]


@dataclass(frozen=True)
class Accuracy:
    """Mean average precision over classes, and at IoU 0.5 for each class in order."""

    map50: float
    map50_95: float
    ap50: tuple[float, ...]
    frames: int


def evaluate(model: Path, seeds: Iterable[int]) -> Accuracy:
    """Runs the model on the scenes of the seeds and scores it."""
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    images: list[Row] = []
    truths: list[Row] = []
    found: list[Row] = []
    for number, seed in enumerate(seeds, 1):
        scene = render_scene(seed)
        images.append({"id": number, "width": FRAME_WIDTH, "height": FRAME_HEIGHT})
        for box, kind in zip(scene.boxes, scene.classes, strict=True):
            row = _row(number, box, int(kind))
            truths.append({**row, "id": len(truths) + 1, "iscrowd": 0, "area": row["bbox"][2] * row["bbox"][3]})
        tensor = np.ascontiguousarray(scene.image[None, :, :, ::-1].transpose(0, 3, 1, 2)).astype(np.float32) / 255
        for box, score, kind in decode(session.run(None, {"images": tensor})[0][0]):
            found.append({**_row(number, box, kind), "score": score})
    return _score({"images": images, "annotations": truths, "categories": _categories()}, found)


def decode(output: Floats) -> list[tuple[Floats, float, int]]:
    """Boxes (left, top, right, bottom), scores and classes from [4 + classes, anchors], suppressed within a class."""
    scores, kinds = output[4:].max(0), output[4:].argmax(0)
    likely = scores >= MIN_SCORE
    scores, kinds = scores[likely], kinds[likely]
    center, size = output[:2, likely].T, output[2:4, likely].T
    corners = np.concatenate([center - size / 2, size], 1)
    kept = cv2.dnn.NMSBoxesBatched(corners.tolist(), scores.tolist(), kinds.tolist(), MIN_SCORE, NMS_IOU)
    best = sorted((int(i) for i in np.asarray(kept).reshape(-1)), key=lambda i: -scores[i])[:MOST_DETECTIONS]
    boxes = np.concatenate([center - size / 2, center + size / 2], 1)
    return [(boxes[i], float(scores[i]), int(kinds[i])) for i in best]


def _row(image: int, box: Floats, kind: int) -> Row:
    left, top, right, bottom = (float(v) for v in box)
    return {"image_id": image, "category_id": kind + 1, "bbox": [left, top, right - left, bottom - top]}


def _categories() -> list[Row]:
    return [{"id": number, "name": name} for number, name in enumerate(CLASS_NAMES, 1)]


def _score(labels: dict[str, list[Row]], found: list[Row]) -> Accuracy:
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = cast(Any, labels)
        truth.createIndex()
        run = COCOeval(truth, truth.loadRes(found), "bbox")
        run.evaluate()
        run.accumulate()
    precision = run.eval["precision"][:, :, :, 0, -1]
    ap50 = tuple(float(precision[0, :, kind].mean()) for kind in range(len(CLASS_NAMES)))
    return Accuracy(float(np.mean(ap50)), float(precision.mean()), ap50, len(labels["images"]))


def report(accuracy: Accuracy) -> str:
    """One line with all the figures."""
    classes = ", ".join(f"{name} {value:.3f}" for name, value in zip(CLASS_NAMES, accuracy.ap50, strict=True))
    return f"mAP50 {accuracy.map50:.3f} mAP50-95 {accuracy.map50_95:.3f} on {accuracy.frames} frames; AP50: {classes}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path(__file__).resolve().parent / "model.onnx")
    parser.add_argument("--frames", type=int, default=len(HELD_OUT_SEEDS))
    options = parser.parse_args()
    sys.stdout.write(report(evaluate(options.model, HELD_OUT_SEEDS[: options.frames])) + "\n")


if __name__ == "__main__":
    main()
