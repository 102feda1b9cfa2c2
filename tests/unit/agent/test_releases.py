"""Releases under kills, rot and repeated installs: none or a whole one, never trusted by name."""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from targets.agent import files
from targets.agent.blobs import Blobs
from targets.agent.manifest import make_manifest
from targets.agent.protocol import CommandError
from targets.agent.releases import Releases, verify

KILLS = 10
INSTALL = """
import json, sys
from pathlib import Path
from targets.agent.blobs import Blobs
from targets.agent.releases import Releases
root, manifest = Path(sys.argv[1]), json.loads(sys.argv[2])
releases = Releases(root, Blobs(root))
sys.stdout.write("ready")
sys.stdout.flush()
releases.install(manifest["release"], manifest, manifest["files"], lambda folder: None)
sys.stdout.write("done")
"""


@pytest.fixture
def blobs(board_root: Path) -> Blobs:
    return Blobs(board_root)


@pytest.fixture
def releases(board_root: Path, blobs: Blobs) -> Releases:
    return Releases(board_root, blobs)


@pytest.fixture
def names(board_root: Path) -> dict[str, str]:
    """Four blobs of 2 MB on the board: sha256 by name."""
    found = {}
    (board_root / "blobs").mkdir(parents=True)
    for name in ("engine.blob", "head.json", "native.so", "notes.md"):
        content = random.Random(name).randbytes(2_000_000)
        found[name] = hashlib.sha256(content).hexdigest()
        (board_root / "blobs" / found[name]).write_bytes(content)
    return found


def install(releases: Releases, names: dict[str, str], about: dict[str, Any] | None = None) -> dict[str, Any]:
    """Install release `r1` without a trial."""
    return releases.install("r1", make_manifest("r1", names, about or {}), names, lambda folder: None)


def test_that_an_installed_release_is_whole_and_takes_no_space(
    releases: Releases, names: dict[str, str], board_root: Path
) -> None:
    done = install(releases, names)
    folder = board_root / "releases" / "r1"
    assert verify(folder) is None
    assert (folder / "engine.blob").samefile(board_root / "blobs" / names["engine.blob"])
    assert done["manifest_sha256"] == files.sha256_file(folder / "manifest.json")
    assert json.loads((board_root / "state.json").read_text()) == {
        "format": "slipway.state/1",
        "good": None,
        "trying": None,
        "previous": None,
    }


def test_that_installing_twice_is_the_same_as_once(releases: Releases, names: dict[str, str]) -> None:
    assert install(releases, names) == install(releases, names)


def test_that_a_broken_release_of_the_same_name_is_replaced(
    releases: Releases, names: dict[str, str], board_root: Path
) -> None:
    install(releases, names)
    engine = board_root / "releases" / "r1" / "engine.blob"
    engine.unlink()
    engine.write_bytes(b"half")
    assert verify(engine.parent) == "engine.blob has other bytes than the manifest says"
    install(releases, names)
    assert verify(engine.parent) is None


def test_that_a_release_never_changes_under_its_name(releases: Releases, names: dict[str, str]) -> None:
    install(releases, names)
    with pytest.raises(CommandError, match="is installed already, with another manifest") as refused:
        install(releases, names, {"note": "another"})
    assert refused.value.code == "E_HASH"


def test_that_a_file_too_many_is_found(releases: Releases, names: dict[str, str], board_root: Path) -> None:
    install(releases, names)
    (board_root / "releases" / "r1" / "backdoor.so").write_bytes(b"")
    (found,) = releases.describe()
    assert found["problem"] == "backdoor.so is not in the manifest"
    assert found["verified"] is False


def test_that_a_missing_blob_installs_nothing(releases: Releases, names: dict[str, str], board_root: Path) -> None:
    (board_root / "blobs" / names["head.json"]).unlink()
    with pytest.raises(CommandError) as refused:
        install(releases, names)
    assert refused.value.code == "E_MISSING"
    assert list((board_root / "releases").iterdir()) == []


def test_that_a_trial_that_fails_installs_nothing(releases: Releases, names: dict[str, str], board_root: Path) -> None:
    def fail(folder: Path) -> dict[str, Any]:
        assert verify(folder) == "it is the manifest of 'r1'"
        assert folder.name.startswith(".stage-r1-")
        raise CommandError("E_RUNTIME", "the engine does not load")

    with pytest.raises(CommandError, match="does not load"):
        releases.install("r1", make_manifest("r1", names, {}), names, fail)
    assert list((board_root / "releases").iterdir()) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "slipway.manifest/2"}, "its format is 'slipway.manifest/2', expected 'slipway.manifest/1'"),
        ({"release": "r2"}, "it is the manifest of 'r2'"),
        ({"files": {}}, "it lists no files"),
        ({"files": {"../x": "0" * 64}}, "it lists '../x' as"),
        ({"files": {"manifest.json": "0" * 64}}, "it lists 'manifest.json' as"),
        ({"files": {"a": "0" * 64}}, "its files are not the files of the request"),
    ],
)
def test_that_a_manifest_of_something_else_is_refused(
    releases: Releases, names: dict[str, str], change: dict[str, Any], words: str
) -> None:
    manifest = {**make_manifest("r1", names, {}), **change}
    with pytest.raises(CommandError) as refused:
        releases.install("r1", manifest, names, lambda folder: None)
    assert words in refused.value.summary


@pytest.mark.parametrize("content", ["{", "[]", '{"format": "slipway.state/2"}'])
def test_that_a_state_of_a_newer_slipway_is_left_alone(
    releases: Releases, names: dict[str, str], board_root: Path, content: str
) -> None:
    (board_root / "state.json").write_text(content)
    with pytest.raises(CommandError) as refused:
        install(releases, names)
    assert refused.value.code == "E_POLICY"
    assert (board_root / "state.json").read_text() == content


def run_install(repository: Path, root: Path, names: dict[str, str]) -> subprocess.Popen[bytes]:
    """A process that has said `ready` and begins to install."""
    manifest = json.dumps(make_manifest("r1", names, {}))
    command = [sys.executable, "-c", INSTALL, str(root), manifest]
    process = subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.read(5) == b"ready"
    return process


def test_that_a_kill_at_any_moment_leaves_no_release_or_a_whole_one(
    releases: Releases, names: dict[str, str], board_root: Path, repository: Path
) -> None:
    folder = board_root / "releases" / "r1"
    with run_install(repository, board_root, names) as process:
        began_s = time.monotonic()
        process.communicate()
        whole_s = time.monotonic() - began_s
    moments = random.Random(20)
    killed = tries = 0
    while killed < KILLS:
        tries += 1
        assert tries < 20 * KILLS, "too few kills came before the end of the install to prove anything"
        if folder.exists():
            releases.remove("r1")
        with run_install(repository, board_root, names) as process:
            wait_busily(moments.uniform(0, whole_s))
            process.send_signal(signal.SIGKILL)
            rest, _ = process.communicate()
        killed += rest == b""
        assert not folder.exists() or verify(folder) is None
        assert all(path.name == "r1" or path.name.startswith((".stage-", ".old-")) for path in folder.parent.iterdir())
    install(releases, names)
    assert [path.name for path in folder.parent.iterdir()] == ["r1"]


def wait_busily(seconds: float) -> None:
    """Wait more precisely than the scheduler lets a sleeper."""
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        os.sched_yield()


def test_that_a_kill_in_a_removal_leaves_a_whole_release_or_none(
    releases: Releases, names: dict[str, str], board_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(releases, names)

    def dies(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", dies)
    with pytest.raises(KeyboardInterrupt):
        releases.remove("r1")
    monkeypatch.undo()
    assert releases.describe() == []
    assert len(releases.recover()) == 1
    assert list((board_root / "releases").iterdir()) == []


def test_that_a_full_disk_installs_nothing(releases: Releases, names: dict[str, str], board_root: Path) -> None:
    """The limit on file sizes stands for a full disk: the manifest cannot be written."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(CommandError) as refused:
            install(releases, names)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert refused.value.code == "E_DISK"
    assert list((board_root / "releases").iterdir()) == []


def test_that_a_disk_without_hard_links_gets_copies(
    releases: Releases, names: dict[str, str], board_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(_source: str, _target: str) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    install(releases, names)
    folder = board_root / "releases" / "r1"
    assert verify(folder) is None
    assert not (folder / "engine.blob").samefile(board_root / "blobs" / names["engine.blob"])
