"""Following a run from any row on, while it runs and after: what the agent forwards to the desktop."""

from __future__ import annotations

import heapq
import json
import sqlite3
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

from .protocol import E_MISSING, CommandError
from .run_folder import RunFolder

POLL_S = 0.1
ROWS_AT_ONCE = 50
_FAR_NS = 2**62


class Item(NamedTuple):
    """One thing that a run recorded, as an event of the protocol."""

    event: str
    """`run_event`, `run_block`, `run_output` or `run_died`."""
    data: Dict[str, Any]
    attachments: Tuple[bytes, ...] = ()


class Follower:
    """Iterates over what a run records and ends with the run; one thread uses it.

    Args:
        folder: the run's folder.
        since: the cursor to go on from: the last ids of `events`, `blocks` and `outputs` already seen; {} is all.
        stopped: asked between two polls; True ends the iteration with the state `detached`.
        expect_within_s: how long a run that was just started may take to open its recording.
    """

    def __init__(
        self, folder: Path, since: Dict[str, int], stopped: Callable[[], bool], expect_within_s: float = 20.0
    ) -> None:
        self._folder = RunFolder(folder)
        self._stopped = stopped
        self._expect_within_s = expect_within_s
        self.cursor = {key: int(since.get(key, 0)) for key in ("events", "blocks", "outputs")}
        self.state = "detached"

    def __iter__(self) -> Iterator[Item]:
        if not self._folder.path.is_dir():
            raise CommandError(E_MISSING, "there is no run %s on this board" % self._folder.path.name)
        database = self._wait_for_recording()
        if database is None:
            yield from self._died()
            return
        try:
            yield from self._follow(database)
        finally:
            database.close()

    def _follow(self, database: sqlite3.Connection) -> Iterator[Item]:
        seen = None
        while not self._stopped():
            alive = self._folder.alive()  # asked before reading, so that nothing written last is missed
            (version,) = database.execute("PRAGMA data_version").fetchone()
            items = [] if version == seen else self._read(database)
            for item in items:
                yield item
                if item.event == "run_event" and item.data["kind"] == "run_ended":
                    self.state = str(item.data["data"].get("state"))
                    return
            if items:
                continue  # there may be more than one reading gives
            if not alive:
                yield from self._died()
                return
            seen = version
            time.sleep(POLL_S)

    def _died(self) -> Iterator[Item]:
        if self._stopped():
            return
        status = self._folder.read_status()
        self.state = "died" if status is None else str(status.get("state"))
        text = "the run's process died" if status is None else str(status.get("text"))
        yield Item("run_died", {"text": text, "state": self.state})

    def _wait_for_recording(self) -> Optional[sqlite3.Connection]:
        end_s = time.monotonic() + self._expect_within_s
        while not self._stopped():
            alive = self._folder.alive()
            database = _open(self._folder.live)
            if database is not None:
                return database
            ended = self._folder.read_status() is not None
            if ended or (not alive and time.monotonic() > end_s):
                return None
            time.sleep(POLL_S)
        return None

    def _read(self, database: sqlite3.Connection) -> List[Item]:
        """What one snapshot of the recording holds beyond the cursor, in the order in which it happened."""
        database.execute("BEGIN")
        try:
            outputs, blocks = self._outputs(database), self._blocks(database)
            horizon_ns = min(_horizon(outputs), _horizon(blocks))
            events = self._events(database, horizon_ns)
        finally:
            database.execute("COMMIT")
        # merged, not sorted: the ids of each table stay in their order, so that a cursor never leaves one out
        return [item for _, item in heapq.merge(outputs, blocks, events, key=lambda row: row[0])]

    def _events(self, database: sqlite3.Connection, horizon_ns: int) -> List[Tuple[int, Item]]:
        query = (
            "SELECT id, mono_ns, kind, data FROM events WHERE id > ? AND mono_ns <= ? AND kind != 'output' ORDER BY id"
        )
        rows = database.execute(query, (self.cursor["events"], horizon_ns)).fetchall()
        result = []
        for row_id, mono_ns, kind, data in rows:
            content = {"id": row_id, "mono_ns": mono_ns, "kind": kind, "data": json.loads(data)}
            result.append((mono_ns, Item("run_event", content)))
            self.cursor["events"] = row_id
        return result

    def _blocks(self, database: sqlite3.Connection) -> List[Tuple[int, Item]]:
        query = "SELECT id, stream, first_ns, last_ns, rows, columns, data FROM blocks WHERE id > ? ORDER BY id LIMIT ?"
        result = []
        for row in database.execute(query, (self.cursor["blocks"], ROWS_AT_ONCE)).fetchall():
            keys = ("id", "stream", "first_ns", "last_ns", "rows")
            content = dict(zip(keys, row), columns=json.loads(row[5]))
            result.append((row[3], Item("run_block", content, (row[6],))))
            self.cursor["blocks"] = row[0]
        return result

    def _outputs(self, database: sqlite3.Connection) -> List[Tuple[int, Item]]:
        query = "SELECT id, mono_ns, data FROM events WHERE id > ? AND kind = 'output' ORDER BY id LIMIT ?"
        rows = database.execute(query, (self.cursor["outputs"], ROWS_AT_ONCE)).fetchall()
        result: List[Tuple[int, Item]] = []
        if not rows:
            return result
        with self._folder.outputs.open("rb") as stream:
            for row_id, mono_ns, text in rows:
                output = json.loads(text)
                stream.seek(output["offset"])
                arrays = tuple(stream.read(size) for size in output["sizes"])
                content = {
                    "id": row_id,
                    "frame": output["frame"],
                    "shapes": output["shapes"],
                    "dtypes": output["dtypes"],
                }
                result.append((mono_ns, Item("run_output", content, arrays)))
                self.cursor["outputs"] = row_id
        return result


def _horizon(rows: List[Tuple[int, Item]]) -> int:
    """Events beyond this moment wait until the rows before it were fetched, so that the end comes last."""
    return rows[-1][0] if len(rows) == ROWS_AT_ONCE else _FAR_NS


def _open(path: Path) -> Optional[sqlite3.Connection]:
    """The recording, read only, once its tables are there."""
    if not path.exists():
        return None
    database = sqlite3.connect("file:%s?mode=ro" % _quoted(path), uri=True, timeout=30.0, isolation_level=None)
    try:
        database.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
    except sqlite3.OperationalError:
        database.close()
        return None
    return database


def _quoted(path: Path) -> str:
    return str(path.resolve()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
