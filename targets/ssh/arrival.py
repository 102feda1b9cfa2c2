"""Bringing the agent to a board: one command starts it, and ships it first where it is not there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from targets.agent.arrival import SILENCE_S
from targets.agent.protocol import E_INTERNAL, CommandError
from targets.agent.strict_json import decode
from targets.agent_package import AgentPackage, agent_package
from targets.board import NoAgent
from targets.board_python import CHOOSE_PYTHON
from targets.replies import as_error
from targets.ssh.channel import SshChannel
from targets.transfer import evidence
from workbench.base.errors import BoardError, LinkLost

_MARK: Final = b"slipway: "
_MAX_NOISE_BYTES: Final = 256 << 10
"""What a login shell may print before the agent speaks."""
_NO_PYTHON: Final = "slipway: no Python"
_TOO_OLD: Final = "slipway: Python "

# No quotes but double ones, no line breaks: any login shell passes these on as they are.
_START: Final = (
    f"r=$1 k=$2; shift 2; {CHOOSE_PYTHON}"
    f'command -v "$k" >/dev/null 2>&1 || {{ echo "{_NO_PYTHON} $k" >&2; exit 127; }}; exec "$k" -I -c "$@"'
)
_TAKE: Final = (
    f"import signal, sys; signal.alarm({SILENCE_S}); sys.version_info < (3, 8) and "
    f'sys.exit("{_TOO_OLD}%d.%d" % sys.version_info[:2]); '
    "exec(sys.stdin.buffer.read(int(sys.argv.pop(1))))"
)


def agent_command(root: str, python: str | None, mode: str, arguments: Sequence[str]) -> list[str]:
    """What starts an agent that is greeted next; the board's Python is found there."""
    size = str(len(_first_words()))
    sha256 = agent_package().sha256
    return ["sh", "-c", _START, "sh", root, python or "", _TAKE, size, sha256, root, mode, *arguments]


def greet(channel: SshChannel, board: str) -> None:
    """Make the agent begin, with its files where it lacks them.

    Raises:
        BoardError: there is no Python, or one that is too old, or the agent cannot be written there.
        LinkLost: the connection died.
    """
    try:
        channel.writer.write(_first_words())
        channel.writer.flush()
        verdict, rest = _hear(channel, board)
        if verdict == "missing":
            _send_package(channel, agent_package())
            verdict, rest = _hear(channel, board)
    except BrokenPipeError as error:
        raise _silent(channel, board) from error
    except (OSError, ValueError) as error:
        raise LinkLost(f"the link to {board} is lost: {error}", "Try it again.", evidence(channel)) from error
    if verdict == "failed":
        raise as_error(_error(rest), board)
    if verdict != "ready" or not rest.isdigit():
        raise NoAgent(f"{board} answered {verdict[:80]!r} where an agent was expected", detail=evidence(channel))
    channel.pid = int(rest)


@cache
def _first_words() -> bytes:
    return (Path(__file__).resolve().parents[1] / "agent" / "arrival.py").read_bytes()


def _hear(channel: SshChannel, board: str) -> tuple[str, str]:
    """The agent's next word and what follows it; what a login shell printed is passed over."""
    noise = 0
    while noise < _MAX_NOISE_BYTES:
        line = channel.reader.read_line()
        if not line:
            raise _silent(channel, board)
        _, mark, said = line.partition(_MARK)
        if mark:
            verdict, _, rest = said.decode("utf-8", "replace").strip().partition(" ")
            return verdict, rest
        noise += len(line)
    raise NoAgent(f"{board} prints without end where an agent was expected", "Check what its login shell starts.")


def _send_package(channel: SshChannel, package: AgentPackage) -> None:
    header = json.dumps([[name, len(data)] for name, data in package.files])
    channel.writer.write(header.encode() + b"\n" + b"".join(data for _, data in package.files))
    channel.writer.flush()


def _error(text: str) -> CommandError:
    try:
        return CommandError.from_json(decode(text.encode()))
    except ValueError:
        return CommandError(E_INTERNAL, f"the agent did not start: {text[:2000]}")


def _silent(channel: SshChannel, board: str) -> BoardError:
    """Why nothing came."""
    code = channel.wait(1.0)
    lines = channel.stderr_lines()
    for line in lines:
        if line.startswith(_NO_PYTHON):
            path = line.removeprefix(_NO_PYTHON).strip()
            hint = (
                "Install Python 3.8 or newer there (sudo apt-get install -y python3), or set the board's `python` key."
            )
            return NoAgent(f"cannot start {path} on {board}: there is no such program", hint)
        if line.startswith(_TOO_OLD):
            version = line.removeprefix(_TOO_OLD)
            hint = "Set the board's `python` key to a newer one; Slipway needs 3.8 or newer there."
            return NoAgent(f"the Python of {board} is {version}, which is too old", hint)
    hint = "Check the board's `python` key: Python 3.8 or newer; and what its login shell does."
    state = evidence(channel)
    if code is None and not lines:
        return LinkLost(f"the agent on {board} ended before it spoke", "Try it again.", state)
    return NoAgent(f"the agent on {board} did not start", hint, state)
