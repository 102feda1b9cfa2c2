"""Why an agent does not start: what the board's own shell says of Python, root and disk."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Final

from targets.board import Board, NoAgent
from targets.board_python import CHOOSE_PYTHON
from targets.lacks import install_command
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError

OLDEST: Final = (3, 8)
_LOOK_S: Final = 20.0
_LEAST_FREE_KB: Final = 2000
_MARK: Final = "slipway-look "
_MAX_LINES: Final = 100
_SCRIPT: Final = """
r=$1 k=$2; CHOOSE
say() { printf 'slipway-look %s %s\\n' "$1" "$2"; }
version() { "$1" -c 'import sys; sys.stdout.write("%d.%d.%d" % tuple(sys.version_info[:3]))' </dev/null 2>/dev/null; }
say system "$(uname -srm 2>/dev/null)"
say like "$(. /etc/os-release 2>/dev/null; echo "$ID $ID_LIKE")"
say uid "$(id -u 2>/dev/null)"
say root "$r"
place=$r; case $place in /*) ;; *) place=/ ;; esac
while [ ! -e "$place" ]; do place=${place%/*}; [ -n "$place" ] || place=/; done
if [ -d "$place" ] && [ -w "$place" ]; then say writable yes; else say writable no; fi
say free "$(df -Pk "$place" 2>/dev/null | { read -r _; read -r _ _ _ free _; echo "$free"; })"
say python "$k"
say path "$(command -v "$k" 2>/dev/null)"
say version "$(version "$k")"
for minor in 8 9 10 11 12 13 14; do
  found=$(version "python3.$minor") && [ -n "$found" ] && say other "python3.$minor"
done
exit 0
""".replace("CHOOSE", CHOOSE_PYTHON)


def explain_start(board: Board, error: BoardError, cancel: CancelToken) -> BoardError:
    """The error of an agent that did not start, as what the board lacks; the same where its shell shows nothing wrong.

    A board that was not reached at all is not asked again: a person would have to type everything once more.

    Args:
        board: where it did not start.
        error: what was seen of that.
        cancel: stops the look.
    """
    if not isinstance(error, NoAgent):
        return error
    argv = ["/bin/sh", "-c", _SCRIPT, "sh", str(board.root), board.python or ""]
    try:
        done = board.run(argv, Deadline(_LOOK_S), cancel)
    except BoardError:
        return error
    seen = _parse(done.stdout.decode("utf-8", "replace"))
    found = _lack(board.name, seen)
    if found is None:
        return error
    evidence = [f"{name}: {value}" for name, value in seen.items() if value]
    words = "" if seen.get("version") else error.detail  # what an old Python says of our syntax helps nobody
    return BoardError(*found, "\n".join([*evidence, error.summary, words]).strip())


def _parse(text: str) -> dict[str, str]:
    """What the script said; whatever else a login shell prints is passed over."""
    seen: dict[str, str] = {}
    for line in text.splitlines()[-_MAX_LINES:]:
        if line.startswith(_MARK):
            name, _, value = line.removeprefix(_MARK).partition(" ")
            seen[name] = value.strip()[:400]
    return seen


def _lack(board: str, seen: Mapping[str, str]) -> tuple[str, str] | None:
    """What is missing and what brings it; the first thing in the order of doing."""
    version, python = seen.get("version", ""), seen.get("python", "python3")
    if "version" in seen and not _is_new_enough(version):
        why = f"{python} is {version}" if version else _absent(python, seen)
        text = f"{board} has no Python that the agent can run in: {why}"
        return text, _bring_python(seen)
    if seen.get("writable") == "no":
        sudo = "" if seen.get("uid") == "0" else "sudo "
        root, uid = shlex.quote(seen.get("root", "")), seen.get("uid", "")
        command = f"{sudo}mkdir -p {root} && {sudo}chown {uid if uid.isdecimal() else '$USER'} {root}"
        return (
            f"{board}: its root {seen.get('root')} cannot be written",
            f"Run there: {command}; or name another `root`.",
        )
    free = seen.get("free", "")
    if free.isdecimal() and int(free) < _LEAST_FREE_KB:
        return f"{board}: its disk is full ({free} kB free for {seen.get('root')})", "Free space there."
    return None


def _absent(python: str, seen: Mapping[str, str]) -> str:
    return f"{seen['path']} does not run" if seen.get("path") else f"{python} is not there"


def _is_new_enough(version: str) -> bool:
    parts = version.split(".")
    known = len(parts) == 3 and all(part.isdecimal() for part in parts)
    return known and (int(parts[0]), int(parts[1])) >= OLDEST


def _bring_python(seen: Mapping[str, str]) -> str:
    needed = f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed"
    other = seen.get("other", "")
    if re.fullmatch(r"python3\.\d+", other):
        return f"{needed}: set the board's `python` key (--python) to {other}, which it has."
    like, uid = seen.get("like", ""), int(seen["uid"]) if seen.get("uid", "").isdecimal() else None
    if not {"debian", "ubuntu"} & set(like.split()):
        return f"{needed}: run there {install_command(like, uid, 'python3')}"
    # Ubuntu 18.04 calls its newer one so; where there is no python3 at all, its own name is right.
    name = "python3.8" if seen.get("version", "").startswith("3.") else "python3"
    return f"{needed}: run there {install_command(like, uid, name, f'{name}-venv')}"
