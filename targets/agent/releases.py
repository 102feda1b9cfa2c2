"""Releases on a board: a kill or a power cut leaves none or a whole one, and none is trusted by its name."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

from . import files
from .blobs import Blobs
from .manifest import MANIFEST, wrong_manifest
from .protocol import E_BUSY, E_HASH, E_MISSING, E_POLICY, E_USAGE, CommandError
from .schema import is_name

STATE_FORMAT = "slipway.state/1"

Smoke = Callable[[Path], Optional[Dict[str, Any]]]
"""Tries a staged release and returns what it saw (None: not tried), or raises CommandError."""


class Releases:
    """`<root>/releases/`; all changes need the board's lock."""

    def __init__(self, root: Path, blobs: Blobs) -> None:
        self._root = root
        self._folder = root / "releases"
        self._blobs = blobs

    def recover(self) -> List[str]:
        """Remove what an interrupted install or removal left; returns the names."""
        return files.remove_leavings(self._folder)

    def install(
        self,
        release: str,
        manifest: Dict[str, Any],
        names: Dict[str, str],
        smoke: Smoke,
        check: Callable[[], None] = files.go_on,
    ) -> Dict[str, Any]:
        """Install a release from blobs that are here: recover, stage, hash, check space, try, rename, note the state.

        `check` is called while files are hashed and may raise to stop.

        Raises:
            CommandError: E_MISSING or E_HASH for its blobs, E_DISK, E_HASH where another release has this id, or
                what the trial said; nothing is installed then.
        """
        data = _check_manifest(release, manifest, names)
        self.recover()
        state = self._read_state()
        final = self._folder / release
        if final.exists() and self._is_same(final, data):
            seen = smoke(final)
        else:
            stage = self._folder / ("%s%s-%d" % (files.STAGE, release, os.getpid()))
            try:
                self._stage(stage, data, names, check)
                seen = smoke(stage)
                self._place(stage, final)
            except OSError as error:
                raise files.cannot_write(final, error) from error
            finally:
                shutil.rmtree(str(stage), ignore_errors=True)
        files.write_atomic(self._root / "state.json", files.encode_json(state))
        return {"release": release, "manifest_sha256": hashlib.sha256(data).hexdigest(), "smoke": seen}

    def describe(self) -> List[Dict[str, Any]]:
        """Every release with its manifest (None where it cannot be read), its hash and what is wrong with it (None)."""
        found = sorted(self._folder.iterdir()) if self._folder.is_dir() else []
        return [_describe(path) for path in found if is_name(path.name) and path.is_dir()]

    def remove(self, release: str) -> None:
        """Remove a release; never the good, the trying, the previous or the current one.

        Raises:
            CommandError: E_MISSING, E_BUSY or E_DISK.
        """
        folder = self._folder / release
        if not folder.is_dir():
            raise CommandError(E_MISSING, "the board has no release %s" % release)
        state = self._read_state()
        uses = [key for key in ("good", "trying", "previous") if state.get(key) == release]
        current = self._root / "current"
        if current.is_symlink() and Path(os.readlink(str(current))).name == release:
            uses.append("current")
        if uses:
            raise CommandError(E_BUSY, "release %s is the board's %s one" % (release, " and ".join(uses)))
        files.remove_folder(folder)

    def used_blobs(self) -> List[str]:
        """sha256 of every file that a release consists of."""
        manifests = [item["manifest"] for item in self.describe()]
        return [sha256 for manifest in manifests if manifest for sha256 in manifest["files"].values()]

    def _stage(self, stage: Path, manifest: bytes, names: Dict[str, str], check: Callable[[], None]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        sources = {name: self._blobs.checked_path(sha256, check) for name, sha256 in names.items()}
        files.need_space(self._folder, len(manifest))
        stage.mkdir()
        for name, source in sources.items():
            _link(source, stage / name, names[name])
            files.fsync_file(stage / name)
        files.write_durable(stage / MANIFEST, manifest)
        files.fsync_folder(stage)

    def _place(self, stage: Path, final: Path) -> None:
        """Rename the stage to its name; a broken release of that name goes first."""
        if final.exists():
            files.remove_folder(final)
        stage.rename(final)
        files.fsync_folder(self._folder)

    def _is_same(self, final: Path, manifest: bytes) -> bool:
        """Whether the installed release is whole and this one; False where it is broken and may be replaced."""
        if verify(final) is not None:
            return False
        if (final / MANIFEST).read_bytes() != manifest:
            text = "release %s is installed already, with another manifest" % final.name
            raise CommandError(E_HASH, text, "A release never changes: install it under another id.")
        return True

    def _read_state(self) -> Dict[str, Any]:
        path = self._root / "state.json"
        try:
            state = files.read_json(path)
        except FileNotFoundError:
            return {"format": STATE_FORMAT, "good": None, "trying": None, "previous": None}
        except (OSError, ValueError) as error:
            raise CommandError(
                E_POLICY, "%s cannot be read: %s" % (path, error), "Mend or remove it by hand."
            ) from error
        if state.get("format") != STATE_FORMAT:
            text = "%s has the format %r; this agent knows %r" % (path, state.get("format"), STATE_FORMAT)
            raise CommandError(E_POLICY, text, "Use a newer Slipway.")
        return state


def verify(folder: Path) -> Optional[str]:
    """What is wrong with an installed release, in words; None where every byte is as its manifest says."""
    try:
        manifest = files.read_json(folder / MANIFEST)
        wrong = wrong_manifest(folder.name, manifest)
        if wrong is not None:
            return wrong
        names = manifest["files"]
        extra = sorted({path.name for path in folder.iterdir()} - set(names) - {MANIFEST})
        if extra:
            return "%s is not in the manifest" % extra[0]
        for name, sha256 in sorted(names.items()):
            if files.sha256_file(folder / name) != sha256:
                return "%s has other bytes than the manifest says" % name
    except OSError as error:
        return "%s cannot be read: %s" % (error.filename, error.strerror)
    except ValueError as error:
        return "%s cannot be read: %s" % (MANIFEST, error)
    return None


def _describe(folder: Path) -> Dict[str, Any]:
    problem = verify(folder)
    manifest, manifest_sha256 = None, None
    try:
        manifest_sha256 = files.sha256_file(folder / MANIFEST)
        read = files.read_json(folder / MANIFEST)
        manifest = read if wrong_manifest(folder.name, read) is None else None
    except (OSError, ValueError) as error:
        problem = problem or str(error)
    return {
        "release": folder.name,
        "manifest": manifest,
        "manifest_sha256": manifest_sha256,
        "verified": problem is None,
        "problem": problem,
    }


def _check_manifest(release: str, manifest: Dict[str, Any], names: Dict[str, str]) -> bytes:
    """The manifest's bytes, if it is the manifest of these files."""
    wrong = wrong_manifest(release, manifest)
    if wrong is None and manifest["files"] != names:
        wrong = "its files are not the files of the request"
    if wrong is not None:
        raise CommandError(E_USAGE, "the manifest of release %s is refused: %s" % (release, wrong))
    return files.encode_json(manifest)


def _link(source: Path, target: Path, sha256: str) -> None:
    """The same bytes under another name; copied and hashed where the disk has no hard links."""
    try:
        os.link(str(source), str(target))
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EXDEV, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS):
            raise
        files.need_space(target.parent, source.stat().st_size)
        shutil.copyfile(str(source), str(target))
        if files.sha256_file(target) != sha256:
            raise CommandError(
                E_HASH, "%s was copied with other bytes" % target.name, "Check the board's disk."
            ) from error
