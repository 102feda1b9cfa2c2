"""Packs: the chosen frames at the model's size in one `.npy` file, as boards take them."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from workbench.base.atomic import cannot_write, write_json
from workbench.base.errors import UsageError
from workbench.base.hashing import sha256_bytes, sha256_file
from workbench.base.reporter import Reporter
from workbench.frames.resize import Fit, Fitting
from workbench.frames.selection import Selection
from workbench.frames.source import Image, Source, UnreadableFrame


@dataclass(frozen=True)
class Pack:
    """Frames at model size: uint8 [count, height, width, 3], BGR, memory-mappable."""

    path: Path
    sha256: str
    count: int
    height: int
    width: int
    fits: tuple[Fit, ...]

    def open(self) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        """The frames, mapped, read-only."""
        frames: np.ndarray[tuple[int, ...], np.dtype[np.uint8]] = np.load(self.path, mmap_mode="r", allow_pickle=False)
        return frames


def make_pack(
    source: Source,
    selection: Selection,
    fitting: Fitting,
    cache: Path,
    reporter: Reporter,
) -> Pack:
    """Fit every chosen frame once; the same selection and rule give the same file, which is kept in `cache`.

    Raises:
        UsageError: frames cannot be decoded; all of them are named at once.
    """
    key = sha256_bytes(json.dumps([selection.sha256, asdict(fitting)], sort_keys=True).encode())
    known = _find(cache, key, fitting)
    if known is not None:
        return known
    part = cache / f".{key}-{secrets.token_hex(4)}.part"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        fits = _write(part, source, selection, fitting, reporter)
        sha256 = sha256_file(part, reporter.check)
        path = cache / f"{key}.npy"
        part.replace(path)
    except OSError as error:
        raise cannot_write(part, error) from error
    finally:
        part.unlink(missing_ok=True)
    write_json(cache / f"{key}.json", {"sha256": sha256, "fits": [asdict(fit) for fit in fits]})
    return Pack(path, sha256, len(fits), fitting.height, fitting.width, tuple(fits))


def _find(cache: Path, key: str, fitting: Fitting) -> Pack | None:
    """The pack of the cache; None where it is not there, or where what lies there is not whole."""
    path, facts = cache / f"{key}.npy", cache / f"{key}.json"
    try:
        value = json.loads(facts.read_text(encoding="utf-8"))
        fits = tuple(Fit(**fit) for fit in value["fits"])
        pack = Pack(path, str(value["sha256"]), len(fits), fitting.height, fitting.width, fits)
        whole = pack.open().shape == (pack.count, pack.height, pack.width, 3) and sha256_file(path) == pack.sha256
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return pack if whole else None


def _write(part: Path, source: Source, selection: Selection, fitting: Fitting, reporter: Reporter) -> list[Fit]:
    shape = (len(selection.indices), fitting.height, fitting.width, 3)
    fits, broken = [], []
    with part.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": "|u1", "fortran_order": False, "shape": shape})
        for done, (index, name) in enumerate(zip(selection.indices, selection.names, strict=True)):
            reporter.check()
            try:
                frame, fit = fitting.apply(source.read(index))
            except UnreadableFrame as error:
                broken.append(error.summary)
                continue
            stream.write(_bytes(frame))
            fits.append(fit)
            reporter.progress((done + 1) / len(selection.indices), name)
    if broken:
        raise UsageError(
            f"{len(broken)} of {len(selection.indices)} frames of {selection.source} cannot be read",
            "Replace or remove them; a frame that was chosen is never left out silently.",
            "\n".join(broken[:20]),
        )
    return fits


def _bytes(frame: Image) -> bytes:
    return np.ascontiguousarray(frame).tobytes()
