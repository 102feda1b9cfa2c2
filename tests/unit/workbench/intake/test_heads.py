from __future__ import annotations

from projects.deployment_settings import COLUMNS, HEADS, ROLES
from targets.agent.heads import detections, end2end, nanodet, pairs
from targets.agent.heads.base import head_names


def test_that_documents_know_the_heads_that_the_agent_has() -> None:
    assert head_names() == HEADS
    assert tuple(end2end.COLUMNS) == COLUMNS
    assert {*detections.ROLES, *pairs.PAIR, *nanodet.ROLES, "rows"} == set(ROLES)
