"""Whether this machine reaches a package index: asked only once pip failed, for a failure may have other causes."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import pytest

QUESTION = ("index", "versions", "pip", "--retries", "1", "--timeout", "10", "--disable-pip-version-check")


def skip_without_index(why: str) -> None:
    """Skip the test where no index answers; one that does has what is pinned, and pip failed for another reason."""
    if not index_answers():
        pytest.skip(f"no package index can be reached: {why}")


@cache
def index_answers() -> bool:
    """Whether pip, as it is set on this machine, is told of any version of itself."""
    argv = [sys.executable, "-I", "-m", "pip", *QUESTION]
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0
