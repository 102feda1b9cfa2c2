"""What git says is read where there is git, and nothing of a repository is run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from workbench.history.git import commits_since, committed_text, repository_of


def git(folder: Path, *arguments: str) -> None:
    """Run git as the person who works there."""
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, timeout=30)


@pytest.fixture
def repository_folder(tmp_path: Path) -> Path:
    """A project inside a repository, with one commit."""
    project = tmp_path / "repository" / "front camera"
    project.mkdir(parents=True)
    git(project.parent, "init", "--quiet", "--initial-branch=main")
    (project / "deployment.yaml").write_bytes(b"a: 1\r\nb: 2\r\n")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "-m", "First")
    return project


def test_that_branch_and_committed_text_are_told(repository_folder: Path) -> None:
    found = repository_of(repository_folder)
    assert found is not None
    assert found.branch == "main"
    assert len(found.head) == 40
    (repository_folder / "deployment.yaml").write_text("changed", encoding="utf-8")
    assert committed_text(repository_folder, "deployment.yaml") == "a: 1\nb: 2\n"
    assert committed_text(repository_folder, "deployment_tests.yaml") is None


def test_that_commits_after_one_are_told_newest_first(repository_folder: Path) -> None:
    found = repository_of(repository_folder)
    assert found is not None
    for number in (1, 2):
        (repository_folder / "deployment.yaml").write_text(f"a: {number}\n", encoding="utf-8")
        git(repository_folder, "commit", "--quiet", "-am", f"Change {number}")
    (repository_folder.parent / "other.txt").write_text("x", encoding="utf-8")
    git(repository_folder.parent, "add", ".")
    git(repository_folder.parent, "commit", "--quiet", "-m", "Elsewhere")
    told = commits_since(repository_folder, found.head)
    assert [(item.subject, item.author) for item in told] == [("Change 2", "Ada"), ("Change 1", "Ada")]
    assert commits_since(repository_folder, "--output=evil") == ()


def test_that_a_folder_without_git_has_none(tmp_path: Path) -> None:
    assert repository_of(tmp_path) is None
    assert committed_text(tmp_path, "deployment.yaml") is None


def test_that_a_repository_before_its_first_commit_has_no_head(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    found = repository_of(tmp_path)
    assert found is not None
    assert (found.branch, found.head) == ("main", "")


def test_that_programs_that_a_repository_names_are_not_run(repository_folder: Path, tmp_path: Path) -> None:
    program = tmp_path / "evil"
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n", encoding="utf-8")
    program.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "diff.external", "gpg.program", "core.sshCommand"):
        git(repository_folder, "config", key, str(program))
    git(repository_folder, "config", "log.showSignature", "true")
    found = repository_of(repository_folder)
    assert found is not None
    committed_text(repository_folder, "deployment.yaml")
    commits_since(repository_folder, found.head)
    assert not (tmp_path / "ran").exists()
