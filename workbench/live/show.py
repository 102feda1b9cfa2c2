"""A live run while it plays: hears the board, tells a window 25 times a second, and does what it is told."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from targets.board_values import number
from workbench.base.cancel import CancelToken
from workbench.base.errors import BoardError, Cancelled, SlipwayError, UsageError
from workbench.base.events import Level
from workbench.base.live import LIVE_COLUMNS, NOT_MEASURED, LiveBatch, LiveMark
from workbench.evaluate.wording import count
from workbench.live.boxes import LEAST_CONFIDENCE, MOST_CONFIDENCE
from workbench.live.budgets import budgets_of
from workbench.live.feed import parse_rows
from workbench.live.figures import Figures, make_tiles
from workbench.live.marks import mark_of, refusal_of
from workbench.live.reference import LiveReference, Pixels
from workbench.live.shower import ReferenceDesk, Shower, Told
from workbench.live.state import LiveState, Pending, convert, frame_columns, telemetry_columns
from workbench.orders.live import RATES, Mark, SetConfidence, SetRate, Step
from workbench.telemetry.events_file import KeptMark
from workbench.verify.told import texts_of

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext
    from workbench.live.play import Playing

BATCH_S: Final = 0.04
SILENT_S: Final = 1.0
"""Nothing heard for so long is a gap: a board that plays says something twice a second."""
AHEAD_FRAMES: Final = 90
"""So far ahead of the board the reference looks."""
TILES_EVERY_S: Final = 0.2
LAST_LINES: Final = 20
KEPT_FAILURES: Final = 5
MOST_WORDS: Final = 500


class Show:
    """One live run; its job's thread calls `play`."""

    def __init__(self, playing: Playing, context: JobContext) -> None:
        self._playing, self._context = playing, context
        self._client = playing.held.client
        self._figures = Figures()
        self._budgets = budgets_of(playing.project.requirements)
        self._heard_s = time.monotonic()
        self._gap_from_s: float | None = None
        self._rate = playing.order.rate
        self._detach = CancelToken()
        self._ended: tuple[str, str] | None = None
        self._trouble: SlipwayError | None = None
        self._listener = threading.Thread(target=self._listen, name="live listener", daemon=True)
        self._reference = self._make_reference()
        self._state = LiveState(self._boxes_came, self._went_to)
        self._shower = self._make_shower()
        self._tiles = make_tiles({}, self._budgets)
        self._tiles_s = 0.0
        self._failures: list[str] = []
        self._refusal: tuple[str, str] | None = None
        """What the board refused, and what to do."""
        self.marks: list[KeptMark] = []
        """What the board does not know of: marks of a person, gaps of the link."""
        self.ended_by = "it ended"
        """Why it ended, in words."""

    @property
    def zero_ns(self) -> int | None:
        """What all that is told counts from, by the board's clock; None before anything was heard."""
        return self._state.started_ns

    def play(self) -> None:
        """Play until somebody stops it, its time is up, or it ends by itself.

        Raises:
            LinkLost: the outcome is unknown.
            SlipwayError: it failed.
        """
        playing = self._playing
        self._client.start_run(playing.folder.id, playing.plan, CancelToken())
        self._listener.start()
        try:
            if playing.feeder is not None:
                playing.feeder.start(playing.folder.id)
            if self._reference is not None:
                self._reference.start()
            self._shower.start(playing.confidence)
            self._go_on()
            self._stop_run()
        finally:
            self._end_threads()
        if self._trouble is not None:
            raise self._trouble
        state, text = self._ended or ("died", "")
        if state != "stopped":
            self._tell_events(self._state.take_pending())
            raise self._failure(text or state)

    def _failure(self, text: str) -> BoardError:
        """What is said of a run that ended by itself: the board's own words where it refused."""
        name, detail = self._playing.held.name, "\n".join(self._failures)
        if self._refusal is not None:
            return BoardError(f"{name}: {self._refusal[0]}", self._refusal[1], detail)
        why = self._failures[-1].splitlines()[0] if self._failures else text
        hint = "What it recorded until then is kept; what its processes said is below."
        return BoardError(f"the live run on {name} failed: {why}", hint, detail)

    def _go_on(self) -> None:
        order, began_s = self._playing.order, time.monotonic()
        next_s = began_s
        while self._ended is None and self._trouble is None:
            if self._context.cancel.cancelled:
                self.ended_by = "it was stopped"
                return
            if order.seconds is not None and self._state.played_s() >= order.seconds:
                self.ended_by = f"its {order.seconds:g} s were over"
                return
            self._take_messages(next_s)
            self._look_for_trouble()
            self._publish("")
            next_s = max(next_s + BATCH_S, time.monotonic())

    def _played_s(self) -> float:
        return self._state.seconds(self._state.newest_ns)

    def _stop_run(self) -> None:
        """Let it end, and hear its last words."""
        if self._ended is None and self._trouble is None:
            self._publish("stopping")
            self._client.stop_run(self._playing.folder.id)
        while self._listener.is_alive() and not self._context.cancel.urgent:
            self._listener.join(0.05)
            self._publish("stopping")

    def _end_threads(self) -> None:
        self._detach.request()
        if self._playing.feeder is not None:
            self._playing.feeder.stop()
        if self._reference is not None:
            self._reference.stop()
        self._shower.stop()
        if self._context.cancel.urgent:
            self._detach.request()
        self._listener.join()

    def _listen(self) -> None:
        try:
            self._ended = self._client.live(self._playing.folder.id, self._take, self._detach)
        except Cancelled:
            return
        except SlipwayError as error:
            self._trouble = error

    def _take(self, name: str, data: dict[str, Any], attachments: tuple[bytes, ...]) -> None:
        """Everything that the run tells, in the listener's thread."""
        self._heard_s = time.monotonic()
        if name == "live":
            self._state.take_rows(parse_rows(data, attachments))
        elif name in {"telemetry", "event"}:
            moment = data.get("mono_ns")
            content = data.get("values" if name == "telemetry" else "data")
            if type(moment) is not int or not isinstance(content, dict):
                raise BoardError("the board sent a sample that cannot be read", "Ship the agent again.")
            if name == "telemetry":
                known = {str(key): number(value) for key, value in content.items()}
                self._state.take_telemetry(moment, {key: value for key, value in known.items() if value is not None})
            else:
                self._state.take_event(moment, str(data.get("kind"))[:100], content)

    def _boxes_came(self, frame_id: int) -> None:
        self._shower.frame_came(frame_id)

    def _went_to(self, at: int) -> None:
        if self._playing.feeder is not None:
            self._playing.feeder.went_to(at)

    def _take_messages(self, until_s: float) -> None:
        """Do what is told, until the next batch is due."""
        while True:
            left_s = until_s - time.monotonic()
            try:
                message = self._context.messages.get(timeout=max(0.0, left_s)) if left_s > 0 else None
                message = message if message is not None else self._context.messages.get_nowait()
            except queue.Empty:
                return
            self._obey(message)

    def _obey(self, message: object) -> None:
        if isinstance(message, SetConfidence):
            confidence = min(max(message.confidence, LEAST_CONFIDENCE), MOST_CONFIDENCE)
            self._shower.show_again(confidence, message.frame_id)
        elif isinstance(message, SetRate):
            self._set_rate(message)
        elif isinstance(message, Step):
            self._tell({"tell": "step", "count": max(1, int(message.count))})
        elif isinstance(message, Mark):
            moment_s = self._now_s() if message.t_s is None else message.t_s
            self._keep(KeptMark("finding", moment_s, message.text[:MOST_WORDS]))
        else:
            self._context.log(Level.WARNING, f"a live run takes no {type(message).__name__}")

    def _set_rate(self, message: SetRate) -> None:
        if message.rate not in RATES:
            self._context.log(Level.WARNING, f"there is no rate {message.rate!r}")
            return
        fps = {} if message.fps is None else {"fps": message.fps}
        self._tell({"tell": "rate", "rate": message.rate, **fps})
        if message.rate != self._rate:
            self._keep(KeptMark("rate", self._now_s(), f"rate {message.rate}"))
        self._rate = message.rate

    def _tell(self, message: Mapping[str, Any]) -> None:
        try:
            self._client.tell_run(self._playing.folder.id, message)
        except UsageError as error:
            self._context.log(Level.WARNING, error.summary)

    def _look_for_trouble(self) -> None:
        feeder, reference = self._playing.feeder, self._reference
        if feeder is not None and feeder.trouble is not None:
            raise feeder.trouble
        if self._shower.trouble is not None:
            raise self._shower.trouble
        if reference is not None and reference.trouble is not None:
            self._context.log(Level.WARNING, f"there is no reference any more: {reference.trouble.summary}")
            self._reference = None
        self._look_for_gap()

    def _look_for_gap(self) -> None:
        """A board that plays says something all the time: silence is the link's."""
        silent = time.monotonic() - self._heard_s > SILENT_S
        if silent and self._gap_from_s is None:
            self._gap_from_s = self._played_s()
        elif not silent and self._gap_from_s is not None:
            begin_s, self._gap_from_s = self._gap_from_s, None
            text = f"nothing came over the link for {self._now_s() - begin_s:.1f} s"
            self._keep(KeptMark("gap", begin_s, text, self._now_s()))

    def _keep(self, mark: KeptMark) -> None:
        """Tell of it, and keep it for the record."""
        self.marks.append(mark)
        self._context.publish(LiveMark(self._context.job_id, mark.kind, mark.t_s, mark.text, mark.until_s))

    def _publish(self, state: str) -> None:
        pending = self._state.take_pending()
        self._tell_events(pending)
        tables = self._tables(pending)
        text = self._state_text(state)
        self._context.publish(
            LiveBatch(
                job_id=self._context.job_id,
                run=self._playing.folder.id,
                tables=tables,
                tiles=self._tiles,
                t_s=self._played_s(),
                frame_id=self._state.newest_id,
                frames=self._state.frames,
                fps=self._figures.fps(),
                age_ms=self._newest_age_ms(pending),
                age_p99_ms=self._figures.age_p99_ms(),
                dropped=self._state.dropped,
                lost=self._state.left_out,
                errors=self._state.errors,
                link_ms=self._link_ms(),
                reference_ready=self._shower.ready,
                reference_pending=self._shower.pending,
                state=text[0],
                state_text=text[1],
            )
        )
        self._context.progress(self._share(), self._words())

    def _words(self) -> str:
        """One line of progress."""
        fps, p50, p99 = self._figures.fps(), self._figures.percentile_ms(0.5), self._figures.percentile_ms(0.99)
        parts = [count(self._state.frames, "frame"), f"{self._state.dropped} dropped"]
        if fps is not None and p50 is not None and p99 is not None:
            parts += [f"{fps:.0f} fps", f"latency p50 {p50:.1f} ms, p99 {p99:.1f} ms"]
        return f"{', '.join(parts)} (not evidence)"

    def _tables(self, pending: Pending) -> dict[str, dict[str, tuple[float, ...]]]:
        frames = frame_columns(pending.frames, self._state)
        telemetry = telemetry_columns(pending.telemetry, self._state)
        if frames:
            self._figures.add_frames(frames["t_s"], frames["latency_ms"])
        if telemetry:
            self._figures.add_telemetry(convert(pending.telemetry[-1][1]))
        self._note_ages(pending)
        self._figures.go_on(self._played_s())
        if time.monotonic() - self._tiles_s >= TILES_EVERY_S:
            self._tiles, self._tiles_s = make_tiles(self._figures.values(), self._budgets), time.monotonic()
        tables = {"frames": frames, "telemetry": telemetry, "figures": self._figure_row() if frames else {}}
        return {name: columns for name, columns in tables.items() if columns}

    def _figure_row(self) -> dict[str, tuple[float, ...]]:
        found = self._figures
        values = (
            self._played_s(),
            found.percentile_ms(0.5),
            found.percentile_ms(0.99),
            found.fps(),
            self._age_ms(self._state.newest_ns),
        )
        filled = (NOT_MEASURED if value is None else value for value in values)
        return {name: (value,) for name, value in zip(LIVE_COLUMNS["figures"], filled, strict=True)}

    def _note_ages(self, pending: Pending) -> None:
        moments = [int(moment) for table in pending.frames for moment in table["mono_ns"]]
        ages = [self._age_ms(moment) for moment in moments]
        self._figures.add_ages(self._played_s(), [age for age in ages if age is not None])

    def _newest_age_ms(self, pending: Pending) -> float | None:
        """Of the newest frame of this batch; None where it has none."""
        if not pending.frames:
            return None
        return self._age_ms(int(pending.frames[-1]["mono_ns"][-1]))

    def _tell_events(self, pending: Pending) -> None:
        for mono_ns, kind, data in pending.events:
            told = mark_of(kind, data)
            if told is not None:
                self._mark(told[0], self._state.seconds(mono_ns), told[1])
            self._note_failure(kind, data)

    def _note_failure(self, kind: str, data: Mapping[str, Any]) -> None:
        """Keep the words of what went wrong, for the log and for the error at the end."""
        if kind == "worker_crashed":
            lines = texts_of(data.get("lines"), LAST_LINES)
            self._failures.append("\n".join([f"the engine's process died ({data.get('exit')})", *lines]))
            self._context.log(Level.WARNING, f"the engine's process died ({data.get('exit')}); another one goes on")
        elif kind == "phase_ended" and data.get("state") == "failed":
            self._failures.append(str(data.get("text"))[:1000])
        elif kind == "start_refused":
            self._refusal, detail = refusal_of(data.get("error"))
            self._failures += [detail] if detail else []
        del self._failures[:-KEPT_FAILURES]

    def _mark(self, kind: str, t_s: float, text: str) -> None:
        self._context.publish(LiveMark(self._context.job_id, kind, t_s, text))

    def _age_ms(self, mono_ns: int) -> float | None:
        clock = self._client.clock
        return None if clock is None else (time.monotonic_ns() + clock.offset_ns - mono_ns) / 1e6

    def _now_s(self) -> float:
        """The present moment on the run's axis."""
        age_ms = self._age_ms(self._state.newest_ns)
        return self._played_s() + (age_ms or 0.0) / 1e3

    def _link_ms(self) -> float | None:
        clock = self._client.clock
        return None if clock is None else clock.round_trip_ns / 1e6

    def _share(self) -> float | None:
        seconds = self._playing.order.seconds
        return None if seconds is None else min(1.0, self._state.played_s() / seconds)

    def _state_text(self, state: str) -> tuple[str, str]:
        if state == "stopping":
            return state, "Stopping"
        if self._gap_from_s is not None:
            return "waiting", "Nothing comes over the link"
        waiting = self._state.waiting
        if waiting == "start" and not self._state.frames:
            return "starting", "The board loads the engine"
        if waiting == "step":
            return "waiting", "Waits for a step"
        if waiting == "frames":
            return "waiting", "Waits for frames"
        return "playing", "Playing"

    def _make_reference(self) -> LiveReference | None:
        playing = self._playing
        if not playing.order.reference or playing.chosen.no_reference:
            return None
        cache = playing.project.layout.cache
        return LiveReference(playing.chosen.detector, cache, self._provide, self._coming, self._reference_came)

    def _reference_came(self, name: str) -> None:
        self._shower.reference_came(name)

    def _make_shower(self) -> Shower:
        playing = self._playing
        off = playing.chosen.no_reference or ("" if playing.order.reference else "The reference is off")
        told = Told(
            job_id=self._context.job_id,
            source=playing.source,
            class_names=playing.chosen.detector.class_names,
            show_pictures=playing.order.show,
            period_s=1.0 / playing.order.show_hz,
        )
        reference = self._reference
        desk = ReferenceDesk((lambda _name: None) if reference is None else reference.of, off)
        return Shower(told, self._state, playing.segments, desk, self._age_ms, self._context.publish)

    def _provide(self, name: str) -> Pixels | None:
        """The pixels of a frame that the reference looks at."""
        segments = self._playing.segments
        if segments is None:
            return self._exact(name)
        sha256, _, at = name.partition("/")
        found = segments.by_sha256(sha256)
        fitted = None if found is None else segments.fitted(found.place * segments.each + int(at))
        return None if fitted is None else fitted[0]

    def _exact(self, name: str) -> Pixels | None:
        import numpy as np

        picture = self._state.exact(name)
        fitting = self._playing.chosen.detector.fitting
        if picture is None or len(picture.data) != fitting.width * fitting.height * 3:
            return None
        return np.frombuffer(picture.data, np.uint8).reshape(fitting.height, fitting.width, 3)

    def _coming(self) -> list[str]:
        """Frames that the board will play soon, as far as they are at hand."""
        segments = self._playing.segments
        if segments is None:
            return []
        places: Sequence[int] = range(self._state.at, self._state.at + min(AHEAD_FRAMES, segments.source.total))
        found = (segments.known(index % segments.source.total) for index in places)
        return [f"{item[0].sha256}/{item[1]}" for item in found if item is not None]
