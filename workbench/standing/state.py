"""Everything that the pictures of a project are made from, read once: documents, chain, records, runs."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from projects.layout import Layout
from projects.problems import Problem
from projects.project import Project
from projects.records import (
    CandidateRecord,
    EngineRecord,
    FindingClosureRecord,
    FindingRecord,
    R,
    RecordStore,
    ReleaseRecord,
    Stored,
)
from projects.runs import RunFolder, list_runs
from projects.yaml_file import YamlFile
from workbench.base.errors import SlipwayError, UsageError
from workbench.documents.checked import open_texts, views_of
from workbench.documents.files import read_bytes
from workbench.documents.names import DOCUMENTS
from workbench.pipeline.chain import ChainStatus, read_chain
from workbench.pipeline.check import CheckResult, check_project
from workbench.pipeline.report import UnreadableRun, try_run
from workbench.results.run_record import RunRecord, RunState
from workbench.views.project.documents import DocumentView, Typed


@dataclass(frozen=True)
class Standing:
    """One look at a project; reads files when asked, each at most once."""

    home: Path
    folder: Path

    @cached_property
    def layout(self) -> Layout:
        """Where things lie."""
        return Layout(self.folder)

    @cached_property
    def files(self) -> tuple[YamlFile, YamlFile]:
        """Both documents; one that is not there is empty."""
        if not self.folder.is_dir():
            raise UsageError(f"{self.folder} is no folder", "It was moved or removed; open it where it is now.")
        paths = [self.folder / document.name for document in DOCUMENTS]
        if not any(path.is_file() for path in paths):
            names = " nor ".join(document.name for document in DOCUMENTS)
            raise UsageError(f"{self.folder} is no project: it has neither {names}", "Make one from an ONNX file.")
        first, second = (
            YamlFile.parse(path, document.name, read_bytes(path) or b"")
            for document, path in zip(DOCUMENTS, paths, strict=True)
        )
        return first, second

    @cached_property
    def check(self) -> CheckResult:
        """All that is wrong with documents, model and data."""
        return check_project(self.folder, self.files)

    @cached_property
    def views(self) -> tuple[DocumentView, ...]:
        """Both documents with every problem of documents, model and data."""
        texts = [Typed(file.name, file.text, file.text) for file in self.files]
        return views_of(self.files, texts, self.project, self.check.problems, self.check.findings)

    @cached_property
    def loaded(self) -> tuple[Project | None, tuple[Problem, ...]]:
        """The project, or why its documents do not load."""
        return open_texts(self.folder, self.files)

    @property
    def project(self) -> Project | None:
        """The project; None where its documents do not load."""
        return self.loaded[0]

    @cached_property
    def chain(self) -> ChainStatus | SlipwayError | None:
        """The chain; why it cannot be told; None where the documents do not load."""
        if self.project is None:
            return None
        try:
            return read_chain(self.project, self.home)
        except SlipwayError as error:
            return error

    @cached_property
    def candidates(self) -> tuple[Stored[CandidateRecord], ...]:
        """Oldest first; damaged records are no reason to show nothing."""
        return _tolerant(RecordStore(self.layout.records), CandidateRecord)

    @cached_property
    def engines(self) -> tuple[Stored[EngineRecord], ...]:
        """Oldest first."""
        return _tolerant(RecordStore(self.layout.records), EngineRecord)

    @cached_property
    def releases(self) -> tuple[Stored[ReleaseRecord], ...]:
        """Oldest first."""
        return _tolerant(RecordStore(self.layout.records), ReleaseRecord)

    @cached_property
    def findings(self) -> tuple[Stored[FindingRecord], ...]:
        """Those that are open, oldest first."""
        store = RecordStore(self.layout.records)
        closed = {item.record.finding for item in _tolerant(store, FindingClosureRecord)}
        return tuple(item for item in _tolerant(store, FindingRecord) if item.id not in closed)

    @cached_property
    def behind(self) -> tuple[Stored[EngineRecord], ...]:
        """The newest engine of each board that has none of the present candidate, though another board has."""
        chain = self.chain
        links = {link.stage: link for link in chain.links} if isinstance(chain, ChainStatus) else {}
        candidate = links["candidate"].sha256 if links else None
        newest = {item.record.board_id: item for item in self.engines}
        current = {item.record.board_id for item in self.engines if item.record.candidate_sha256 == candidate}
        return tuple(item for board, item in newest.items() if board not in current) if current else ()

    @cached_property
    def run_folders(self) -> tuple[RunFolder, ...]:
        """All runs, oldest first."""
        return list_runs(self.layout.runs)

    @cached_property
    def runs(self) -> tuple[RunRecord | UnreadableRun, ...]:
        """Those that ended, oldest first."""
        return tuple(try_run(folder) for folder in self.run_folders if folder.is_finished())

    @cached_property
    def whole_run(self) -> RunRecord | None:
        """The newest run of everything: the one whose verdicts speak for the project; never a try.

        Other candidates are verified to be compared: their runs speak only where there is none of the present one.
        """
        finished = [run for run in self.runs if isinstance(run, RunRecord) and run.state is RunState.FINISHED]
        whole = [run for run in finished if not run.only and not run.is_try]
        candidate = self._candidate
        present = [run for run in whole if (run.chain.get("candidate") or {}).get("sha256") == candidate]
        whole = present if present and candidate is not None else whole
        full = [run for run in whole if not run.quick]
        chosen = full or whole
        return chosen[-1] if chosen else None

    @property
    def _candidate(self) -> str | None:
        """The sha256 of the candidate that the documents ask for; None where it cannot be told."""
        links = self.chain.links if isinstance(self.chain, ChainStatus) else ()
        return next((link.sha256 for link in links if link.stage == "candidate"), None)


def _tolerant(store: RecordStore, of: type[R]) -> tuple[Stored[R], ...]:
    """Every record of a kind that can be read, oldest first."""
    found = []
    for path in (store.folder / of.kind).glob("*.json"):
        with contextlib.suppress(SlipwayError):
            found.append(store.read(of, path.stem))
    return tuple(sorted(found, key=lambda stored: (stored.created, stored.id)))
