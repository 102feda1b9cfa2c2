"""Which pages there are; each is imported and built on its first visit, and a stage without one is not in the rail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.desk import Desk
    from ui.page import Page


def _boards(desk: Desk) -> Page:
    from ui.pages.boards.page import BoardsView

    return BoardsView(desk)


def _doctor(desk: Desk) -> Page:
    from ui.pages.doctor.page import DoctorPage

    return DoctorPage(desk)


def _live(desk: Desk) -> Page:
    from ui.pages.live.page import LivePage

    return LivePage(desk)


def _model(desk: Desk) -> Page:
    from ui.pages.model.page import ModelView

    return ModelView(desk)


def _optimise(desk: Desk) -> Page:
    from ui.pages.optimise.page import OptimisePage

    return OptimisePage(desk)


def _project(desk: Desk) -> Page:
    from ui.pages.project.page import ProjectPage

    return ProjectPage(desk)


def _report(desk: Desk) -> Page:
    from ui.pages.report.page import ReportView

    return ReportView(desk)


def _settings(desk: Desk) -> Page:
    from ui.pages.settings.page import SettingsPage

    return SettingsPage(desk)


def _verify(desk: Desk) -> Page:
    from ui.pages.verify.page import VerifyStagePage

    return VerifyStagePage(desk)


def _welcome(desk: Desk) -> Page:
    from ui.pages.welcome.page import WelcomePage

    return WelcomePage(desk)


MAKERS: Mapping[str, Callable[[Desk], Page]] = {
    "boards": _boards,
    "doctor": _doctor,
    "live": _live,
    "model": _model,
    "optimise": _optimise,
    "project": _project,
    "report": _report,
    "settings": _settings,
    "verify": _verify,
    "welcome": _welcome,
}
"""A function that makes the page, by the name of its stage (`ui.stages`)."""


def preload() -> None:
    """Import the modules of all pages, so that a first visit only builds. Makes no widget: any thread may call it."""
    import ui.pages.boards.page
    import ui.pages.doctor.page
    import ui.pages.live.page
    import ui.pages.model.page
    import ui.pages.optimise.page
    import ui.pages.project.page
    import ui.pages.report.page
    import ui.pages.settings.page
    import ui.pages.verify.page
    import ui.pages.welcome.page  # noqa: F401 (all of these are for their being loaded)
