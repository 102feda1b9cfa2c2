"""The manifest of a release: which bytes it consists of, by sha256, and what it was made for."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Optional

from .files import read_json
from .schema import is_name, is_sha256

MANIFEST = "manifest.json"
MANIFEST_FORMAT = "slipway.manifest/1"


def make_manifest(release: str, names: Dict[str, str], about: Dict[str, Any]) -> Dict[str, Any]:
    """The manifest of a release; both sides write it by `files.encode_json`, so its hash is known beforehand.

    Args:
        release: its id.
        names: sha256 of each file by its name in the release.
        about: what else is said of it, recorded as it is.
    """
    return {"format": MANIFEST_FORMAT, "release": release, "files": dict(names), "about": about}


def read_about(folder: Path) -> Dict[str, Any]:
    """What the manifest of a release's folder says of it besides its files; nothing where there is none."""
    try:
        about = read_json(folder / MANIFEST).get("about")
    except (OSError, ValueError):
        return {}
    return about if isinstance(about, dict) else {}


def wrong_manifest(release: str, manifest: Dict[str, Any]) -> Optional[str]:
    """Why this is not a manifest of that release, in words; None where it is."""
    if manifest.get("format") != MANIFEST_FORMAT:
        return "its format is %r, expected %r" % (manifest.get("format"), MANIFEST_FORMAT)
    if manifest.get("release") != release:
        return "it is the manifest of %r" % (manifest.get("release"),)
    names = manifest.get("files")
    if not isinstance(names, dict) or not names:
        return "it lists no files"
    for name, sha256 in names.items():
        if not is_name(name) or name == MANIFEST or not is_sha256(sha256):
            return "it lists %r as %r" % (name[:80], sha256)
    return None
