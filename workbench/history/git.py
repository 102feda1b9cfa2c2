"""What git says of a project, where there is git; a repository may come from anywhere, so nothing of it is run."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_S = 5.0
_NOTHING_RUNS = (
    "--no-optional-locks",
    "--no-pager",
    "-c", "core.fsmonitor=false",
    "-c", "core.hooksPath=/dev/null",
    "-c", "log.showSignature=false",
    "-c", "protocol.allow=never",
)  # fmt: skip
_FIELD, _END = "\x1f", "\x1e"


@dataclass(frozen=True)
class Commit:
    """One commit that touched the project's folder."""

    sha: str
    author: str
    seconds: int
    """When, since 1970."""
    subject: str


@dataclass(frozen=True)
class Repository:
    """The repository that a project lies in."""

    branch: str
    """Empty where no branch is checked out."""
    head: str
    """Empty before the first commit."""


def repository_of(project: Path) -> Repository | None:
    """The repository around a project; None where there is none, or no git."""
    inside = _git(project, "rev-parse", "--is-inside-work-tree")
    if inside is None or inside.strip() != b"true":
        return None
    branch = _git(project, "symbolic-ref", "--quiet", "--short", "HEAD") or b""
    head = _git(project, "rev-parse", "--quiet", "--verify", "HEAD") or b""
    return Repository(branch.decode("utf-8", "replace").strip(), head.decode("ascii", "replace").strip())


def committed_text(project: Path, name: str) -> str | None:
    """A file of the project as the last commit has it, with `\\n` between lines; None where it has none."""
    data = _git(project, "cat-file", "blob", f"HEAD:./{name}")
    if data is None:
        return None
    return data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")


def uncommitted(project: Path, texts: Mapping[str, str]) -> tuple[str, ...]:
    """The files of a project, by name and text, that are not as the last commit has them."""
    return tuple(name for name, text in texts.items() if committed_text(project, name) != text.replace("\r\n", "\n"))


def commits_since(project: Path, head: str, most: int = 50) -> tuple[Commit, ...]:
    """Commits on the branch after `head` that touch the project's folder, newest first."""
    if not head or not all(letter in "0123456789abcdef" for letter in head):
        return ()
    form = f"--format=%H{_FIELD}%an{_FIELD}%ct{_FIELD}%s{_END}"
    data = _git(project, "log", f"--max-count={most}", form, f"{head}..HEAD", "--", ".")
    found = []
    for line in (data or b"").decode("utf-8", "replace").split(_END):
        parts = line.strip("\n").split(_FIELD)
        if len(parts) == 4 and parts[2].isdecimal():
            found.append(Commit(parts[0], parts[1], int(parts[2]), parts[3]))
    return tuple(found)


def _git(project: Path, *arguments: str) -> bytes | None:
    """What git prints; None where it fails, hangs or is not there."""
    program = shutil.which("git")
    if program is None:
        return None
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    quiet = {**kept, "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            [program, *_NOTHING_RUNS, *arguments],
            cwd=project,
            env=quiet,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None
