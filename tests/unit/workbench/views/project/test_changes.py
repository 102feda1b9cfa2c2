"""What changed since the last visit is told once, by day, with old and new values; what stands open is told always."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.unit.workbench.pipeline.chain_records import ChainWriter
from workbench.session import Session
from workbench.views.project.changes import mark_seen, read_changes, read_history
from workbench.views.project.documents import ToSave, read_documents, save_documents

TESTS = "deployment_tests.yaml"
Edit = Callable[..., None]


def texts(session: Session, project: Path) -> list[str]:
    """Changes since the last visit."""
    return [change.text for day in read_changes(session, project).days for change in day.changes]


def test_that_the_first_visit_says_so_and_lists_nothing(session: Session, project: Path, writer: ChainWriter) -> None:
    writer.whole()
    found = read_changes(session, project)
    assert found.first_visit
    assert found.summary.startswith("1 run; nothing needs you.")
    assert found.days == ()


def test_that_what_was_made_since_is_told_until_it_is_seen(
    session: Session, project: Path, writer: ChainWriter
) -> None:
    mark_seen(session, project)
    assert texts(session, project) == []
    writer.whole()
    told = texts(session, project)
    assert set(told) >= {"Candidate int8 made", "Engine int8 @ bench built", "Run 1: pass"}
    assert read_changes(session, project).days[0].title == "Today"
    mark_seen(session, project)
    assert texts(session, project) == []


def test_that_edits_from_outside_are_told_with_old_and_new_value(session: Session, project: Path, edit: Edit) -> None:
    mark_seen(session, project)
    edit(("requirement: 50ms", "requirement: 40ms"), name=TESTS)
    (day,) = read_changes(session, project).days
    (change,) = day.changes
    assert change.text == f"{TESTS} changed in 1 value"
    assert change.detail == "edited outside Slipway: Latency limit 50ms → 40ms"


def test_that_what_was_saved_here_is_not_called_outside(session: Session, project: Path) -> None:
    mark_seen(session, project)
    file = read_documents(session, project)[1]
    save_documents(session, project, [ToSave(TESTS, file.text.replace("50ms", "40ms"), file.sha256)])
    (day,) = read_changes(session, project).days
    assert day.changes[0].detail == "Latency limit 50ms → 40ms"
    assert read_documents(session, project)[1].status.startswith("saved here")


def test_that_changed_comments_are_no_changed_values(session: Session, project: Path) -> None:
    mark_seen(session, project)
    path = project / TESTS
    path.write_text(path.read_text(encoding="utf-8") + "# a remark\n", encoding="utf-8")
    (day,) = read_changes(session, project).days
    assert day.changes[0].text == f"{TESTS} changed in words"


def test_that_problems_need_the_user_whenever_they_look(session: Session, project: Path, edit: Edit) -> None:
    edit(("warm_up_iterations", "warmup_iterations"), name=TESTS)
    mark_seen(session, project)
    found = read_changes(session, project)
    assert found.needs[0].text == f"{TESTS} has 1 problem"
    assert "line 14" in found.needs[0].detail
    assert found.needs[0].subject in found.needs[0].text


def test_that_commits_since_are_told_where_there_is_git(session: Session, project: Path, edit: Edit) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")

    def git(*arguments: str) -> None:
        subprocess.run(["git", *who, *arguments], cwd=project, check=True, capture_output=True, timeout=30)

    git("init", "--quiet", "--initial-branch=main")
    git("add", "deployment.yaml", TESTS)
    git("commit", "--quiet", "-m", "Start")
    mark_seen(session, project)
    edit(("requirement: 50ms", "requirement: 40ms"), name=TESTS)
    assert dict(read_changes(session, project).facts)["Documents"] == "1 not committed"
    git("commit", "--quiet", "-am", "Tighten the latency")
    assert "Tighten the latency" in texts(session, project)
    assert dict(read_changes(session, project).facts)["Documents"] == "committed"


def test_that_the_history_tells_all_from_the_beginning(session: Session, project: Path, writer: ChainWriter) -> None:
    writer.whole()
    mark_seen(session, project)
    found = read_history(session, project)
    assert found.count == 4
    assert found.summary == "4 events, newest first."


def test_that_a_damaged_stamp_is_a_first_visit(session: Session, project: Path, slipway_home: Path) -> None:
    mark_seen(session, project)
    (stamp,) = (slipway_home / "visits").rglob("visit.json")
    stamp.write_text('{"seen": 3}', encoding="utf-8")
    assert read_changes(session, project).first_visit
