"""Limits of requirements in the units that the evaluation takes."""

from __future__ import annotations

from projects.requirements import Requirement
from workbench.base.errors import Fault, SlipwayError


def limit_of(requirement: Requirement, scale: float = 1.0) -> float:
    """The limit times `scale`.

    Raises:
        SlipwayError: a requirement of this kind must have a number.
    """
    if requirement.limit is None:
        raise SlipwayError(f"{requirement.path} has no limit that is a number", fault=Fault.INTERNAL)
    return requirement.limit * scale
