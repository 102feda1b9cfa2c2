"""A project that brings its own head: the same verdicts, decoded by its file on this machine and on the board."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.example_project import change
from tests.end2end.bench import BY, Desk, Place
from workbench.base.hashing import sha256_bytes
from workbench.evaluate.verdict import Outcome
from workbench.intake.own_head import read_own_head
from workbench.session import Session

pytestmark = pytest.mark.slow

HEAD = """\
import numpy as np

def decode(outputs, width, height):
    rows = outputs[0][0].T
    centre, half = rows[:, :2], rows[:, 2:4] / 2
    return np.concatenate([centre - half, centre + half], axis=1), rows[:, 4:]
"""


def test_that_a_projects_own_head_decodes_on_both_sides_once_it_is_trusted(place: Place) -> None:
    path = place.project / "heads" / "mine.py"
    path.parent.mkdir()
    path.write_text(HEAD)
    change(place.project / "deployment.yaml", ("slipway", "head"), "heads/mine.py")
    with Session(place.home, by=BY) as session:
        desk = Desk(place, session)
        desk.run().check_error("heads/mine.py", "is not trusted yet", hint="--trust-head")
        own = read_own_head(path, place.home)
        own.trust()
        record = desk.run().outcome.record
    verdicts = {item.kind: item.verdict for item in record.requirements}
    for kind in ("output_difference", "detection_iou", "detection_format", "confidence_range", "null_input"):
        assert verdicts[kind].outcome is Outcome.PASS, verdicts[kind].reason
    (installed,) = Path(place.root).glob("releases/*/head.py")
    assert sha256_bytes(installed.read_bytes()) == own.sha256
