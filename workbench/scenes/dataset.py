"""Writes rendered scenes as an image folder with labels in COCO JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import cv2

from workbench.base.atomic import cannot_write, write_json
from workbench.scenes.road import FRAME_HEIGHT, FRAME_WIDTH
from workbench.scenes.scene import CLASS_NAMES, Scene, render_scene
from workbench.scenes.sprite import Pixels

LABELS_FILE = "labels.json"
JPEG_QUALITY = 95
ABOUT = "Road scenes rendered by Slipway; boxes are exact. An image's number is the seed of its scene."

ImageKind = Literal["jpg", "png"]
Row = dict[str, Any]


def write_dataset(
    folder: Path,
    seeds: Sequence[int],
    kind: ImageKind = "jpg",
    on_frame: Callable[[int, int], None] | None = None,
) -> Path:
    """Renders the scene of every seed into `folder` and writes `folder`/labels.json beside them, which is returned.

    Args:
        folder: Made if it is not there; images of the same seeds are replaced.
        seeds: Scene seeds; each is the image's id and its file name.
        kind: "png" keeps every byte, "jpg" takes a fifth of the space.
        on_frame: Told frames done and frames in all; an exception from it stops the work before labels are written.

    Raises:
        SlipwayError: The folder cannot be written or the disk is full.
    """
    images: list[Row] = []
    annotations: list[Row] = []
    for done, seed in enumerate(seeds, 1):
        scene = render_scene(seed)
        name = f"scene_{seed:07d}.{kind}"
        _write_image(folder / name, scene.image, kind)
        size = {"width": FRAME_WIDTH, "height": FRAME_HEIGHT}
        images.append({"id": seed, "file_name": name, **size, "light": scene.weather.light, "air": scene.weather.air})
        annotations += _annotations(seed, scene, len(annotations) + 1)
        if on_frame is not None:
            on_frame(done, len(seeds))
    categories = [{"id": number, "name": name} for number, name in enumerate(CLASS_NAMES, 1)]
    labels = folder / LABELS_FILE
    info = {"description": ABOUT}
    write_json(labels, {"info": info, "images": images, "annotations": annotations, "categories": categories})
    return labels


def _annotations(seed: int, scene: Scene, first_id: int) -> list[Row]:
    rows = []
    for number, (box, kind) in enumerate(zip(scene.boxes.tolist(), scene.classes.tolist(), strict=True), first_id):
        left, top, right, bottom = box
        width, height = right - left, bottom - top
        shape = {"bbox": [left, top, width, height], "area": width * height, "iscrowd": 0}
        rows.append({"id": number, "image_id": seed, "category_id": kind + 1, **shape})
    return rows


def _write_image(path: Path, image: Pixels, kind: ImageKind) -> None:
    options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if kind == "jpg" else []
    _, data = cv2.imencode(f".{kind}", image, options)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise cannot_write(path, error) from error
