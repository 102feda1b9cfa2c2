"""Make a candidate: recipe, method and what stays in float, with the command that does the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from ui.entries import Entries
from ui.widgets.controls import Button, Choice, Field, Segments
from ui.widgets.fitted import Fitted
from ui.widgets.grounds import column, ground, row
from ui.widgets.text import Text, dim, hint, page_title
from workbench.orders.optimise import MakeCandidate
from workbench.views.optimise.words import command_of

if TYPE_CHECKING:
    from pathlib import Path

    from ui.bridge import Bridge
    from workbench.views.optimise.values import Candidates

WIDTH_PX = 560
ABOUT = {
    "int8": "Weights and activations in eight bits; ranges are measured on the calibration frames.",
    "fp16": "Everything in half precision but what it cannot hold. Half the size, nearly the same outputs.",
    "fp32": "A cleaned copy of the model, to measure what the others gain.",
}
METHODS = {
    "minmax": "minmax, the largest magnitude",
    "percentile": "percentile, the 99.9999th",
    "entropy": "entropy, least information lost",
}


class MakeDialog(QDialog):
    """Asks for a recipe. It blocks nothing; what was typed is kept until it is made or cancelled, also by a crash."""

    ordered = Signal(object)
    """The MakeCandidate that was asked for."""

    def __init__(self, bridge: Bridge, project: Path, page: Candidates, keep: tuple[str, ...], parent: QWidget) -> None:
        super().__init__(parent)
        ground(self, "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("New candidate")
        self.setAccessibleName("New candidate")
        self.setMinimumWidth(WIDTH_PX)
        self._project, self._page = project, page
        self._recipe = Segments("Recipe", [(name, name) for name in ABOUT], "int8")
        self._entries = Entries(bridge, "candidate", project, self)
        self._recipe.chosen.connect(self._on_recipe)
        self._about = dim("", wrap=True)
        self._method = Choice("How ranges are measured")
        self._method.setMinimumWidth(280)
        self._method.set_choices([(name, METHODS.get(name, name)) for name in page.methods], page.method)
        self._method.currentIndexChanged.connect(lambda _at: self._say())
        self.keep = Field("Nodes that stay in float", placeholder="/stem/*, /head/boxes/*", mono=True)
        self.keep.setText(", ".join(keep))
        self.keep.textChanged.connect(lambda _text: self._say())
        self._entries.watch("keep", self.keep)
        self._command = Text("", px=11, mono=True, wrap=True)
        self._command.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._make = Button("Make candidate", self._on_make, icon_name="plus", role="primary")
        self._make.setDefault(True)
        self._why = Text("", role="warn", wrap=True)
        self.setLayout(
            column(
                page_title("New candidate"),
                row(self._label("Recipe"), self._recipe, None),
                self._about,
                row(self._label("Ranges by"), self._method, None),
                row(self._label("Keep in float"), self.keep),
                hint("Names of nodes, or patterns such as /head/*, with commas. Empty: nothing.", wrap=True),
                self._why,
                row(self._label("Command"), self._command),
                hint("A new candidate is added; none is ever overwritten.", wrap=True),
                row(None, Button("Cancel", self.reject), self._make, margins=(0, 8, 0, 0)),
                margins=(24, 24, 24, 16),
                spacing=12,
            )
        )
        Fitted(self)
        self._say()
        self._entries.restore(self._on_kept)
        self.finished.connect(self._entries.forget)

    @property
    def order(self) -> MakeCandidate:
        """What is asked for now."""
        recipe = self._recipe.value
        keep = () if recipe == "fp32" else self._kept()
        return MakeCandidate(self._project, recipe, keep, self._method.value if recipe == "int8" else None)

    def _on_recipe(self, recipe: str) -> None:
        self._entries.note("recipe", recipe)
        self._say()

    def _on_kept(self, entries: dict[str, str]) -> None:
        """A window ended while this was typed."""
        if entries.get("recipe") in ABOUT:
            self._recipe.set_value(entries["recipe"])
        if "keep" in entries:
            self.keep.setText(entries["keep"])
        self._say()

    def _label(self, words: str) -> Text:
        made = dim(words)
        made.setFixedWidth(96)
        return made

    def _kept(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.keep.text().split(",") if part.strip())

    def _say(self) -> None:
        recipe = self._recipe.value
        self._about.setText(ABOUT[recipe])
        self._method.setEnabled(recipe == "int8")
        self.keep.setEnabled(recipe != "fp32")
        missing = recipe == "int8" and not self._page.has_calibration
        self._why.setText("int8 needs calibration frames, and deployment.yaml names none." if missing else "")
        self._why.setVisible(missing)
        self._make.set_off("Name calibration frames first." if missing else "")
        order = self.order
        self._command.setText(command_of(self._project, order.recipe, order.keep, order.method or ""))

    def _on_make(self) -> None:
        self.ordered.emit(self.order)
        self.accept()
