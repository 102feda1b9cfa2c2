"""A link that is cut, at every stage of a job and in every way: LOST, and nothing left on the board.

How soon is a figure: `python -m benchmarks.cut_links`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.end2end.bench import Place, Story
from tests.ssh_lab.cuts import CUTS, STAGES, Struck
from tests.ssh_lab.field import PAIRS, CutField
from tests.ssh_lab.server import Keys
from workbench.base.events import JobState

pytestmark = pytest.mark.slow

AT_ONCE = 6
"""So many cuts are made side by side: almost all of their time is waiting."""
EACH_STAGE = [
    (stage, cut) for cut in ("black hole", "sshd killed", "agent killed") for stage in STAGES if (stage, cut) in PAIRS
]
EACH_CUT = [("verify", cut) for cut in CUTS if ("verify", cut) not in EACH_STAGE]
ALL = [*EACH_STAGE, *EACH_CUT]
NEXT_JOB = [("push", "host rebooted"), ("deploy", "sshd killed")]
"""After these everything is mended, and the next job must succeed."""


@pytest.fixture(scope="module")
def field(
    lean_first: tuple[Place, Story], ssh_keys: Keys, emulator: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CutField]:
    """A place where links are cut."""
    folder = tmp_path_factory.mktemp("cuts")
    place, _ = lean_first
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLIPWAY_HOME", str(folder / "home"))
        patch.setenv("HOME", str(folder / "user"))
        patch.delenv("SSH_AUTH_SOCK", raising=False)
        yield CutField(folder, ssh_keys, emulator, place.project, place.root, folder / "user", "bench-board")


StruckBy = Callable[[str, str], Struck]


@pytest.fixture(scope="module")
def struck_by(field: CutField) -> StruckBy:
    """What a cut at a stage came to; the first test of some that are made side by side waits for them all."""
    known: dict[tuple[str, str], Struck] = {}

    def struck_by(stage: str, cut: str) -> Struck:
        if (stage, cut) not in known:
            begin = ALL.index((stage, cut)) // AT_ONCE * AT_ONCE
            some = ALL[begin : begin + AT_ONCE]
            known.update(zip(some, field.strike_all(some, AT_ONCE), strict=True))
        return known[stage, cut]

    return struck_by


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("stage", "cut"), ALL)
def test_that_a_cut_link_is_a_lost_job_and_leaves_nothing(struck_by: StruckBy, stage: str, cut: str) -> None:
    struck = struck_by(stage, cut)
    assert struck.problems == []
    assert struck.state is JobState.LOST
    assert struck.quiet_s is not None
    assert struck.error is not None
    assert struck.error.hint


@pytest.mark.parametrize(("stage", "cut"), NEXT_JOB)
def test_that_the_next_job_works_once_the_link_is_back(field: CutField, stage: str, cut: str) -> None:
    assert field.strike(stage, cut, again=True).problems == []
