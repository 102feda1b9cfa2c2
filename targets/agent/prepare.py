"""The board's own Python environment, `<root>/venv`: made beside the one that is there, tried, and only then named."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

from . import files, look
from .blobs import Blobs
from .process import Child, describe_exit
from .protocol import E_MISSING, E_RUNTIME, E_USAGE, CommandError
from .session import Request
from .venv import MADE_FROM, VENV, WHEELS

_OLD = files.OLD + VENV + "-"
_TOLD = ("Collecting ", "Downloading ", "Using cached ", "Processing ", "Installing ", "Successfully ")
_RUN = 'TMPDIR="$0" exec "$@" >&2'

Spawn = Callable[..., Child]
"""Starts a child that ends with the agent; takes the arguments of `Child`."""


def prepare(request: Request, root: Path, blobs: Blobs, scratch: Path, spawn: Spawn) -> Dict[str, Any]:
    """Make `<root>/venv` with the wheels of a request, from the Python that this agent runs in.

    The system's Python is only read: its packages are seen from the environment, none is changed. Nothing of it stays
    unless it can be used; the environment that was there stays until then.

    Args:
        request: `prepare`; cancelled, it kills what works.
        root: the board's root.
        blobs: where the wheels that were carried are; they are removed at the end.
        scratch: a folder of this request alone, on the root's disk, which the caller removes.
        spawn: starts a process.

    Raises:
        CommandError: E_MISSING where pip gets a wheel from no index, E_RUNTIME where what was installed cannot be used,
            E_DISK, E_CANCELLED.
    """
    arguments = request.arguments
    files.need_space(scratch, arguments["need_bytes"])
    requirements = [_requirement(name, sha256) for name, sha256 in arguments["wheels"].items()]
    wheels = _lay_out(arguments["wheels"], set(arguments["carried"]), blobs, scratch, request)
    stage = scratch / VENV
    _tell(request, 0.05, "making the environment")
    _make(stage, bool(_pip_of(wheels)), Runner(request, scratch, spawn))
    _tell(request, 0.2, "installing %s" % _words(arguments["wheels"]))
    _install(stage, requirements, wheels, arguments, Runner(request, scratch, spawn))
    _tell(request, 0.9, "trying it")
    found = look.look(lambda child: request.on_cancel(child.kill), str(stage / "bin" / "python"))
    request.check()
    _check(found, arguments.get("runtime"))
    final = root / VENV
    try:
        (stage / MADE_FROM).write_text(arguments.get("made_from", ""))
        (stage / WHEELS).write_text("".join(name + "\n" for name in arguments["wheels"]))
        _rewrite([stage / "pyvenv.cfg", *sorted((stage / "bin").iterdir())], str(stage), str(final))
        _name(stage, final)
    except OSError as error:
        raise files.cannot_write(final, error) from error
    for sha256 in arguments["carried"]:
        files.discard(blobs.path(sha256))
    return dict(found, venv=str(final))


def recover(root: Path) -> None:
    """Put back the environment that a kill left without its name, between two renames; the rest of it goes.

    Only for the holder of the board's lock.
    """
    for old in sorted(root.glob(_OLD + "*")):
        if not (root / VENV).exists():
            old.rename(root / VENV)
        else:
            shutil.rmtree(str(old), ignore_errors=True)


class Runner:
    """Runs programs of a request to their end, telling what they say as progress."""

    def __init__(self, request: Request, scratch: Path, spawn: Spawn) -> None:
        self._request = request
        self._scratch = scratch
        self._spawn = spawn

    def run(self, argv: List[str]) -> Optional[CommandError]:
        """Run a program; None, or how it failed, with its last lines.

        Raises:
            CommandError: E_CANCELLED.
        """
        command = ["/bin/sh", "-c", _RUN, str(self._scratch), *argv]
        child = self._spawn(command, stdout=subprocess.DEVNULL, on_line=self._tell, index=True)
        try:
            self._request.on_cancel(child.kill)
            child.stdin.close()
            child.wait_ended()
        finally:
            code = child.finish()
        self._request.check()
        if code == 0:
            return None
        text = "%s failed (%s)" % (" ".join(argv[:4]), describe_exit(code))
        return CommandError(E_RUNTIME, text, detail="\n".join(child.last_lines()))

    def _tell(self, line: str) -> None:
        if line.lstrip().startswith(_TOLD):
            _tell(self._request, None, line.strip()[:200])


def _tell(request: Request, fraction: Optional[float], text: str) -> None:
    request.event("progress", {"fraction": fraction, "text": text})


def _lay_out(names: Dict[str, str], carried: Any, blobs: Blobs, scratch: Path, request: Request) -> Path:
    """A folder with the carried wheels under their own names, which pip reads: hard links to blobs."""
    folder = scratch / "wheels"
    try:
        folder.mkdir()
        for name, sha256 in names.items():
            if sha256 in carried:
                os.link(str(blobs.checked_path(sha256, request.check)), str(folder / name))
    except OSError as error:
        raise files.cannot_write(folder, error) from error
    return folder


def _pip_of(wheels: Path) -> Optional[Path]:
    return next(iter(sorted(wheels.glob("pip-*.whl"))), None)


def _make(stage: Path, without_pip: bool, runner: Runner) -> None:
    # From the real file: an environment that is made from one that is replaced would point to nothing.
    base = os.path.realpath(sys.executable)
    options = ["--system-site-packages", *(["--without-pip"] if without_pip else [])]
    failed = runner.run([base, "-I", "-m", "venv", *options, str(stage)])
    if failed is not None:
        raise failed


def _install(stage: Path, requirements: List[str], wheels: Path, arguments: Dict[str, Any], runner: Runner) -> None:
    """Have pip install exactly these wheels; a carried pip does it where the board has none."""
    python, pip = str(stage / "bin" / "python"), _pip_of(wheels)
    asked = wheels / "requirements.txt"
    try:
        asked.write_text("".join(line + "\n" for line in requirements))
    except OSError as error:
        raise files.cannot_write(asked, error) from error
    whole = set(arguments["wheels"].values()) <= set(arguments["carried"])
    source = ["--no-index"] if whole else ["--retries", "0", "--timeout", "10"]
    command = [python, "-I", *(["-m", "pip"] if pip is None else [str(pip / "pip")]), "install", *source]
    command += ["--find-links", str(wheels), "--no-deps", "--only-binary", ":all:", "--require-hashes", "--no-user"]
    command += ["--no-input", "--no-cache-dir", "--disable-pip-version-check", "--progress-bar", "off"]
    failed = runner.run([*command, "-r", str(asked)])
    if failed is not None:
        text = "pip could not install %s on the board" % _words(arguments["wheels"])
        raise CommandError(E_RUNTIME if whole else E_MISSING, text, failed.hint, failed.detail)


def _words(wheels: Dict[str, str]) -> str:
    """What wheels are, as a person names them: `numpy 2.4.6`."""
    return ", ".join(" ".join(name.split("-")[:2]) for name in wheels)


def _requirement(name: str, sha256: str) -> str:
    if len(name.split("-")) < 5 or not name.endswith(".whl"):
        raise CommandError(E_USAGE, "%s is not the name of a wheel" % name)
    distribution, version = name.split("-")[:2]
    return "%s==%s --hash=sha256:%s" % (distribution, version, sha256)


def _check(found: Dict[str, Any], runtime: Optional[str]) -> None:
    """Refuse an environment in which the engine's worker could not work."""
    wrong = [] if found.get("numpy") else ["numpy: %s" % found.get("problems", {}).get("numpy", "it is not there")]
    seen = found.get("runtimes", {}).get(runtime, {})
    if runtime is not None and not seen.get("version"):
        wrong.append("%s: %s" % (runtime, seen.get("problem", "it is not there")))
    if wrong:
        text = "what was installed cannot be used on this board, and was removed again"
        raise CommandError(E_RUNTIME, text, "", "\n".join(wrong))


def _rewrite(paths: List[Path], before: str, after: str) -> None:
    """Let the scripts of an environment name the place that it is moved to."""
    for path in paths:
        if path.is_symlink() or not path.is_file():
            continue
        data = path.read_bytes()
        if before.encode() in data:
            path.write_bytes(data.replace(before.encode(), after.encode()))


def _name(stage: Path, final: Path) -> None:
    """Put the environment in its place; a power cut leaves this one, the one before, or none, never half of one."""
    os.sync()
    old = final.with_name(_OLD + os.urandom(4).hex())
    before = final.exists() or final.is_symlink()
    if before:
        final.rename(old)
    try:
        stage.rename(final)
    except OSError:
        if before:
            old.rename(final)
        raise
    files.fsync_folder(final.parent)
    if old.is_symlink():
        files.discard(old)
    elif before:
        shutil.rmtree(str(old), ignore_errors=True)
