"""Every name of TensorRT that we use is there in every version that we say we can do, or stands behind a capability.

The names were read from NVIDIA's own packages; they lie beside the repository.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from targets.agent.runtimes.tensorrt_api import Caps, probe_caps

from .trt_lint import TOP, missing, uses

SOURCES = ("api", "build", "calibrator", "device", "inference", "runtime", "tensors")
OTHERS = {"tensorrt_layers", "tensorrt_rtx"}
"""One reads the inspector's JSON, one only names the package: neither touches TensorRT's objects."""
UNLISTED = frozenset({".ILogger"})
"""The list of 8.5 was read from sources, whose parser did not see this class; NVIDIA's documentation of 8.5 has it."""


@pytest.fixture(scope="module")
def versions(repository: Path) -> dict[str, dict[str, list[str]]]:
    path = repository.parent / "shared" / "facts" / "trt_api" / "names.json"
    if not path.is_file():
        pytest.skip(f"the names of TensorRT's versions are not at hand: {path} is no file")
    found: dict[str, dict[str, list[str]]] = json.loads(path.read_text())
    assert len(found) == 15
    return found


@pytest.fixture(scope="module")
def sources(repository: Path) -> dict[str, str]:
    folder = repository / "targets" / "agent" / "runtimes"
    assert {path.stem for path in folder.glob("tensorrt_*.py")} == {*(f"tensorrt_{name}" for name in SOURCES), *OTHERS}
    return {name: (folder / f"tensorrt_{name}.py").read_text() for name in SOURCES}


def package(version: str, names: dict[str, list[str]]) -> Any:
    """A package with these names, as far as our probe looks at it."""
    trt = SimpleNamespace(__version__=version.removeprefix("rtx").partition("(")[0])
    for name in names[TOP]:
        members = names.get(name, [])
        setattr(trt, name, SimpleNamespace(**dict.fromkeys(members), __members__=dict.fromkeys(members)))
    return trt


def caps_of(version: str, names: dict[str, list[str]]) -> Caps:
    module = "tensorrt_rtx" if version.startswith("rtx") else "tensorrt"
    return probe_caps(package(version, names), module)


def faults(sources: dict[str, str], versions: dict[str, dict[str, list[str]]]) -> list[str]:
    return [
        f"{version}: tensorrt_{file}.py, {fault}"
        for version, names in versions.items()
        for file, source in sources.items()
        for fault in missing(uses(source), names, caps_of(version, names), UNLISTED)
    ]


def test_that_every_name_is_in_every_version_or_guarded(
    sources: dict[str, str], versions: dict[str, dict[str, list[str]]]
) -> None:
    found = [use for source in sources.values() for use in uses(source)]
    assert len({(use.owner, use.name) for use in found}) > 60
    assert faults(sources, versions) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("inference", "execute_async_v3", "execute_async_v2", "10.0.1: tensorrt_inference.py"),
        ("inference", "if caps.memory_size_v2 else", "if True else", "10.0.1: tensorrt_inference.py"),
        ("build", "    if caps.weak_types:\n        if paired", "    if True:\n        if paired", "11.0.0"),
        ("build", "if not caps.weak_types or _kind", "if _kind", "ILayer.precision"),
        ("build", "if caps.node_names:", "if not caps.node_names:", "8.6.1"),
        ("build", "MemoryPoolType.WORKSPACE", "MemoryPoolType.WORKSPACES", "8.5(src)"),
        ("api", "    if not caps.progress:\n        return None\n", "", "8.6.1"),
        ("calibrator", "    if not caps.calibrator:\n", "    if caps.calibrator:\n", "11.0.0"),
    ],
)
def test_that_a_name_that_a_version_lacks_is_found(
    sources: dict[str, str], versions: dict[str, dict[str, list[str]]], file: str, old: str, new: str, fault: str
) -> None:
    assert old in sources[file]
    changed = {**sources, file: sources[file].replace(old, new)}
    assert any(fault in line for line in faults(changed, versions)), faults(changed, versions)


def test_that_capabilities_follow_from_the_names(versions: dict[str, dict[str, list[str]]]) -> None:
    caps = {version: caps_of(version, names) for version, names in versions.items()}
    assert [version for version, found in caps.items() if found.weak_types] == [
        "8.5(src)", "8.6.1", "10.0.1", "10.3.0", "10.7.0", "10.13.3.9", "10.14.1", "10.15.1", "10.16.1",
    ]  # fmt: skip
    assert [version for version, found in caps.items() if found.explicit_batch] == ["8.5(src)", "8.6.1"]
    assert [version for version, found in caps.items() if not found.strong_types] == ["8.5(src)", "8.6.1"]
    assert [version for version, found in caps.items() if found.calibrator != found.weak_types] == []
    assert [version for version, found in caps.items() if found.capabilities] == ["rtx1.7.1"]
    assert [version for version, found in caps.items() if not found.plugins] == ["rtx1.7.1"]
