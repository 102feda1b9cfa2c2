"""Makes the frozen project anew, from runs that really happen: `python -m tests.window_lab.freeze [--at FOLDER]`.

Two runs of the example with few frames, on a board of this machine; about two minutes. What a run tells of where it
ran stays in its record as it is, for the record is hashed: choose the folder, the name of the machine and the path of
Python so that anybody may read them. The frames are of quiet scenes, which makes small pictures. Left out is what
`frozen.py` finds elsewhere (the model, and most bytes of the candidates) and what no page reads (packs of frames,
printed reports, the engine of the first run).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.example_project import (
    BOARD,
    LATENCY,
    PRECISION,
    SAMPLES,
    SOAK_DURATION,
    THROUGHPUT_DURATION,
    change,
    make_board,
    make_project,
)
from projects.keys import Keys
from projects.record_file import Author
from targets.inventory import THIS_MACHINE
from tests.window_lab.frozen import BLOBS, FOLDER, MACHINE, MODEL, PACKED, PROJECT, STATE, describe
from tests.window_lab.packing import pack
from workbench.history.visit import stamp_visit
from workbench.jobs.job import Job
from workbench.jobs.journal import Journal
from workbench.orders.boards import ReadBoard
from workbench.orders.model import CheckModel
from workbench.orders.run import RunOrder
from workbench.recent import note_opened
from workbench.session import Session
from workbench.views.settings import save_setting

TEST = tuple(5_000_000 + at for at in (38, 93, 76, 96, 8, 61, 72, 52, 20, 65, 34, 98))
CALIBRATION = tuple(5_100_000 + at for at in (44, 48, 53, 69, 61, 65, 73, 25))
LONGER: dict[Keys, object] = {
    SAMPLES: len(TEST),
    (*LATENCY, "test_iterations"): 150,
    THROUGHPUT_DURATION: "5 seconds",
    SOAK_DURATION: "20 seconds",
}
PRINTED = ("report.pdf", "junit.xml")
MOST_BYTES = 1 << 20
"""What takes more, packed, is left out."""
LATER_S = 1500.0
"""So long after the last run somebody looks at the window."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and freeze."""
    parser = argparse.ArgumentParser(prog="python -m tests.window_lab.freeze", description=__doc__)
    parser.add_argument("--at", type=Path, help="an empty folder to run in; a temporary one where it is left out")
    given = parser.parse_args(arguments).at
    with tempfile.TemporaryDirectory() as folder:
        base = given or Path(folder)
        os.environ["SLIPWAY_HOME"] = str(base / STATE)
        _run(base)
        shutil.rmtree(FOLDER, ignore_errors=True)
        for path in [base / MACHINE, *(base / PROJECT).rglob("*"), *(base / STATE).rglob("*")]:
            if path.is_file() and _is_kept(path.relative_to(base)):
                to = FOLDER / path.relative_to(base)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, to)
        _pack(base / PROJECT)
    return 0


def _pack(project: Path) -> None:
    (FOLDER / PACKED).mkdir()
    model = (project / MODEL).read_bytes()
    for path in (project / BLOBS).iterdir():
        packed = pack(path.read_bytes(), model)
        if len(packed) < MOST_BYTES:
            (FOLDER / PACKED / f"{path.name}.xz").write_bytes(packed)


def _run(base: Path) -> None:
    project = base / PROJECT
    make_project(project, TEST, CALIBRATION)
    for keys, value in LONGER.items():
        change(project / "deployment_tests.yaml", keys, value)
    made_s = time.time() // 1
    for path in (project / "data").rglob("*"):
        os.utime(path, (made_s, made_s))  # checks are of files by their time
    make_board(base / "board", base / "lock")
    with Session(base / STATE, by=Author("Ada")) as session:
        _work(session, project)
        machine = {"base": str(base), "made_s": made_s, **describe(session, time.time() + LATER_S)}
    (base / MACHINE).write_text(json.dumps(machine, indent=1), encoding="utf-8")


def _work(session: Session, project: Path) -> None:
    journal = Journal(session.home)
    try:
        save_setting(session, "board", BOARD)
        note_opened(session.home, project, time.time())
        reading = (ReadBoard(THIS_MACHINE), ReadBoard(BOARD))
        _do(session, journal, *reading, RunOrder(project, BOARD))
        stamp_visit(session.home, project)
        change(project / "deployment.yaml", PRECISION, "INT8")
        _do(session, journal, RunOrder(project, BOARD), CheckModel(project), *reading)
    finally:
        journal.close()


def _do(session: Session, journal: Journal, *orders: Job) -> None:
    for order in orders:
        handle = session.start(order)
        journal.watch(handle, order)
        ended = handle.wait()
        if ended.error is not None:
            raise SystemExit(f"error: {order.title}: {ended.error.summary}\n{ended.error.hint}\n{ended.error.detail}")


def _is_kept(path: Path) -> bool:
    inside = path.relative_to(PROJECT) if path.is_relative_to(PROJECT) else None
    if inside is None:
        return path.suffix != ".lock" and not path.is_relative_to(Path(STATE, "board"))
    if inside == MODEL or inside.is_relative_to(BLOBS) or path.name in PRINTED:
        return False
    return not (path.suffix == ".npy" and path.parent.name == "cache")


if __name__ == "__main__":
    sys.exit(main())
