"""Options are in force at once; what is wrong is said at the option."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from tests.window_lab.fixtures import LEAST_MS, flush, settle, shown, unnamed
from ui.pages.doctor.page import DoctorPage
from ui.pages.settings.page import SettingsPage
from ui.theme.theme import THEME
from ui.widgets.controls import Field, Segments
from workbench.session import Session
from workbench.settings import FILE_NAME, Settings, load_settings
from workbench.views.doctor import Doctor, Need


def settings_page(window, qtbot) -> SettingsPage:
    window.show_page("settings")
    settle(qtbot, window)
    page = window.centre.page
    assert isinstance(page, SettingsPage)
    return page


def test_that_every_option_has_a_named_control(window, qtbot):
    page = settings_page(window, qtbot)
    assert sorted(page.rows) == sorted(Settings.__dataclass_fields__)
    assert unnamed(page) == []


def test_that_a_theme_is_in_force_as_soon_as_it_is_chosen(window, qtbot, slipway_home):
    page = settings_page(window, qtbot)
    control = page.rows["theme"].control
    assert isinstance(control, Segments)
    control.chosen.emit("light")
    qtbot.waitUntil(lambda: THEME.tokens.name == "light", timeout=LEAST_MS)
    assert load_settings(slipway_home).theme == "light"
    settle(qtbot, window)


def test_that_a_size_that_is_typed_scales_the_type_and_a_wrong_one_is_said_in_place(window, qtbot, slipway_home):
    page = settings_page(window, qtbot)
    row = page.rows["font_percent"]
    assert isinstance(row.control, Field)
    for text, words in (("300", "expected a number from 85 to 200"), ("large", "large is no number")):
        type_into(qtbot, row.control, text)
        settle(qtbot, window)
        assert words in row._problem.text()
        assert row.control.property("state") == "err"
    assert not (slipway_home / FILE_NAME).exists()
    type_into(qtbot, row.control, "125")
    qtbot.waitUntil(lambda: THEME.type_scale == 1.25, timeout=LEAST_MS)
    assert row.control.property("state") == ""
    settle(qtbot, window)


def test_that_the_switch_in_the_head_is_kept_as_the_page_would(window, qtbot, slipway_home):
    window.appearance.switch()
    qtbot.waitUntil(lambda: load_settings(slipway_home).theme == "light", timeout=LEAST_MS)
    settle(qtbot, window)
    control = settings_page(window, qtbot).rows["theme"].control
    assert isinstance(control, Segments)
    assert control.value == "light"


def test_that_a_broken_file_shows_its_problems_and_can_be_set_aside(window, qtbot, slipway_home):
    page = settings_page(window, qtbot)
    (slipway_home / FILE_NAME).write_text('theme = "red"\n')
    page.refresh()
    settle(qtbot, window)
    assert page.rows == {}
    page._on_aside()
    qtbot.waitUntil(lambda: bool(page.rows), timeout=LEAST_MS)
    assert (slipway_home / f"{FILE_NAME}.broken-1").exists()
    settle(qtbot, window)


def test_that_a_window_opens_before_a_broken_file_and_says_so(slipway_home, qtbot):
    slipway_home.mkdir()
    (slipway_home / FILE_NAME).write_text('theme = "red"\n')
    with Session(slipway_home, forgiving=True) as session, shown(session) as window:
        settle(qtbot, window)
        assert not window.notice.isHidden()
        assert window.settings.settings == Settings()


def test_that_doctor_shows_everything_and_filters_it(window, qtbot):
    window.show_page("doctor")
    settle(qtbot, window)
    page = window.centre.page
    assert isinstance(page, DoctorPage)
    everything = sum(card.table.rows.rowCount() for card in page.cards.values())
    assert page._doctor is not None
    assert everything == len(page._doctor.needs)
    page.filter.setText("openvino")
    assert [card.group for card in page.cards.values() if card.isVisible()] == ["Python libraries"]
    assert page.cards["Python libraries"].table.rows.rowCount() == 1
    page.filter.setText("no such thing")
    assert page._nothing.isVisible()
    assert unnamed(page) == []


def test_that_doctor_shows_first_what_mends_and_copies_its_command(window, qtbot):
    window.show_page("doctor")
    settle(qtbot, window)
    page = window.centre.page
    sound = Need("Programs", "git", "ok", "There", "/usr/bin/git", "")
    doubtful = Need("Files and disk", "disk of home", "warn", "Look at it", "1 GB free", "free some space")
    missing = Need("Programs", "libxcb-cursor0", "err", "Missing", "not found", "sudo apt-get install libxcb-cursor0")
    groups = ("Programs", "Files and disk")
    page._on_doctor(Doctor((sound, doubtful, missing), groups, "1 of 3 there", "err", "14:02"))
    flush()
    shown = [page._problems.itemAt(at).widget().accessibleName() for at in range(page._problems.count())]
    assert shown == ["libxcb-cursor0: not found", "disk of home: 1 GB free"]
    assert page.cards["Programs"].table.rows.rows[0] == missing
    window.actions_.named("doctor.copy").trigger()
    assert QGuiApplication.clipboard().text() == missing.mend
    page._on_doctor(Doctor((sound,), groups, "all 1 there", "ok", "14:03"))
    assert page._problems.count() == 1
    assert page.cards["Files and disk"].isHidden()


def type_into(qtbot, field: Field, text: str) -> None:
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_that_groups_stand_side_by_side_where_there_is_room(window, qtbot):
    page = settings_page(window, qtbot)
    window.resize(1680, 1000)
    flush()
    assert page.rows["theme"].mapTo(page, page.rows["theme"].rect().topLeft()).x() > page.width() // 3
    window.resize(1100, 800)
    flush()
    assert page.rows["theme"].mapTo(page, page.rows["theme"].rect().topLeft()).x() < page.width() // 3
