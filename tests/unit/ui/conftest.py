"""The window of these tests."""

from tests.window_lab.fixtures import (
    finished,
    no_stalls,
    nothing_of_qt_left,
    place,
    project_window,
    qapp,
    session,
    window,
)

__all__ = ["finished", "no_stalls", "nothing_of_qt_left", "place", "project_window", "qapp", "session", "window"]
