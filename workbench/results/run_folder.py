"""The files of a run, checked against its record before anything is made from them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from workbench.base.errors import SlipwayError
from workbench.base.hashing import sha256_file


def check_files(folder: Path, files: Mapping[str, str]) -> None:
    """Whether every file that a record names is there with the bytes that it had.

    Raises:
        SlipwayError: one is not, or lies outside of the folder.
    """
    for name, sha256 in sorted(files.items()):
        path = inside(folder, name)
        if not path.is_file() or sha256_file(path) != sha256:
            state = "has other bytes than when the run was recorded" if path.is_file() else "is not there"
            raise SlipwayError(
                f"{path} {state}",
                "Results are made only from the bytes that the record names; restore the run's folder.",
            )


def inside(folder: Path, name: str) -> Path:
    """A file of the run's folder; a record that came from elsewhere must not show other files of this machine.

    Raises:
        SlipwayError: the name leads outside.
    """
    path = folder / name
    try:
        leads_inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # no file name, or links in a circle
        leads_inside = False
    if not leads_inside:
        raise SlipwayError(f"the record in {folder} names {name[:80]!r}, which is outside", "The record was edited.")
    return path
