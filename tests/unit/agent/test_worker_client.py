"""A worker from the side of the run: fresh memory, words in their order, death and silence."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from targets.agent import worker_client
from targets.agent.process import agent_command
from targets.agent.protocol import CommandError
from targets.agent.worker_client import Event, WorkerClient, WorkerDied, exit_text

Start = Callable[..., WorkerClient]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts workers, or any other program in their place."""
    clients: list[WorkerClient] = []

    def make(*code: str) -> WorkerClient:
        command = [sys.executable, "-c", *code] if code else agent_command("worker")
        clients.append(WorkerClient(command, tmp_path / f"worker-{len(clients)}.log"))
        return clients[-1]

    yield make
    for client in clients:
        client.kill()
        client.close()


def load_arguments(bench: Any) -> dict[str, Any]:
    """What a run asks a worker to load."""
    from targets.agent.plan import parse_plan
    from targets.agent.run import Run
    from targets.agent.run_folder import RunFolder

    folder = RunFolder(bench.folder("loading"))
    folder.path.mkdir(parents=True)
    return Run(folder, parse_plan(bench.plan({"id": "io", "kind": "validation"}, run="loading"))).load_arguments()


def test_that_a_worker_weighs_what_it_is_and_not_what_its_parent_was(start: Start) -> None:
    ballast = np.ones(400 << 17)  # 400 MiB of doubles, touched
    hello = start().ask("hello", {"runtime": "openvino"})
    assert ballast[-1] == 1
    assert 0 < hello["floor_rss_bytes"] <= hello["floor_hwm_bytes"] < 200 << 20


def test_that_requests_out_of_order_say_what_comes_first(start: Start, bench: Any) -> None:
    client = start()
    with pytest.raises(CommandError, match="after hello"):
        client.ask("load", load_arguments(bench))
    for early in ("measure", "outputs", "infer"):
        with pytest.raises(CommandError, match="no engine is loaded yet"):
            client.ask(
                early, {"phase": 0, "start": 0, "which": 0, "iterations": 1, "duration_s": None, "rate_hz": None}
            )
    with pytest.raises(CommandError, match="does not know 'dance'"):
        client.ask("dance")
    assert client.ask("hello", {"runtime": "openvino"})["pid"] == client.pid


def test_that_a_frame_gives_its_detections(start: Start, bench: Any) -> None:
    client = start()
    client.ask("hello", {"runtime": "openvino"})
    client.ask("load", load_arguments(bench))
    frame = bench.frames[0]
    found = client.ask("infer", {"shape": list(frame.shape), "dtype": "uint8"}, [frame])
    assert len(found["boxes"]) == len(found["scores"]) == len(found["classes"]) > 0
    assert found["bad_boxes"] == found["bad_scores"] == 0
    assert min(found["scores"]) >= 0.5


def test_that_a_pass_ends_when_it_is_cancelled_and_the_worker_goes_on(start: Start, bench: Any) -> None:
    client = start()
    client.ask("hello", {"runtime": "openvino"})
    client.ask("load", load_arguments(bench))
    job = {"phase": 0, "start": 0, "which": 0, "iterations": 10**9, "duration_s": None, "rate_hz": None}

    def cancel_at_once(_event: Event) -> None:
        client.cancel()

    assert client.ask("measure", job, on_event=cancel_at_once)["cancelled"] is True
    again = client.ask("measure", {**job, "iterations": 3})
    assert (again["frames"], again["cancelled"]) == (3, False)


def test_that_an_engine_that_does_not_fit_the_frames_is_refused(start: Start, bench: Any) -> None:
    client = start()
    client.ask("hello", {"runtime": "openvino"})
    np.save(bench.root / "other.npy", np.zeros((1, 32, 96, 3), np.uint8))
    with pytest.raises(CommandError, match="the frames are 96x32"):
        client.ask("load", {**load_arguments(bench), "frames": str(bench.root / "other.npy")})


def test_that_the_last_lines_of_a_dead_worker_are_kept(start: Start, tmp_path: Path) -> None:
    client = start("import sys; [print('line', n, file=sys.stderr) for n in range(50)]; sys.exit(3)")
    with pytest.raises(WorkerDied) as caught:
        client.ask("hello", {})
    assert caught.value.exit_text == "exit code 3"
    assert caught.value.lines == [f"line {number}" for number in range(30, 50)]
    assert (tmp_path / "worker-0.log").read_text().count("\n") == 50


def test_that_a_killed_worker_is_named_by_its_signal(start: Start) -> None:
    client = start()
    client.ask("memory")
    os.kill(client.pid, signal.SIGKILL)
    with pytest.raises(WorkerDied) as caught:
        client.ask("memory")
    assert (caught.value.exit_text, caught.value.killed) == ("SIGKILL", False)


@pytest.mark.parametrize(
    "code",
    [
        "import sys; sys.stdout.write('this is no frame at all'); sys.stdout.flush(); sys.stdin.read()",
        "import os, sys; os.write(1, b'\\0\\0\\0\\x05{}'); os.close(1); sys.stdin.read()",
    ],
)
def test_that_a_worker_that_speaks_something_else_is_dead(start: Start, monkeypatch: Any, code: str) -> None:
    monkeypatch.setattr(worker_client, "END_S", 0.2)
    with pytest.raises(WorkerDied) as caught:
        start(code).ask("hello", {})
    assert any("last message was cut" in line for line in caught.value.lines)


def test_that_a_silent_worker_is_killed_and_said_to_be_silent(start: Start, monkeypatch: Any) -> None:
    monkeypatch.setattr(worker_client, "SILENCE_S", 0.2)
    with pytest.raises(WorkerDied) as caught:
        start("import sys; sys.stdin.read()").ask("hello", {}, idle=lambda _client: 0.05)
    assert any("no answer to hello" in line for line in caught.value.lines)


def test_that_a_worker_whose_run_is_gone_ends_by_itself(start: Start, tmp_path: Path, wait_until: Any) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path;"
        "from targets.agent.process import agent_command; from targets.agent.worker_client import WorkerClient;"
        "client = WorkerClient(agent_command('worker'), Path(sys.argv[2]) / 'log'); client.ask('memory');"
        "print(client.pid, flush=True); import os; os.kill(os.getpid(), 9)"
    )
    import subprocess

    repository = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code, str(repository), str(tmp_path)], capture_output=True, check=False, timeout=30
    )
    pid = int(done.stdout)
    wait_until(lambda: not Path(f"/proc/{pid}").exists())


def test_that_exits_are_said_in_words() -> None:
    assert exit_text(0) == "exit code 0"
    assert exit_text(-11) == "SIGSEGV"
    assert exit_text(-250) == "signal 250"
