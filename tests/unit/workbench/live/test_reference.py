from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from workbench.evaluate.matching import make_detections
from workbench.live import reference_cache as module
from workbench.live.reference_cache import ReferenceCache

FOUND = make_detections([[1, 2, 3, 4], [5, 6, 7, 8]], [0.75, 0.5], [0, 3])
NOTHING = make_detections(np.zeros((0, 4)), [], [])


def test_that_what_was_found_is_there_for_the_same_model_settings_and_frame_alone(tmp_path: Path):
    path = tmp_path / "reference.sqlite"
    with closing(ReferenceCache(path, "model", "settings")) as cache:
        cache.keep("frame", FOUND)
        cache.keep("empty", NOTHING)
    with closing(ReferenceCache(path, "model", "settings")) as cache:
        again = cache.find("frame") or pytest.fail("it was kept")
        assert (again.boxes.tolist(), again.scores.tolist(), again.classes.tolist()) == (
            FOUND.boxes.tolist(),
            FOUND.scores.tolist(),
            FOUND.classes.tolist(),
        )
        empty = cache.find("empty")
        assert empty is not None
        assert len(empty) == 0, "nothing found is known, and not unknown"
        assert cache.find("other") is None
    for model, settings in (("another", "settings"), ("model", "others")):
        with closing(ReferenceCache(path, model, settings)) as cache:
            assert cache.find("frame") is None


def test_that_the_oldest_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "KEPT_FRAMES", 10)
    with closing(ReferenceCache(tmp_path / "reference.sqlite", "model", "settings")) as cache:
        for number in range(30):
            cache.keep(str(number), NOTHING)
        cache.commit()
        assert [number for number in range(30) if cache.find(str(number)) is not None] == list(range(20, 30))
