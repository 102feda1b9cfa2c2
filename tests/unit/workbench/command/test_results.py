from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from projects.record_file import Author
from projects.records import CandidateRecord, EngineRecord, ReleaseRecord, Stored
from tests.unit.workbench.reports.conftest import _record
from workbench.command import results
from workbench.command.console import Console
from workbench.evaluate.verdict import Outcome
from workbench.optimise.deviation import PartError
from workbench.optimise.groups import Group
from workbench.optimise.rank import GroupLoss, Ranking, Trial
from workbench.pipeline.check import CheckResult, RecordedField

ADA = Author("Ada")
SHA = "0123456789abcdef" * 4


@pytest.fixture
def console() -> Console:
    return Console(as_json=False)


def ranking(keep: tuple[str, ...] | None, score: float | None) -> Ranking:
    group = Group("model.22", ("/model.22/conv",), ("/model.22/*",), 12_300_000)
    loss = GroupLoss(group, (PartError("boxes", 21.5, 3.0), PartError("scores", None, 0.0)), 0.91)
    return Ranking(0.95, 24, (loss,), (Trial((), 0.9),), keep, score, None)


def test_that_a_candidate_is_named_with_its_notes(console, capsys):
    record = CandidateRecord(
        name="int8-k1", recipe="int8", precision="int8", parent_sha256=SHA, sha256=SHA, size_bytes=3_750_000,
        opset=17, ir_version=8, notes=("opset raised from 12 to 17",),
    )  # fmt: skip
    assert results.show_candidate(console, Stored("id", SHA, ADA, "2026", record)) == 0
    assert capsys.readouterr().out == "candidate int8-k1  0123456789ab  3.75 MB\n  opset raised from 12 to 17\n"


@pytest.mark.parametrize(
    ("keep", "score", "words"),
    [
        (None, None, "no keep-list reaches an IoU of 0.95: take fp16"),
        ((), 0.97, "plain int8 reaches an IoU of 0.95 on 24 frames: nothing to keep"),
        (("/model.22/*",), 0.961, "proposed (IoU 0.9610):\n  --keep /model.22/*"),
    ],
)
def test_that_a_ranking_ends_in_a_proposal(console, capsys, keep, score, words):
    assert results.show_ranking(console, ranking(keep, score)) == 0
    out = capsys.readouterr().out
    assert out.endswith(words + "\n")
    assert "model.22  0.9100      21.5          —          12.3  /model.22/*" in out


def test_that_an_engine_and_a_release_are_named_with_their_board(console, capsys):
    engine = EngineRecord(
        candidate_sha256=SHA, candidate_name="int8", sha256=SHA, size_bytes=1_980_000, runtime="openvino",
        runtime_version="1", device_key="k", identity_sha256=SHA, board_id="b", board_name="desk", build_seconds=None,
    )  # fmt: skip
    release = ReleaseRecord(
        release="int8-9993", engine_sha256=SHA, candidate_sha256=SHA, manifest_sha256=SHA, files={},
        board_id="b", board_name="desk",
    )  # fmt: skip
    results.show_engine(console, Stored("id", SHA, ADA, "2026", engine))
    results.show_release(console, Stored("id", SHA, ADA, "2026", release))
    assert capsys.readouterr().out.splitlines() == [
        "engine 0123456789ab  1.98 MB of int8 for desk",
        "release int8-9993 is installed on desk",
    ]


def test_that_a_run_ends_in_what_it_was_and_what_comes_next(console, capsys):
    run = replace(_record({}), only=("latency",))
    assert results.show_verified(console, run, Path("my demo")) == 1
    *_, closing, report = capsys.readouterr().out.splitlines()
    assert closing == "run 3: FAIL of a part (latency)"
    assert report == "report: slipway report 'my demo' --run 3"


def test_that_an_undecided_latency_says_how_to_decide_it(console, capsys):
    run = _record({})
    latency = run.requirements[0]
    open_one = replace(latency, verdict=replace(latency.verdict, outcome=Outcome.INCONCLUSIVE))
    command = "slipway verify demo --board this-machine --only latency --until-decided --at-most 30min"
    assert results.show_run(console, replace(run, requirements=(open_one,)), Path("demo")) == 3
    assert f"undecided: {command}\n" in capsys.readouterr().out
    results.show_run(console, run, Path("demo"))
    assert "undecided:" not in capsys.readouterr().out


def test_that_what_is_recorded_only_is_counted_and_listed_when_asked_for(console, capsys):
    fields = (RecordedField("deployment.version", "words", True), RecordedField("deployment.x", "words", False))
    checked = CheckResult(Path("demo"), (), (), (), fields, None)
    assert results.show_check(console, checked) == 0
    assert "1 field is recorded only (slipway check demo --verbose lists them)" in capsys.readouterr().out
    results.show_check(console, checked, verbose=True)
    out = capsys.readouterr().out
    assert "deployment.version  words" in out
    assert "deployment.x" not in out
