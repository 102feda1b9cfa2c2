from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from workbench.base.errors import SlipwayError
from workbench.recent import KEPT, keep_standing, note_opened, recent_projects, relocate, take_off

OPENER = """
import sys
from pathlib import Path
from workbench.recent import note_opened
for number in range(10):
    note_opened(Path(sys.argv[1]), Path(f"/p/{sys.argv[2]}{number}"), number)
"""


def folders(home: Path) -> list[str]:
    return [item.folder.name for item in recent_projects(home)]


def test_that_the_last_opened_comes_first_and_remembers_its_last_visit(tmp_path):
    for at, name in enumerate(["a", "b", "a"]):
        note_opened(tmp_path, Path("/p") / name, float(at))
    first, second = recent_projects(tmp_path)
    assert (first.folder, first.opened_at, first.visited_at) == (Path("/p/a"), 2.0, 0.0)
    assert (second.folder, second.visited_at) == (Path("/p/b"), None)


def test_that_a_folder_is_one_project_however_it_is_named(tmp_path):
    note_opened(tmp_path, Path("/p/a"), 1.0)
    note_opened(tmp_path, Path("/p/x/../a"), 2.0)
    assert folders(tmp_path) == ["a"]


def test_that_the_list_does_not_grow_for_ever(tmp_path):
    for number in range(KEPT + 5):
        note_opened(tmp_path, Path(f"/p/{number}"), float(number))
    assert len(recent_projects(tmp_path)) == KEPT
    assert folders(tmp_path)[0] == str(KEPT + 4)


def test_that_how_it_stood_is_kept_until_it_is_taken_off(tmp_path):
    note_opened(tmp_path, Path("/p/a"), 1.0)
    keep_standing(tmp_path, Path("/p/a"), {"state": "ok"})
    keep_standing(tmp_path, Path("/p/other"), {"state": "ok"})
    note_opened(tmp_path, Path("/p/a"), 2.0)
    assert [item.standing for item in recent_projects(tmp_path)] == [{"state": "ok"}]
    relocate(tmp_path, Path("/p/a"), Path("/q/b"))
    assert recent_projects(tmp_path)[0].folder == Path("/q/b")
    take_off(tmp_path, Path("/q/b"))
    assert recent_projects(tmp_path) == ()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "slipway.recent/9"}', '{"format": "slipway.recent/1"}'])
def test_that_a_file_that_cannot_be_read_is_no_list(tmp_path, text):
    (tmp_path / "recent.json").write_text(text)
    assert recent_projects(tmp_path) == ()
    note_opened(tmp_path, Path("/p/a"), 1.0)
    assert folders(tmp_path) == ["a"]


def test_that_a_home_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "home").write_text("")
    with pytest.raises(SlipwayError, match="cannot write"):
        note_opened(tmp_path / "home", Path("/p/a"), 1.0)


def test_that_two_windows_lose_nothing_of_each_other(tmp_path):
    windows = [subprocess.Popen([sys.executable, "-c", OPENER, str(tmp_path), name]) for name in "ab"]
    assert [window.wait(60) for window in windows] == [0, 0]
    assert sorted(folders(tmp_path)) == sorted(f"{name}{number}" for name in "ab" for number in range(10))
