"""The fixtures that fail tests for what they leave behind are checks, so they are shown to fail."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

LEFT_BEHIND = {
    "a_warning_in_the_log": """
        import logging
        logging.getLogger("workbench.x").warning("the fan is loud")
    """,
    "an_error_in_the_log": """
        import logging
        logging.getLogger().error("the fan is gone")
    """,
    "a_thread": """
        import threading, time
        threading.Thread(target=time.sleep, args=(3,)).start()
    """,
    "a_child": """
        import subprocess, sys
        global child
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    """,
    "an_orphan": """
        import subprocess, sys
        code = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
        subprocess.run([sys.executable, "-c", code], check=True, start_new_session=True)
    """,
    "a_warning": """
        import warnings
        warnings.warn("old", DeprecationWarning)
    """,
    "an_open_file": """
        open(__file__)
    """,
}
HARMLESS = {
    "joined_and_waited_for": """
        import logging, subprocess, sys, threading
        logging.getLogger("workbench.x").info("all is well")
        thread = threading.Thread(target=print)
        thread.start()
        thread.join()
        subprocess.run([sys.executable, "-c", ""], check=True)
    """,
    "an_allowed_warning": LEFT_BEHIND["a_warning_in_the_log"],
}


@pytest.fixture(scope="module")
def noticed(repository, tmp_path_factory):
    """Names of the tests above that did not pass under the repository's own conftest and settings."""
    folder = tmp_path_factory.mktemp("leaks")
    shutil.copy(repository / "tests" / "conftest.py", folder)
    shutil.copy(repository / "pyproject.toml", folder)
    bodies = {**LEFT_BEHIND, **HARMLESS}
    marks = {"an_allowed_warning": "@pytest.mark.allow_warnings"}
    tests = [f"{marks.get(name, '')}\ndef test_{name}():{body}" for name, body in bodies.items()]
    (folder / "test_all.py").write_text("import pytest\n" + "\n".join(tests))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rfE", "test_all.py"],
        cwd=folder,
        env={**os.environ, "SLIPWAY_TEST_SETTLE_S": "0.3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return set(re.findall(r"^(?:ERROR|FAILED) test_all\.py::test_(\w+)", done.stdout, re.MULTILINE))


@pytest.mark.parametrize("what", LEFT_BEHIND)
def test_that_a_test_fails_that_leaves_behind(noticed, what):
    assert what in noticed


@pytest.mark.parametrize("what", HARMLESS)
def test_that_a_test_passes_that_leaves_nothing_behind(noticed, what):
    assert what not in noticed
