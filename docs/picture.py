"""Takes the README's picture of a report: `python docs/picture.py REPORT.html docs/report.png` (needs Chromium)."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SIZE = "1180,1400"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
)


def main(report: Path, picture: Path) -> int:
    """Render the first screen of a report."""
    browser = next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )
    if browser is None:
        sys.stderr.write("no Chromium on PATH: install it, for instance `apt-get install chromium`\n")
        return 2
    with tempfile.TemporaryDirectory() as profile:
        argv = [
            browser,
            *FLAGS,
            f"--user-data-dir={profile}",
            f"--window-size={SIZE}",
            f"--screenshot={picture.resolve()}",
        ]
        return subprocess.run(
            [*argv, report.resolve().as_uri()], check=False, capture_output=True, timeout=120
        ).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
