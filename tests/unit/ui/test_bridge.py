from __future__ import annotations

from concurrent.futures import Future

from PySide6.QtCore import QTimer

from ui.bridge import Answer
from workbench.session import Session


def length(session: Session, text: str) -> int:
    return len(text)


def test_that_answers_come_in_the_ui_thread_and_in_order(window, qtbot):
    got: list[int] = []
    for text in ("a", "bb", "ccc"):
        window.bridge.ask(length, text).then(got.append)
    qtbot.waitUntil(lambda: got == [1, 2, 3])


def test_that_an_answer_that_was_dropped_is_not_given(window, qtbot):
    got: list[int] = []
    window.bridge.ask(length, "a").then(got.append).drop()
    window.bridge.ask(length, "bb").then(got.append)
    qtbot.waitUntil(lambda: got == [2])


def test_that_answers_that_came_together_leave_room_for_others_between_them(window, qtbot):
    qtbot.waitUntil(lambda: not window.bridge.waits)
    seen: list[int] = []
    turns = 0

    def tick() -> None:
        nonlocal turns
        turns += 1

    timer = QTimer()
    timer.timeout.connect(tick)
    timer.start(0)
    for _ in range(3):
        future: Future[int] = Future()
        future.set_result(1)
        window.bridge._pending += 1
        window.bridge._on_answered((Answer(window.bridge).then(lambda _value: seen.append(turns)), future))
    assert seen == []
    qtbot.waitUntil(lambda: len(seen) == 3)
    timer.stop()
    assert seen[0] < seen[1] < seen[2]
