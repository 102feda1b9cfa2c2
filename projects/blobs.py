"""Blobs by sha256: candidates, engines and frame packs, never changed and never under git."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from workbench.base.atomic import cannot_write, fsync_folder, write_atomic
from workbench.base.errors import SlipwayError, UsageError
from workbench.base.hashing import is_sha256, sha256_bytes, sha256_file

_BLOCK_BYTES = 1 << 20


class BlobStore:
    """The blobs of one project; any number of processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path_of(self, sha256: str) -> Path | None:
        """Where a blob lies; None where its bytes are not here (a clone has the records without them).

        Raises:
            UsageError: this is no sha256.
        """
        path = self._path(sha256)
        return path if path.is_file() else None

    def problem_of(self, sha256: str) -> str:
        """Why a blob cannot be used, in words; empty where its bytes are here and are what their name says.

        Raises:
            UsageError: this is no sha256.
        """
        path = self.path_of(sha256)
        if path is None:
            return "its bytes are not here"
        return "" if sha256_file(path) == sha256 else "its bytes here were changed"

    def require(self, sha256: str, what: str) -> Path:
        """Where a blob lies.

        Args:
            sha256: of its bytes.
            what: its name in the error.

        Raises:
            UsageError: its bytes are not here.
        """
        path = self.path_of(sha256)
        if path is None:
            raise UsageError(
                f"the bytes of {what} are not here (sha256 {sha256[:12]}…)",
                "They lie where they were made and are not under git: make them again, or copy "
                f"{self.folder.name}/{sha256} from there.",
            )
        return path

    def add_bytes(self, data: bytes) -> str:
        """Keep the bytes; gives their sha256.

        Raises:
            SlipwayError: they cannot be written.
        """
        sha256 = sha256_bytes(data)
        if self.problem_of(sha256):
            write_atomic(self._path(sha256), data)
        return sha256

    def add_file(self, source: Path, check: Callable[[], None] = lambda: None) -> str:
        """Keep a copy of a file; gives its sha256.

        Args:
            source: the file.
            check: called once a block; may raise to stop.

        Raises:
            SlipwayError: it cannot be read, or the copy cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=self.folder)
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        part = Path(name)
        try:
            return self._copy(source, handle, part, check)
        except OSError as error:
            if isinstance(error, FileNotFoundError) and not source.exists():
                raise UsageError(f"{source} is not there", "Check the path.") from error
            raise cannot_write(part, error) from error
        finally:
            part.unlink(missing_ok=True)

    def _copy(self, source: Path, handle: int, part: Path, check: Callable[[], None]) -> str:
        digest = hashlib.sha256()
        with os.fdopen(handle, "wb") as target, source.open("rb") as stream:
            while block := stream.read(_BLOCK_BYTES):
                check()
                digest.update(block)
                target.write(block)
            target.flush()
            os.fsync(target.fileno())
        part.chmod(0o644)
        part.replace(self._path(digest.hexdigest()))  # over the same bytes, or over damaged ones
        fsync_folder(self.folder)
        return digest.hexdigest()

    def read(self, sha256: str, what: str) -> bytes:
        """The bytes of a blob, checked against its sha256.

        Raises:
            UsageError: they are not here.
            SlipwayError: they are not what they were.
        """
        data = self.require(sha256, what).read_bytes()
        if sha256_bytes(data) != sha256:
            raise self._damaged(sha256, what)
        return data

    def verify(self, sha256: str, what: str, check: Callable[[], None] | None = None) -> Path:
        """Where a blob lies, after its bytes were checked against its sha256.

        Raises:
            UsageError: they are not here.
            SlipwayError: they are not what they were.
        """
        path = self.require(sha256, what)
        if sha256_file(path, check) != sha256:
            raise self._damaged(sha256, what)
        return path

    def names(self) -> Iterator[str]:
        """The sha256 of each blob that is here, in order."""
        if self.folder.is_dir():
            yield from sorted(path.name for path in self.folder.iterdir() if is_sha256(path.name))

    def _path(self, sha256: str) -> Path:
        if not is_sha256(sha256):
            raise UsageError(f"'{sha256[:80]}' is no sha256", "A blob is named by 64 hexadecimal digits.")
        return self.folder / sha256

    def _damaged(self, sha256: str, what: str) -> SlipwayError:
        return SlipwayError(
            f"the bytes of {what} were changed: they no longer have the sha256 {sha256[:12]}…",
            f"Delete {self.folder / sha256} and make it again.",
        )
