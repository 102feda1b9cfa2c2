"""Files of a run's folder by the names that its record gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.base.errors import SlipwayError
from workbench.results.run_folder import inside


def test_that_a_file_of_the_folder_is_found_by_its_name(tmp_path: Path) -> None:
    assert inside(tmp_path, "overlays/00.jpg") == tmp_path / "overlays" / "00.jpg"


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../b", "link", "round", "a\0b"])
def test_that_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    (folder / "round").symlink_to("round")
    with pytest.raises(SlipwayError, match="which is outside"):
        inside(folder, name)
