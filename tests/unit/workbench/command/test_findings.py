from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from workbench import cli

EXAMPLE = Path(__file__).parents[4] / "resources" / "example"


@pytest.fixture
def project(tmp_path: Path) -> str:
    for name in ("deployment.yaml", "deployment_tests.yaml"):
        shutil.copy(EXAMPLE / name, tmp_path)
    return str(tmp_path)


def test_that_findings_are_added_listed_and_closed_by_the_command(project: str, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["findings", "list", project]) == 0
    assert capsys.readouterr().out.strip() == "no finding is open"
    requirement = "MLE-DEPLOY-EXAMPLE/latency"
    assert cli.main(["findings", "add", project, "it flickers", "--at", "2.5", "--requirement", requirement]) == 0
    assert capsys.readouterr().out.strip() == f"F-1 is open (at 2.5 s, {requirement})"
    assert cli.main(["findings", "close", project, "F-1", "mended"]) == 0
    capsys.readouterr()
    assert cli.main(["findings", "list", project, "--all", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["result"]
    assert (row["state"], row["closed_text"]) == ("closed", "mended")


def test_that_a_finding_that_is_not_there_is_wrong_use(project: str, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["findings", "close", project, "F-9"]) == 2
    assert "no finding is called F-9" in capsys.readouterr().err


def test_that_a_finding_is_edited_by_the_command(project: str, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["findings", "add", project, "it flickers", "--at", "2.5"]) == 0
    assert cli.main(["findings", "edit", project, "F-1", "it flickers at night"]) == 0
    capsys.readouterr()
    assert cli.main(["findings", "list", project, "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["result"]
    assert (row["text"], row["t_s"]) == ("it flickers at night", 2.5)
