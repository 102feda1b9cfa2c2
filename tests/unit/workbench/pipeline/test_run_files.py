"""What a run says of the model that it is of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from workbench.optimise.adapt import Changes, adapt_model
from workbench.optimise.model_facts import Quantisation, facts_of
from workbench.optimise.model_file import load_model
from workbench.pipeline.run_files import model_findings


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
