from __future__ import annotations

import os
import time

import pytest

from workbench.base.errors import SlipwayError, UsageError
from workbench.jobs.reader import ProcessReader, ThreadReader
from workbench.session import Session


@pytest.fixture(params=["thread", "process"])
def session(request, slipway_home):
    slipway_home.mkdir()
    made = Session(slipway_home)
    made._reader = ThreadReader(made) if request.param == "thread" else ProcessReader(slipway_home)
    with made:
        yield made


def add(session: Session, a: int, *, b: int) -> tuple[int, str]:
    return a + b, str(session.home)


def refuse(session: Session) -> None:
    raise UsageError("this is refused", "Ask for something else.", "line 3")


def break_down(session: Session) -> None:
    raise ZeroDivisionError("by nothing")


def process_of(session: Session) -> int:
    return os.getpid()


def die(session: Session) -> None:
    os._exit(3)


def unpicklable(session: Session) -> object:
    return lambda: None


def slow(session: Session) -> float:
    deadline = time.monotonic() + 0.5
    while time.monotonic() < deadline:
        pass
    return 1.0


def test_that_a_query_is_answered_with_its_session(session, slipway_home):
    assert session.ask(add, 1, b=2).result(30) == (3, str(slipway_home))


def test_that_an_error_comes_with_its_words(session):
    with pytest.raises(SlipwayError) as caught:
        session.ask(refuse).result(30)
    assert (caught.value.summary, caught.value.hint, caught.value.detail) == (
        "this is refused",
        "Ask for something else.",
        "line 3",
    )


def test_that_a_defect_of_a_query_is_told_in_words_with_its_lines(session):
    with pytest.raises(SlipwayError, match="internal error in break_down: ZeroDivisionError") as caught:
        session.ask(break_down).result(30)
    assert "test_reader.py" in caught.value.detail


def test_that_several_questions_are_answered_in_any_order(session):
    futures = [session.ask(add, number, b=1) for number in range(50)]
    assert [future.result(30)[0] for future in futures] == list(range(1, 51))


@pytest.fixture
def apart(slipway_home):
    slipway_home.mkdir()
    with Session(slipway_home, reader=ProcessReader(slipway_home)) as made:
        yield made


def test_that_the_window_is_not_held_back_by_a_question(apart):
    assert apart.ask(process_of).result(30) != os.getpid()


def test_that_a_process_that_dies_fails_what_was_asked_and_is_started_anew(apart):
    first = apart.ask(process_of).result(30)
    with pytest.raises(SlipwayError, match="reads for the window ended"):
        apart.ask(die).result(30)
    deadline = time.monotonic() + 30
    while True:
        try:
            second = apart.ask(process_of).result(30)
        except SlipwayError:
            assert time.monotonic() < deadline
            continue
        break
    assert second != first


def test_that_an_answer_that_cannot_be_handed_on_is_an_error_and_no_silence(apart):
    with pytest.raises(SlipwayError, match="cannot be handed on"):
        apart.ask(unpicklable).result(30)


def test_that_a_slow_question_does_not_hold_back_a_quick_one(apart):
    apart.ask(process_of).result(30)
    late, quick = apart.ask(slow), apart.ask(process_of)
    quick.result(30)
    assert not late.done()
    late.result(30)


def test_that_a_closed_session_answers_nothing(slipway_home):
    slipway_home.mkdir()
    reader = ProcessReader(slipway_home)
    with Session(slipway_home, reader=reader):
        pass
    with pytest.raises(SlipwayError, match="closed"):
        reader.ask(process_of, (), {})
