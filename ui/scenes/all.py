"""Every scene, in the order in which they are played: what only looks first, what plays and measures last."""

from __future__ import annotations

from ui.scenes import evidence, frame, live, project, start, work

SCENES = (*project.SCENES, *work.SCENES, *evidence.SCENES, *start.SCENES, *live.SCENES, *frame.SCENES)
