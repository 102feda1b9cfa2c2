"""Blobs: named by their bytes, whole or not there, and never a path."""

from __future__ import annotations

from pathlib import Path

import pytest

from projects.blobs import BlobStore
from workbench.base.errors import Cancelled, SlipwayError, UsageError
from workbench.base.hashing import sha256_bytes

_DATA = b"candidate" * 1000


def test_that_bytes_and_files_are_kept_by_their_sha256(tmp_path: Path) -> None:
    store = BlobStore(tmp_path / ".slipway" / "blobs")
    sha256 = store.add_bytes(_DATA)
    assert sha256 == sha256_bytes(_DATA)
    source = tmp_path / "m.onnx"
    source.write_bytes(_DATA + b"more")
    other = store.add_file(source)
    assert sorted([sha256, other]) == list(store.names())
    assert store.read(other, "m") == _DATA + b"more"
    assert store.add_file(source) == other
    assert [path.name for path in store.folder.iterdir() if path.name.startswith(".")] == []


def test_that_absent_bytes_are_said_to_be_absent(tmp_path: Path) -> None:
    store = BlobStore(tmp_path / "blobs")
    sha256 = sha256_bytes(b"elsewhere")
    assert store.path_of(sha256) is None
    assert list(store.names()) == []
    with pytest.raises(UsageError) as caught:
        store.require(sha256, "the candidate int8")
    assert str(caught.value).startswith(f"the bytes of the candidate int8 are not here (sha256 {sha256[:12]}…)\n")


def test_that_a_changed_blob_is_noticed(tmp_path: Path) -> None:
    store = BlobStore(tmp_path / "blobs")
    sha256 = store.add_bytes(_DATA)
    store.verify(sha256, "x")
    (store.folder / sha256).write_bytes(b"?" + _DATA[1:])
    for check in (store.read, store.verify):
        with pytest.raises(SlipwayError, match="the bytes of x were changed"):
            check(sha256, "x")


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63, "0" * 64 + "/x"])
def test_that_nothing_but_a_sha256_names_a_blob(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="is no sha256"):
        BlobStore(tmp_path).path_of(name)


def test_that_a_cancelled_copy_leaves_nothing(tmp_path: Path) -> None:
    source = tmp_path / "m.onnx"
    source.write_bytes(_DATA)
    store = BlobStore(tmp_path / "blobs")

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        store.add_file(source, stop)
    assert list(store.folder.iterdir()) == []


def test_that_a_missing_source_and_a_blocked_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"m\.onnx is not there"):
        BlobStore(tmp_path / "blobs").add_file(tmp_path / "m.onnx")
    (tmp_path / "file").write_text("")
    with pytest.raises(SlipwayError, match="cannot write"):
        BlobStore(tmp_path / "file" / "blobs").add_bytes(_DATA)
