"""The inside of the reader's process: calls queries with a session of its own and sends back what they return."""

from __future__ import annotations

import contextlib
import importlib
import pickle
import signal
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from workbench.base.errors import Fault, SlipwayError
from workbench.base.events import ErrorText

if TYPE_CHECKING:
    from workbench.session import Session

T = TypeVar("T")
THREADS = 3
"""Queries answered at once: a slow picture does not hold back a table."""


@dataclass(frozen=True)
class Asked:
    """One query on its way."""

    number: int
    query: Callable[..., object]
    arguments: tuple[Any, ...]
    named: dict[str, Any]


@dataclass(frozen=True)
class Told:
    """One answer on its way back."""

    number: int
    value: object = None
    error: ErrorText | None = None


def answer(query: Callable[..., T], session: Session, arguments: tuple[Any, ...], named: dict[str, Any]) -> T:
    """What the query returns.

    Raises:
        SlipwayError: the query's own, or a defect of it in words.
    """
    try:
        return query(session, *arguments, **named)
    except SlipwayError:
        raise
    except Exception as error:  # boundary: reader
        name = getattr(query, "__name__", "a query")
        raise SlipwayError(
            f"internal error in {name}: {type(error).__name__}: {error}".rstrip(": "),
            "This is a defect of Slipway. Please report it with the lines below.",
            "".join(traceback.format_exception(error)).rstrip(),
            Fault.INTERNAL,
        ) from error


def serve(connection: Connection, home: Path, preload: tuple[str, ...]) -> None:
    """Answer until the window says that it is enough, or has gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the window stops us, not a key in the terminal
    for name in preload:
        with contextlib.suppress(ImportError):  # whoever needs it says so better
            importlib.import_module(name)
    from workbench.session import Session

    sending = threading.Lock()
    with (
        Session(home, forgiving=True) as session,
        ThreadPoolExecutor(THREADS, thread_name_prefix="slipway-reader") as pool,
    ):
        with contextlib.suppress(EOFError, OSError):
            while (asked := connection.recv()) is not None:
                pool.submit(_answer_one, asked, session, connection, sending)
        pool.shutdown(cancel_futures=True)


def _answer_one(asked: Asked, session: Session, connection: Connection, sending: threading.Lock) -> None:
    told = _tell(asked, session)
    with sending, contextlib.suppress(OSError):
        connection.send_bytes(told)


def _tell(asked: Asked, session: Session) -> bytes:
    """The answer as bytes; one that cannot be pickled is a defect in words, not a silence."""
    try:
        return pickle.dumps(Told(asked.number, answer(asked.query, session, asked.arguments, asked.named)))
    except SlipwayError as error:
        return pickle.dumps(Told(asked.number, error=ErrorText.of(error)))
    except (pickle.PickleError, TypeError, AttributeError, RecursionError) as error:
        text = ErrorText(f"the answer cannot be handed on: {error}", "This is a defect of Slipway; please report it.")
        return pickle.dumps(Told(asked.number, error=text))
