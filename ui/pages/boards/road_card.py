"""The way to a board that cannot be reached: every machine on it, the one that failed, why, and what shows more."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from ui.theme.tokens import MEDIUM
from ui.widgets.chip import Chip
from ui.widgets.command_box import CommandBox
from ui.widgets.controls import Button
from ui.widgets.grounds import Item, card, column, ground, line, restyle, row
from ui.widgets.icon_label import IconLabel
from ui.widgets.text import Elided, Text, dim, hint, title
from workbench.views.boards.values import Road, RoadStop

_WORDS = {"passed": "reached", "failed": "failed here", "not tried": "not tried"}


class RoadStrip(QWidget):
    """The machines on a way, side by side."""

    def __init__(self, stops: tuple[RoadStop, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        items: list[Item] = []
        for at, stop in enumerate(stops):
            if at:
                items.append(IconLabel("chevron-right", "text3"))
            items.append(_stop(stop, first=at == 0, last=at == len(stops) - 1))
        layout = row(*items, spacing=4)
        for at in range(0, len(items), 2):
            layout.setStretch(at, 1)
        self.setLayout(layout)
        self.setAccessibleName("; ".join(f"{stop.name} {_WORDS[stop.state]}" for stop in stops))


class RoadCard(QFrame):
    """One board that cannot be reached."""

    def __init__(
        self,
        name: str,
        road: Road,
        again: QAction,
        parent: QWidget | None = None,
    ) -> None:
        """Make it.

        Args:
            name: the board's.
            road: the way to it.
            again: the action that tries again.
            parent: the widget that it belongs to.
        """
        super().__init__(parent)
        ground(self, "card")
        self.setAccessibleName(f"{name} cannot be reached")
        head = QWidget()
        head.setLayout(
            row(
                title(f"{name} cannot be reached"),
                hint(road.since),
                None,
                Chip("err", road.headline),
                margins=(12, 8, 12, 8),
            )
        )
        retry = Button("Try again", icon_name="rotate-cw", action=again)
        items: list[Item] = [RoadStrip(road.stops), Text(road.cause, wrap=True)]
        if road.hint:
            items.append(dim(road.hint, wrap=True))
        if road.command:
            items.append(CommandBox(road.command, "See where it stops"))
        items.append(row(retry, None))
        body = QWidget()
        body.setLayout(column(*items, margins=(12, 12, 12, 12)))
        self.setLayout(column(head, line(), body, spacing=0))


def _stop(stop: RoadStop, *, first: bool, last: bool) -> QFrame:
    icon = IconLabel(
        "monitor" if first else "microchip" if last else "network", "err" if stop.state == "failed" else "text2"
    )
    label = Elided(stop.name, weight=MEDIUM, role="dim" if stop.state == "not tried" else "")
    detail = Elided(stop.detail, middle=True, px=11, role="err" if stop.state == "failed" else "hint")
    made = card(
        row(icon, label, spacing=8),
        detail,
        margins=(8, 4, 8, 4),
        spacing=0,
        kind="card" if stop.state == "failed" else "sunk",
    )
    if stop.state == "failed":
        restyle(made, edge="err")
    made.setAccessibleName(f"{stop.name}: {stop.detail}, {_WORDS[stop.state]}")
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    made.setMinimumWidth(72)
    return made
