"""What a run says of the model that it is of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from projects.project import Project
from tests.unit.workbench.pipeline.chain_records import ChainWriter
from workbench.base.reporter import Silent
from workbench.optimise.adapt import Changes, adapt_model
from workbench.optimise.model_facts import Quantisation, facts_of
from workbench.optimise.model_file import load_model
from workbench.pipeline.detector import open_detector
from workbench.pipeline.frame_sets import open_test_set
from workbench.pipeline.run_files import Chain, _findings, chain_facts, model_findings


def test_that_a_reviewer_reads_what_was_done_to_the_model(make_model: Callable[..., Path]) -> None:
    as_it_came = load_model(make_model(batch="batch"))
    assert model_findings(facts_of(as_it_came)) == []
    adapted = facts_of(adapt_model(as_it_came, Changes()))
    (text,) = model_findings(adapted)
    assert text.startswith(
        "The model was changed in memory before reference and candidate were made from it: the axis 0"
    )
    (_, quantised) = model_findings(replace(adapted, quantisation=Quantisation.QDQ))
    assert quantised.startswith("The model is quantised already (QDQ). FP32 in the documents means: run as it is")


def test_that_a_reviewer_reads_that_a_candidate_is_slower_than_its_parent(project: Path) -> None:
    opened = Project.open(project)
    writer, detector = ChainWriter(opened), open_detector(opened)
    parent, quantised = (
        Chain(candidate, engine := writer.engine(candidate), writer.release(engine))
        for candidate in (writer.candidate(b"parent", name="fp32", recipe="fp32"), writer.candidate(b"quantised"))
    )
    figures = {"latency": {"p50_us": 20_000.0}}
    writer.run(parent.release, chain=chain_facts(parent, detector.facts), figures=figures)
    inputs: Any = SimpleNamespace(
        project=opened,
        detector=detector,
        requirements=opened.requirements,
        frames=open_test_set(opened, detector, 4, Silent()),
        calibration=None,
        pack=SimpleNamespace(fits=()),
        chain=quantised,
        held=SimpleNamespace(id=parent.release.record.board_id, findings=()),
    )
    ended: Any = SimpleNamespace(compared=None, recording=SimpleNamespace(problems=()))
    (text,) = [text for text in _findings(inputs, ended, {"latency": {"p50_us": 30_000.0}}) if "slower" in text]
    assert "30.0 ms against 20.0 ms in run 1" in text
    assert not any("slower" in text for text in _findings(inputs, ended, figures))
