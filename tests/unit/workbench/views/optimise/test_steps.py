"""Which candidate the documents ask for, and how long the first steps take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from projects.project import Project
from tests.unit.workbench.pipeline.chain_records import ChainWriter
from workbench.base.errors import UsageError
from workbench.session import Session
from workbench.views.optimise.page import read_candidates
from workbench.views.optimise.steps import read_estimates, select_candidate


def test_that_selecting_writes_precision_and_keep_list_and_nothing_else(
    project: Path, session: Session, writer: ChainWriter, edit: Callable[..., None]
) -> None:
    edit(("precision: INT8", "precision: INT8   # the client's"))
    kept = writer.candidate(b"kept", name="int8-k1", keep=("/head/Conv",), kept_nodes=("/head/Conv",))
    before = (project / "deployment.yaml").read_text()
    done = select_candidate(session, project, kept.id)
    assert done.text == "deployment.yaml asks for int8-k1 now: 1 entry kept in float."
    after = (project / "deployment.yaml").read_text()
    assert set(before.splitlines()) <= set(after.splitlines())
    assert Project.open(project).effective.keep == ("/head/Conv",)
    assert next(row for row in read_candidates(session, project).rows if row.key == kept.id).is_wanted


def test_that_selecting_back_takes_the_keep_list_out(project: Path, session: Session, writer: ChainWriter) -> None:
    plain = writer.candidate()
    kept = writer.candidate(b"kept", name="int8-k1", keep=("/head/Conv",), kept_nodes=("/head/Conv",))
    before = (project / "deployment.yaml").read_text()
    select_candidate(session, project, kept.id)
    select_candidate(session, project, plain.id)
    assert (project / "deployment.yaml").read_text() == before
    assert select_candidate(session, project, plain.id).text == "It asks for int8 already."


def test_that_the_model_itself_can_be_asked_for(project: Path, session: Session) -> None:
    select_candidate(session, project, "model")
    assert Project.open(project).deployment.model_format.precision == "FP32"


def test_that_a_candidate_that_is_not_there_changes_nothing(project: Path, session: Session) -> None:
    before = (project / "deployment.yaml").read_text()
    with pytest.raises(UsageError):
        select_candidate(session, project, "no-such-id")
    assert (project / "deployment.yaml").read_text() == before


def test_that_estimates_are_said_in_words(project: Path, session: Session) -> None:
    found = read_estimates(session, project)
    assert found.make_text.startswith("about ")
    assert found.rank_text.startswith("about ")
