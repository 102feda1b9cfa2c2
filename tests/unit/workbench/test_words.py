from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from workbench.words import (
    moment_at,
    moment_of,
    say_bytes,
    say_count,
    say_created,
    say_day,
    say_folder,
    say_hash,
    say_moment,
)

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC).astimezone()


@pytest.mark.parametrize(
    ("amount", "noun", "text"),
    [
        (0, "frame", "0 frames"),
        (1, "frame", "1 frame"),
        (14244, "frame", "14,244 frames"),
        (2, "class", "2 classes"),
        (3, "entry", "3 entries"),
        (2, "day", "2 days"),
    ],
)
def test_that_a_count_has_its_noun(amount, noun, text):
    assert say_count(amount, noun) == text


def test_that_a_moment_is_said_by_how_long_ago_its_day_was():
    assert say_moment(NOW.replace(hour=9, minute=5), NOW) == "09:05"
    assert say_moment(NOW.replace(hour=9, minute=5), NOW, today="today") == "today 09:05"
    assert say_moment(NOW.replace(hour=9, minute=5) - timedelta(days=1), NOW) == "yesterday 09:05"
    assert say_moment(datetime(2026, 11, 3, 9, 5).astimezone(), NOW) == "3 Nov 09:05"
    assert say_moment(datetime(2025, 3, 3, 9, 5).astimezone(), NOW) == "3 Mar 2025"


def test_that_what_is_no_moment_stays_as_it_is():
    assert say_created("soon") == "soon"
    assert moment_of("soon") is None


def test_that_seconds_and_records_tell_the_same_moment():
    assert moment_at(NOW.timestamp()) == moment_of(NOW.isoformat())
    assert say_day(NOW) == "24 Nov 2026"


def test_that_sizes_and_hashes_are_short():
    assert say_bytes(3_740_000) == "3.7 MB"
    assert say_bytes(6_400) == "6.4 kB"
    assert say_hash("3f9c" + "0" * 56 + "a71e") == "3f9c…a71e"
    assert say_hash(None) == ""


def test_that_a_folder_below_the_home_is_said_with_a_tilde(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")
    assert say_folder(Path("/home/ada/projects/road-users")) == "~/projects/road-users"
    assert say_folder(Path("/srv/road-users")) == "/srv/road-users"
