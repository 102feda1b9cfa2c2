"""Documents are read whatever they hold, checked as they are typed, edited by entries, and saved whole or not."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.base.errors import SlipwayError, UsageError
from workbench.session import Session
from workbench.views.project.documents import (
    ERR,
    DocumentFile,
    DocumentView,
    Edit,
    FieldRow,
    ToSave,
    Typed,
    apply_corrections,
    check_documents,
    compare_texts,
    confirm_values,
    drop_draft,
    enter_field,
    keep_draft,
    read_documents,
    save_documents,
)

NAME = "deployment_tests.yaml"


@pytest.fixture
def project(tmp_path: Path, repository: Path) -> Path:
    """A folder with the example's documents; neither model nor frames."""
    folder = tmp_path / "Fahrzeug 1"
    folder.mkdir()
    for name in ("deployment.yaml", NAME):
        shutil.copy(repository / "resources" / "example" / name, folder / name)
    return folder


@pytest.fixture
def session() -> Iterator[Session]:
    """A user at work."""
    with Session() as opened:
        yield opened


def typed(file: DocumentFile, *replaced: tuple[str, str]) -> Typed:
    """A document as it is once texts in it were replaced."""
    text = file.text
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    return Typed(file.name, text, file.base)


def made(text: str, edit: Edit | None) -> str:
    """A text with an edit made."""
    return text if edit is None else text[: edit.start] + edit.text + text[edit.end :]


def row(view: DocumentView, path: str) -> FieldRow:
    """A field of a form."""
    return next(field for group in view.groups for field in group.fields if field.path == path)


def test_that_a_misspelt_key_shows_in_text_and_form(session: Session, project: Path) -> None:
    file = read_documents(session, project)[1]
    view = check_documents(session, project, [typed(file, ("warm_up_iterations", "warmup_iterations"))])[1]
    (mark,) = view.problems
    assert mark.title == "warmup_iterations is no key of performance_tests.latency"
    assert mark.text == "Unknown key. Did you mean warm_up_iterations?"
    assert mark.effect == "latency without warm-up iterations"
    field = row(view, "performance_tests.latency.warm_up_iterations")
    assert (field.problem, field.fix_label, field.placeholder) == ("Text has warmup_iterations.", "Rename", "required")
    assert view.changed_lines == (mark.line,)
    assert pickle.loads(pickle.dumps(view)) == view  # noqa: S301 - our own


def test_that_corrections_of_both_documents_are_made_at_once(session: Session, project: Path) -> None:
    first, second = read_documents(session, project)
    broken = (typed(first, ("OpenVINO 2026.4", "OpenVNIO 2026.4")), typed(second, ("30 fps", "30 fsp")))
    edits = dict(apply_corrections(session, project, broken))
    assert made(broken[0].text, edits["deployment.yaml"]) == first.text
    assert made(broken[1].text, edits[NAME]) == second.text


def test_that_a_text_that_does_not_parse_greys_the_form_and_says_the_line(session: Session, project: Path) -> None:
    (project / NAME).write_text("deployment_tests: [\n  id: a: b\n", encoding="utf-8")
    file = read_documents(session, project)[1]
    assert file.text.startswith("deployment_tests: [")
    view = check_documents(session, project, [Typed(file.name, file.text)])[1]
    assert view.blocked.startswith("Line 2 cannot be read")
    assert view.blocked_line == 2
    assert enter_field(session, Typed(file.name, file.text), "id", "x").refusal
    mended = check_documents(session, project, [Typed(file.name, "deployment_tests:\n  id: a\n")])[1]
    assert mended.blocked == ""
    assert row(mended, "id").shown == "a"


def test_that_model_and_data_are_looked_at_only_where_it_is_asked_for(session: Session, project: Path) -> None:
    files = [Typed(file.name, file.text) for file in read_documents(session, project)]
    quick, deep = (check_documents(session, project, files, deep=deep)[0] for deep in (False, True))
    assert quick.problems == ()
    marks = {mark.path: mark for mark in deep.problems}
    assert set(marks) >= {"model_format.intermediate", "slipway.frames.images"}
    assert marks["model_format.intermediate"].title == "models/road_users.onnx: there is no model file"


def test_that_an_entry_in_the_form_is_a_small_edit_of_the_text(session: Session, project: Path) -> None:
    file = read_documents(session, project)[1]
    entered = enter_field(session, Typed(file.name, file.text), "performance_tests.latency.requirement", "≤ 40 ms")
    assert entered.refusal == ""
    assert made(file.text, entered.edit) == file.text.replace("requirement: 50ms ", "requirement: 40 ms ")


def test_that_proposed_values_are_confirmed_one_by_one_or_all(session: Session, project: Path) -> None:
    path = project / NAME
    listed = "  unconfirmed:\n    - performance_tests.latency.requirement\n    - performance_tests.memory\n"
    path.write_text(path.read_text(encoding="utf-8") + listed, encoding="utf-8")
    file = read_documents(session, project)[1]
    view = check_documents(session, project, [Typed(file.name, file.text)])[1]
    assert not row(view, "performance_tests.memory.peak_requirement").confirmed
    assert row(view, "performance_tests.throughput.requirement").confirmed
    one = confirm_values(session, Typed(NAME, file.text), ("performance_tests.memory.peak_requirement",))
    assert made(file.text, one.edit) == file.text.replace("    - performance_tests.memory\n", "")
    every = confirm_values(session, Typed(NAME, file.text), ())
    assert "unconfirmed" not in made(file.text, every.edit)


def test_that_saving_keeps_the_line_ends_of_the_file(session: Session, project: Path) -> None:
    path = project / NAME
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    file = read_documents(session, project)[1]
    assert "\r" not in file.text
    saved = save_documents(session, project, [ToSave(NAME, file.text.replace("50ms", "40ms"), file.sha256)])
    assert saved.conflicts == ()
    assert path.read_bytes().count(b"\r\n") == file.text.count("\n")
    assert b"40ms" in path.read_bytes()


def test_that_a_document_that_changed_on_disk_is_not_overwritten(session: Session, project: Path) -> None:
    first, second = read_documents(session, project)
    theirs = second.text.replace("50ms", "45ms")
    (project / NAME).write_text(theirs, encoding="utf-8")
    mine = second.text.replace("50ms", "40ms")
    saves = [ToSave(first.name, first.text + "# mine\n", first.sha256), ToSave(NAME, mine, second.sha256)]
    saved = save_documents(session, project, saves)
    assert saved.files == ()
    (conflict,) = saved.conflicts
    assert conflict.theirs == theirs
    signs = {line.sign: line.text.strip() for line in conflict.lines if "requirement: 4" in line.text}
    assert signs["-"].startswith("requirement: 45ms")
    assert signs["+"].startswith("requirement: 40ms")
    assert (project / "deployment.yaml").read_text(encoding="utf-8") == first.text
    again = save_documents(session, project, [ToSave(NAME, mine, conflict.theirs_sha256)])
    assert again.conflicts == ()
    assert (project / NAME).read_text(encoding="utf-8") == mine


def test_that_nothing_is_written_where_one_of_two_documents_cannot_be(session: Session, project: Path) -> None:
    first, second = read_documents(session, project)
    saves = [ToSave(first.name, "a" * 300_000, first.sha256), ToSave(NAME, "x: 1\n", second.sha256)]
    with pytest.raises(UsageError, match="takes at most"):
        save_documents(session, project, saves)
    assert (project / NAME).read_text(encoding="utf-8") == second.text


def test_that_what_was_typed_survives_and_is_offered_again(session: Session, project: Path) -> None:
    file = read_documents(session, project)[1]
    keep_draft(session, project, NAME, file.text + "# typed\n", file.sha256)
    with Session() as later:
        draft = read_documents(later, project)[1].draft
        assert draft is not None
        assert draft.text == file.text + "# typed\n"
        assert draft.base_sha256 == file.sha256
        save_documents(later, project, [ToSave(NAME, draft.text, file.sha256)])
        assert read_documents(later, project)[1].draft is None
        keep_draft(later, project, NAME, "other", None)
        drop_draft(later, project, NAME)
        assert read_documents(later, project)[1].draft is None


def test_that_a_damaged_draft_is_no_obstacle(session: Session, project: Path, slipway_home: Path) -> None:
    keep_draft(session, project, NAME, "text", None)
    (kept,) = (slipway_home / "drafts").rglob("*.json")
    kept.write_text('{"text": 5', encoding="utf-8")
    assert read_documents(session, project)[1].draft is None


def test_that_a_file_of_an_old_encoding_is_shown_and_mended_by_saving(session: Session, project: Path) -> None:
    path = project / NAME
    path.write_bytes(path.read_bytes().replace(b"# Celsius", b"# \xb0C"))
    file = read_documents(session, project)[1]
    assert "# °C" in file.text
    assert "not UTF-8" in file.note
    save_documents(session, project, [ToSave(NAME, file.text, file.sha256)])
    assert read_documents(session, project)[1].note == ""


def test_that_a_missing_document_is_an_empty_text_that_saving_makes(session: Session, project: Path) -> None:
    (project / NAME).unlink()
    file = read_documents(session, project)[1]
    assert (file.text, file.sha256) == ("", None)
    view = check_documents(session, project, [Typed(NAME, "")])[1]
    assert [mark.level for mark in view.marks] == [ERR]
    save_documents(session, project, [ToSave(NAME, "deployment_tests:\n", None)])
    assert (project / NAME).is_file()


def test_that_a_text_that_is_too_large_is_not_opened(session: Session, project: Path) -> None:
    (project / NAME).write_bytes(b"a: 1\n" * 60_000)
    file = read_documents(session, project)[1]
    assert not file.can_edit
    assert "larger" in file.note


def test_that_a_comparison_leaves_out_what_is_equal(session: Session) -> None:
    lines = [f"line {number}" for number in range(40)]
    found = compare_texts(session, "\n".join(lines), "\n".join([*lines[:20], "other", *lines[21:]]))
    assert [line.text for line in found if line.sign == "-"] == ["line 20"]
    assert len(found) == 8


def test_that_an_unknown_document_is_refused(session: Session, project: Path) -> None:
    with pytest.raises(SlipwayError, match="no document"):
        keep_draft(session, project, "../evil.yaml", "x", None)
