"""A project's own head: code that runs only once a person has trusted its bytes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from projects.project import Project
from projects.record_file import Author
from targets.agent.heads.plugin import Plugin
from targets.agent.plan import PLUGIN, HeadChoice
from workbench import cli
from workbench.base.cancel import CancelToken
from workbench.base.errors import UsageError
from workbench.base.events import Event, Question
from workbench.base.hashing import sha256_bytes
from workbench.intake.own_head import MAX_HEAD_BYTES, OwnHead, read_own_head, settle_trust, trust_by_prefix
from workbench.jobs.answers import Answers
from workbench.jobs.context import JobContext, JobSetup
from workbench.pipeline.check import check_project
from workbench.pipeline.detector import open_detector
from workbench.pipeline.examine import ExamineJob
from workbench.pipeline.new import NewJob
from workbench.settings import home_folder

Edit = Callable[..., None]
MARK = "ran.txt"
HEAD = """\
from pathlib import Path

Path({mark!r}).write_text("x")

def decode(outputs, width, height):
    rows = outputs[0][0].T
    return rows[:, :4], rows[:, 4:]
"""


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """A file that is there once the head's code ran."""
    return tmp_path / MARK


@pytest.fixture
def own(project: Path, edit: Edit, mark: Path) -> OwnHead:
    """The project with a head of its own."""
    path = project / "heads" / "mine.py"
    path.parent.mkdir()
    path.write_text(HEAD.format(mark=str(mark)))
    edit(("slipway:\n", "slipway:\n  head: heads/mine.py\n"))
    return read_own_head(path, home_folder())


def someone(answer: str, tmp_path: Path, told: list[Event]) -> JobContext:
    """A job's context with somebody who answers every question so."""
    answers = Answers()

    def tell(event: Event) -> None:
        told.append(event)
        if isinstance(event, Question):
            threading.Thread(target=answers.give, args=(event.question_id, answer)).start()

    return JobContext(JobSetup("1", True, home_folder(), Author("Ada")), CancelToken(), answers, tell)


def test_that_untrusted_code_is_refused_with_its_hash_and_never_run(project: Path, own: OwnHead, mark: Path) -> None:
    opened = Project.open(project)
    with pytest.raises(UsageError, match=f"is not trusted yet \\(sha256 {own.sha256}\\)") as caught:
        open_detector(opened)
    assert f"--trust-head {own.sha256[:12]}" in caught.value.hint
    assert not mark.exists()


def test_that_a_check_says_that_it_is_not_trusted_and_runs_nothing(project: Path, own: OwnHead, mark: Path) -> None:
    result = check_project(project)
    assert result.problems == ()
    (finding,) = [item for item in result.findings if item.path == "slipway.head"]
    assert "code that nobody trusted yet" in finding.text
    assert own.sha256[:12] in finding.hint
    assert not mark.exists()


def test_that_nobody_to_ask_is_a_refusal_with_the_flag(own: OwnHead, context: JobContext) -> None:
    with pytest.raises(UsageError, match="is not trusted yet") as caught:
        settle_trust(own, context)
    assert f"--trust-head {own.sha256[:12]}" in caught.value.hint


def test_that_a_person_is_asked_once_in_plain_words(project: Path, own: OwnHead, tmp_path: Path, mark: Path) -> None:
    told: list[Event] = []
    opened = Project.open(project)
    detector = open_detector(opened, someone("yes", tmp_path, told))
    (question,) = [event for event in told if isinstance(event, Question)]
    assert question.kind == "confirm"
    assert "Python code of its own" in question.text
    assert own.sha256[:12] in question.text
    assert (detector.choice.name, detector.choice.plugin, detector.head.classes) == (PLUGIN, own.sha256, 3)
    assert detector.plugin == own.source
    assert mark.exists()
    boxes, scores = detector.head.decode_anchors([np.ones((1, 7, 9), np.float32)])
    assert (boxes.shape, scores.shape) == ((9, 4), (9, 3))
    open_detector(opened, someone("no", tmp_path, told))
    assert len([event for event in told if isinstance(event, Question)]) == 1
    listed = json.loads((home_folder() / "trusted_heads.json").read_text())
    assert listed["heads"][own.sha256]["path"] == str(own.path.resolve())


def test_that_who_says_no_is_believed(project: Path, own: OwnHead, tmp_path: Path, mark: Path) -> None:
    with pytest.raises(UsageError, match="is not trusted, so nothing can decode"):
        open_detector(Project.open(project), someone("no", tmp_path, []))
    assert not mark.exists()
    assert not own.trusted


def test_that_changed_bytes_are_another_head(project: Path, own: OwnHead) -> None:
    own.trust()
    assert open_detector(Project.open(project)).choice.plugin == own.sha256
    own.path.write_text(own.path.read_text() + "\n")
    with pytest.raises(UsageError, match="is not trusted yet"):
        open_detector(Project.open(project))


@pytest.mark.parametrize("prefix", ["", "abc", "0" * 12])
def test_that_a_flag_for_another_file_trusts_nothing(own: OwnHead, prefix: str) -> None:
    with pytest.raises(UsageError, match="whose sha256 is") as caught:
        trust_by_prefix(own, prefix)
    assert own.sha256[:12] in caught.value.hint
    assert not own.trusted


@pytest.mark.parametrize("text", ["", "[]", '{"format": "slipway.trusted_heads/2", "heads": {"x": 1}}', "{" * 9999])
def test_that_a_damaged_list_trusts_nothing(own: OwnHead, text: str) -> None:
    own.trust()
    (home_folder() / "trusted_heads.json").write_text(text.replace("x", own.sha256))
    assert not own.trusted


def test_that_a_head_that_is_no_such_file_is_refused(project: Path, own: OwnHead) -> None:
    own.path.write_bytes(b"#" * (MAX_HEAD_BYTES + 1))
    with pytest.raises(UsageError, match="is larger than"):
        open_detector(Project.open(project))
    own.path.unlink()
    with pytest.raises(UsageError, match="cannot read the head"):
        open_detector(Project.open(project))
    (problem,) = check_project(project).problems
    assert (problem.path, "cannot read the head" in problem.got) == ("slipway.head", True)


def test_that_the_commands_trust_by_their_flag(
    project: Path, own: OwnHead, mark: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["optimise", str(project)]) == 2
    assert own.sha256 in capsys.readouterr().err
    assert not mark.exists()
    assert cli.main(["check", str(project), "--trust-head", "0" * 12]) == 2
    assert "is not" in capsys.readouterr().err
    assert cli.main(["optimise", str(project)]) == 2
    assert cli.main(["check", str(project), "--trust-head", own.sha256[:12]]) == 0
    assert own.trusted
    assert sha256_bytes(own.path.read_bytes()) == own.sha256


@pytest.mark.parametrize("command", ["examine", "status"])
def test_that_every_command_that_runs_the_head_takes_the_flag(
    command: str, project: Path, own: OwnHead, mark: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([command, str(project)]) == 2
    assert "--trust-head" in capsys.readouterr().err
    assert not mark.exists()
    cli.main([command, str(project), "--trust-head", own.sha256[:12]])
    assert own.trusted
    assert mark.exists()


def test_that_an_examination_asks_whether_the_head_is_trusted(project: Path, own: OwnHead, tmp_path: Path) -> None:
    told: list[Event] = []
    with pytest.raises(UsageError, match="is not trusted, so nothing can decode"):
        ExamineJob(project).run(someone("no", tmp_path, told))
    assert [event.kind for event in told if isinstance(event, Question)] == ["confirm"]


def test_that_the_flag_is_refused_for_a_head_of_slipways(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(project), "--trust-head", "0" * 12]) == 2
    assert "has no head of its own" in capsys.readouterr().err


def test_that_the_number_of_classes_may_be_a_key(project: Path, own: OwnHead, edit: Edit) -> None:
    own.trust()
    import onnx

    model = onnx.load(project / "models" / "detector.onnx")
    del model.metadata_props[:]
    onnx.save(model, project / "models" / "detector.onnx")
    with pytest.raises(UsageError, match="nothing tells how many classes there are") as caught:
        open_detector(Project.open(project))
    assert "slipway.head_options.classes" in caught.value.hint
    edit(("  head: heads/mine.py\n", "  head: heads/mine.py\n  head_options: {classes: 3}\n"))
    assert open_detector(Project.open(project)).head.classes == 3


def test_that_a_new_project_takes_the_head_with_it(
    tmp_path: Path, make_model: Callable[..., Path], mark: Path, context: JobContext
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(HEAD.format(mark=str(mark)))
    model = make_model("strange.onnx", shape=(1, 7 * 32 * 48))
    folder = tmp_path / "made"
    with pytest.raises(UsageError, match="is not trusted yet"):
        NewJob(folder, model, head=str(path)).run(context)
    assert not mark.exists()
    read_own_head(path, context.home).trust()
    NewJob(folder, model, head=str(path)).run(context)
    assert (folder / "heads" / "mine.py").read_bytes() == path.read_bytes()
    assert Project.open(folder).settings.head == "heads/mine.py"


def test_that_the_head_in_the_readme_decodes_what_it_says(repository: Path) -> None:
    _, _, section = (repository / "README.md").read_text(encoding="utf-8").partition("\n## A head of your own\n")
    _, _, code = section.partition("\n## ")[0].partition("```python\n")
    head = Plugin(HeadChoice(PLUGIN, 2, 640, 384), code.partition("```")[0].encode())
    rows = np.zeros((1, 3, 7), np.float32)
    rows[0, :, :4] = [[0.5, 0.5, 0.25, 0.5], [0.5, 0.5, 0.25, 0.5], [0.1, 0.25, 0.1, 0.25]]
    rows[0, :, 4:] = [[0.8, 0.1, 1.0], [0.5, 0.1, 1.0], [0.9, 1.0, 0.0]]
    found = head.detect([rows], 0.25, 0.45, 300)
    np.testing.assert_allclose(found.boxes, [[32, 48, 96, 144], [240, 96, 400, 288]], atol=1e-3)
    np.testing.assert_allclose(found.scores, [0.9, 0.8], atol=1e-6)
    assert found.classes.tolist() == [0, 1]
