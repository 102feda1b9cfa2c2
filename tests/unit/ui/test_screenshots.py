"""The script that renders every page and dialog."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from PySide6.QtGui import QImage

from ui import photographer, screenshots
from ui.scenes.all import SCENES
from ui.scenes.scene import PICTURE, NotHere, Scene, plain


@pytest.fixture
def render(tmp_path, place):
    """Run the script on a copy of the finished project; its exit code, what it said, and where the pictures are."""

    def run(*arguments):
        out = tmp_path / "pictures"
        words = [sys.executable, "-m", "ui.screenshots", str(out), "--project", str(place.project), "--as-it-is"]
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        done = subprocess.run(
            [*words, *arguments], check=False, capture_output=True, text=True, timeout=120, env=environment
        )
        return done.returncode, done.stdout + done.stderr, out

    return run


@pytest.mark.slow
def test_that_pages_dialogs_and_a_first_start_are_rendered_as_asked(render):
    names = ("verify", "new-project", "palette", "welcome-first")
    code, said, out = render("--usual", *(word for name in names for word in ("--only", name)))
    assert code == 0, said
    for name in names:
        for theme in screenshots.THEMES:
            picture = QImage(str(out / f"{name}-{theme}-1680x1000.png"))
            assert (picture.width(), picture.height()) == screenshots.USUAL, f"{name} {theme}"
            ground = picture.pixelColor(840, 3).lightness()  # of the head, over its controls
            assert (ground < 64) == (theme == "dark"), name  # a dialog darkens what lies behind it


def test_that_names_nobody_knows_are_an_error():
    with pytest.raises(SystemExit, match="no scene is called nothing"):
        work(screenshots._parse(["out", "--only", "nothing"]), None, None, None)


def test_that_every_scene_has_a_name_of_its_own():
    names = [scene.name for scene in SCENES]
    assert len(set(names)) == len(names)


def test_that_what_does_not_come_up_is_a_failure_and_what_is_not_there_is_left_out(
    qapp, session, tmp_path, monkeypatch, capsys
):
    def never(_setting):
        yield lambda: False

    def missing(setting):
        if not setting.host:
            raise NotHere("nothing of the kind")
        yield PICTURE

    monkeypatch.setattr(photographer, "LONGEST_S", 0.2)
    scenes = (Scene("never", "settings", never), Scene("none", "settings", missing), Scene("one", "settings", plain))
    monkeypatch.setattr(photographer, "SCENES", scenes)
    asked = screenshots._parse([str(tmp_path), "--usual", "--theme", "light"])
    done = work(asked, qapp, session, tmp_path)
    assert (done.made, done.failed) == (1, 1)
    said = capsys.readouterr()
    assert "could not be made: never: it did not come up" in said.err
    assert "left out: none: nothing of the kind" in said.out
    assert (tmp_path / "one-light-1680x1000.png").is_file()


def work(asked, app, session, folder):
    made = photographer.Photographer(app, asked, folder)
    made.work(session, None)
    return made
