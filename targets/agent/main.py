"""The agent's modes: serve a desktop, receive or send one file, or be one of the processes that the agent starts."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO, List, Optional

from . import facts
from .protocol import SILENCE_S, CommandError, write_message


def main(argv: Optional[List[str]] = None) -> int:
    """Run one mode; standard output carries frames only, whatever else is printed goes to standard error."""
    options = _parser().parse_args(argv)
    frames = _take_stdout()
    mode = {"serve": _serve, "receive": _receive, "send": _send}[options.mode]
    return mode(options, sys.stdin.buffer, frames)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="slipway-agent", description=__doc__)
    modes = parser.add_subparsers(dest="mode")
    modes.required = True
    serve = modes.add_parser("serve", help="talk to a desktop on standard input and output")
    serve.add_argument("--silence-s", type=float, default=SILENCE_S, help="end after so many seconds without a byte")
    serve.add_argument("--lock", type=Path, help="the board's lock, where it is not the usual one")
    receive = modes.add_parser("receive", help="take one blob from standard input")
    receive.add_argument("sha256")
    receive.add_argument("size", type=int)
    send = modes.add_parser("send", help="give one file to standard output")
    send.add_argument("name")
    for mode in (serve, receive, send):
        mode.add_argument("--root", type=Path, required=True, help="the board's root folder")
    return parser


def _serve(options: argparse.Namespace, stdin: BinaryIO, frames: BinaryIO) -> int:
    from .commands import Agent
    from .session import Session

    agent = Agent(options.root, options.lock)
    session = Session(stdin, frames, agent.run)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: session.end())
    hello = {"agent": facts.agent_sha256(), "pid": os.getpid(), "boot_id": facts.boot_id()}
    reason = session.serve(hello, options.silence_s)
    agent.end()
    sys.stderr.write("the agent ends: %s\n" % reason)
    sys.stderr.flush()
    os._exit(0)  # threads may still wait on a link that nobody reads


def _receive(options: argparse.Namespace, stdin: BinaryIO, frames: BinaryIO) -> int:
    from . import policy
    from .blobs import Blobs

    try:
        policy.check(options.root)
        Blobs(options.root).receive(options.sha256, options.size, stdin)
    except CommandError as error:
        write_message(frames, {"error": error.to_json()})
        return 1
    write_message(frames, {"ok": {}})
    return 0


def _send(options: argparse.Namespace, _stdin: BinaryIO, frames: BinaryIO) -> int:
    from .outgoing import send

    try:
        send(options.root, options.name, frames)
    except CommandError as error:
        write_message(frames, {"error": error.to_json()})
        return 1
    return 0


def _take_stdout() -> BinaryIO:
    """The real standard output, for frames; from now on everything that prints reaches standard error."""
    frames = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return frames
