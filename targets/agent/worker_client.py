"""The run process's end of a worker: start it, ask it, notice its death and say its last words."""

from __future__ import annotations

import collections
import contextlib
import queue
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO, Callable, Deque, Dict, List, NamedTuple, Optional, Sequence

from .protocol import E_WORKER, CommandError, Message, ProtocolError, read_message, write_message

LAST_LINES = 20
LOG_LIMIT_BYTES = 1 << 20
SILENCE_S = 120.0
"""A worker that says nothing for so long while it is asked is taken for dead and killed."""
END_S = 10.0
END_POLL_S = 0.05


class WorkerDied(Exception):
    """The worker ended before it answered."""

    def __init__(self, exit_text: str, lines: List[str], killed: bool) -> None:
        super().__init__("the worker ended: %s" % exit_text)
        self.exit_text = exit_text
        self.lines = lines
        self.killed = killed
        """Whether we killed it ourselves, because we were told to stop at once."""


class Event(NamedTuple):
    """An event of a worker's running request."""

    name: str
    data: Dict[str, Any]
    attachments: Sequence[bytes]


class WorkerClient:
    """One worker process. One thread asks; two more read its pipes."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._log = log
        self._lines: Deque[str] = collections.deque(maxlen=LAST_LINES)
        self._inbox: queue.Queue[Optional[Message]] = queue.Queue()
        self._process = subprocess.Popen(
            list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._stdin, self._stdout, self._stderr = (
            _pipe(self._process.stdin),
            _pipe(self._process.stdout),
            _pipe(self._process.stderr),
        )
        self._sending = threading.Lock()
        self._next_id = 0
        self._killed = False
        self._closed = False
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._read, self._read_stderr)]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    def ask(
        self,
        do: str,
        args: Optional[Dict[str, Any]] = None,
        attachments: Sequence[Any] = (),
        idle: Callable[[WorkerClient], float] = lambda _client: 1.0,
        on_event: Callable[[Event], None] = lambda _event: None,
    ) -> Dict[str, Any]:
        """Ask and wait for the reply.

        Args:
            do: the request.
            args: its arguments.
            attachments: its binary parts.
            idle: called again and again meanwhile; does what else is due and returns the seconds until it is next.
            on_event: called for each event of this request.

        Raises:
            CommandError: the worker's refusal.
            WorkerDied: it ended, or said nothing for too long and was killed.
        """
        self._next_id += 1
        request = self._next_id
        self._send({"id": request, "do": do, "args": args or {}}, attachments)
        heard_s = time.monotonic()
        while True:
            wait_s = idle(self)
            try:
                message = self._inbox.get(timeout=max(wait_s, 0.001))
            except queue.Empty:
                if time.monotonic() - heard_s > SILENCE_S:
                    self._lines.append("(no answer to %s for %d s: killed)" % (do, SILENCE_S))
                    self._process.kill()
                    heard_s = time.monotonic()
                continue
            heard_s = time.monotonic()
            if message is None:
                raise self._death()
            header = message.header
            if header.get("id") == request:
                return _reply(header)
            if header.get("of") == request:
                on_event(Event(str(header.get("event")), header.get("data", {}), message.attachments))

    def cancel(self) -> None:
        """Ask the running pass to end after the present frame."""
        try:
            self._send({"do": "cancel"}, ())
        except WorkerDied:
            return  # `ask` notices it in its own way

    def tell(self, message: Dict[str, Any]) -> None:
        """Hand a message to a request that plays live; any thread may. One that died is noticed by `ask`."""
        with contextlib.suppress(OSError, ValueError), self._sending:
            write_message(self._stdin, {"do": "tell", "message": message})

    def kill(self) -> None:
        """End the worker at once, because somebody wants that."""
        self._killed = True
        self._process.kill()

    def close(self, idle: Callable[[WorkerClient], float] = lambda _client: 1.0) -> None:
        """Ask the worker to end, if it still lives; kill it where it does not. `idle` is called meanwhile."""
        if self._closed:
            return
        with contextlib.suppress(WorkerDied):
            self._send({"do": "exit"}, ())
        end_s = time.monotonic() + END_S
        while self._process.poll() is None:
            wait_s = min(idle(self), END_POLL_S)
            if time.monotonic() > end_s:
                self._process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(max(wait_s, 0.001))
        self._finish()

    def _send(self, header: Dict[str, Any], attachments: Sequence[Any]) -> None:
        try:
            with self._sending:
                write_message(self._stdin, header, attachments)
        except OSError as error:
            raise self._death() from error

    def _death(self) -> WorkerDied:
        """How the process ended; a worker that closed its pipe and hangs is killed."""
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._lines.append("(it closed its pipe and did not end: killed)")
            self._process.kill()
        self._finish()
        return WorkerDied(exit_text(self._process.returncode), list(self._lines), self._killed)

    def _finish(self) -> None:
        self._closed = True
        self._process.wait()
        for thread in self._threads:
            thread.join(END_S)
        for stream in (self._stdin, self._stdout, self._stderr):
            with contextlib.suppress(BrokenPipeError):  # what was left to send has nobody to read it
                stream.close()

    def _read(self) -> None:
        try:
            while True:
                message = read_message(self._stdout)
                self._inbox.put(message)
                if message is None:
                    return
        except ProtocolError as error:
            self._lines.append("(the worker's last message was cut: %s)" % error)
            self._inbox.put(None)

    def _read_stderr(self) -> None:
        written = 0
        log: Optional[BinaryIO] = None
        for line in iter(lambda: self._stderr.readline(LOG_LIMIT_BYTES), b""):
            self._lines.append(line.decode("utf-8", "replace").rstrip()[:1000])
            if written < LOG_LIMIT_BYTES:
                if log is None:
                    self._log.parent.mkdir(parents=True, exist_ok=True)
                    log = self._log.open("wb", buffering=0)
                written += log.write(line) or 0
        if log is not None:
            log.close()


def exit_text(code: int) -> str:
    """An exit code, or the signal's name."""
    if code >= 0:
        return "exit code %d" % code
    try:
        return signal.Signals(-code).name
    except ValueError:
        return "signal %d" % -code


def _reply(header: Dict[str, Any]) -> Dict[str, Any]:
    if "error" in header:
        raise CommandError.from_json(header["error"])
    value = header.get("ok")
    if not isinstance(value, dict):
        raise CommandError(E_WORKER, "the worker's reply is no object")
    return value


def _pipe(stream: Any) -> BinaryIO:
    if stream is None:
        raise CommandError(E_WORKER, "the worker's pipe is not there")
    return stream  # type: ignore[no-any-return]
