"""The inbox of a request: order, and bounds in number and weight."""

from __future__ import annotations

import threading

from targets.agent.protocol import Message
from targets.inbox import MAX_MESSAGES, MAX_WEIGHT_BYTES, Inbox


def test_that_messages_come_in_their_order_and_none_where_there_is_none() -> None:
    inbox = Inbox()
    for number in range(3):
        assert inbox.put(Message({"id": number}, (), 10), 0)
    assert [inbox.get(0) for _ in range(4)] == [*(Message({"id": n}, (), 10) for n in range(3)), None]


def test_that_no_more_than_a_number_of_messages_waits() -> None:
    inbox = Inbox()
    assert all(inbox.put(Message({}, (), 2), 0) for _ in range(MAX_MESSAGES))
    assert not inbox.put(Message({}, (), 2), 0)


def test_that_large_messages_wait_outside_unless_they_come_alone() -> None:
    inbox = Inbox()
    large = Message({}, (), MAX_WEIGHT_BYTES // 32 + 1)
    assert inbox.put(large, 0)
    assert not inbox.put(Message({}, (), 2), 0)
    assert inbox.get(0) == large
    assert inbox.put(Message({}, (bytes(1000),), 2), 0)
    assert not inbox.put(large, 0)


def test_that_who_waits_for_room_is_let_in_as_soon_as_there_is_some() -> None:
    inbox = Inbox()
    inbox.put(Message({}, (), MAX_WEIGHT_BYTES), 0)
    let_in: list[bool] = []
    waiting = threading.Thread(target=lambda: let_in.append(inbox.put(Message({"id": 1}, (), 2), 20)))
    waiting.start()
    inbox.get(0)
    waiting.join()
    assert let_in == [True]
    assert inbox.get(0) == Message({"id": 1}, (), 2)
