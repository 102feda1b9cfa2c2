"""The wheels that boards may be brought."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from targets.agent.schema import is_name
from targets.wheels import PIP, BoardPython, choose_wheel, choose_wheels, known_wheels
from workbench.base.errors import BoardError
from workbench.base.hashing import is_sha256

JETPACK_5 = BoardPython(8, "aarch64", (2, 31))
JETPACK_6 = BoardPython(10, "aarch64", (2, 35))
JETPACK_7 = BoardPython(12, "aarch64", (2, 39))


def locked(repository: Path) -> dict[str, set[str]]:
    """The sha256 that the lock names, by distribution and version."""
    entries = re.split(r"\n(?=[a-z0-9])", (repository / "requirements.lock").read_text())
    return {entry.split(" ")[0]: set(re.findall(r"sha256:([0-9a-f]{64})", entry)) for entry in entries}


def test_that_every_wheel_has_a_name_that_travels_and_a_sha256() -> None:
    assert len({wheel.file for wheel in known_wheels()}) == len(known_wheels()) > 20
    assert all(is_name(wheel.file) and is_sha256(wheel.sha256) for wheel in known_wheels())
    assert all(wheel.size_bytes > 10**6 for wheel in known_wheels())


@pytest.mark.parametrize("minor", [11, 12, 13])
@pytest.mark.parametrize("arch", ["x86_64", "aarch64"])
def test_that_boards_get_the_versions_of_this_machine_where_there_are(repository: Path, minor: int, arch: str) -> None:
    hashes = locked(repository)
    for wheel in choose_wheels(["numpy", "openvino"], BoardPython(minor, arch, (2, 36)), "bench"):
        assert wheel.sha256 in hashes[f"{wheel.name}=={wheel.version}"], f"make lock changed it: {wheel.file}"


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (JETPACK_5, ["pip 25.0.1", "numpy 1.24.4", "openvino 2023.1.0"]),
        (JETPACK_6, ["pip 25.0.1", "numpy 2.2.6", "openvino 2026.4.1"]),
        (JETPACK_7, ["pip 25.0.1", "numpy 2.5.5", "openvino 2026.4.1"]),
        (BoardPython(9, "aarch64", (2, 31)), ["pip 25.0.1", "numpy 2.0.2", "openvino 2025.2.0"]),
        (BoardPython(9, "aarch64", (2, 35)), ["pip 25.0.1", "numpy 2.0.2", "openvino 2025.3.0"]),
        (BoardPython(11, "aarch64", (2, 31)), ["pip 25.0.1", "numpy 2.4.6", "openvino 2025.2.0"]),
        (BoardPython(8, "x86_64", (2, 17)), ["pip 25.0.1", "numpy 1.24.4", "openvino 2023.3.0"]),
    ],
)
def test_that_the_newest_wheels_are_chosen_that_run_there(place: BoardPython, expected: list[str]) -> None:
    chosen = choose_wheels([PIP, "numpy", "openvino"], place, "jetson")
    assert [f"{wheel.name} {wheel.version}" for wheel in chosen] == expected
    assert all(place.arch in wheel.file for wheel in chosen[1:])


def test_that_a_board_for_which_there_is_none_is_told_why() -> None:
    assert choose_wheel("openvino", BoardPython(9, "aarch64", (2, 28))) is None
    with pytest.raises(BoardError, match="no wheel of openvino") as refused:
        choose_wheels(["openvino"], BoardPython(9, "aarch64", (2, 28)), "jetson")
    assert refused.value.hint == (
        "Its wheels for Python 3.9 need a newer system: manylinux_2_31_aarch64, manylinux_2_35_aarch64."
    )


@pytest.mark.parametrize(
    ("abi", "libc", "expected"),
    [
        ("cpython-38-aarch64-linux-gnu", "glibc 2.31", JETPACK_5),
        ("cpython-312-aarch64-linux-gnu", "glibc 2.39", JETPACK_7),
        ("cpython-311-x86_64-linux-musl", None, None),
        ("cpython-38-arm-linux-gnueabihf", "glibc 2.31", None),
        ("cpython-313t-x86_64-linux-gnu", "glibc 2.36", None),
        ("pypy39-pp73", "glibc 2.36", None),
        ("cpython-311-darwin", None, None),
        (None, None, None),
    ],
)
def test_that_a_boards_python_is_read_from_its_facts(
    abi: str | None, libc: str | None, expected: BoardPython | None
) -> None:
    assert BoardPython.parse(abi, libc) == expected
