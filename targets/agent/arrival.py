"""The first words of an agent that comes over a link: looks whether its files are there, takes them, becomes it.

A desktop sends this file as text to a bare Python on the board, which runs it before anything of ours is there; so it
knows nothing but the standard library. What it says on standard output is one line, `slipway: ` and

    ready <pid>      the agent begins at once, in this very process
    missing          a JSON line with names and sizes of the files is awaited, then their bytes; then it says ready
    failed <JSON>    an error as the protocol has it; the process ends
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import runpy
import shutil
import signal
import sys
from pathlib import Path
from typing import BinaryIO, Dict, List, NoReturn, Tuple

MAX_FILES = 1000
MAX_BYTES = 64 << 20
HEADER_BYTES = 1 << 20
SILENCE_S = 15
"""A server of SSH may hold our input for hours after the desktop was cut off: after so long without a byte we end."""


def arrive(sha256: str, root: str, mode: str, arguments: List[str]) -> None:
    """Become the agent of that sha256 below a root (a tilde is the home of this user), in a mode of it."""
    if os.getpid() != os.getpgrp():
        os.setpgid(0, 0)  # so that the desktop can end the group
    signal.alarm(0)  # what it limits is how long the desktop is silent, and never how long our disk takes
    base = Path(os.path.abspath(os.path.expanduser(root)))  # noqa: PTH100, PTH111 - links stay as they were named
    folder = base / "agent" / sha256
    try:
        if digest(folder) != sha256:
            say("missing")
            place(folder, sha256, take_files(sys.stdin.buffer))
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        hint = "Free space on the board." if full else "Check that you may write there, or give the board another root."
        fail("E_DISK", "cannot write %s: %s" % (error.filename or folder, error.strerror or error), hint)
    say("ready %d" % os.getpid())
    sys.argv = [str(folder), mode, *arguments, "--root", str(base)]
    runpy.run_path(str(folder), run_name="__main__")


def digest(folder: Path) -> str:
    """The sha256 that names an agent of the sources in a folder (`targets/agent_package.py`); empty without any."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.py")}
    return digest_of(files) if files else ""


def digest_of(files: Dict[str, bytes]) -> str:
    """The sha256 that names an agent of these files."""
    found = hashlib.sha256()
    for name, data in sorted(files.items()):
        found.update(("%s\0%d\0" % (name, len(data))).encode() + data)
    return found.hexdigest()


def take_files(stream: BinaryIO) -> Dict[str, bytes]:
    """The files that the desktop sends."""
    signal.alarm(SILENCE_S)
    header = stream.readline(HEADER_BYTES)
    if not header.endswith(b"\n"):
        sys.exit("the link ended before the agent came")
    sizes: List[Tuple[str, int]] = json.loads(header.decode("utf-8"))
    if len(sizes) > MAX_FILES or sum(size for _, size in sizes) > MAX_BYTES:
        fail("E_USAGE", "an agent of %d files is none" % len(sizes))
    files = {name: take(stream, size) for name, size in sizes}
    signal.alarm(0)
    return files


def take(stream: BinaryIO, size: int) -> bytes:
    """So many bytes; the process ends where the stream does, or where nothing comes."""
    signal.alarm(SILENCE_S)
    data = stream.read(size)
    if len(data) != size:
        sys.exit("the link ended while the agent came")
    return data


def place(folder: Path, sha256: str, files: Dict[str, bytes]) -> None:
    """Put the files into their folder: wholly there or not at all."""
    found = digest_of(files)
    if found != sha256:
        fail("E_HASH", "the agent arrived as %s, expected %s" % (found, sha256))
    stage = folder.with_name(".stage-" + os.urandom(8).hex())
    try:
        for name, data in files.items():
            path = stage / name
            if stage not in path.parents or ".." in path.parts:
                fail("E_USAGE", "a file of an agent is called %r" % name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        swap(stage, folder, sha256)
    finally:
        shutil.rmtree(str(stage), ignore_errors=True)


def swap(stage: Path, folder: Path, sha256: str) -> None:
    """Give a stage its name; what had it and is another agent goes away."""
    if folder.exists() and digest(folder) != sha256:
        old = stage.with_name(stage.name.replace("stage", "old"))
        folder.rename(old)
        shutil.rmtree(str(old), ignore_errors=True)
    try:
        stage.rename(folder)
    except OSError:
        if digest(folder) != sha256:  # else another process brought the same agent just now
            raise


def say(text: str) -> None:
    """One line to the desktop."""
    sys.stdout.write("slipway: %s\n" % text)
    sys.stdout.flush()


def fail(code: str, summary: str, hint: str = "") -> NoReturn:
    """Tell the desktop why there will be no agent, and end."""
    say("failed " + json.dumps({"code": code, "summary": summary, "hint": hint, "detail": ""}))
    sys.exit(1)


if __name__ == "__main__":
    arrive(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
