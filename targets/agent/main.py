"""The agent's modes: serve a desktop, receive or send one file, or be one of the processes that the agent starts."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import Any, BinaryIO, List, Optional

from .protocol import SILENCE_S, CommandError, write_message

RUN_GRACE_S = 10.0
"""How long a run whose agent is gone may take to end by itself."""
CLEAN_UP_S = 2.0
"""How long what was under way when the desktop went may take to remove what it left half done."""


def main(argv: Optional[List[str]] = None) -> int:
    """Run one mode; standard output carries frames only, whatever else is printed goes to standard error."""
    options = _parser().parse_args(argv)
    if options.mode == "worker":
        return _work()
    frames = _take_stdout()
    if options.mode == "run":
        return _run(options, frames)
    if options.mode == "serve":
        return _serve(options, frames)
    if options.mode == "build":
        from . import build

        return build.main(sys.stdin.buffer, frames)
    if options.mode == "look":
        from . import look

        return look.main(frames)
    return _transfer(options, frames)


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
    run = modes.add_parser("run", help="carry out the plan of a run's folder")
    run.add_argument("folder")
    modes.add_parser("worker", help="load one engine and answer a run")
    modes.add_parser("build", help="build one engine")
    modes.add_parser("look", help="say which runtimes this Python has")
    return parser


def _serve(options: argparse.Namespace, frames: BinaryIO) -> int:
    from .commands import Agent
    from .facts import agent_sha256
    from .run_folder import boot_id
    from .session import Session

    agent = Agent(options.root, options.lock)
    session = Session(sys.stdin.buffer, frames, agent.run)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: session.end())
    hello = {"agent": agent_sha256(), "pid": os.getpid(), "boot_id": boot_id()}
    reason = session.serve(hello, options.silence_s)
    agent.end(lambda: session.wait_idle(CLEAN_UP_S))
    sys.stderr.write("the agent ends: %s\n" % reason)
    sys.stderr.flush()
    os._exit(0)  # threads may still wait on a link that nobody reads


def _run(options: argparse.Namespace, frames: BinaryIO) -> int:
    from . import run
    from .live_line import LiveLine
    from .process import end_own_group

    # Until the run can take it, a signal waits; one that came before the handlers would kill without a record.
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
    line = LiveLine(0, frames, lambda: end_own_group(RUN_GRACE_S))
    return run.main([options.folder], line)


def _work() -> int:
    from . import worker

    return worker.main([])


def _transfer(options: argparse.Namespace, stdout: BinaryIO) -> int:
    from . import outgoing, policy
    from .blobs import Blobs
    from .pipes import PipeReader, PipeWriter

    frames: Any = PipeWriter(stdout, SILENCE_S)
    try:
        if options.mode == "send":
            outgoing.send(options.root, options.name, frames)
        else:
            policy.check(options.root)
            stream: Any = PipeReader(sys.stdin.buffer, SILENCE_S)
            Blobs(options.root).receive(options.sha256, options.size, stream)
            write_message(frames, {"ok": {}})
    except CommandError as error:
        write_message(frames, {"error": error.to_json()})
        return 1
    return 0


def _take_stdout() -> BinaryIO:
    """The real standard output, for frames; from now on everything that prints reaches standard error."""
    frames = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return frames
