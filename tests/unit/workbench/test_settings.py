from __future__ import annotations

from pathlib import Path

import pytest

from workbench.base.errors import UsageError
from workbench.settings import FILE_NAME, Settings, author, home_folder, load_settings


def write(home, text):
    home.mkdir(parents=True, exist_ok=True)
    (home / FILE_NAME).write_text(text)
    return home


def test_that_defaults_hold_where_there_is_no_file(tmp_path):
    assert load_settings(tmp_path) == Settings(person="", telemetry_hz=10.0)


def test_that_a_file_chooses(tmp_path):
    settings = load_settings(write(tmp_path, 'person = "Ada Lovelace"\ntelemetry_hz = 5\n'))
    assert settings == Settings("Ada Lovelace", 5.0)
    assert isinstance(settings.telemetry_hz, float)
    assert author(settings).name == "Ada Lovelace"


def test_that_all_problems_are_told_at_once_with_line_and_near_miss(tmp_path):
    text = '# mine\nperson = 3\ntelemetry_hertz = 5\ntelemetry_hz = -1\ncolour = "red"\n'
    with pytest.raises(UsageError) as caught:
        load_settings(write(tmp_path, text))
    path = tmp_path / FILE_NAME
    assert caught.value.summary == f"4 problems in {path}"
    name = "your name, as records give it; empty takes the name that you logged in with"
    rate = "samples of a board's state a second, during runs and live"
    assert caught.value.detail.splitlines() == [
        f"{path}:2: person = 3: expected text in quotes ({name})",
        f"{path}:3: unknown option telemetry_hertz; did you mean telemetry_hz?",
        f"{path}:4: telemetry_hz = -1: expected a number from 0.1 to 100 ({rate})",
        f"{path}:5: unknown option colour; options are person, telemetry_hz",
    ]


@pytest.mark.parametrize("value", ["nan", "inf", "true", "[1]", '"10"', "0", "1000"])
def test_that_a_rate_that_no_board_can_sample_at_is_refused(tmp_path, value):
    with pytest.raises(UsageError, match="a problem in"):
        load_settings(write(tmp_path, f"telemetry_hz = {value}\n"))


@pytest.mark.parametrize("data", [b"person = \n", b"\xff\xfe", b"a" * 2_000_000], ids=["syntax", "bytes", "size"])
def test_that_a_broken_file_is_named(tmp_path, data):
    (tmp_path / FILE_NAME).write_bytes(data)
    with pytest.raises(UsageError, match=r"settings\.toml"):
        load_settings(tmp_path)


def test_that_the_home_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path / "elsewhere"))
    assert home_folder() == tmp_path / "elsewhere"
    monkeypatch.delenv("SLIPWAY_HOME")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert home_folder() == tmp_path / "slipway"


def test_that_a_user_without_a_name_is_told_how_to_give_one(monkeypatch):
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", nobody)
    with pytest.raises(UsageError, match="knows no name for you"):
        author(Settings())


@pytest.mark.parametrize("text", ["telemetry_hz = " + "9" * 5000, "person = " + "[" * 3000])
def test_that_numbers_and_lists_without_end_are_no_settings(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.toml").write_text(text)
    with pytest.raises(UsageError, match="is no TOML"):
        load_settings(tmp_path)
