"""Is this really the board: its key in fours, how to read it there, and a comparison before it is trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, MEDIUM
from ui.widgets.chip import Chip
from ui.widgets.command_box import CommandBox
from ui.widgets.controls import Button, Field
from ui.widgets.grounds import card, clear, column, ground, line, row
from ui.widgets.text import Text, dim, hint, title
from workbench.views.boards.queries import compare_fingerprint
from workbench.views.boards.values import FingerprintCheck, HostKey

if TYPE_CHECKING:
    from ui.bridge import Answer, Bridge

WARNING = (
    "If they differ, another machine answers at this address, or somebody stands in between. Press Not now and ask "
    "who set it up; nothing was sent to it."
)
UNSEEN = "I cannot read it on the board: trust it unseen"


class ContactPanel(QFrame):
    """The question about a new host. Trust stays off until the pasted text is equal, or a person says otherwise."""

    trusted = Signal()
    refused = Signal()
    compared = Signal()
    """A text was compared, and more or less is shown for it."""

    def __init__(self, bridge: Bridge, key: HostKey, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        ground(self, "card")
        self.setProperty("edge", "review")
        self.setAccessibleName(f"First contact: is this really {name}?")
        self._bridge, self._key = bridge, key
        self._equal, self._different = False, False
        self._asked: Answer[FingerprintCheck] | None = None
        self.field = Field(
            "What the board's own screen prints", placeholder="Paste what the board's own screen prints", mono=True
        )
        self.field.textChanged.connect(self._on_text)
        self._found = Text("no text yet", role="hint", wrap=True)
        self._pasted = fingerprint_row((), None)
        self._pasted.hide()
        self.unseen = QCheckBox(UNSEEN)
        self.unseen.setAccessibleName(UNSEEN)
        self.unseen.setFont(THEME.font(BODY_PX))
        self.unseen.toggled.connect(lambda _on: self._fit())
        self.trust = Button("Trust and remember", self.trusted.emit, icon_name="key")
        self.later = Button("Not now", self.refused.emit)
        self.setLayout(column(*self._items(name), spacing=0))
        self._fit()

    def _items(self, name: str) -> list[QWidget]:
        head, body = QWidget(), QWidget()
        head.setLayout(
            row(
                title(f"First contact: is this really {name}?"),
                None,
                Chip("ask", "Waits for you"),
                margins=(12, 8, 12, 8),
            )
        )
        shown = card(
            dim(f"{self._key.kind} key that {self._key.host} shows now"),
            fingerprint_row(self._key.groups, None),
            kind="sunk",
            spacing=4,
        )
        field = row(self.field, spacing=8)
        body.setLayout(
            column(
                shown,
                dim("1  Read it on the board itself, by screen or serial line, not over this network:", wrap=True),
                CommandBox(self._key.command, "Read the key on the board"),
                dim("2  Compare here. Slipway says equal or different, and where:", wrap=True),
                field,
                self._pasted,
                self._found,
                self.unseen,
                row(self.trust, self.later, None, hint("kept in ~/.ssh/known_hosts")),
                line(),
                dim(WARNING, wrap=True),
                margins=(12, 12, 12, 12),
                spacing=8,
            )
        )
        return [head, line(), body]

    def _on_text(self, text: str) -> None:
        if self._asked is not None:
            self._asked.drop()
        self._asked = self._bridge.ask(compare_fingerprint, self._key.kind, self._key.base64, text).then(self._on_found)

    def _on_found(self, found: FingerprintCheck) -> None:
        self._equal, self._different = found.equal, found.look == "err"
        self._found.setText(found.text[:1].upper() + found.text[1:])
        self._found.set_role({"ok": "ok", "err": "err"}.get(found.look, "hint"))
        self.field.set_state("err" if found.look == "err" else "")
        self._pasted.setVisible(bool(found.pasted_groups) and not found.equal)
        fill_fingerprint(self._pasted, found.pasted_groups, found.differs_in)
        self._fit()
        self.compared.emit()

    def _fit(self) -> None:
        self.unseen.setVisible(not self._equal and not self._different)
        unseen = self.unseen.isChecked() and not self._different
        off = "" if self._equal or unseen else "Paste what the board itself shows, until both are equal"
        self.trust.set_off(off)


class ChangedKeyPanel(QFrame):
    """A host that shows another key than the known one: both, and no way to trust it from here."""

    def __init__(self, key: HostKey, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        ground(self, "card")
        self.setProperty("edge", "err")
        self.setAccessibleName(f"The host key of {name} changed")
        head = QWidget()
        head.setLayout(
            row(title(f"{name} shows another key than before"), None, Chip("err", "Stopped"), margins=(12, 8, 12, 8))
        )
        both = column(
            dim(f"{key.kind} key that {key.host} shows now"),
            fingerprint_row(key.groups, _first_difference(key)),
            dim(
                f"{key.known_kind or 'Key'} known from {key.known_place}"
                if key.known_groups
                else f"revoked by {key.known_place}"
            ),
            *([fingerprint_row(key.known_groups, None)] if key.known_groups else []),
            spacing=4,
        )
        words = (
            "Somebody may stand between you and the board, so nothing was sent and nothing here trusts it. If the "
            "board was set up anew, look at its key on its own screen. Only if it is the one above, forget the old one:"
        )
        body = QWidget()
        tail = [CommandBox(key.forget_command, "Forget the old key")] if key.forget_command else []
        body.setLayout(
            column(
                both,
                dim(words, wrap=True),
                CommandBox(key.command, "Read the key on the board"),
                *tail,
                margins=(12, 12, 12, 12),
            )
        )
        self.setLayout(column(head, line(), body, spacing=0))


def fingerprint_row(groups: tuple[str, ...], differs_in: int | None) -> QWidget:
    """A fingerprint in fours; from the group that differs on it is red."""
    made = QWidget()
    made.setLayout(row(spacing=8))
    fill_fingerprint(made, groups, differs_in)
    return made


def fill_fingerprint(made: QWidget, groups: tuple[str, ...], differs_in: int | None) -> None:
    """Show another fingerprint."""
    layout = made.layout()
    if layout is None:
        return
    clear(layout)
    made.setAccessibleName("Fingerprint SHA256 " + " ".join(groups))
    same = " ".join(groups if differs_in is None else groups[:differs_in])
    other = "" if differs_in is None else " ".join(groups[differs_in:])
    for text, role in (("SHA256:", "hint"), (same, ""), (other, "err")):
        if text:
            label = Text(text, px=BODY_PX, weight=MEDIUM, mono=True, role=role, wrap=False)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            layout.addWidget(label)
    layout.addStretch(1)  # type: ignore[attr-defined]


def _first_difference(key: HostKey) -> int | None:
    pairs = zip(key.groups, key.known_groups, strict=False)
    return next((at for at, pair in enumerate(pairs) if pair[0] != pair[1]), None) if key.known_groups else None
