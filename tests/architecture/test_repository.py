from __future__ import annotations

import re
import tomllib


def test_that_the_lock_pins_every_distribution_with_hashes(repository):
    lock = (repository / "requirements.lock").read_text()
    entries = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"(?m)^ *#.*\n", "", lock).strip())
    loose = [entry.splitlines()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry]
    assert not loose


def test_that_the_lock_names_no_address_and_no_folder(repository):
    lock = (repository / "requirements.lock").read_text()
    assert not re.findall(r"(?m)^.*(?:://|--index|--find-links|-e |(?<![\w.])/[a-z]+/).*$", lock)


def test_that_the_lock_holds_what_the_project_asks_for(repository):
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    locked = set(re.findall(r"(?m)^([a-z0-9-]+)==", (repository / "requirements.lock").read_text()))
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.sub(r"[._-]+", "-", re.split(r"[<>=!~; \[]", requirement)[0]).lower() for requirement in asked}
    assert names <= locked, f"run `make lock`: {sorted(names - locked)}"
