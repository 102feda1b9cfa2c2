"""The environment of a board: made whole or not at all, in its root and nowhere else."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from targets.agent_client import AgentClient
from targets.facts import BoardFacts, RuntimeFacts
from targets.lacks import find_lacks
from targets.local import LocalBoard
from targets.prepare import plan_preparation, prepare_board
from targets.push import push_blobs
from targets.replies import Refused
from targets.wheels import PIP, BoardPython, Wheel, choose_wheels, download_wheels, known_wheels
from tests.package_index import index_answers, skip_without_index
from tests.pythons import need_clean_python
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError, Cancelled, SlipwayError
from workbench.base.hashing import sha256_file

pytestmark = pytest.mark.slow

SILENT = CancelToken()
SYSTEM = """
import hashlib, os, site, sys
for folder in [*site.getsitepackages(), site.getusersitepackages()]:
    for path, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if not name.endswith(".pyc"):
                status = os.stat(os.path.join(path, name))
                print(os.path.join(path, name), status.st_size, status.st_mtime_ns)
"""
"""Everything that lies in a Python's folders of packages."""


def system_of(python: str) -> str:
    """What a system's Python has now."""
    return subprocess.run([python, "-c", SYSTEM], capture_output=True, text=True, check=True).stdout


def make_wheel(folder: Path, name: str, version: str, code: str) -> Path:
    """A small wheel of one package, with a program of its name."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": f"{code}\n__version__ = {version!r}\ndef main():\n    print(__file__)\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name}-says = {name}:main\n",
    }
    digests = {
        path: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        for path, text in files.items()
    }
    record = "".join(f"{path},sha256={digest},{len(files[path])}\n" for path, digest in digests.items())
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    return wheel


@pytest.fixture(scope="session")
def wheels_here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this machine keeps wheels over the tests of a session."""
    return tmp_path_factory.mktemp("wheels")


@pytest.fixture(scope="session")
def pip_wheel(wheels_here: Path) -> Path:
    """The wheel of pip that is carried to boards without one."""
    (wheel,) = choose_wheels([PIP], BoardPython(8, "x86_64", (2, 31)), "bench")
    return fetch([wheel], wheels_here)[wheel]


def fetch(wheels: list[Wheel], folder: Path) -> dict[Wheel, Path]:
    """Download wheels; the test is skipped where this machine reaches no package index."""
    try:
        return download_wheels(wheels, folder, SILENT, lambda _fraction, _text: None)
    except SlipwayError as error:
        skip_without_index(error.summary)
        raise


Install = Callable[..., list[str]]


@pytest.fixture
def install(board: LocalBoard, pip_wheel: Path) -> Install:
    """Carry wheels to the board and have them installed; what was told meanwhile."""

    def act(*wheels: Path, cancel_at: str | None = None, need_bytes: int = 1 << 20) -> list[str]:
        told: list[str] = []
        cancel = CancelToken()

        def tell(_fraction: float | None, text: str) -> None:
            told.append(text)
            if cancel_at is not None and cancel_at in text and not cancel.cancelled:  # twice is: at once, clean or not
                cancel.request()

        files = {path.name: sha256_file(path) for path in (pip_wheel, *wheels)}
        blobs = {files[path.name]: path for path in (pip_wheel, *wheels)}
        arguments = {"wheels": files, "carried": list(blobs), "need_bytes": need_bytes}
        with AgentClient(board) as client, client.locked("prepare"):
            push_blobs(client, blobs, SILENT)
            client.prepare(arguments, tell, cancel)
        return told

    return act


def probe(board: LocalBoard) -> BoardFacts:
    """What a fresh agent tells."""
    with AgentClient(board) as client:
        return client.probe()


def left_in(board: LocalBoard) -> set[str]:
    """What lies in the root besides what always does."""
    scratch = list((board.root / "scratch").glob("*"))
    names = {path.name for path in board.root.iterdir()} - {"agent", "blobs", "scratch", "root-id"}
    return names | {path.name for path in scratch}


@pytest.mark.slow
def test_that_the_next_agent_runs_in_the_environment_and_the_system_is_as_it_was(
    tmp_path: Path, install: Install, board: LocalBoard, pip_wheel: Path
) -> None:
    system = system_of(os.path.realpath(sys.executable))
    install(make_wheel(tmp_path, "numpy", "9.0.0", ""))
    facts = probe(board)
    assert facts.python_path == str(board.root / "venv" / "bin" / "python")
    assert facts.numpy == "9.0.0"
    assert facts.venv_wheels == (pip_wheel.name, "numpy-9.0.0-py3-none-any.whl")
    assert system_of(os.path.realpath(sys.executable)) == system
    assert left_in(board) == {"venv"}
    assert list((board.root / "blobs").iterdir()) == [], "the wheels are not kept twice"


def test_that_programs_of_the_environment_find_their_place(tmp_path: Path, install: Install, board: LocalBoard) -> None:
    install(make_wheel(tmp_path, "numpy", "9.0.0", ""))
    done = subprocess.run([board.root / "venv" / "bin" / "numpy-says"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(board.root / "venv" / "lib"))


@pytest.mark.slow
def test_that_what_cannot_be_used_is_refused_and_what_was_there_stays(
    tmp_path: Path, install: Install, board: LocalBoard
) -> None:
    install(make_wheel(tmp_path, "numpy", "9.0.0", ""))
    with pytest.raises(Refused, match="cannot be used on this board") as refused:
        install(make_wheel(tmp_path, "numpy", "10.0.0", "raise ImportError('built for another processor')"))
    assert refused.value.detail == "numpy: built for another processor"
    assert probe(board).numpy == "9.0.0"
    assert left_in(board) == {"venv"}


@pytest.mark.slow
def test_that_a_newer_environment_takes_the_place_of_the_one_before(
    tmp_path: Path, install: Install, board: LocalBoard
) -> None:
    for version in ("9.0.0", "9.0.1"):
        install(make_wheel(tmp_path, "numpy", version, ""))
    assert probe(board).numpy == "9.0.1"
    base = (board.root / "venv" / "bin" / "python").resolve()
    assert base == Path(sys.executable).resolve(), "made from the system's Python, not from the environment before"
    assert left_in(board) == {"venv"}


@pytest.mark.parametrize("moment", ["making the environment", "installing", "Processing", "trying it"])
def test_that_a_cancelled_prepare_leaves_nothing(
    tmp_path: Path, install: Install, board: LocalBoard, moment: str
) -> None:
    with pytest.raises(Cancelled):
        install(make_wheel(tmp_path, "numpy", "9.0.0", ""), cancel_at=moment)
    assert left_in(board) == set()
    assert probe(board).python_path == sys.executable


def test_that_a_kill_between_two_renames_is_mended_by_the_next_holder_of_the_lock(
    tmp_path: Path, install: Install, board: LocalBoard
) -> None:
    install(make_wheel(tmp_path, "numpy", "9.0.0", ""))
    (board.root / "venv").rename(board.root / ".old-venv-0badcafe")
    with AgentClient(board) as client, client.locked("test"):
        assert (board.root / "venv" / "bin" / "python").exists()
    (board.root / ".old-venv-0badcafe").mkdir()
    with AgentClient(board) as client, client.locked("test"):
        assert left_in(board) == {"venv"}


def test_that_a_board_without_the_space_is_left_alone(tmp_path: Path, install: Install, board: LocalBoard) -> None:
    with pytest.raises(Refused, match="no space for") as refused:
        install(make_wheel(tmp_path, "numpy", "9.0.0", ""), need_bytes=1 << 50)
    assert refused.value.code == "E_DISK"
    assert left_in(board) == set()


@pytest.fixture
def own_disk(board: LocalBoard) -> Iterator[Path]:
    """The board's root is a small file system of its own; needs root."""
    board.root.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=9m", "slipway-test", str(board.root)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small file system cannot be mounted here; that needs root")
    yield board.root
    subprocess.run(["umount", str(board.root)], check=True)


def test_that_a_disk_that_fills_up_in_the_middle_leaves_nothing(
    tmp_path: Path, install: Install, board: LocalBoard, own_disk: Path
) -> None:
    with pytest.raises(Refused) as refused:
        install(make_wheel(tmp_path, "numpy", "9.0.0", ""))
    assert "No space left" in f"{refused.value.summary} {refused.value.detail}"
    assert left_in(board) == set()


def test_that_a_root_that_became_read_only_is_told_and_refused(
    tmp_path: Path, install: Install, board: LocalBoard, own_disk: Path
) -> None:
    wheel = make_wheel(tmp_path, "numpy", "9.0.0", "")
    assert probe(board).root_writable is True
    subprocess.run(["mount", "-o", "remount,ro", str(own_disk)], check=True)
    facts = probe(board)
    assert facts.root_writable is False
    assert find_lacks("bench", facts, "openvino")[0].found == f"{board.root} cannot be written"
    with pytest.raises(Refused, match="Read-only file system"):
        install(wheel)


def test_that_a_root_that_cannot_be_written_is_named(tmp_path: Path, install: Install, board: LocalBoard) -> None:
    wheel = make_wheel(tmp_path, "numpy", "9.0.0", "")
    probe(board)
    (board.root / "scratch").write_text("in the way")
    with pytest.raises(Refused, match=r"cannot write .*/scratch") as refused:
        install(wheel)
    assert refused.value.code == "E_DISK"


# With real wheels


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The board's pip reaches no package index."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")


@pytest.fixture
def own_index(tmp_path: Path, closed: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package index that has wheels of pip, with other bytes than those that are pinned."""
    page = tmp_path / "index" / "simple" / "pip"
    page.mkdir(parents=True)
    files = [wheel.file for wheel in known_wheels() if wheel.name == PIP]
    (page / "index.html").write_text("".join(f'<a href="{file}">{file}</a>\n' for file in files))
    for file in files:
        (page / file).write_text("other bytes")
    handler = partial(QuietHandler, directory=str(tmp_path / "index"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield
        server.shutdown()
        thread.join()


class QuietHandler(SimpleHTTPRequestHandler):
    """Gives files, and says nothing of it."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def ask_anew() -> Iterator[None]:
    """Whether an index answers is asked in this test, and again after it."""
    index_answers.cache_clear()
    yield
    index_answers.cache_clear()


@pytest.mark.slow
def test_that_a_wrong_pin_fails_a_test_where_an_index_answers(tmp_path: Path, own_index: None, ask_anew: None) -> None:
    wheel = next(wheel for wheel in known_wheels() if wheel.name == PIP)
    with pytest.raises(SlipwayError, match="could not download") as refused:
        fetch([wheel], tmp_path / "wheels")
    assert "DO NOT MATCH THE HASHES" in refused.value.detail
    with pytest.raises(SlipwayError, match="could not download"):
        fetch([replace(wheel, file=wheel.file.replace(wheel.version, "99.9"))], tmp_path / "wheels")


def test_that_a_test_is_skipped_where_no_index_answers(tmp_path: Path, closed: None, ask_anew: None) -> None:
    wheel = next(wheel for wheel in known_wheels() if wheel.name == PIP)
    with pytest.raises(pytest.skip.Exception, match="no package index can be reached"):
        fetch([wheel], tmp_path / "wheels")


@pytest.fixture(scope="session")
def openvino_wheels(wheels_here: Path) -> tuple[str, Path]:
    """A clean Python, and a folder with all wheels for it."""
    python = need_clean_python()
    board = LocalBoard("bench", wheels_here / "root", python=python, lock=wheels_here / "lock")
    fetch(list(plan_preparation("bench", probe(board), "openvino").wheels), wheels_here)
    return python, wheels_here


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_that_a_board_without_an_index_gets_numpy_and_openvino_carried(
    tmp_path: Path, openvino_wheels: tuple[str, Path], closed: None
) -> None:
    python, folder = openvino_wheels
    board = LocalBoard("bench", tmp_path / "root", python=python, lock=tmp_path / "lock")
    system = system_of(python)
    said: list[str] = []
    with AgentClient(board) as client, client.locked("prepare"):
        plan = plan_preparation("bench", client.probe(), "openvino")
        done = prepare_board(client, plan, folder, lambda _fraction, _text: None, said.append, made_from=python)
    assert done.carried
    assert "carried from here" in said[0]
    facts = probe(board)
    assert facts.python_path == str(board.root / "venv" / "bin" / "python")
    assert facts.runtimes["openvino"].version is not None
    assert facts.runtimes["openvino"].version.startswith(done.installed[1].partition(" ")[2])
    assert system_of(python) == system
    again = plan_preparation("bench", facts, "openvino")
    assert (again.wheels, again.missing) == ((), ())
    assert not [lack for lack in find_lacks("bench", facts, "openvino") if lack.name in ("numpy", "openvino")]
    other = LocalBoard("bench", tmp_path / "root", python=sys.executable, lock=tmp_path / "lock")
    assert other.python == sys.executable, "the environment is for the Python that it was made from"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_that_a_board_fetches_by_itself_what_it_can(tmp_path: Path, openvino_wheels: tuple[str, Path]) -> None:
    python, folder = openvino_wheels
    board = LocalBoard("bench", tmp_path / "root", python=python, lock=tmp_path / "lock")
    with AgentClient(board) as client, client.locked("prepare"):
        plan = plan_preparation("bench", client.probe(), "openvino")
        numpy_only = replace(plan, wheels=tuple(wheel for wheel in plan.wheels if wheel.name == "numpy"))
        with pytest.raises(Refused, match="cannot be used") as refused:
            prepare_board(client, numpy_only, folder, lambda _fraction, _text: None, lambda _text: None)
    assert "OpenVINO is not installed" in refused.value.detail, "numpy was fetched, but not what the engine needs"
    assert left_in(board) == set()


# Plans


def facts_of(**changes: object) -> BoardFacts:
    """A Jetson with JetPack 5 that has nothing of Python's but its standard library."""
    known: Mapping[str, object] = {
        "root": "/home/ada/.slipway",
        "python": "3.8.10",
        "python_path": "/usr/bin/python3",
        "python_abi": "cpython-38-aarch64-linux-gnu",
        "libc": "glibc 2.31",
        "os_like": "ubuntu debian",
        "uid": 1000,
        "venv": True,
        "pip": "23.0.1",
        "runtimes": {"openvino": RuntimeFacts(None), "tensorrt": RuntimeFacts(None, problem="no such module")},
    }
    return BoardFacts(**{**known, **changes})  # type: ignore[arg-type]


def names(facts: BoardFacts, runtime: str = "openvino", *, again: bool = False) -> list[str]:
    """What would be installed."""
    plan = plan_preparation("jetson", facts, runtime, again=again)
    return [f"{wheel.name} {wheel.version}" for wheel in plan.wheels]


def test_that_a_plan_brings_what_is_missing_and_leaves_the_systems_numpy() -> None:
    assert names(facts_of()) == ["numpy 1.24.4", "openvino 2023.1.0"]
    assert names(facts_of(numpy="1.17.4")) == ["openvino 2023.1.0"]
    present = {"openvino": RuntimeFacts("2023.1.0")}
    assert names(facts_of(numpy="1.17.4", runtimes=present)) == []
    assert names(facts_of(numpy="1.17.4", runtimes=present), again=True) == ["numpy 1.24.4", "openvino 2023.1.0"]
    assert names(facts_of(runtimes={"tensorrt": RuntimeFacts("8.5.2.2")}), "tensorrt") == ["numpy 1.24.4"]


def test_that_a_plan_keeps_what_the_environment_before_had() -> None:
    before = ("numpy-1.24.4-cp38-cp38-manylinux_2_17_aarch64.manylinux2014_aarch64.whl",)
    assert names(facts_of(numpy="1.24.4", in_venv=True, venv_wheels=before)) == ["numpy 1.24.4", "openvino 2023.1.0"]
    assert names(facts_of(numpy="1.24.4", in_venv=True)) == ["numpy 1.24.4", "openvino 2023.1.0"]


@pytest.mark.parametrize("pip", [None, "20.0.2", "9.0.1"])
def test_that_pip_is_brought_where_there_is_none_or_an_old_one(pip: str | None) -> None:
    assert names(facts_of(pip=pip)) == ["pip 25.0.1", "numpy 1.24.4", "openvino 2023.1.0"]


@pytest.mark.parametrize(
    ("changes", "summary", "hint"),
    [
        ({"venv": False}, "its module venv is missing", "sudo apt-get install -y python3.8-venv"),
        ({"libc": None}, "for which no wheels are known", "by hand"),
        ({"python_abi": "cpython-38-arm-linux-gnueabihf"}, "for which no wheels are known", "by hand"),
        ({"libc": "glibc 2.12"}, "no wheel of numpy", "need a newer system: manylinux_2_17_aarch64"),
        ({"python_abi": "cpython-315-aarch64-linux-gnu"}, "no wheel of numpy", "wheels for Python 3.8, 3.9, 3.10"),
        (
            {"python_path": "/home/ada/.slipway/venv/bin/python", "in_venv": True},
            "an environment that somebody made by hand, without numpy and openvino",
            "--again",
        ),
    ],
)
def test_that_what_cannot_be_brought_is_refused_with_what_to_do(
    changes: dict[str, object], summary: str, hint: str
) -> None:
    with pytest.raises(BoardError) as refused:
        plan_preparation("jetson", facts_of(**changes), "openvino")
    assert summary in refused.value.summary
    assert hint in refused.value.hint


def test_that_tensorrt_is_left_to_nvidia() -> None:
    with pytest.raises(BoardError, match="Slipway does not bring it: no such module") as refused:
        plan_preparation("jetson", facts_of(l4t="R35.4.1"), "tensorrt")
    assert refused.value.hint == "Do this there: sudo apt-get install -y python3-libnvinfer."


def test_that_a_wheel_that_pip_cannot_get_is_named(tmp_path: Path, closed: None) -> None:
    wheel = next(wheel for wheel in known_wheels() if wheel.name == PIP)
    with pytest.raises(SlipwayError, match=rf"could not download {wheel.file}") as refused:
        download_wheels([wheel], tmp_path / "wheels", SILENT, lambda _fraction, _text: None)
    assert "package index" in refused.value.hint
    assert list((tmp_path / "wheels").iterdir()) == []


@pytest.mark.parametrize("name", ["pip.py", "tempfile.py"])
def test_that_nothing_of_the_current_folder_runs_when_wheels_are_downloaded(
    tmp_path: Path, closed: None, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / name).write_text("open('ran', 'w').close()\nraise SystemExit(1)\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SlipwayError, match="could not download"):
        download_wheels([known_wheels()[0]], Path("wheels"), SILENT, lambda _fraction, _text: None)
    assert not list(tmp_path.rglob("ran"))


def test_that_a_download_is_cancelled(tmp_path: Path) -> None:
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        download_wheels([known_wheels()[-1]], tmp_path, cancel, lambda _fraction, _text: cancel.request())


def test_that_the_agent_ends_pip_with_the_link(tmp_path: Path, board: LocalBoard, pip_wheel: Path) -> None:
    """A board whose desktop goes in the middle of it is as it was for the next one."""
    files = {pip_wheel.name: sha256_file(pip_wheel)}
    client = AgentClient(board).__enter__()
    client.lock("prepare")
    push_blobs(client, {files[pip_wheel.name]: pip_wheel}, SILENT)
    arguments = {"wheels": files, "carried": list(files.values()), "need_bytes": 1}
    with pytest.raises(BoardError):
        client.link.call("prepare", arguments, Deadline(60), SILENT, lambda *_: client.link.close(0.0))
    with AgentClient(board) as second, second.locked("test"):
        assert left_in(board) == set()
