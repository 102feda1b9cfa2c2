"""Where a project stands, in every state that it can be in."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from projects.runs import RunFolder, list_runs
from tests.unit.workbench.pipeline.chain_records import BY, ChainWriter
from workbench.base.errors import UsageError
from workbench.evaluate.verdict import Outcome, Verdict
from workbench.pipeline.report import load_run
from workbench.results.run_record import RequirementResult
from workbench.session import Session
from workbench.standing.state import Standing
from workbench.views.project.overview import (
    CONFIRM,
    CORRECT,
    GO,
    NOTHING,
    RUN,
    Overview,
    Place,
    Target,
    read_overview,
)

TESTS = "deployment_tests.yaml"
Edit = Callable[..., None]


def states(found: Overview) -> list[str]:
    """Of the five boxes."""
    return [box.state for box in found.strip.boxes]


def badges(found: Overview) -> dict[str, str]:
    """State by page."""
    return {badge.stage: badge.state for badge in found.badges}


def result(name: str, verdict: Verdict) -> RequirementResult:
    """A requirement that was judged."""
    return RequirementResult(f"MLE-DEPLOY-1/{name}", name, name, name, "c", "50ms", True, (), (), verdict)


def judged(writer: ChainWriter, *results: RequirementResult) -> None:
    """A whole chain whose run came to these verdicts."""
    release = writer.release(writer.engine(writer.candidate()))
    writer.run(release, requirements=results, number=1)


def test_that_a_new_project_is_to_be_run(session: Session, project: Path) -> None:
    found = read_overview(session, project)
    assert states(found) == ["ok", "missing", "missing", "missing", "missing"]
    assert found.strip.boxes[0].figures.endswith("input 32 \u00d7 48")
    assert (found.action.kind, found.action.button) == (RUN, "Run verification")
    assert badges(found)["verify"] == "todo"
    assert found.crumbs == ("Projekt Ü 1", "detector.onnx")
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own


def test_that_a_project_whose_every_requirement_passes_has_nothing_to_do(
    session: Session, project: Path, writer: ChainWriter
) -> None:
    writer.whole()
    found = read_overview(session, project)
    assert states(found) == ["ok", "ok", "ok", "ok", "pass"]
    assert (found.action.kind, found.action.button, found.after) == (NOTHING, "", ())
    assert found.strip.boxes[2].name == "int8 @ bench"
    assert badges(found)["verify"] == "ok"


def test_that_problems_come_first_and_can_be_corrected_at_once(
    session: Session, project: Path, writer: ChainWriter, edit: Edit
) -> None:
    writer.whole()
    edit(("warm_up_iterations", "warmup_iterations"), name=TESTS)
    found = read_overview(session, project)
    assert found.action.kind == CORRECT
    assert found.action.title == f"Fix 1 problem in {TESTS}"
    assert found.action.button == "Apply 1 correction"
    assert found.problems == 1
    assert found.blocked.startswith("The documents have 1 problem")
    assert states(found) == ["unknown"] * 5
    assert badges(found)["project"] == "err"


def test_that_a_problem_without_a_correction_is_shown_in_its_place(session: Session, project: Path, edit: Edit) -> None:
    edit(("requirement: 50ms", "requirement: soon"), name=TESTS)
    action = read_overview(session, project).action
    assert action.kind == GO
    assert action.target is not None
    place = action.target.subject
    assert isinstance(place, Place)
    assert (place.file, place.line, place.path) == (TESTS, 12, "performance_tests.latency.requirement")


def test_that_a_document_that_does_not_parse_is_no_obstacle(session: Session, project: Path) -> None:
    (project / TESTS).write_text("deployment_tests: [\n", encoding="utf-8")
    found = read_overview(session, project)
    assert found.problems >= 1
    assert found.action.kind == GO


def test_that_staleness_is_told_with_cause_and_repair(
    session: Session, project: Path, writer: ChainWriter, edit: Edit
) -> None:
    writer.whole()
    edit(("requirement: 50ms", "requirement: 40ms"), name=TESTS)
    found = read_overview(session, project)
    assert found.strip.stale_from == "run"
    assert found.strip.sentence.startswith(f"{TESTS} changed, so the run no longer counts.")
    assert found.action.kind == RUN
    assert (found.crumb_state, found.crumb_text) == ("stale", "Run stale")
    assert badges(found)["verify"] == "warn"


def test_that_staleness_enters_where_the_model_changed(
    session: Session, project: Path, writer: ChainWriter, make_model: Callable[..., Path]
) -> None:
    writer.whole()
    make_model(f"{project.name}/models/detector.onnx", names="{0: 'bus', 1: 'lorry', 2: 'sign'}")
    found = read_overview(session, project)
    assert found.strip.stale_from == "candidate"
    assert "the candidate" in found.strip.sentence
    assert found.crumb_text.endswith("stale")


def test_that_a_project_without_its_model_asks_for_one(session: Session, project: Path) -> None:
    (project / "models" / "detector.onnx").unlink()
    found = read_overview(session, project)
    assert states(found)[0] == "missing"
    assert (found.action.button, found.action.target) == ("Add a model", Target("model", None))


def test_that_failing_comes_before_undecided_before_not_measured(
    session: Session, project: Path, writer: ChainWriter
) -> None:
    judged(
        writer,
        result("temperature", Verdict(outcome=Outcome.NOT_MEASURED, reason="no sensor")),
        result("latency", Verdict(
            outcome=Outcome.INCONCLUSIVE, value=8.0, unit="ms", samples=100, needed=350, reason="too few")),
        result("memory", Verdict(outcome=Outcome.FAIL, value=131e6, unit="B", relation="<=", reason="too large")),
    )  # fmt: skip
    found = read_overview(session, project)
    assert found.action.title == "Memory fails, 131\u00a0MB, limit ≤\u00a050\u00a0ms"
    assert found.action.target == Target("verify", "MLE-DEPLOY-1/memory")
    assert [(item.state, item.name) for item in found.after] == [
        ("inconclusive", "latency"),
        ("not measured", "temperature"),
    ]
    assert found.after[0].text == "about 250 more samples would decide"
    assert (states(found)[4], found.strip.boxes[4].chip) == ("fail", "1 fails")


def test_that_proposed_values_are_to_be_confirmed(session: Session, project: Path, writer: ChainWriter) -> None:
    path = project / TESTS
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}  unconfirmed: [performance_tests.latency.requirement]\n", encoding="utf-8")
    ChainWriter(writer.project.open(project)).whole()
    found = read_overview(session, project)
    assert (found.action.kind, found.action.title) == (CONFIRM, "Confirm 1 proposed value")
    assert found.unconfirmed == 1
    assert badges(found)["project"] == "warn"


def test_that_the_tree_holds_everything_with_its_state(session: Session, project: Path, writer: ChainWriter) -> None:
    writer.whole()
    tree = {group.key: group for group in read_overview(session, project).tree}
    assert [item.title for item in tree["documents"].children] == ["deployment.yaml", TESTS]
    assert tree["candidates"].children[0].state == "ok"
    assert tree["engines"].children[0].title == "int8 @ bench"
    assert tree["runs"].children[0].state == "pass"
    assert tree["data"].children[0].state_text == "4 test frames"
    assert "findings" not in tree
    keys = [item.key for group in tree.values() for item in group.children]
    assert len(keys) == len(set(keys))


def test_that_a_damaged_record_does_not_hide_the_others(session: Session, project: Path, writer: ChainWriter) -> None:
    writer.candidate()
    (project / "records" / "candidate" / "0b6f0a2e-0000-4000-8000-000000000000.json").write_text("{")
    tree = {group.key: group for group in read_overview(session, project).tree}
    assert len(tree["candidates"].children) == 1


def test_that_a_folder_without_documents_is_no_project(session: Session, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no project"):
        read_overview(session, tmp_path)
    with pytest.raises(UsageError, match="is no folder"):
        read_overview(session, tmp_path / "gone")


def test_that_a_board_with_an_engine_of_before_is_told(
    session: Session, project: Path, writer: ChainWriter, edit: Edit
) -> None:
    old = writer.candidate(b"old", name="int8-k1", keep=("/head/Conv",))
    writer.engine(old, b"other engine", board_id="2", board_name="bench-2", candidate_name="int8-k1")
    writer.whole()
    found = read_overview(session, project)
    engine = found.strip.boxes[2]
    assert (engine.state, engine.chip, engine.reason) == ("stale", "1 stale", "bench-2 has int8-k1")
    assert found.strip.stale_from == "engine"
    assert "int8-k1 @ bench-2 no longer counts" in found.strip.sentence
    assert found.action.title == "Renew bench-2"


def test_that_a_try_speaks_for_nothing(session: Session, project: Path, writer: ChainWriter) -> None:
    release = writer.release(writer.engine(writer.candidate()))
    verified = writer.run(release)
    before = read_overview(session, project)
    tried = RunFolder.create(project / "runs", {"board_id": "1"}, BY, is_try=True)
    record = load_run(verified)
    tried.finish(replace(record, id=tried.id, number=tried.number, kind="try", requirements=(), figures={}).to_json())
    found = read_overview(session, project)
    assert (found.badges, found.strip.boxes) == (before.badges, before.strip.boxes)
    assert Standing(session.home, project).whole_run == record


def test_that_the_run_of_another_candidate_does_not_speak_for_the_project(
    session: Session, project: Path, writer: ChainWriter
) -> None:
    other = writer.candidate(b"other", name="fp16", recipe="fp16", precision="fp16", calibration=None)
    judged(writer, result("latency", Verdict(outcome=Outcome.PASS, value=1.0, reason="x")))
    counts = load_run(list_runs(project / "runs")[-1])
    failed = result("latency", Verdict(outcome=Outcome.FAIL, value=99.0, reason="x"))
    writer.run(writer.release(writer.engine(other, b"engine of fp16")), requirements=(failed,), number=2)
    found = read_overview(session, project)
    assert Standing(session.home, project).whole_run == counts
    assert (states(found)[4], found.strip.boxes[4].name, found.action.kind) == ("pass", "Run 1", NOTHING)
    assert badges(found)["verify"] == "ok"


def test_that_the_newest_run_speaks_while_the_documents_cannot_be_read(
    session: Session, project: Path, writer: ChainWriter
) -> None:
    release = writer.release(writer.engine(writer.candidate()))
    writer.run(release, chain={})
    newest = load_run(writer.run(release))
    (project / "deployment.yaml").write_text("x: [\n", encoding="utf-8")
    assert Standing(session.home, project).whole_run == newest


def test_that_releases_of_one_name_are_told_apart_by_their_boards(
    session: Session, project: Path, writer: ChainWriter
) -> None:
    writer.release(writer.engine(writer.candidate()))
    there: dict[str, Any] = {"board_name": "bench-2", "board_id": "b2"}
    writer.release(writer.engine(writer.candidate(), **there), **there)
    (group,) = [item for item in read_overview(session, project).tree if item.key == "releases"]
    titles = [item.title for item in group.children]
    assert sorted(title.partition(" @ ")[2] for title in titles) == ["bench", "bench-2"]
