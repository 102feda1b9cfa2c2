"""What a run knows of its live phase beyond its worker's life: where it is, what lies on the board, how it goes on."""

from __future__ import annotations

import threading
from typing import Any, Callable, Dict, Optional, Tuple

from .live_plan import Live, LivePack


class LiveState:
    """Any thread may call any method."""

    def __init__(self, live: Live, blobs: str) -> None:
        self._live, self._blobs = live, blobs
        self._lock = threading.Lock()
        self._packs: Dict[int, LivePack] = dict(enumerate(live.source.packs))
        self._rate, self._fps = live.rate, live.fps
        self._next_id = self._at = 0
        self._steps = 0
        """Asked for before there was a worker to play them."""
        self._worker: Optional[Callable[[Dict[str, Any]], None]] = None

    def arguments(self, labels: Tuple[int, int, int], tell: Callable[[Dict[str, Any]], None]) -> Dict[str, Any]:
        """What the next worker is asked to play; what is told from now on reaches it through `tell`."""
        with self._lock:
            self._worker = tell
            steps, self._steps = self._steps, 0
            begin = {
                "labels": labels,
                "next_id": self._next_id,
                "at": self._at,
                "rate": self._rate,
                "fps": self._fps,
                "steps": steps,
                "packs": [[place, *pack] for place, pack in sorted(self._packs.items())],
            }
        source = dict(self._live.source._asdict(), packs=())
        return {"live": dict(self._live._asdict(), source=source), "begin": begin, "blobs": self._blobs}

    def took(self, data: Dict[str, Any]) -> None:
        """Where a worker is, as it says itself."""
        with self._lock:
            self._next_id, self._at = int(data["next_id"]), int(data["at"])

    def take(self, message: Dict[str, Any]) -> None:
        """A message of `live_plan.check_message`: keep what the next worker has to know, and hand it on."""
        with self._lock:
            tell, place = message.get("tell"), message.get("place")
            if tell == "rate":
                self._rate, self._fps = message["rate"], message.get("fps") or self._fps
            elif tell == "pack":
                self._packs[int(str(place))] = LivePack(message["sha256"], message["count"])
            elif tell == "drop":
                self._packs.pop(int(str(place)), None)
            worker = self._worker
            if tell == "step" and worker is None:
                self._steps += int(message["count"])
        if worker is not None:
            worker(message)
