"""One program on a board from its start to its end: bounded in time, stopped by a token; and the transfers of files."""

from __future__ import annotations

import os
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from targets.agent.process import describe_exit
from targets.agent.protocol import CommandError, ProtocolError, read_message
from targets.board import AgentChannel, Reader
from targets.replies import as_error
from workbench.base.atomic import cannot_write, fsync_folder
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError, Cancelled, LinkLost, SlipwayError
from workbench.base.hashing import sha256_file

MAX_OUTPUT_BYTES: Final = 16 << 20
"""What a program may print."""
BLOCK_BYTES: Final = 1 << 20
SPARE_BYTES: Final = 256 << 20
"""What a file from a board leaves free on this disk."""
_NEVER_S: Final = 30 * 24 * 3600.0


@contextmanager
def guarded(channel: AgentChannel, what: str, board: str, deadline: Deadline, cancel: CancelToken) -> Iterator[None]:
    """`watched`, and the channel is closed at the end."""
    try:
        with watched(channel, what, board, deadline, cancel):
            yield
    finally:
        channel.close()


@contextmanager
def watched(channel: AgentChannel, what: str, board: str, deadline: Deadline, cancel: CancelToken) -> Iterator[None]:
    """A `with` in which the token and the deadline kill a program, and explain what then fails.

    Args:
        channel: the program.
        what: its name in errors.
        board: the board's name in errors.
        deadline: by when the `with` must have ended.
        cancel: ends it.
    """
    forget = cancel.on_request(channel.kill)
    timer = threading.Timer(seconds_left(deadline), channel.kill)
    timer.daemon = True
    timer.start()
    if cancel.cancelled:
        channel.kill()
    try:
        yield
    except (SlipwayError, OSError, ValueError) as error:
        if cancel.cancelled:
            raise Cancelled from error
        if deadline.expired:
            detail = error.detail if isinstance(error, SlipwayError) else ""
            hint = "Try it again; if it stays so, look what keeps the board busy, or how slow the link to it is."
            raise BoardError(f"{what} on {board} took longer than it may", hint, detail) from error
        if isinstance(error, SlipwayError):
            raise
        raise LinkLost(f"the link to {board} is lost ({error}); {what} was under way", "Try it again.") from error
    finally:
        forget()
        timer.cancel()
        timer.join()


def seconds_left(deadline: Deadline) -> float:
    """What is left of a deadline, as a number that a timer takes."""
    return _NEVER_S if deadline.remaining_s is None else deadline.remaining_s


def read_output(channel: AgentChannel, what: str, board: str) -> bytes:
    """All that a program prints.

    Raises:
        BoardError: it prints more than is taken.
    """
    output = bytearray()
    while block := channel.reader.read1(BLOCK_BYTES):
        output += block
        if len(output) > MAX_OUTPUT_BYTES:
            hint = "Run it on the board by hand, to see what it prints."
            raise BoardError(f"{what} on {board} printed more than {MAX_OUTPUT_BYTES >> 20} MiB", hint)
    return bytes(output)


@contextmanager
def open_source(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """A file that is pushed, and its size in bytes.

    Raises:
        SlipwayError: it cannot be read.
    """
    try:
        source = path.open("rb")
        size_bytes = os.fstat(source.fileno()).st_size
    except OSError as error:
        hint = "Check that the file is there and that you may read it."
        raise SlipwayError(f"cannot read {path}: {error.strerror}", hint) from error
    with source:
        yield source, size_bytes


def send_blob(channel: AgentChannel, board: str, source: BinaryIO, name: str, progress: Callable[[int], None]) -> None:
    """Speak to an agent's `receive`: feed it a file, and hear that it arrived.

    Raises:
        Refused: the board has no space, or the bytes are others.
        LinkLost: it ended without an answer.
    """
    sent = 0
    try:
        while block := source.read(BLOCK_BYTES):
            channel.writer.write(block)
            sent += len(block)
            progress(sent)
        channel.writer.flush()
        channel.close_input()
    except BrokenPipeError:
        pass  # it refused early, and has said why on its output
    _read_reply(channel, board, f"the push of {name}")


def fetch_file(channel: AgentChannel, board: str, name: str, path: Path) -> str:
    """Speak to an agent's `send`: take a file, wholly there or not at all; returns its sha256.

    Raises:
        Refused: the board has no such file.
        LinkLost: it ended before its end.
        SlipwayError: the file cannot be written.
    """
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as target:
            size_bytes = _read_reply(channel, board, f"fetching {name}").get("size_bytes")
            _copy(channel.reader, target, size_bytes, board)
            sent = _read_header(channel, board, f"fetching {name}").get("sha256")
        if sha256_file(part) != sent:
            raise BoardError(f"{name} arrived with other bytes than the board sent", "Fetch it again.")
        part.replace(path)
        fsync_folder(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        with suppress(OSError):
            part.unlink()
    return str(sent)


def _copy(source: Reader, target: BinaryIO, size_bytes: object, board: str) -> None:
    if type(size_bytes) is not int or size_bytes < 0:
        raise LinkLost(f"{board} sent a file of {size_bytes!r:.80} bytes", "Fetch it again.")
    free_bytes = shutil.disk_usage(Path(target.name).parent).free
    if size_bytes + SPARE_BYTES > free_bytes:
        text = f"no space here for a file of {size_bytes} bytes from {board}: {free_bytes} are free"
        raise SlipwayError(text, "Free space on this disk, or look what the board wants to send.")
    while size_bytes:
        block = _read_block(source, min(size_bytes, BLOCK_BYTES), board)
        if not block:
            raise LinkLost(f"the file from {board} ended {size_bytes} bytes before its end", "Fetch it again.")
        target.write(block)
        size_bytes -= len(block)
    target.flush()
    os.fsync(target.fileno())


def _read_block(source: Reader, size_bytes: int, board: str) -> bytes:
    try:
        return source.read1(size_bytes)
    except (OSError, ValueError) as error:
        raise LinkLost(f"the link to {board} is lost: {error}", "Fetch it again.") from error


def _read_reply(channel: AgentChannel, board: str, what: str) -> dict[str, Any]:
    header = _read_header(channel, board, what)
    if "error" in header:
        raise as_error(CommandError.from_json(header["error"]), board)
    value = header.get("ok")
    return value if isinstance(value, dict) else {}


def _read_header(channel: AgentChannel, board: str, what: str) -> dict[str, Any]:
    try:
        message = read_message(_Frames(channel.reader))  # type: ignore[arg-type]
    except ProtocolError as error:
        raise LinkLost(f"{what} was answered by garbage: {error}", "Try it again.", evidence(channel)) from error
    except (OSError, ValueError) as error:
        raise LinkLost(f"{what}: the link to {board} is lost: {error}", "Try it again.", evidence(channel)) from error
    if message is None:
        raise LinkLost(f"{what} ended without an answer", "Try it again.", evidence(channel))
    return message.header


class _Frames:
    """A reader as the protocol reads it."""

    def __init__(self, reader: Reader) -> None:
        self.read = reader.read1


def evidence(channel: AgentChannel) -> str:
    """How a program ended and its last lines."""
    code = channel.wait(1.0)
    state = "its end is unknown" if code is None else describe_exit(code)
    return "\n".join([state, *channel.stderr_lines()])
