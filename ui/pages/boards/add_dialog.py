"""Adding a board: its name and host, the way there, and the questions that only a person can answer, in one place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from ui.entries import Entries
from ui.pages.boards.contact_panel import ContactPanel
from ui.pages.boards.host_field import HostField
from ui.pages.boards.questions import TypedQuestion, key_of
from ui.pages.boards.road_card import RoadStrip
from ui.widgets.chip import Chip
from ui.widgets.controls import Button, Field
from ui.widgets.error_card import ErrorCard
from ui.widgets.grounds import Item, clear, column, ground, row
from ui.widgets.path_field import PathField
from ui.widgets.text import Text, dim, hint, page_title
from workbench.base.events import ErrorText, JobEnded, JobState, Progress, Question, StepStarted
from workbench.orders.boards import AddBoard
from workbench.views.boards.queries import check_board_name, read_hosts, read_way
from workbench.views.boards.values import KnownHost, Way

if TYPE_CHECKING:
    from ui.bridge import Answer
    from ui.desk import Desk
    from workbench.base.events import Event
    from workbench.jobs.handle import JobHandle

WIDTH_PX = 640
LOOK_MS = 250
LOGIN = "Nothing secret is stored: passphrases and passwords are asked for and kept in memory only."


class AddBoardDialog(QDialog):
    """Stays open until the board is reached; what was typed stays, whatever fails."""

    added = Signal(str)
    """The name of the new board."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        ground(self, "panel")
        self.setWindowTitle("Add board")
        self.setAccessibleName("Add board")
        self.setMinimumWidth(WIDTH_PX)
        self._desk = desk
        self._handle: JobHandle | None = None
        self._asked: dict[str, Answer[object]] = {}
        self._name_typed = False
        self.host = HostField()
        self.name = Field("Name", placeholder="what you call it, such as jetson")
        self.user = Field("User", placeholder="of ~/.ssh/config, else yours here")
        self.port = Field("Port", placeholder="of ~/.ssh/config, else 22")
        self.key = PathField("Private key", placeholder="the key agent and the usual keys")
        self.python = Field("Python there", placeholder="python3, or what Prepare makes")
        self.root = Field("Folder there", placeholder="~/.slipway")
        self._wrong = Text(role="err", wrap=True)
        self._wrong.hide()
        self._way = QVBoxLayout()
        self._way.setSpacing(8)
        self._place = QVBoxLayout()
        self._place.setSpacing(8)
        self.add = Button("Reach and add", self._on_add, icon_name="plus", role="primary")
        self.add.setDefault(True)
        self.close_ = Button("Cancel", self.reject)
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._on_look)
        self.setLayout(column(*self._items(), margins=(24, 24, 24, 16), spacing=12))
        self._connect()
        self._fit()
        self._keep_entries()

    def ask_hosts(self) -> None:
        """Ask for the hosts of the SSH configuration, to choose from."""
        self._asked["hosts"] = self._desk.bridge.ask(read_hosts).then(self._on_hosts)  # type: ignore[assignment]

    def take_question(self, question: Question) -> bool:
        """Show a question of this dialog's own job in it."""
        if self._handle is None or question.job_id != self._handle.id:
            return False
        self._show_question(question)
        return True

    def reject(self) -> None:
        """Stop what is under way, and close."""
        if self._handle is not None:
            self._desk.jobs.stop(self._handle.id)
        super().reject()

    def _items(self) -> list[Item]:
        form = QGridLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.setColumnStretch(1, 1)
        fields = (
            ("Host", self.host),
            ("Name", self.name),
            ("User", self.user),
            ("Port", self.port),
            ("Private key", self.key),
            ("Python there", self.python),
            ("Folder there", self.root),
        )
        for at, (label, widget) in enumerate(fields):
            form.addWidget(_label(label, widget), at, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            form.addWidget(widget, at, 1)
        head = row(page_title("Add a board"), None)
        about = dim(
            "A Linux machine that is reached over SSH: a name or address, or a host of your ~/.ssh/config.", wrap=True
        )
        foot = row(hint(LOGIN, wrap=True), self.close_, self.add)
        foot.setStretch(0, 1)
        self._form = QWidget()
        self._form.setLayout(column(about, form, self._wrong, self._way, spacing=12))
        self._summary = dim()
        self._summary.hide()
        return [head, self._form, self._summary, self._place, foot]

    def _connect(self) -> None:
        self.host.changed.connect(self._on_host)
        self.name.textEdited.connect(self._on_name)
        for field in (self.user, self.port):
            field.textChanged.connect(lambda _text: self._later())
        self.key.changed.connect(lambda _path: self._later())
        self._desk.bridge.told.connect(self._on_told)
        self._desk.bridge.ended.connect(self._on_ended)

    def _keep_entries(self) -> None:
        """What is typed here comes back after a crash; nothing of it is secret."""
        self._lines = {
            "host": self.host.field,
            "name": self.name,
            "user": self.user,
            "port": self.port,
            "python": self.python,
            "root": self.root,
        }
        self._entries = Entries(self._desk.bridge, "add-board", None, self)
        for key, line in self._lines.items():
            self._entries.watch(key, line)
        self._entries.watch_path("key", self.key)
        self._entries.restore(self._on_kept)
        self.finished.connect(self._entries.forget)

    def _on_kept(self, entries: dict[str, str]) -> None:
        """A window ended while this was typed."""
        self._name_typed = self._name_typed or bool(entries.get("name"))
        for key, line in self._lines.items():
            if entries.get(key) and not line.text():
                line.setText(entries[key])
        if entries.get("key") and self.key.path is None:
            self.key.set_path(Path(entries["key"]))

    def _on_hosts(self, hosts: tuple[KnownHost, ...]) -> None:
        self.host.offer([host.alias for host in hosts])

    def _on_host(self, host: str) -> None:
        if not self._name_typed:
            self.name.setText(re.sub(r"[^A-Za-z0-9._-]", "-", host).strip(".-_"))
        self._later()

    def _on_name(self, _text: str) -> None:
        self._name_typed = True
        self._later()

    def _later(self) -> None:
        self._look.start()
        self._fit()

    def _on_look(self) -> None:
        """Say what is wrong with the name, and how it would be reached."""
        bridge, name, host = self._desk.bridge, self.name.text().strip(), self.host.text()
        for what in ("name", "way"):
            if what in self._asked:
                self._asked.pop(what).drop()
        if name:
            self._asked["name"] = bridge.ask(check_board_name, name).then(self._on_checked)  # type: ignore[assignment]
        if host:
            key = str(self.key.path or "")
            asked = bridge.ask(read_way, host, self._port(), self.user.text().strip(), key)
            self._asked["way"] = asked.then(self._on_way)  # type: ignore[assignment]

    def _on_checked(self, wrong: str) -> None:
        self.name.set_state("err" if wrong else "")
        self._wrong.setText(f"{wrong[:1].upper()}{wrong[1:]}")
        self._wrong.setVisible(bool(wrong))

    def _on_way(self, way: Way) -> None:
        clear(self._way)
        if way.problem:
            self._way.addWidget(Text(f"{way.problem}. {way.hint}".strip(), role="warn", wrap=True))
            return
        self._way.addWidget(RoadStrip(way.stops))
        self._way.addWidget(dim(f"Logs in {way.login}.", wrap=True))
        self._way.addWidget(dim(f"Its host key is {way.host}.", wrap=True))

    def _port(self) -> int | None:
        text = self.port.text().strip()
        return int(text) if text.isdecimal() and len(text) < 6 else None

    def _fit(self) -> None:
        text = self.port.text().strip()
        self.port.set_state("err" if text and self._port() is None else "")
        off = (
            "It is being reached"
            if self._handle is not None
            else "Give its host"
            if not self.host.text()
            else "Give it a name"
            if not self.name.text().strip()
            else "The port is a number from 1 to 65535"
            if text and self._port() is None
            else ""
        )
        self.add.set_off(off)

    def _on_add(self) -> None:
        def given(field: QLineEdit) -> str | None:
            return field.text().strip() or None

        clear(self._place)
        key = None if self.key.path is None else str(self.key.path)
        order = AddBoard(
            self.name.text().strip(),
            self.host.text(),
            self._port(),
            given(self.user),
            key,
            given(self.root),
            given(self.python),
        )
        self._handle = self._desk.bridge.start(order)
        self._show_step("Reaching it")
        self._set_working(f"{order.name} at {order.user + '@' if order.user else ''}{order.host}")

    def _set_working(self, what: str) -> None:
        """While it is reached its questions take the place of the form, which keeps what was typed."""
        self._form.setVisible(not what)
        self._summary.setText(what)
        self._summary.setVisible(bool(what))
        self._fit()
        self._settle()

    def _settle(self) -> None:
        """As high as what is shown, once that was laid out."""
        QTimer.singleShot(0, self, self.adjustSize)

    def _on_told(self, event: Event) -> None:
        if self._handle is None or event.job_id != self._handle.id:
            return
        if isinstance(event, StepStarted):
            self._show_step(event.title)
        elif isinstance(event, Progress):
            self._show_step(event.text)

    def _show_step(self, text: str) -> None:
        clear(self._place)
        self._place.addLayout(row(Chip("run", "Working"), dim(text), None))

    def _show_question(self, question: Question) -> None:
        clear(self._place)
        key = key_of(question)
        if key is not None:
            panel = ContactPanel(self._desk.bridge, key, self.name.text().strip())
            panel.trusted.connect(lambda: self._answer(question, "yes"))
            panel.refused.connect(lambda: self._answer(question, "no"))
            panel.compared.connect(self._settle)
            self._place.addWidget(panel)
            panel.field.setFocus()
        else:
            typed = TypedQuestion(question)
            typed.answered.connect(lambda value: self._answer(question, value))
            self._place.addWidget(typed)
        self._settle()

    def _answer(self, question: Question, value: str) -> None:
        wrong = self._desk.bridge.answer(question, value)
        self._desk.answered(question.job_id)
        if wrong is None:
            self._show_step("Going on")
        else:
            self._show_error(wrong)

    def _on_ended(self, ended: JobEnded) -> None:
        if self._handle is None or ended.job_id != self._handle.id:
            return
        self._handle = None
        self._set_working("")
        clear(self._place)
        if ended.state is JobState.SUCCEEDED:
            self.added.emit(self.name.text().strip())
            self.accept()
            return
        if ended.error is not None:
            self._show_error(ended.error)
        # The question that had the focus is gone: Enter must not go to Cancel.
        wrong = self.host.field if self._wrong.isHidden() else self.name
        wrong.setFocus()
        wrong.selectAll()

    def _show_error(self, error: ErrorText) -> None:
        self._place.addWidget(ErrorCard(error))
        self._settle()


def _label(text: str, of: QWidget) -> QLabel:
    made = dim(text)
    made.setBuddy(of)
    return made
