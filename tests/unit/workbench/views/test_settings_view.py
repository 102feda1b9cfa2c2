from __future__ import annotations

from collections.abc import Iterator

import pytest

from projects.record_file import Author
from workbench.base.errors import UsageError
from workbench.session import Session
from workbench.settings import FILE_NAME, Settings
from workbench.views.settings import load_window_settings, read_settings, save_setting, set_settings_aside


@pytest.fixture
def session(slipway_home) -> Iterator[Session]:
    slipway_home.mkdir()
    with Session(slipway_home, by=Author("Ada")) as made:
        yield made


def test_that_every_option_is_shown_with_its_default_and_meaning(session):
    view = read_settings(session)
    assert [group.title for group in view.groups] == ["You", "Work", "Window"]
    options = [option for group in view.groups for option in group.options]
    assert sorted(option.name for option in options) == sorted(Settings.__dataclass_fields__)
    assert all(option.label and option.meaning and option.is_default for option in options)
    assert {option.kind for option in options} == {"text", "number", "flag", "choice"}
    assert not view.exists


def test_that_a_change_is_kept_and_shown(session):
    assert save_setting(session, "theme", "light").theme == "light"
    view = read_settings(session)
    assert view.option("theme").value == "light"
    assert not view.option("theme").is_default
    assert view.exists


def test_that_the_board_is_chosen_from_those_that_are_known(session):
    assert [choice.value for choice in read_settings(session).option("board").choices] == ["this-machine"]
    save_setting(session, "board", "gone")
    labels = [choice.label for choice in read_settings(session).option("board").choices]
    assert labels == ["this-machine", "gone (not known any more)"]


def test_that_a_wrong_value_says_what_is_expected(session):
    with pytest.raises(UsageError, match="expected a number from 85 to 200"):
        save_setting(session, "font_percent", 10)


def test_that_a_broken_file_is_shown_with_its_problems_and_can_be_set_aside(session, slipway_home):
    (slipway_home / FILE_NAME).write_text('theme = "red"\n')
    view = read_settings(session)
    assert view.problem is not None
    assert "settings.toml:1: theme = 'red'" in view.problem.detail
    assert load_window_settings(session) == Settings()
    aside = set_settings_aside(session)
    assert aside.read_text() == 'theme = "red"\n'
    assert read_settings(session).problem is None
    (slipway_home / FILE_NAME).write_text("x")
    assert set_settings_aside(session).name == "settings.toml.broken-2"
