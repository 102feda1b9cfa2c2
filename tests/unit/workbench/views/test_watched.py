"""Runs that can be opened on the page Live, and pictures that it stores."""

from __future__ import annotations

from pathlib import Path

import pytest

from projects.record_file import Author
from workbench.base.errors import SlipwayError
from workbench.session import Session
from workbench.views.watched import list_ended, store_picture


@pytest.fixture
def session(slipway_home: Path) -> Session:
    slipway_home.mkdir(exist_ok=True)
    return Session(slipway_home, by=Author("Ada"))


def test_that_a_project_without_runs_has_none_to_open(session, tmp_path):
    assert list_ended(session, tmp_path) == ()


def test_that_a_picture_is_stored_whole(session, tmp_path):
    path = store_picture(session, tmp_path / "plot.svg", b"<svg/>")
    assert path.read_bytes() == b"<svg/>"
    assert [item.name for item in tmp_path.iterdir() if item.is_file()] == ["plot.svg"]


def test_that_a_folder_that_may_not_be_written_is_said(session, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SlipwayError, match="file"):
        store_picture(session, tmp_path / "file" / "plot.svg", b"x")
