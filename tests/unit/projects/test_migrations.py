"""Migrations: one step after the other, from the version that was written to the current one."""

from __future__ import annotations

from projects.migrations.registry import CURRENT, STEPS, migrate


def test_that_steps_are_taken_in_order() -> None:
    steps = {
        ("engine", 1): lambda body: {**body, "two": body["one"] + 1},
        ("engine", 2): lambda body: {**body, "three": body["two"] + 1},
    }
    assert migrate("engine", 1, {"one": 1}, {"engine": 3}, steps) == {"one": 1, "two": 2, "three": 3}
    assert migrate("engine", 2, {"two": 5}, {"engine": 3}, steps) == {"two": 5, "three": 6}
    assert migrate("engine", 3, {"x": 0}, {"engine": 3}, steps) == {"x": 0}


def test_that_every_older_version_has_its_step() -> None:
    assert set(STEPS) == {(kind, at) for kind, version in CURRENT.items() for at in range(1, version)}
