"""This machine as a board: shipping, programs, blobs and files, with cancel and deadline on each."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from targets.agent_client import AgentClient, Owner
from targets.agent_package import agent_package
from targets.local import LocalBoard, ship
from targets.replies import Refused
from tests.pythons import need_python_3_8
from workbench.base.errors import SlipwayError


def test_that_a_root_that_cannot_be_written_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    board = LocalBoard("bench", tmp_path / "file" / "root")
    with pytest.raises(SlipwayError, match="cannot write"), AgentClient(board):
        pass


def test_that_an_agent_that_was_changed_on_the_board_is_shipped_anew(tmp_path: Path) -> None:
    folder = ship(agent_package(), tmp_path)
    changed = folder / "slipway_agent" / "policy.py"
    changed.write_text("def check(root): pass\n")
    assert ship(agent_package(), tmp_path) == folder
    assert "refusal" in changed.read_text()


def test_that_shipping_twice_at_once_ends_in_one_agent(tmp_path: Path) -> None:
    threads = [threading.Thread(target=ship, args=(agent_package(), tmp_path)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in (tmp_path / "agent").iterdir()] == [agent_package().sha256]


def test_that_the_agent_serves_probes_and_receives_on_python_3_8(
    tmp_path: Path, push: Callable[[AgentClient, bytes], str]
) -> None:
    board = LocalBoard("bench", tmp_path / "root", python=need_python_3_8(), lock=tmp_path / "lock")
    with AgentClient(board, Owner("Ada", "desk-1", 1)) as client:
        facts = client.probe()
        assert facts.python is not None
        assert facts.python.startswith("3.8.")
        sha256 = push(client, b"some bytes")
        with client.locked("test"):
            assert client.prune([sha256]) == 0
            if facts.runtimes["openvino"].version is None:
                assert "pip install openvino" in str(facts.runtimes["openvino"].missing)
                with pytest.raises(Refused, match="OpenVINO is not installed") as refused:
                    client.build(sha256, "openvino", {})
                assert "pip install openvino" in refused.value.hint
