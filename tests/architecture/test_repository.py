from __future__ import annotations

import re
import sys
import tomllib
from importlib import metadata

from tests.architecture.test_arrows import imports, top


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


def test_that_every_library_that_is_imported_is_asked_for(repository, house):
    """What only happens to be there because another library wants it may be gone with the next lock."""
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    named = [*project["dependencies"], *project["optional-dependencies"]["gui"]]
    asked = {re.sub(r"[._]+", "-", re.split(r"[<>=!~; ]", name)[0]).lower() for name in named}
    asked.add("shiboken6")  # PySide6's own other half, of the same version
    ours = {"ui", "workbench", "projects", "targets", "resources"}
    distributions = metadata.packages_distributions()
    sources = [source for source in house.sources if not source.path.startswith(("targets/agent/", "resources/"))]
    wrong = [
        f"{source.path} imports {name}"
        for source in sources
        for name in sorted(imports(source.tree, source.module))
        if top(name) not in {*sys.stdlib_module_names, *ours, "?"}
        and not asked & {re.sub(r"[._]+", "-", found).lower() for found in distributions.get(top(name), [])}
    ]
    assert not wrong, "\n".join(wrong)
