"""The desktop's client against a real agent process."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from targets.agent_client import AgentClient, Owner
from targets.board import Board
from targets.push import push_blobs
from targets.replies import Refused
from tests.unit.targets.both import on_both
from workbench.base.cancel import CancelToken

pytestmark = on_both


def test_that_a_probe_tells_what_the_machine_is(client: AgentClient) -> None:
    facts = client.probe()
    assert facts.cores is not None
    assert facts.cores >= 1
    assert facts.device_key is not None
    assert facts.boot_id == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert facts.policy is None


def test_that_a_state_tells_anew_what_changes_and_keeps_the_rest(client: AgentClient, board: Board) -> None:
    before = client.probe()
    with AgentClient(board, Owner("Bob", "desk-2", 1)) as second, second.locked("build"):
        after = client.state(before)
    assert after.lock is not None
    assert after.lock.owner is not None
    assert after.lock.owner["person"] == "Bob"
    assert after.read_utc is not None
    assert before.read_utc is not None
    assert after.read_utc >= before.read_utc
    assert (after.runtimes, after.boot_id, after.disk_total_bytes) == (
        before.runtimes,
        before.boot_id,
        before.disk_total_bytes,
    )


def test_that_the_clock_offset_to_the_own_machine_is_below_its_round_trip(client: AgentClient) -> None:
    client.probe()
    assert client.clock is not None
    assert abs(client.clock.offset_ns) <= client.clock.round_trip_ns


def test_that_a_second_agent_is_told_who_holds_the_board(client: AgentClient, board: Board) -> None:
    with client.locked("verify"), AgentClient(board, Owner("Bob", "desk-2", 1)) as second:
        with pytest.raises(Refused) as refused:
            second.lock("build")
        assert refused.value.code == "E_BUSY"
        assert "Ada uses this board from desk-1 (verify" in refused.value.summary
        lock = second.probe().lock
        assert lock is not None
        assert lock.owner is not None
        assert lock.owner["person"] == "Ada"


def test_that_the_lock_is_free_after_it_was_given_back(client: AgentClient, board: Board) -> None:
    with client.locked("verify"):
        pass
    with AgentClient(board, Owner("Bob", "desk-2", 1)) as second:
        assert second.lock("build") is False


def test_that_a_push_sends_only_what_the_board_lacks(client: AgentClient, tmp_path: Path) -> None:
    blobs = {}
    for text in (b"one" * 1000, b"two" * 1000):
        path = tmp_path / hashlib.sha256(text).hexdigest()
        path.write_bytes(text)
        blobs[path.name] = path
    first = push_blobs(client, dict(list(blobs.items())[:1]), CancelToken())
    second = push_blobs(client, blobs, CancelToken())
    assert first.sent_bytes == second.sent_bytes == 3000
    assert set(first.sent) | set(second.sent) == set(blobs)
    assert client.have(blobs) == set(blobs)
