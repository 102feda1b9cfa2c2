"""Every field of both documents is used by something, or listed as recorded only with its reason."""

from __future__ import annotations

from projects.acceptance_spec import AcceptanceDocument
from projects.deployment_spec import DeploymentDocument
from projects.field_use import ACCEPTANCE, DEPLOYMENT, fields_of, recorded_only


def test_that_every_field_of_the_deployment_specification_has_a_use() -> None:
    assert sorted(fields_of(DeploymentDocument)) == sorted(DEPLOYMENT)


def test_that_every_field_of_the_test_specification_has_a_use() -> None:
    assert sorted(fields_of(AcceptanceDocument)) == sorted(ACCEPTANCE)


def test_that_a_field_is_either_used_or_recorded_only() -> None:
    for path, use in {**DEPLOYMENT, **ACCEPTANCE}.items():
        assert bool(use.by) != bool(use.recorded_because), path
    assert recorded_only()["deployment.fallback.on_timeout"].startswith("for the software that ships")
