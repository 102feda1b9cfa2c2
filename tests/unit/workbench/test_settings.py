from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from workbench.base.errors import UsageError
from workbench.settings import (
    FILE_NAME,
    Settings,
    author,
    home_folder,
    load_or_defaults,
    load_settings,
    problem_of,
    save_settings,
)

OPTIONS = [option.name for option in fields(Settings)]


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
        f"{path}:5: unknown option colour; options are {', '.join(OPTIONS)}",
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


def test_that_who_can_show_the_problem_goes_on_with_the_defaults(tmp_path):
    assert load_or_defaults(write(tmp_path, "person = \n")) == Settings()
    assert load_or_defaults(write(tmp_path, 'person = "Ada"\n')).person == "Ada"


class TestSaving:
    def test_that_saving_keeps_comments_and_all_else(self, tmp_path):
        text = '# mine\n\nperson = "Ada"  # not my "real" name\n  telemetry_hz=5 # slow\n# the end\n'
        write(tmp_path, text)
        assert save_settings(tmp_path, {"person": 'Grace "#1"', "theme": "dark"}) == Settings(
            'Grace "#1"', 5.0, theme="dark"
        )
        assert (tmp_path / FILE_NAME).read_text() == (
            '# mine\n\nperson = "Grace \\"#1\\""  # not my "real" name\n'
            '  telemetry_hz=5 # slow\n# the end\ntheme = "dark"\n'
        )
        assert load_settings(tmp_path) == Settings('Grace "#1"', 5.0, theme="dark")

    def test_that_a_first_setting_makes_the_file(self, tmp_path):
        home = tmp_path / "new"
        assert save_settings(home, {"high_contrast": True, "font_percent": 125}).font_percent == 125.0
        assert load_settings(home) == Settings(high_contrast=True, font_percent=125.0)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"theme": "red"}, "expected one of system, dark, light"),
            ({"font_percent": 20}, "expected a number from 85 to 200"),
            ({"high_contrast": 1}, "expected true or false"),
            ({"person": 7}, "expected text in quotes"),
            ({"them": "dark"}, "did you mean theme"),
        ],
    )
    def test_that_a_wrong_value_changes_nothing(self, tmp_path, changes, words):
        write(tmp_path, 'person = "Ada"\n')
        with pytest.raises(UsageError, match=words):
            save_settings(tmp_path, {"person": "Grace", **changes})
        assert (tmp_path / FILE_NAME).read_text() == 'person = "Ada"\n'
        assert words in problem_of(*next(iter(changes.items())))

    def test_that_a_broken_file_is_left_alone(self, tmp_path):
        write(tmp_path, "person = \n")
        with pytest.raises(UsageError, match="is no TOML"):
            save_settings(tmp_path, {"theme": "dark"})
        assert (tmp_path / FILE_NAME).read_text() == "person = \n"

    @pytest.mark.parametrize("text", ['person = """\nAda\n"""\n', '"person" = "Ada"\n'])
    def test_that_what_is_written_in_other_ways_is_left_to_its_author(self, tmp_path, text):
        write(tmp_path, text)
        with pytest.raises(UsageError, match="by hand") as caught:
            save_settings(tmp_path, {"person": "Grace"})
        assert caught.value.summary == f"cannot change person in {tmp_path / FILE_NAME}"
        assert (tmp_path / FILE_NAME).read_text() == text

    @pytest.mark.parametrize("name", ["Ada\tLovelace", "Ä 日本 🙂", "a\\b", "two\nlines", "\x7f", ""])
    def test_that_any_text_comes_back(self, tmp_path, name):
        assert save_settings(tmp_path, {"person": name}).person == name
        assert load_settings(tmp_path).person == name
