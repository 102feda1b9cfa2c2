"""What widgets need to look as in the window: a platform without display, and the bundled fonts."""

from __future__ import annotations

import os

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="session", autouse=True)
def fonts(qapp):
    """Make the bundled fonts known once."""
    from ui.theme.fonts import load_fonts

    load_fonts()
