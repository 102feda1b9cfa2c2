"""Saving a choice: the changed values and nothing else, as the author's."""

from __future__ import annotations

from pathlib import Path

import pytest

from projects.problems import DocumentProblems
from projects.project import Project
from workbench.base.errors import UsageError
from workbench.session import Session
from workbench.views.model import confirm_choice, keep_draft, read_model, save_choice


def lines(project: Path) -> list[str]:
    return (project / "deployment.yaml").read_text().splitlines()


def test_that_only_the_changed_lines_change(session: Session, project: Path) -> None:
    before = lines(project)
    save_choice(session, project, (("slipway.preprocessing.color", "bgr"), ("slipway.thresholds.confidence", "0.30")))
    after = lines(project)
    assert sorted(set(before) - set(after)) == [
        "    - slipway.preprocessing.color",
        "    color: rgb",
        "    confidence: 0.25        # least score of a detection",
    ]
    assert sorted(set(after) - set(before)) == [
        "    color: bgr",
        "    confidence: 0.30        # least score of a detection",
    ]
    assert Project.open(project).effective.color == "bgr"


def test_that_a_field_of_two_values_writes_both(session: Session, project: Path) -> None:
    saved = save_choice(session, project, (("slipway.preprocessing.resize", "letterbox,top_left"),))
    used = Project.open(project).effective
    assert (used.resize, used.anchor) == ("letterbox", "top_left")
    assert saved.paths == ("slipway.preprocessing.resize", "slipway.preprocessing.anchor")
    save_choice(session, project, (("slipway.preprocessing.resize", "letterbox"),))
    assert Project.open(project).effective.anchor == "center"
    assert not any("anchor" in line for line in lines(project))


def test_that_channels_are_written_as_a_list(session: Session, project: Path) -> None:
    save_choice(session, project, (("slipway.preprocessing.mean", "0.485 0.456 0.406"),))
    assert Project.open(project).effective.mean == (0.485, 0.456, 0.406)


def test_that_a_wrong_value_is_refused_and_nothing_is_written(session: Session, project: Path) -> None:
    before = lines(project)
    with pytest.raises(DocumentProblems, match="1 problem"):
        save_choice(session, project, (("slipway.preprocessing.scale", "fast"),))
    assert lines(project) == before


def test_that_a_document_that_is_broken_elsewhere_can_be_saved(session: Session, project: Path) -> None:
    file = project / "deployment.yaml"
    file.write_text(file.read_text().replace("  version: 1.0\n", "  versoin: 1.0\n"))
    save_choice(session, project, (("slipway.preprocessing.color", "bgr"),))
    assert "color: bgr" in file.read_text()


def test_that_confirming_takes_the_proposed_values_of_the_form(session: Session, project: Path) -> None:
    waiting = read_model(session, project).unconfirmed
    assert "slipway.preprocessing.color" in waiting
    assert set(confirm_choice(session, project).paths) == set(waiting)
    page = read_model(session, project)
    assert page.unconfirmed == ()
    assert page.form is not None
    assert {field.source for field in page.form.of("preprocessing")} <= {"author", "graph", "assumed"}


def test_that_a_value_under_an_anchor_is_refused_in_words(session: Session, project: Path) -> None:
    file = project / "deployment.yaml"
    file.write_text(file.read_text().replace("    color: rgb", "    color: &order rgb"))
    with pytest.raises(UsageError, match="anchor"):
        save_choice(session, project, (("slipway.preprocessing.color", "bgr"),))


def test_that_a_draft_outlives_the_window_and_ends_with_saving(session: Session, project: Path) -> None:
    changes = (("slipway.preprocessing.color", "bgr"),)
    keep_draft(session, project, changes)
    assert read_model(session, project).draft == changes
    save_choice(session, project, changes)
    assert read_model(session, project).draft == ()
    keep_draft(session, project, changes)
    keep_draft(session, project, ())
    assert read_model(session, project).draft == ()


def test_that_a_damaged_draft_is_forgotten(session: Session, project: Path) -> None:
    file = project / ".slipway" / "cache" / "model_draft.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text('{"format": "slipway.model_draft/1", "changes": [1]}')
    assert read_model(session, project).draft == ()
