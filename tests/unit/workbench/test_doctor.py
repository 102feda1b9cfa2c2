from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
from pathlib import Path

import pytest

from workbench import window_libraries
from workbench.doctor import GROUPS, Finding, State, examine


def look(home: Path) -> dict[str, Finding]:
    return {finding.name: finding for finding in examine(home)}


def test_that_a_machine_that_was_set_up_lacks_nothing(slipway_home):
    found = look(slipway_home)
    assert {"Python", "numpy", "openvino", "ruamel.yaml", "git", "home", "board root", "board lock"} <= found.keys()
    assert [name for name, finding in found.items() if finding.state is State.MISSING] == []
    assert found["numpy"].found == importlib.metadata.version("numpy")


def test_that_looking_makes_no_home(slipway_home):
    examine(slipway_home)
    assert not (slipway_home / "settings.toml").exists()


def test_that_a_library_that_is_not_installed_is_named_with_how_to_get_it(slipway_home, monkeypatch):
    version = importlib.metadata.version

    def version_of(name: str) -> str:
        if name == "openvino":
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(importlib.metadata, "version", version_of)
    assert look(slipway_home)["openvino"] == Finding("openvino", State.MISSING, "not installed", "make ready")


def test_that_a_library_whose_module_is_gone_is_missing(slipway_home, monkeypatch):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "cv2" else find_spec(name))
    finding = look(slipway_home)["opencv-python-headless"]
    assert finding.state is State.MISSING
    assert "its module cv2 is not there" in finding.found


def test_that_a_home_that_cannot_be_written_is_missing(slipway_home, monkeypatch):
    access = os.access

    def access_to(path: Path, mode: int) -> bool:
        return path != slipway_home.parent and access(path, mode)

    monkeypatch.setattr(os, "access", access_to)
    finding = look(slipway_home / "deeper")["home"]
    assert finding.state is State.MISSING
    assert "cannot be written" in finding.found
    assert "SLIPWAY_HOME" in finding.how_to_get


def test_that_little_space_is_a_warning(slipway_home, monkeypatch):
    usage = shutil.disk_usage(slipway_home.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1_000_000_000))
    finding = look(slipway_home)["disk of home"]
    assert (finding.state, finding.found) == (State.WARNING, "1.0 GB free")


def test_that_a_broken_list_of_boards_is_told(slipway_home):
    slipway_home.mkdir()
    (slipway_home / "boards.json").write_text("{")
    finding = look(slipway_home)["boards"]
    assert finding.state is State.MISSING
    assert "boards.json" in finding.found


def test_that_a_machine_without_git_is_warned(slipway_home, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert look(slipway_home)["git"].state is State.WARNING


@pytest.mark.parametrize("name", ["Python", "home", "board root"])
def test_that_every_good_finding_needs_nothing(slipway_home, name):
    finding = look(slipway_home)[name]
    assert (finding.state, finding.how_to_get) == (State.OK, "")


def test_that_findings_come_in_groups(slipway_home):
    found = examine(slipway_home)
    assert [group for group in GROUPS if any(finding.group == group for finding in found)] == list(GROUPS)
    assert all(finding.group in GROUPS for finding in found)


def test_that_libraries_which_a_window_lacks_are_named_with_the_command(slipway_home, monkeypatch):
    monkeypatch.setattr(window_libraries, "EVERYWHERE", {})
    monkeypatch.setattr(window_libraries, "UNDER_X", {"libnothing-of-ours.so.7": "libnothing-of-ours7"})
    finding = look(slipway_home)["window"]
    assert finding.state is State.WARNING
    assert "a window of X lacks libnothing-of-ours7" in finding.found
    assert finding.how_to_get == "sudo apt-get install libnothing-of-ours7"


def test_that_a_library_that_is_there_is_not_missing(monkeypatch):
    monkeypatch.setattr(window_libraries, "EVERYWHERE", {"libc.so.6": "libc6"})
    assert window_libraries.missing_packages(under_x=False) == ()
