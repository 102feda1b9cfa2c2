"""The lock of a board between real processes and descriptors."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from targets.agent.board_lock import BoardLock
from targets.agent.protocol import CommandError

OWNER = {"person": "Ada", "desktop": "desk-1", "pid": 7}


def test_that_a_busy_lock_names_person_desktop_purpose_and_time(tmp_path: Path) -> None:
    first, second = (BoardLock(tmp_path, tmp_path / "lock") for _ in range(2))
    first.take(OWNER, "verify")
    with pytest.raises(CommandError) as busy:
        second.take({"person": "Bob"}, "build")
    assert busy.value.code == "E_BUSY"
    said = r"Ada uses this board from desk-1 \(verify, since 20\d\d-\d\d-\d\d \d\d:\d\d UTC\)"
    assert re.fullmatch(said, busy.value.summary)
    assert second.describe()["owner"]["purpose"] == "verify"
    first.release()
    assert second.describe()["owner"] is None
    assert second.take({"person": "Bob"}, "build") is False
    second.release()


def test_that_the_holder_may_change_its_purpose(tmp_path: Path) -> None:
    lock = BoardLock(tmp_path, tmp_path / "lock")
    lock.take(OWNER, "a rather long purpose")
    lock.take(OWNER, "build")
    assert lock.describe()["owner"]["purpose"] == "build"
    lock.release()


def test_that_the_kernel_frees_the_lock_of_a_killed_process(tmp_path: Path, repository: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from targets.agent.board_lock import BoardLock; "
        "lock = BoardLock(Path(sys.argv[1]), Path(sys.argv[1]) / 'lock'); lock.take({'person': 'Ada'}, 'x'); "
        "print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    lock = BoardLock(tmp_path, tmp_path / "lock")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=repository) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(CommandError):
            lock.take(OWNER, "verify")
        holder.kill()
        holder.wait()
    assert lock.take(OWNER, "verify") is False
    lock.release()


def test_that_every_user_of_the_board_may_open_the_lock(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        lock = BoardLock(tmp_path, tmp_path / "lock")
        lock.take(OWNER, "verify")
        lock.release()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "lock").stat().st_mode) == 0o666


def test_that_a_link_in_the_locks_place_is_not_followed_and_the_home_is_locked_weakly(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("not ours")
    (tmp_path / "lock").symlink_to(precious)
    lock = BoardLock(tmp_path / "root", tmp_path / "lock")
    assert lock.take(OWNER, "verify") is True
    assert lock.describe()["weak"] is True
    assert lock.describe()["path"] == str(tmp_path / "root" / "lock")
    lock.release()
    assert precious.read_text() == "not ours"


def test_that_a_place_that_is_not_there_leaves_the_weak_lock(tmp_path: Path) -> None:
    lock = BoardLock(tmp_path / "root", tmp_path / "none" / "lock")
    assert lock.take(OWNER, "verify") is True
    lock.release()


def test_that_nonsense_in_the_lock_is_an_owner_without_a_name(tmp_path: Path) -> None:
    first, second = (BoardLock(tmp_path, tmp_path / "lock") for _ in range(2))
    first.take(OWNER, "verify")
    for nonsense in (b"\xff\xfe", b"[" * 3000, b'["Ada"]', b""):
        (tmp_path / "lock").write_bytes(nonsense)
        with pytest.raises(CommandError, match="unknown uses this board from unknown"):
            second.take(OWNER, "build")
    first.release()
