"""A bare board over SSH becomes one on which engines run; nothing outside its root is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.example_project import BOARD
from tests.end2end.bench import BY
from tests.package_index import skip_without_index
from tests.pythons import need_clean_python
from tests.ssh_lab.boards import add_board
from tests.ssh_lab.server import SshServer
from tests.unit.targets.test_prepare import system_of
from workbench.base.events import JobState, Progress
from workbench.pipeline.boards import ProbeBoardJob
from workbench.pipeline.prepare import PrepareJob
from workbench.pipeline.probe import ProbedBoard
from workbench.session import Session

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "board"


def probe(session: Session) -> ProbedBoard:
    """What the board tells now."""
    result = session.start(ProbeBoardJob(BOARD, "openvino")).wait(60).result
    assert isinstance(result, ProbedBoard)
    return result


def test_that_a_bare_board_over_ssh_is_prepared_with_wheels_that_are_carried(
    sshd: SshServer, root: Path, slipway_home: Path
) -> None:
    python = need_clean_python()
    add_board(sshd, root, python=python)
    system = system_of(python)
    with Session(slipway_home, by=BY) as session:
        ended = session.start(PrepareJob(BOARD, "openvino", carry=True)).wait(600)
        if ended.error is not None and "could not download" in ended.error.summary:
            skip_without_index(ended.error.summary)
        assert ended.state is JobState.SUCCEEDED, ended.error
        probed = probe(session)
    assert probed.ready
    assert probed.facts.python_path == str(root / "venv" / "bin" / "python")
    assert probed.facts.runtimes["openvino"].version is not None
    assert system_of(python) == system
    assert {path.name for path in root.iterdir()} <= {"agent", "blobs", "root-id", "scratch", "venv"}
    assert list((root / "scratch").iterdir()) == list((root / "blobs").iterdir()) == []


def test_that_a_prepare_that_is_cancelled_leaves_the_board_as_it_was(
    sshd: SshServer, root: Path, slipway_home: Path
) -> None:
    add_board(sshd, root, python=need_clean_python())
    with Session(slipway_home, by=BY) as session:
        handle = session.start(PrepareJob(BOARD, "openvino"))
        for event in handle.events():
            if isinstance(event, Progress) and "installing" in event.text:
                handle.cancel()
                break  # cancelled twice, it would be stopped at once, clean or not
        assert handle.wait(60).state is JobState.CANCELLED
        assert not probe(session).ready
    assert not (root / "venv").exists()
    assert list((root / "scratch").iterdir()) == []
