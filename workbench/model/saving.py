"""Writing what a person chose in the form into the deployment specification, and nothing else."""

from __future__ import annotations

from pathlib import Path

from projects.problems import DocumentProblems
from projects.project import Project
from workbench.model.draft import write_draft
from workbench.model.edits import edit, new_problems, paths_of_field
from workbench.model.opened import open_document
from workbench.model.page import OF_FORM
from workbench.views.model import Changes, SavedChoice


def save_changes(project: Path, changes: Changes) -> SavedChoice:
    """Write them; what else is wrong with the document is no hindrance, what they would break is.

    Raises:
        DocumentProblems: with what a value is and should be; nothing is written.
        UsageError: the document was changed meanwhile, or a value cannot be set there.
    """
    before = open_document(project)
    after = edit(before, changes)
    wrong = new_problems(before, after)
    if wrong:
        raise DocumentProblems(wrong, f"the document {after.raw.file.name}")
    if after.raw.file.text != before.raw.file.text:
        after.raw.file.save()
    write_draft(project, ())
    return SavedChoice(tuple(path for key, _ in changes for path in paths_of_field(key)))


def confirm_values(project: Path) -> SavedChoice:
    """Take what was proposed for the form as a person's own.

    Raises:
        DocumentProblems: the documents have problems; nothing is written.
    """
    opened = Project.open(project)
    paths = tuple(item.path for item in opened.unconfirmed if item.path.startswith(OF_FORM))
    if paths:
        opened.confirm(paths)
    return SavedChoice(paths)
