"""Folders of runs: numbered so that a gap shows, with the plan first and the result last."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from projects.problems import near_miss
from projects.record_file import Author, RecordFile, encode_record, header_of, read_record_file
from workbench.base.atomic import cannot_write, encode_json, fsync_folder, write_atomic
from workbench.base.errors import UsageError

PLAN = "plan.json"
RUN = "run.json"
TRY = "not-evidence.txt"
"""Lies in the folder of a try from its first moment."""
TRY_TEXT = """This run is a try: frames were played through an engine to look at it.

It is not evidence. No verdict, report, comparison or status counts it.
"""
_ID = re.compile(r"(\d{4,8})-(\d{8}T\d{6}Z)-([0-9a-f]{4})")


@dataclass(frozen=True)
class RunFolder:
    """One run: `runs/0007-20261124T091500Z-ab12/`. It is finished once `run.json` is there."""

    path: Path
    number: int
    """From 1, in the order of starting; a missing number is a run that was deleted."""

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.path.name

    @classmethod
    def create(cls, runs: Path, plan: Mapping[str, Any], by: Author, *, is_try: bool = False) -> RunFolder:
        """Make the folder of a new run, its plan in it from the first moment.

        Args:
            runs: the project's `runs` folder.
            plan: what the run shall do; `format`, `by`, `created`, `id` and `number` are added.
            by: who starts it.
            is_try: whether it is a try, which is no evidence.

        Raises:
            SlipwayError: it cannot be written.
        """
        now = datetime.now(UTC)
        number = max((folder.number for folder in list_runs(runs)), default=0) + 1
        name = f"{number:04d}-{now.strftime('%Y%m%dT%H%M%SZ')}-{secrets.token_hex(2)}"
        created = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        part = runs / f".{name}.part"
        value = {**plan, **header_of("run-plan", by, created), "id": name, "number": number}
        try:
            write_atomic(part / PLAN, encode_json(value))
            if is_try:
                write_atomic(part / TRY, TRY_TEXT.encode())
            part.rename(runs / name)
            fsync_folder(runs)
        except OSError as error:
            raise cannot_write(runs / name, error) from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return cls(runs / name, number)

    def is_finished(self) -> bool:
        """Whether its result was written."""
        return (self.path / RUN).is_file()

    def is_try(self) -> bool:
        """Whether it is a try, which is no evidence."""
        return (self.path / TRY).is_file()

    def read_plan(self) -> RecordFile:
        """What it was to do.

        Raises:
            SlipwayError: it is not there, damaged, or of a newer Slipway.
        """
        return read_record_file(self.path / PLAN, "run-plan")

    def read_run(self) -> RecordFile:
        """Its result; the whole of `run.json` is header and `body`.

        Raises:
            SlipwayError: it is not there, damaged, or of a newer Slipway.
        """
        return read_record_file(self.path / RUN, "run")

    def finish(self, run: Mapping[str, Any]) -> RecordFile:
        """Write the result: the last thing that a run writes, once.

        Args:
            run: the whole record with its header: `format` slipway.run/1, `by`, `created`, `id`, `number` and the rest.

        Raises:
            SlipwayError: it was written before, or cannot be written.
        """
        if run.get("id") != self.id or run.get("number") != self.number:
            raise UsageError(f"this is the result of the run {run.get('id')}, not of {self.id}")
        write_atomic(self.path / RUN, encode_record(run, f"the result of the run {self.id}"), replace=False)
        return self.read_run()


def list_runs(runs: Path) -> tuple[RunFolder, ...]:
    """Every run, in order of number and time; what else lies there is left out."""
    if not runs.is_dir():
        return ()
    found = [(match, path) for path in runs.iterdir() if (match := _ID.fullmatch(path.name)) and path.is_dir()]
    return tuple(RunFolder(path, int(match[1])) for match, path in sorted(found, key=lambda pair: _order(pair[0])))


def _order(match: re.Match[str]) -> tuple[int, str]:
    return int(match[1]), match[0]


def missing_numbers(folders: Sequence[RunFolder]) -> tuple[int, ...]:
    """Numbers below the last one that no run has: runs that were deleted or not fetched."""
    numbers = {folder.number for folder in folders}
    return tuple(number for number in range(1, max(numbers, default=0)) if number not in numbers)


def find_run(runs: Path, name: str | None = None) -> RunFolder:
    """One run.

    Args:
        runs: the project's `runs` folder.
        name: its id, the beginning of it, or its number; None takes the last one that is finished and no try.

    Raises:
        UsageError: there is none, or several fit.
    """
    folders = list_runs(runs)
    if name is None:
        finished = [folder for folder in folders if folder.is_finished() and not folder.is_try()]
        if not finished:
            raise UsageError("there is no finished run yet", "Start one with `slipway verify`.")
        return finished[-1]
    number = int(name) if name.isdecimal() and len(name) < 9 else None
    fitting = [folder for folder in folders if folder.id.startswith(name) or folder.number == number]
    exact = [folder for folder in fitting if folder.id == name or folder.number == number]
    chosen = exact or fitting
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        raise UsageError(f"several runs are called {name}", f"Give more of the id: {', '.join(_ids(chosen))}.")
    meant = near_miss(name, _ids(folders))
    known = f"Runs are {', '.join(_ids(folders[-5:]))}." if folders else "Start one with `slipway verify`."
    raise UsageError(f"no run is called {name[:80]}", f"Did you mean {meant}?" if meant else known)


def _ids(folders: Sequence[RunFolder]) -> list[str]:
    return [folder.id for folder in folders]
