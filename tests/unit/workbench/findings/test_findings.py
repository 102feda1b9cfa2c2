from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from projects.record_file import Author
from projects.runs import RunFolder
from workbench.base.errors import UsageError
from workbench.base.hashing import sha256_file
from workbench.frames.source import open_source
from workbench.history.needs import list_needs
from workbench.session import Session
from workbench.standing.state import Standing
from workbench.standing.strip import make_strip
from workbench.standing.tree import make_tree
from workbench.views import findings as views
from workbench.views.findings import FindingDraft, FrameDraft
from workbench.views.project.overview import Target

EXAMPLE = Path(__file__).parents[4] / "resources" / "example"
ADA = Author("Ada")


@pytest.fixture
def session(tmp_path: Path):
    with Session(tmp_path / "home", by=ADA) as session:
        yield session


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The example's documents, a folder of three images, and a run at work that plays it."""
    folder = tmp_path / "project"
    (folder / "data" / "road").mkdir(parents=True)
    for name in ("deployment.yaml", "deployment_tests.yaml"):
        shutil.copy(EXAMPLE / name, folder)
    for number in range(3):
        cv2.imwrite(str(folder / "data" / "road" / f"{number}.png"), np.full((24, 32, 3), 50 * number, np.uint8))
    played = {"source": "data/road", "kind": "packs", "path": str(folder / "data" / "road")}
    RunFolder.create(folder / "runs", {"played": played}, ADA, is_try=True)
    return folder


def test_that_a_finding_is_tied_to_its_run_frame_and_requirement(session: Session, project: Path):
    draft = FindingDraft("the far car flickers", "1", 27.14, None, 812, "2.png", "MLE-DEPLOY-EXAMPLE/latency")
    row = views.add_finding(session, project, draft)
    assert (row.label, row.state, row.by) == ("F-1", "open", "Ada")
    assert row.where == "run 1, frame 812, 2.png, at 27.1 s, MLE-DEPLOY-EXAMPLE/latency"
    (listed,) = views.list_findings(session, project, "1")
    assert listed == row


def test_that_closing_says_who_and_why_and_leaves_the_finding_as_it_was(session: Session, project: Path):
    row = views.add_finding(session, project, FindingDraft("boxes shift", t_s=1.0, until_s=3.5))
    written = project / "records" / "finding" / f"{row.id}.json"
    before = written.read_bytes()
    closed = views.close_finding(session, project, "f-1", "the fitting was wrong")
    assert (closed.state, closed.closed_by, closed.closed_text) == ("closed", "Ada", "the fitting was wrong")
    assert written.read_bytes() == before
    assert views.list_findings(session, project, open_only=True) == ()
    assert Standing(session.home, project).findings == ()
    with pytest.raises(UsageError, match="F-1 is closed already, by Ada"):
        views.close_finding(session, project, row.id[:8])


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (FindingDraft("  "), "without words"),
        (FindingDraft("x", run="9"), "no run is called 9"),
        (FindingDraft("x", requirement="R-1"), "no requirement is called R-1"),
        (FindingDraft("x", t_s=float("nan")), "a finding at nan s"),
    ],
)
def test_that_a_finding_about_nothing_is_refused(session: Session, project: Path, draft: FindingDraft, words: str):
    with pytest.raises(UsageError, match=words):
        views.add_finding(session, project, draft)
    assert views.list_findings(session, project) == ()


def test_that_a_finding_that_is_not_there_cannot_be_closed(session: Session, project: Path):
    with pytest.raises(UsageError, match="no finding is called F-7"):
        views.close_finding(session, project, "F-7")


def test_that_a_frame_is_set_aside_as_the_file_that_it_was_with_where_it_came_from(session: Session, project: Path):
    run = next((project / "runs").iterdir()).name
    added = views.add_frame(session, project, FrameDraft(run, 1, 41, 1.5))
    assert sha256_file(added.path) == added.sha256 == sha256_file(project / "data" / "road" / "1.png")
    (entry,) = json.loads((added.path.parent / "frames.json").read_text())["frames"]
    told = {key: entry[key] for key in ("sha256", "source", "name", "run", "frame_id", "t_s")}
    assert told == {
        "sha256": added.sha256,
        "source": "data/road",
        "name": "1.png",
        "run": run,
        "frame_id": 41,
        "t_s": 1.5,
    }
    again = views.add_frame(session, project, FrameDraft(run, 1, 99))
    assert (again.already, again.frames) == (True, 1)
    assert views.add_frame(session, project, FrameDraft(run, 2)).frames == 2
    (row,) = views.list_frame_sets(session, project)
    assert (row.name, row.frames) == ("marked", 2)
    assert len(open_source(project / row.source).names()) == 2, "it can be played and tested with"


def test_that_a_cameras_frame_is_set_aside_from_its_pixels(session: Session, project: Path):
    played = {"source": "camera 0", "kind": "camera"}
    run = RunFolder.create(project / "runs", {"played": played}, ADA, is_try=True).id
    pixels = np.random.default_rng(2).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    added = views.add_frame(session, project, FrameDraft(run, 7, 7, 0.2, "night", pixels.tobytes(), 32, 24))
    np.testing.assert_array_equal(cv2.imread(str(added.path)), pixels, strict=True)
    with pytest.raises(UsageError, match="not at hand: camera 0"):
        views.add_frame(session, project, FrameDraft(run, 8))
    with pytest.raises(UsageError, match="no picture of 32 x 25"):
        views.add_frame(session, project, FrameDraft(run, 7, pixels=pixels.tobytes(), width=32, height=25))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"set_name": "../x"}, "a frame set called"),
        ({"index": 3}, "has no frame 3"),
        ({"run": "9"}, "no run is called 9"),
    ],
)
def test_that_a_frame_that_cannot_be_set_aside_is_refused(
    session: Session, project: Path, changes: dict[str, object], words: str
):
    with pytest.raises(UsageError, match=words):
        views.add_frame(session, project, FrameDraft(**{"run": "1", "index": 0, **changes}))  # type: ignore[arg-type]
    assert not (project / "data" / "frame-sets").exists()


def test_that_a_finding_is_edited_by_writing_it_anew_and_closing_the_one_before(session: Session, project: Path):
    draft = FindingDraft("the far car flickers", "1", 27.1, None, 812, "2.png")
    row = views.add_finding(session, project, draft)
    edited = views.edit_finding(session, project, row.label, "  the far car and the bus flicker ")
    assert (edited.text, edited.where) == ("the far car and the bus flicker", row.where)
    (open_row,) = views.list_findings(session, project, open_only=True)
    assert open_row == edited
    (closed,) = [item for item in views.list_findings(session, project) if item.id == row.id]
    assert (closed.text, closed.closed_text) == ("the far car flickers", f"reworded as {edited.label}")
    assert views.edit_finding(session, project, edited.id, edited.text) == edited
    with pytest.raises(UsageError, match="closed already"):
        views.edit_finding(session, project, row.id, "anything")


def test_that_open_findings_need_somebody_and_lead_to_the_list_of_them(session: Session, project: Path):
    row = views.add_finding(session, project, FindingDraft("the far car flickers", "1", 27.1))
    standing = Standing(session.home, project)
    (needed,) = [item for item in list_needs(standing) if "finding" in item.text]
    assert (needed.text, needed.detail) == ("1 finding is open", row.text)
    assert needed.target == Target("project", views.FindingPlace())
    group = next(item for item in make_tree(standing, make_strip(standing)) if item.key == "findings")
    assert [(item.stage, item.target) for item in group.children] == [("project", views.FindingPlace(row.id))]
    views.close_finding(session, project, row.label, "mended")
    assert not [item for item in list_needs(Standing(session.home, project)) if "finding" in item.text]
