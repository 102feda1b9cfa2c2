"""Runs as the agent sees them: started in processes of their own, followed, told to stop, listed, removed."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Dict, List, Set
from urllib.parse import quote

from . import files
from .build import Spawn
from .follow import Follower
from .plan import parse_plan
from .process import Child, agent_command, describe_exit
from .protocol import E_BUSY, E_MISSING, E_RUNTIME, E_USAGE, CommandError
from .relay import Relay
from .run_folder import STOP, STOP_HARD, RunFolder
from .schema import is_name, is_sha256
from .session import Request

START_S = 20.0
"""How long a run's process may take to start on a slow board."""
CURSOR_KEYS = ("events", "blocks", "outputs")


class Runs:
    """`<root>/runs/`; each run's own process is the only writer of its folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / "runs"
        self._relays: Dict[str, Relay] = {}
        """By run, those that this agent started to play live."""

    def recover(self) -> List[str]:
        """Remove what interrupted removals left."""
        return files.remove_leavings(self._folder)

    def start(self, name: str, value: Dict[str, Any], spawn: Spawn) -> Dict[str, Any]:
        """Start a run; its process ends with the agent.

        Raises:
            CommandError: E_USAGE for a plan that is not one, or a name that is taken; E_MISSING for its engine
                or frames; E_RUNTIME where its process does not start.
        """
        plan = parse_plan(value)
        if plan.run != name:
            raise CommandError(E_USAGE, "the plan is for the run %s, not %s" % (plan.run, name))
        wanted = [(self._root / plan.engine_path, "the engine %s" % plan.engine_path)]
        if plan.frames.sha256:
            wanted.append((self._root / "blobs" / plan.frames.sha256, "the frames %s" % plan.frames.sha256))
        for path, what in wanted:
            if not path.is_file():
                raise CommandError(E_MISSING, "the board does not have %s" % what, "Deploy it, or push it again.")
        folder = self._folder / name
        self._make(folder, value)
        is_live = any(phase.live for phase in plan.phases)
        with (folder / "run.log").open("ab") as log:
            out = subprocess.PIPE if is_live else log
            child = spawn(agent_command("run", str(folder)), stdout=out, stderr=log, cwd=str(self._root))
        if is_live:
            self._relays[name] = Relay(child)
        threading.Thread(target=_reap, args=(child,), name="run-" + name, daemon=True).start()
        _await_start(RunFolder(folder), child)
        return {"run": name, "pid": child.pid}

    def follow(self, request: Request) -> Dict[str, Any]:
        """Forward what a run records until it ended; cancelled, it only detaches."""
        since = request.arguments["since"]
        for key, value in since.items():
            if key not in CURSOR_KEYS or type(value) is not int or value < 0:
                raise CommandError(
                    E_USAGE, "since has %r: %r; it takes %s as whole numbers" % (key, value, CURSOR_KEYS)
                )
        follower = Follower(self._folder / request.arguments["run"], since, lambda: request.cancelled)
        for item in follower:
            request.event(item.event, item.data, item.attachments)
        request.check()
        return {"state": follower.state, "cursor": follower.cursor}

    def live(self, request: Request) -> Dict[str, Any]:
        """Hand on what a run plays live, until it ends; cancelled, it only detaches."""
        name = request.arguments["run"]
        self._relay(name).follow(request)
        request.check()
        folder = self._existing(name)
        end_s = time.monotonic() + START_S
        while folder.alive() and time.monotonic() < end_s:
            request.check()
            time.sleep(0.01)
        status = folder.read_status() or {}
        return {"state": str(status.get("state", "died")), "text": str(status.get("text", ""))}

    def tell_live(self, name: str, message: Dict[str, Any]) -> Dict[str, Any]:
        """Tell a run that plays live how to go on."""
        self._relay(name).tell(message)
        return {}

    def _relay(self, name: str) -> Relay:
        relay = self._relays.get(name)
        if relay is None:
            raise CommandError(E_MISSING, "no run %s plays live here" % name, "It ended, or another agent started it.")
        return relay

    def tell(self, name: str, word: str) -> Dict[str, Any]:
        """Put a word into a run's control folder.

        Raises:
            CommandError: E_MISSING where no such run is at work.
        """
        folder = self._existing(name)
        if not folder.alive():
            raise CommandError(E_MISSING, "the run %s is not at work" % name, "It ended already.")
        folder.write_control(word)
        return {}

    def stop(self, name: str, hard: bool) -> Dict[str, Any]:
        """Ask a run to stop after the present frame, or at once."""
        return self.tell(name, STOP_HARD if hard else STOP)

    def describe(self) -> List[Dict[str, Any]]:
        """Every run: its state (`running`, `died`, or how it ended), its size, and the end of its recording so far."""
        found = sorted(self._folder.iterdir()) if self._folder.is_dir() else []
        return [_describe(RunFolder(path)) for path in found if is_name(path.name) and path.is_dir()]

    def remove(self, name: str) -> Dict[str, Any]:
        """Remove a run that ended.

        Raises:
            CommandError: E_MISSING, or E_BUSY while it is at work.
        """
        folder = self._existing(name)
        if folder.alive():
            raise CommandError(E_BUSY, "the run %s is still at work" % name, "Stop it first.")
        files.remove_folder(folder.path)
        self._relays.pop(name, None)
        return {}

    def used_blobs(self) -> Set[str]:
        """sha256 of the frames that runs at work read."""
        used = set()
        for item in self.describe():
            if item["state"] == "running":
                plan = parse_plan(RunFolder(self._folder / item["run"]).read_plan())
                played = [pack.sha256 for phase in plan.phases if phase.live for pack in phase.live.source.packs]
                used.update([plan.frames.sha256, *played])
        return {sha256 for sha256 in used if is_sha256(sha256)}

    def _existing(self, name: str) -> RunFolder:
        folder = RunFolder(self._folder / name)
        if not folder.path.is_dir():
            raise CommandError(E_MISSING, "the board has no run %s" % name)
        return folder

    def _make(self, folder: Path, plan: Dict[str, Any]) -> None:
        stage = folder.with_name("%s%s-%d" % (files.STAGE, folder.name, os.getpid()))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if folder.exists():
                raise CommandError(
                    E_USAGE, "there is a run %s already" % folder.name, "Each run has a name of its own."
                )
            files.need_space(self._folder, 0)
            stage.mkdir()
            files.write_durable(stage / "plan.json", files.encode_json(plan))
            files.fsync_folder(stage)
            stage.rename(folder)
            files.fsync_folder(self._folder)
        except OSError as error:
            raise files.cannot_write(folder, error) from error
        finally:
            shutil.rmtree(str(stage), ignore_errors=True)


def _describe(folder: RunFolder) -> Dict[str, Any]:
    alive = folder.alive()
    status = folder.read_status() or {}
    return {
        "run": folder.path.name,
        "state": "running" if alive else str(status.get("state", "died")),
        "size_bytes": sum(path.stat().st_size for path in folder.path.rglob("*") if path.is_file()),
        "cursor": _latest_cursor(folder),
    }


def _await_start(folder: RunFolder, child: Child) -> None:
    """Wait until the run holds its folder, so that whoever asks next finds it at work."""
    end_s = time.monotonic() + START_S
    while not folder.alive() and folder.read_status() is None:
        if child.exited() or time.monotonic() > end_s:
            code = child.finish()
            lines = (folder.path / "run.log").read_text("utf-8", "replace")[-4000:]
            raise CommandError(E_RUNTIME, "the run did not start (%s)" % describe_exit(code), "", lines)
        time.sleep(0.01)


def _reap(child: Child) -> None:
    child.wait_ended()
    child.finish()


def _latest_cursor(folder: RunFolder) -> Dict[str, int]:
    """The end of what a run recorded so far: followed from there, only what is new comes."""
    try:
        with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % quote(str(folder.live)), uri=True)) as database:
            (events,) = database.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()
            (blocks,) = database.execute("SELECT coalesce(max(id), 0) FROM blocks").fetchone()
    except sqlite3.Error:
        return {}
    return {"events": events, "blocks": blocks, "outputs": events}
