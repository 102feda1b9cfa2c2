"""Processes of the agent: started in groups of their own, ended to the last member, their last words kept."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import IO, Any, Callable, Deque, Dict, List, Optional, Sequence, Tuple

TAIL_LINES = 20
_LINE_BYTES = 2000
_POLL_S = 0.02
_KEPT = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "LOGNAME",
    "PATH",
    "TMPDIR",
    "USER",
    "XDG_RUNTIME_DIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
)
_INDEX = (
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "ALL_PROXY",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
)
"""How this machine reaches a package index, besides what begins with _PIP; may hold credentials."""
_PIP = "PIP_"
_PIP_ELSEWHERE = ("PIP_PREFIX", "PIP_ROOT", "PIP_TARGET", "PIP_USER")
"""What would make pip install anywhere else than into the environment that it runs in."""
_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from %s.main import main; sys.exit(main(sys.argv[1:]))"


def agent_command(mode: str, *args: str) -> List[str]:
    """The argument list that starts another mode of this same package with this same Python (`main.py`)."""
    package = __name__.rpartition(".")[0]
    folder = Path(__file__).resolve().parents[package.count(".") + 1]
    return [sys.executable, "-I", "-c", _START % package, str(folder), mode, *args]


def child_environment(index: bool = False) -> Dict[str, str]:
    """What children may know of our environment: nothing that changes what a Python or a runtime does.

    With `index` also how this machine reaches a package index: only for what installs packages.
    """
    pip = [key for key in os.environ if key.startswith(_PIP) and key not in _PIP_ELSEWHERE]
    keys = (*_KEPT, *_INDEX, *pip) if index else _KEPT
    return {key: os.environ[key] for key in keys if key in os.environ}


class Tail:
    """The last lines of a stream that a process writes; a thread of its own reads it to its end."""

    def __init__(self, stream: IO[bytes], on_line: Optional[Callable[[str], None]] = None) -> None:
        self._lines: Deque[str] = deque(maxlen=TAIL_LINES)
        self._stream = stream
        self._on_line = on_line
        self._thread = threading.Thread(target=self._read, name="tail", daemon=True)
        self._thread.start()

    def lines(self, timeout_s: float = 1.0) -> List[str]:
        """The last lines, oldest first; waits a little for the end of the stream."""
        self._thread.join(timeout_s)
        return list(self._lines)

    def _read(self) -> None:
        with self._stream as stream:
            while True:
                line = stream.readline(_LINE_BYTES)
                if not line:
                    return
                text = line.decode("utf-8", "replace").rstrip()
                self._lines.append(text)
                if self._on_line is not None:
                    self._on_line(text)


class Child:
    """A process in a session and process group of its own, with pipes where asked for.

    Any thread may call any method. `finish` must be called once it is no longer wanted, however it ended: it ends what
    is left of the group and reaps the process.
    """

    def __init__(
        self,
        argv: Sequence[str],
        stdout: Any = subprocess.PIPE,
        stderr: Any = subprocess.PIPE,
        cwd: Optional[str] = None,
        pass_fds: Tuple[int, ...] = (),
        on_line: Optional[Callable[[str], None]] = None,
        index: bool = False,
    ) -> None:
        self._process = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            cwd=cwd,
            env=child_environment(index),
            pass_fds=pass_fds,
            start_new_session=True,
        )
        self.pid = self._process.pid
        self._finishing = threading.Lock()
        self._tail = None if self._process.stderr is None else Tail(self._process.stderr, on_line)

    @property
    def stdin(self) -> io.BufferedWriter:
        """Its standard input; closed, it tells the child that we are gone."""
        if not isinstance(self._process.stdin, io.BufferedWriter):
            raise ValueError("the child's input is no pipe")  # noqa: TRY004 - a call that the state forbids
        return self._process.stdin

    @property
    def stdout(self) -> io.BufferedReader:
        """Its standard output; only with stdout=PIPE."""
        if not isinstance(self._process.stdout, io.BufferedReader):
            raise ValueError("the child's output is no pipe")  # noqa: TRY004 - a call that the state forbids
        return self._process.stdout

    @property
    def returncode(self) -> Optional[int]:
        """The exit code, minus the signal where one ended it; None until `finish`."""
        return self._process.returncode

    def exited(self) -> bool:
        """Whether it ended; leaves it to `finish` to reap it, so that its group's number stays its own."""
        if self._process.returncode is not None:
            return True
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return True

    def wait_ended(self) -> None:
        """Wait until it ended, however long; leaves it to `finish` to reap it."""
        if self._process.returncode is None:
            with contextlib.suppress(ChildProcessError):
                os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)

    def wait_exited(self, timeout_s: float) -> bool:
        """Wait until it ended; False if it has not after so long."""
        end_s = time.monotonic() + timeout_s
        while not self.exited():
            if time.monotonic() >= end_s:
                return False
            time.sleep(_POLL_S)
        return True

    def terminate(self) -> None:
        """Ask it to end by itself; what it started is its own affair until `finish`. Never blocks."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Kill the whole group at once; leaves pipes and reaping to `finish`. Never blocks."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def finish(self, term_s: float = 0.0) -> int:
        """End the whole group and reap the process; returns its exit code.

        Args:
            term_s: how long it may take to end by itself after SIGTERM; 0 kills at once. One that ended is only reaped.
        """
        with self._finishing:
            if self._process.returncode is None:
                if term_s > 0 and not self.exited():
                    self.terminate()
                    self.wait_exited(term_s)
                self.kill()
                self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                _close(pipe)
        return self._process.returncode

    def last_lines(self) -> List[str]:
        """The last lines of its stderr, oldest first."""
        return [] if self._tail is None else self._tail.lines()


def describe_exit(code: Optional[int]) -> str:
    """An exit code in words: `exit code 3`, `SIGKILL`."""
    if code is None:
        return "still running"
    if code >= 0:
        return "exit code %d" % code
    try:
        return signal.Signals(-code).name
    except ValueError:
        return "signal %d" % -code


def on_parent_end(handle: int, act: Callable[[], None]) -> None:
    """Call `act` in a thread of its own once this pipe ends: the parent, which holds its other end, is gone.

    Past any buffered stream over it, whose lock a thread that waits for ever would keep from the end of the process.
    """

    def wait() -> None:
        while os.read(handle, 4096):
            pass
        act()

    threading.Thread(target=wait, name="parent", daemon=True).start()


def end_own_group(grace_s: float = 0.0) -> None:
    """End the process group that we lead, ourselves included: SIGTERM to ourselves, after the grace SIGKILL to all."""
    if grace_s > 0:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(grace_s)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _close(stream: Optional[IO[bytes]]) -> None:
    if stream is None:
        return
    with contextlib.suppress(OSError):  # what was still buffered has no reader any more
        stream.close()
