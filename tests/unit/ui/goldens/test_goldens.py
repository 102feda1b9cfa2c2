"""Every page and dialog beside the picture of it that is kept: what a change of looks changes is seen, and meant.

`python -m tests.unit.ui.goldens.write` takes the pictures anew. They are of the offscreen platform on Linux.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QWidget

from tests.unit.ui.goldens.comparison import compare, read_picture, write_difference
from tests.unit.ui.goldens.scenes import SCENES
from tests.unit.ui.goldens.taking import KEPT, NAMES, show, still_window, take, take_all
from ui.theme.tokens import DARK

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="fonts are drawn otherwise than in the pictures")
AGAIN = "python -m tests.unit.ui.goldens.write"


@pytest.fixture(scope="module")
def differences(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is wrong with each picture, in words; nothing where it is as it was kept."""
    found = {}
    folder = tmp_path_factory.mktemp("goldens")
    for name, actual in take_all(qapp, tmp_path_factory.mktemp("home")):
        expected = read_picture(KEPT / f"{name}.webp")
        difference = compare(actual, expected)
        if difference is not None:
            write_difference(folder, name, actual, expected, difference)
            found[name] = f"{name}: {difference.text}; see {folder}/{name}-*.png, and {AGAIN} where it is meant"
    return found


@pytest.mark.parametrize("name", NAMES)
def test_that_a_page_looks_as_it_did(differences: dict[str, str], name: str):
    assert name not in differences, differences[name]


def test_that_no_picture_is_kept_of_what_is_not_there():
    assert {path.stem for path in KEPT.glob("*.webp")} == set(NAMES)


def test_that_another_shade_and_a_widget_that_moved_are_found(qapp: QApplication, tmp_path: Path):
    expected = read_picture(KEPT / "settings-dark.webp")
    (scene,) = [scene for scene in SCENES if scene.name == "settings"]
    with still_window(qapp, tmp_path / "base") as window:
        show(window, scene)
        assert compare(take(qapp, window, DARK), expected) is None
        shade = compare(take(qapp, window, replace(DARK, border="#2A313C")), expected)
        assert shade is not None
        assert compare(take(qapp, window, DARK), expected) is None
        moved = window.centre.page
        assert isinstance(moved, QWidget)
        moved.move(moved.x() + 4, moved.y())
        found = compare(take(qapp, window, DARK), expected)
    assert found is not None
    write_difference(tmp_path / "shown", "settings", found.picture, expected, found)
    assert {path.name for path in (tmp_path / "shown").iterdir()} == {
        f"settings-{kind}.png" for kind in ("actual", "expected", "difference")
    }


def test_that_rounding_is_no_difference_and_a_missing_picture_is_one():
    picture = np.full((100, 200, 3), 40, np.uint8)
    off = picture.copy()
    off[::3] += 2
    assert compare(off, picture) is None
    off[10, 20] += 9
    difference = compare(off, picture)
    assert difference is not None
    assert difference.text == "1 of 20,000 pixels differ, by 9 of 255 at most, within x 20 to 20, y 10 to 10"
    assert compare(picture, None) is not None
    assert compare(picture[:50], picture) is not None
