"""The hosts of an SSH configuration, for a choice."""

from __future__ import annotations

from pathlib import Path

import pytest

from targets.ssh.aliases import list_aliases


def test_that_names_are_listed_and_patterns_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert list_aliases() == ()
    folder = tmp_path / ".ssh"
    (folder / "config.d").mkdir(parents=True)
    (folder / "config").write_text(
        "Include config.d/*\n# Host not-this\nHost rig-1 *.lab rig-2\n  HostName 10.0.0.1\nHost *\n  User me\n"
        "host = rig-3\nHost !rig-4\nInclude ~/.ssh/more\n"
    )
    (folder / "config.d" / "lab").write_text("Host bastion\n  HostName b\nInclude loop\n")
    (folder / "more").write_text("Host rig-1 last\nInclude config\n")
    assert list_aliases() == ("bastion", "rig-1", "rig-2", "rig-3", "last")
