"""The reference beside a live run: with what is left of the processor, the newest wanted frame first, kept on disk."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from targets.agent.frames import Preprocessor
from targets.agent.protocol import CommandError
from workbench.base.atomic import encode_json
from workbench.base.errors import SlipwayError
from workbench.base.hashing import sha256_bytes
from workbench.evaluate.matching import Detections
from workbench.live.boxes import FLOOR
from workbench.live.reference_cache import CACHE_FILE, ReferenceCache
from workbench.pipeline.detector import Detector
from workbench.reference import Reference, tool_versions

KEPT_IN_MEMORY = 20_000
COMMIT_EVERY_S = 2.0
WAIT_S = 0.2
LEAST_PRIORITY = 19

Pixels = NDArray[np.uint8]
Provide = Callable[[str], Pixels | None]
Ahead = Callable[[], list[str]]


class LiveReference:
    """One thread from `start` to `stop`; any thread asks.

    Args:
        detector: what is referred to, and how frames are fed to it.
        cache: the project's folder for what can be computed again.
        provide: the pixels of a frame by its name, at the model's size; None where they are not at hand.
        ahead: names of frames that will come, nearest first.
        on_ready: called in the thread with the name of a frame whose boxes are there.
    """

    def __init__(
        self, detector: Detector, cache: Path, provide: Provide, ahead: Ahead, on_ready: Callable[[str], None]
    ) -> None:
        self._detector, self._path = detector, cache / CACHE_FILE
        self._provide, self._ahead, self._on_ready = provide, ahead, on_ready
        self._changed = threading.Condition()
        self._found: OrderedDict[str, Detections] = OrderedDict()
        self._wanted: list[str] = []
        self._stopped = False
        self._thread = threading.Thread(target=self._work, name="live reference", daemon=True)
        self.trouble: SlipwayError | None = None
        """Why there is none any more."""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, after the present frame."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    def of(self, name: str) -> Detections | None:
        """What the reference finds in a frame; where it is not known yet, it is the next one to be looked at."""
        with self._changed:
            found = self._found.get(name)
            if found is None and name not in self._wanted[-1:]:
                self._wanted = [*self._wanted[-1:], name]
                self._changed.notify_all()
            return found

    def _work(self) -> None:
        _take_what_is_left()
        try:
            with Reference(self._detector.model, 1) as model, closing(self._open()) as cache:
                self._serve(model, cache)
        except SlipwayError as error:
            self.trouble = error
        except (sqlite3.Error, CommandError, OSError) as error:
            self.trouble = SlipwayError(f"the reference cannot go on: {error}")

    def _open(self) -> ReferenceCache:
        return ReferenceCache(self._path, self._detector.facts.sha256, settings_key(self._detector))

    def _serve(self, model: Reference, cache: ReferenceCache) -> None:
        fitting = self._detector.fitting
        preprocess = Preprocessor(self._detector.preprocess, fitting.height, fitting.width)
        committed_s = time.monotonic()
        while True:
            name = self._next()
            if name is None:
                return
            if name:
                found = cache.find(name)
                if found is None:
                    found = self._look(model, preprocess, name)
                    if found is not None:
                        cache.keep(name, found)
                self._tell(name, found)
            if time.monotonic() - committed_s > COMMIT_EVERY_S:
                cache.commit()
                committed_s = time.monotonic()

    def _next(self) -> str | None:
        """The frame to look at: a wanted one, else one that will come; empty after a while without, None at the end."""
        with self._changed:
            if not self._wanted and not self._stopped:
                coming = next((name for name in self._ahead() if name not in self._found), None)
                if coming is not None:
                    return coming
                self._changed.wait_for(lambda: self._wanted or self._stopped, WAIT_S)
            if self._stopped:
                return None
            return self._wanted.pop() if self._wanted else ""

    def _look(self, model: Reference, preprocess: Preprocessor, name: str) -> Detections | None:
        pixels = self._provide(name)
        if pixels is None:
            return None
        outputs = model.infer(preprocess(pixels))
        limits = self._detector.thresholds
        found = self._detector.head.detect(outputs, FLOOR, limits.nms_iou, limits.max_detections)
        return Detections(found.boxes, found.scores, found.classes)

    def _tell(self, name: str, found: Detections | None) -> None:
        if found is None:
            return
        with self._changed:
            self._found[name] = found
            while len(self._found) > KEPT_IN_MEMORY:
                self._found.popitem(last=False)
        self._on_ready(name)


def settings_key(detector: Detector) -> str:
    """What decides what the reference finds, besides model and frame."""
    choice, limits = detector.choice, detector.thresholds
    parts = [
        [choice.name, choice.classes, choice.width, choice.height, dict(choice.options), choice.plugin],
        [limits.nms_iou, limits.max_detections, FLOOR],
        list(detector.preprocess),
        tool_versions(),
    ]
    return sha256_bytes(encode_json(parts))


def _take_what_is_left() -> None:
    """Give this thread the least priority, where threads have one of their own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LEAST_PRIORITY)
