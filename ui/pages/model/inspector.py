"""The inspector of the Model page: open findings first, then tensors, size, identity and use."""

from __future__ import annotations

import re
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QWidget

from ui.pages.model.form_card import STATES
from ui.widgets.chip import StateIcon
from ui.widgets.controls import Button, IconButton
from ui.widgets.facts import Facts
from ui.widgets.grounds import row
from ui.widgets.text import Text, dim, hint
from workbench.views.facts import Fact
from workbench.views.model import ModelFinding, ModelPage

LONGEST = 40
"""Letters of a name and a value side by side; longer ones stand below each other."""
PAGES = {"candidate": "optimise"}
"""The page that a link leads to, by its kind."""


class ModelInspector(Facts):
    """What is known of the model."""

    followed = Signal(str)
    """A link of a fact."""

    def __init__(self, add_frames: QAction, confirm: QAction, parent: QWidget | None = None) -> None:
        super().__init__("Facts of the model", parent)
        self._add_frames, self._confirm = add_frames, confirm
        self.begin("Model")
        self.end()

    def show_page(self, page: ModelPage) -> None:
        """Show a model."""
        count = len(page.findings)
        worst = "err" if any(finding.level == "err" for finding in page.findings) else "warn"
        chip = (worst, f"{count} finding{'s' if count != 1 else ''}") if count else None
        about = f"{page.file}, {page.added}" if page.added else page.file
        self.begin(breakable(page.title), breakable(about), chip)
        if page.findings:
            self.section("Open findings", hint(str(count)))
            for finding in page.findings:
                self._add_finding(finding)
        for group in page.facts:
            self.section(group.title)
            for fact in group.facts:
                self._add_fact(fact)
        buttons: list[QWidget] = []
        if not page.problem:
            buttons.append(Button("Add labelled frames", action=self._add_frames, icon_name="images"))
        if page.unconfirmed:
            buttons.append(Button("Confirm values", action=self._confirm))
        self.end(*buttons)

    def _add_finding(self, finding: ModelFinding) -> None:
        name = Text(finding.title, weight=500, wrap=True)
        head = row(StateIcon(STATES[finding.level], finding.level), name)
        head.setStretch(1, 1)
        self.add(head)
        self.add(dim(_sentences(finding.text, finding.hint), wrap=True))

    def _add_fact(self, fact: Fact) -> None:
        if fact.copies:
            self._add_copied(fact)
        elif fact.link:
            link = Button(fact.value, partial(self.followed.emit, fact.link), role="link")
            link.setAccessibleName(f"{fact.name}: {fact.value}")
            link.setProperty("dense", True)
            self.add(row(dim(fact.name), None, link))
        elif len(fact.name) + len(fact.value) > LONGEST:
            self.add(dim(fact.name))
            self.sentence(breakable(fact.value), role="")
        else:
            self.fact(fact.name, fact.value, role=fact.level)

    def _add_copied(self, fact: Fact) -> None:
        value = Text(fact.value, mono=True, px=11, role="accent")
        value.setToolTip(fact.copies)
        copy = IconButton("copy", f"Copy {fact.name}", partial(_copy, fact.copies), size=14, side=20)
        self.add(row(dim(fact.name), None, value, copy, spacing=4))


def breakable(text: str) -> str:
    """A text whose long names may go on in the next line, behind their parts."""
    return re.sub(r"([_./-])", "\\1\u200b", text)


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def _sentences(text: str, hint_text: str) -> str:
    first = text[:1].upper() + text[1:]
    return f"{first}. {hint_text}".strip()
