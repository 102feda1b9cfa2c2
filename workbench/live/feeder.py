"""Brings segments of a source to the board ahead of what it plays, and takes back those that it has no room for."""

from __future__ import annotations

import threading
from collections.abc import Callable

from targets.agent_client import AgentClient
from targets.push import push_blobs
from workbench.base.cancel import CancelToken
from workbench.base.errors import Cancelled, SlipwayError
from workbench.live.segments import Segment, Segments

BOARD_BYTES = 1 << 30
"""What a source may take on a board; a longer one is sent as it is played."""
KEPT_BYTES = 256 << 20
"""What a source may leave on a board for the next time."""
AHEAD = 6
"""Segments that are sent ahead of a source that does not fit."""
LOOK_S = 0.1


class Feeder:
    """One thread from `start` to `stop`.

    Args:
        segments: of the source.
        client: the board's agent.
        free_bytes: what the board's disk has; None is unknown.
    """

    def __init__(self, segments: Segments, client: AgentClient, free_bytes: int | None) -> None:
        room = BOARD_BYTES if free_bytes is None else min(BOARD_BYTES, free_bytes // 4)
        self.fits = segments.total_bytes <= room
        self._segments, self._client, self._run = segments, client, ""
        self._at = 0
        self._there: dict[int, Segment] = {}
        self._sent: set[str] = set()
        """Of all that may be on the board, wholly arrived or not."""
        self._stop = CancelToken()
        self._thread = threading.Thread(target=self._work, name="live feeder", daemon=True)
        self.trouble: SlipwayError | None = None
        """Why it ended before it was stopped."""

    def first(self, progress: Callable[[int, int], None], cancel: CancelToken) -> Segment:
        """Bring the first segment, so that the run can begin."""
        segment = self._segments.segment(0)
        self._sent.add(segment.sha256)
        push_blobs(self._client, {segment.sha256: segment.path}, cancel, progress)
        self._there[0] = segment
        return segment

    def start(self, run: str) -> None:
        """Go on in a thread; the run is told of each segment that arrived."""
        self._run = run
        if self._segments.count > 1:
            self._thread.start()

    def stop(self) -> None:
        """End the thread; what is on its way is given up."""
        self._stop.request()
        self._stop.request()
        if self._thread.ident is not None:
            self._thread.join()

    def went_to(self, index: int) -> None:
        """Where the board is in the source; any thread."""
        self._at = index

    def left_behind(self) -> tuple[str, ...]:
        """sha256 of what a large source left on the board, to be removed after the run."""
        small = self.fits and self._segments.total_bytes <= KEPT_BYTES
        return () if small else tuple(self._sent)

    def _work(self) -> None:
        try:
            while not self._stop.cancelled:
                missing = self._next_missing()
                if missing is None:
                    if self.fits and len(self._there) == self._segments.count:
                        return
                    self._stop.wait(LOOK_S)
                    continue
                self._bring(missing)
                self._make_room()
        except Cancelled:
            return
        except SlipwayError as error:
            self.trouble = error

    def _wanted(self) -> list[int]:
        count, now = self._segments.count, self._at // self._segments.each
        ahead = count if self.fits else min(count, AHEAD)
        return [(now + step) % count for step in range(ahead)]

    def _next_missing(self) -> int | None:
        return next((place for place in self._wanted() if place not in self._there), None)

    def _bring(self, place: int) -> None:
        segment = self._segments.segment(place)
        self._sent.add(segment.sha256)
        push_blobs(self._client, {segment.sha256: segment.path}, self._stop)
        message = {"tell": "pack", "place": place, "sha256": segment.sha256, "count": segment.frames}
        self._client.tell_run(self._run, message)
        self._there[place] = segment

    def _make_room(self) -> None:
        if self.fits:
            return
        wanted = set(self._wanted())
        for place in [place for place in self._there if place not in wanted]:
            segment = self._there.pop(place)
            self._client.tell_run(self._run, {"tell": "drop", "place": place})
            if segment.sha256 not in {item.sha256 for item in self._there.values()}:
                self._client.forget([segment.sha256])
                self._sent.discard(segment.sha256)
            self._segments.discard(place)
