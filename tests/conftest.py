"""What holds for every test: a home of its own, and nothing left behind or said unexpectedly."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # a test of a real X window says so itself
settings.register_profile("slipway", deadline=None, derandomize=True, database=None)
settings.load_profile("slipway")

REPOSITORY = Path(__file__).resolve().parent.parent
OURS = ("ui.", "workbench.", "projects.", "targets.")
SETTLE_S = float(os.environ.get("SLIPWAY_TEST_SETTLE_S", "5"))
"""How long threads and processes may take to end by themselves after a test."""
NOISE = {
    "matplotlib.font_manager": "says once on a new machine that it builds its font cache",
}
"""Loggers of libraries whose warnings say nothing about Slipway, and why."""


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Public models and photos beside the repository; tests that need them are skipped where they are not at hand."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"public models and photos are not at hand: {folder} is no folder")
    return folder


@pytest.fixture(scope="session", autouse=True)
def home_of_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the user's own state out of all tests, fixtures of modules and sessions included."""
    before = states_of_user()
    home = tmp_path_factory.mktemp("slipway-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLIPWAY_HOME", str(home))
        yield home
    assert states_of_user() == before, "a test wrote to the home of the user instead of SLIPWAY_HOME"


@pytest.fixture(scope="session", autouse=True)
def as_at_a_terminal() -> Iterator[None]:
    """Shells start what runs in the background with SIGINT ignored; tests and what they start are to obey it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def slipway_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that stands for the user's Slipway state in this test."""
    home = tmp_path / "slipway-home"
    monkeypatch.setenv("SLIPWAY_HOME", str(home))
    return home


@pytest.fixture
def board_root(tmp_path: Path) -> Path:
    """A board's root that does not exist yet."""
    return tmp_path / "board"


@pytest.fixture(autouse=True)
def no_unexpected_log(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that logs a warning or worse, unless it is marked `allow_warnings`."""
    handler = Recorder()
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
    if handler.lines and request.node.get_closest_marker("allow_warnings") is None:
        pytest.fail("unexpected log records:\n" + "\n".join(handler.lines), pytrace=False)


@pytest.fixture(autouse=True)
def no_leftovers(slipway_home: Path) -> Iterator[None]:
    """Fail a test that leaves threads or processes running; the processes are ended."""
    threads, processes = set(threading.enumerate()), all_processes()
    yield
    deadline = time.monotonic() + SETTLE_S
    while left := leftovers(threads, processes, slipway_home):
        if time.monotonic() > deadline:
            break
        gc.collect()  # a Popen or an executor that went out of scope is cleaned up with its object
        time.sleep(0.02)
    for pid in processes_left(processes, slipway_home) if left else ():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if left:
        pytest.fail("left behind by the test:\n" + "\n".join(left), pytrace=False)


class Recorder(logging.Handler):
    """Keeps log records of level WARNING and above as lines."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name not in NOISE:
            self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")


def leftovers(threads: set[threading.Thread], processes: set[int], home: Path) -> list[str]:
    """What runs now and did not run before the test, one a line."""
    running = [thread for thread in threading.enumerate() if thread not in threads and must_end(thread)]
    return [f"thread {thread.name}" for thread in running] + [
        f"process {pid}: {command_of(pid)}" for pid in processes_left(processes, home)
    ]


def must_end(thread: threading.Thread) -> bool:
    """Threads that keep a process alive must end, and our own whatever they are; daemons of libraries may stay."""
    target = getattr(thread, "_target", None)
    module = getattr(target, "__module__", None) or type(thread).__module__
    return thread.is_alive() and (not thread.daemon or module.startswith(OURS))


def processes_left(processes: set[int], home: Path) -> list[int]:
    """Of the processes that are new, our children, and orphans that carry this test's home; none without /proc.

    Multiprocessing's own helper is left out: it lives as long as its parent.
    """
    mark = f"SLIPWAY_HOME={home}".encode()
    found = [pid for pid in all_processes() - processes if parent_of(pid) == os.getpid() or carries(pid, mark)]
    return sorted(pid for pid in found if "multiprocessing.resource_tracker" not in command_of(pid))


def all_processes() -> set[int]:
    proc = Path("/proc")
    return {int(name) for name in os.listdir(proc) if name.isdigit()} if proc.is_dir() else set()  # noqa: PTH208 (fast)


def parent_of(pid: int) -> int | None:
    """The parent of a process; None where the process has gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def carries(pid: int, mark: bytes) -> bool:
    """Whether a process was started with this entry in its environment (a zombie shows none)."""
    try:
        return mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def command_of(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "gone"
    return words or "ended, but nobody waited for it"


def states_of_user() -> dict[Path, bool]:
    """Which of the folders that Slipway would use without SLIPWAY_HOME are there."""
    from platformdirs import user_cache_path, user_config_path, user_data_path, user_state_path

    folders = [place("slipway") for place in (user_cache_path, user_config_path, user_data_path, user_state_path)]
    return {folder: folder.exists() for folder in (*folders, Path.home() / ".slipway")}
