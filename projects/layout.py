"""Where things lie in a project's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from workbench.base.errors import UsageError

DEPLOYMENT = "deployment.yaml"
DEPLOYMENT_TESTS = "deployment_tests.yaml"


@dataclass(frozen=True)
class Layout:
    """The paths of one project; nothing is created by asking for a path."""

    folder: Path

    @property
    def deployment(self) -> Path:
        """The deployment specification (04-09)."""
        return self.folder / DEPLOYMENT

    @property
    def deployment_tests(self) -> Path:
        """The deployment test specification."""
        return self.folder / DEPLOYMENT_TESTS

    @property
    def models(self) -> Path:
        """Models as they were trained and exported; under git."""
        return self.folder / "models"

    @property
    def data(self) -> Path:
        """Frames and labels."""
        return self.folder / "data"

    @property
    def records(self) -> Path:
        """One immutable file a record, by kind; under git."""
        return self.folder / "records"

    @property
    def runs(self) -> Path:
        """One folder a run."""
        return self.folder / "runs"

    @property
    def hidden(self) -> Path:
        """What can be made again or fetched; not under git, but for the schemas."""
        return self.folder / ".slipway"

    @property
    def blobs(self) -> Path:
        """Candidates, engines and frame packs by sha256."""
        return self.hidden / "blobs"

    @property
    def cache(self) -> Path:
        """What was computed and can be computed again."""
        return self.hidden / "cache"

    @property
    def schemas(self) -> Path:
        """JSON Schemas of both documents, for editors."""
        return self.hidden / "schema"

    def inner(self, path: str) -> Path:
        """The file or folder that a document names.

        Args:
            path: relative to the project, with `/`, as the documents' models let it through.

        Raises:
            UsageError: it leaves the project, by itself or through a link.
        """
        named = self.folder.joinpath(*PurePosixPath(path).parts)
        home = self.folder.resolve()
        if not named.resolve().is_relative_to(home):
            raise UsageError(
                f"{path} leads out of the project {self.folder}",
                "Copy the files into the project, or replace the link by what it points to.",
            )
        return named
