from __future__ import annotations

import hashlib
import importlib.util

import pytest


@pytest.fixture
def pins(repository):
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("pin_wheels", repository / ".ci" / "pin_wheels.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("minor", [11, 12, 14])
@pytest.mark.parametrize("name", ["numpy", "openvino"])
def test_that_the_locked_version_of_a_python_is_asked_for_first(pins, repository, name, minor):
    first, second = pins.wanted(name, minor)
    assert second == name
    line = next(line for line in (repository / "requirements.lock").read_text().splitlines() if line.startswith(first))
    assert ("< '3.12'" in line) <= (minor < 12)
    assert (">= '3.12'" in line) <= (minor >= 12)


def test_that_any_version_is_taken_where_the_lock_does_not_reach(pins):
    assert pins.wanted("numpy", 8) == ["numpy"]
    assert pins.wanted("openvino", 9) == ["openvino"]


def test_that_a_version_that_cannot_load_what_it_exports_is_passed_over(pins):
    assert not [text for text in pins.wanted("openvino", 8) if "2024" in text]


def test_that_a_wheel_is_described_by_its_bytes(pins, tmp_path):
    wheel = tmp_path / "numpy-9.0.0-py3-none-any.whl"
    wheel.write_bytes(b"four")
    assert pins.describe(wheel) == f"{hashlib.sha256(b'four').hexdigest()} 4 {wheel.name}"
