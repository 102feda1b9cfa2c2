"""What stood in fields: kept by place and project, and never a reason to show nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.documents.entries import FORMAT, MOST, find, keep

TYPED = (("host", "jetson"), ("name", ""))


def test_that_entries_come_back_in_their_place_alone(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    keep(tmp_path, one, "mark", TYPED)
    keep(tmp_path, None, "mark", (("host", "elsewhere"),))
    assert find(tmp_path, one, "mark") == TYPED
    assert find(tmp_path, None, "mark") == (("host", "elsewhere"),)
    assert find(tmp_path, other, "mark") == ()
    assert find(tmp_path, one, "candidate") == ()


def test_that_nothing_forgets_what_was_kept(tmp_path: Path) -> None:
    keep(tmp_path, None, "mark", TYPED)
    keep(tmp_path, None, "mark", ())
    assert find(tmp_path, None, "mark") == ()
    assert list(tmp_path.rglob("*.json")) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"format": "slipway.entries/2", "entries": [["a", "b"]]}',
        b'{"format": "slipway.entries/1"}',
        b'{"format": "slipway.entries/1", "entries": [["a"]]}',
        b"[" * 100_000,
    ],
)
def test_that_a_damaged_file_has_no_entries(tmp_path: Path, body: bytes) -> None:
    keep(tmp_path, None, "mark", TYPED)
    (path,) = tmp_path.rglob("*.json")
    path.write_bytes(body)
    assert find(tmp_path, None, "mark") == ()


def test_that_only_texts_are_taken_and_not_more_than_a_form_has(tmp_path: Path) -> None:
    keep(tmp_path, None, "mark", TYPED)
    (path,) = tmp_path.rglob("*.json")
    entries = [["number", 1], *([f"field {at}", "x"] for at in range(MOST + 5))]
    path.write_text(json.dumps({"format": FORMAT, "entries": entries}), encoding="utf-8")
    found = find(tmp_path, None, "mark")
    assert len(found) == MOST
    assert found[0] == ("field 0", "x")
