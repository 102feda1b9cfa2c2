"""The board's store of bytes by their sha256: received, hashed while they come, and only then given their name."""

from __future__ import annotations

import fcntl
import hashlib
import os
from pathlib import Path
from typing import BinaryIO, Callable, Iterable, List, Set

from . import files
from .protocol import E_BUSY, E_HASH, E_MISSING, E_USAGE, CommandError
from .schema import is_sha256

MAX_BLOB_BYTES = 1 << 40


class Blobs:
    """`<root>/blobs/`; a file named by a sha256 was whole and on disk when it got that name."""

    def __init__(self, root: Path) -> None:
        self._folder = root / "blobs"

    def path(self, sha256: str) -> Path:
        """Where a blob lies.

        Raises:
            CommandError: E_MISSING, or E_USAGE for what is no sha256.
        """
        path = self._place(sha256)
        if not path.is_file():
            raise CommandError(E_MISSING, "the board has no blob %s" % sha256, "Push it again.")
        return path

    def checked_path(self, sha256: str, check: Callable[[], None] = files.go_on) -> Path:
        """The same, its bytes hashed again; a blob that fails is removed, so that the next push brings it anew.

        `check` may raise to stop.

        Raises:
            CommandError: E_MISSING or E_HASH.
        """
        path = self.path(sha256)
        found = files.sha256_file(path, check)
        if found != sha256:
            files.discard(path)
            text = "blob %s had other bytes on the board (%s) and was removed" % (sha256, found)
            raise CommandError(
                E_HASH, text, "Run it again: it is pushed anew. If it comes back, check the board's disk."
            )
        return path

    def present(self, sha256s: Iterable[str]) -> List[str]:
        """Those of the given blobs that are here."""
        return [sha256 for sha256 in sha256s if self._place(sha256).is_file()]

    def adopt(self, path: Path) -> str:
        """Take over a file of the same disk that was made here; returns its sha256.

        Raises:
            CommandError: E_DISK.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            sha256 = files.sha256_file(path)
            files.fsync_file(path)
            path.chmod(0o444)
            path.replace(self._place(sha256))
            files.fsync_folder(self._folder)
        except OSError as error:
            raise files.cannot_write(self._folder, error) from error
        return sha256

    def receive(self, sha256: str, size_bytes: int, stream: BinaryIO) -> None:
        """Take a blob from a stream: hashed while it comes, compared, on disk, then named.

        Raises:
            CommandError: E_DISK before the first byte where space is short, E_HASH for other bytes, E_BUSY where
                another process receives the same blob.
        """
        path = self._place(sha256)
        if not 0 <= size_bytes <= MAX_BLOB_BYTES:
            raise CommandError(E_USAGE, "a blob of %d bytes; at most %d are taken" % (size_bytes, MAX_BLOB_BYTES))
        part = path.with_name(sha256 + ".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            files.need_space(self._folder, size_bytes)
            with self._open_part(part) as target:
                _copy(stream, target, sha256, size_bytes)
                part.chmod(0o444)
                part.replace(path)
            files.fsync_folder(self._folder)
        except OSError as error:
            files.discard(part)
            raise files.cannot_write(path, error) from error
        except CommandError as error:
            if error.code != E_BUSY:
                files.discard(part)
            raise

    def prune(self, keep: Set[str]) -> int:
        """Remove all blobs but these, and what interrupted pushes left; returns the bytes that were freed."""
        freed = 0
        for path in sorted(self._folder.glob("*")) if self._folder.is_dir() else []:
            if path.name in keep or (path.suffix == ".part" and _is_held(path)):
                continue
            status = path.stat()
            freed += status.st_size if status.st_nlink == 1 else 0
            files.discard(path)
        return freed

    def forget(self, sha256s: Iterable[str], used: Set[str]) -> int:
        """Remove some blobs, but none that is used, and what pushes left of them; returns the bytes that were freed."""
        freed = 0
        for path in {self._place(sha256) for sha256 in sha256s if sha256 not in used}:
            if path.is_file():
                status = path.stat()
                freed += status.st_size if status.st_nlink == 1 else 0
                files.discard(path)
            part = path.with_name(path.name + ".part")
            if part.is_file() and not _is_held(part):
                files.discard(part)
        return freed

    def _place(self, sha256: str) -> Path:
        if not is_sha256(sha256):
            raise CommandError(E_USAGE, "%r is no sha256" % sha256[:80])
        return self._folder / sha256

    def _open_part(self, part: Path) -> BinaryIO:
        stream = os.fdopen(os.open(str(part), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o644), "wb")
        if not _hold(stream, part):
            stream.close()
            raise CommandError(E_BUSY, "another process is pushing blob %s" % part.stem, "Wait for it.")
        os.ftruncate(stream.fileno(), 0)
        return stream


def _copy(source: BinaryIO, target: BinaryIO, sha256: str, size_bytes: int) -> None:
    digest = hashlib.sha256()
    missing = size_bytes
    while missing:
        block = source.read(min(missing, files.BLOCK_BYTES))
        if not block:
            text = "the push of blob %s ended %d bytes before its end" % (sha256, missing)
            raise CommandError(E_HASH, text, "Push it again.")
        digest.update(block)
        target.write(block)
        missing -= len(block)
    if digest.hexdigest() != sha256:
        text = "the bytes of blob %s arrived as %s" % (sha256, digest.hexdigest())
        raise CommandError(E_HASH, text, "The file changed while it was pushed: push it again.")
    target.flush()
    os.fsync(target.fileno())


def _hold(stream: BinaryIO, part: Path) -> bool:
    """Lock an open .part; False where another process holds it, or finished it since it was opened."""
    try:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(stream.fileno()), part.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _is_held(part: Path) -> bool:
    with part.open("rb") as stream:
        return not _hold(stream, part)
