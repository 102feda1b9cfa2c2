"""The one style sheet, made from the tokens.

What a widget is, it says by a property: `panel`, `card`, `role` (`dim`, `hint`, `primary`, …), so that no widget has a
style sheet of its own and a theme switch reaches all of them.
"""

from __future__ import annotations

from ui.theme.tokens import CONTROL, RADIUS, ROW, TAB, Tokens


def make_style(tokens: Tokens, type_scale: float = 1.0) -> str:
    """The style sheet of one theme; heights grow with the type."""
    control, row, tab = (round(px * type_scale) for px in (CONTROL, ROW, TAB))
    return "\n".join(
        (
            _grounds(tokens),
            _controls(tokens, control),
            _buttons(tokens, control, round(18 * type_scale)),
            _marks(tokens, round(14 * type_scale)),
            _views(tokens, row, tab),
            _bars(tokens),
        )
    )


def _grounds(t: Tokens) -> str:
    return f"""
* {{ outline: none; }}
QMainWindow, QDialog, QWidget[ground="app"] {{ background: {t.app}; }}
QMainWindow::separator {{ background: {t.border}; width: 1px; height: 1px; }}
QWidget[ground="panel"] {{ background: {t.panel}; }}
QDialog[ground="panel"] {{ background: {t.panel}; }}
QFrame[ground="card"] {{ background: {t.surface}; border: 1px solid {t.border}; border-radius: 6px; }}
QFrame[ground="card"][drop="true"] {{ border: 1px dashed {t.strong}; }}
QFrame[ground="card"][edge="accent"] {{ border: 1px solid {t.accent}; }}
QFrame[ground="card"][edge="warn"] {{ border: 1px solid {t.warn}; }}
QFrame[ground="card"][edge="err"] {{ border: 1px solid {t.err}; }}
QFrame[ground="card"][edge="review"] {{ border: 1px solid {t.review}; }}
QFrame[ground="plot"] {{ background: {t.plot}; border: 1px solid {t.border}; border-radius: 6px; }}
QFrame[ground="plot"]:focus {{ border: 1px solid {t.accent}; }}
QFrame[ground="sunk"] {{ background: {t.panel}; border: 1px solid {t.border}; border-radius: 6px; }}
QFrame[ground="selected"] {{ background: {t.accent_bg}; }}
QFrame[line="h"] {{ background: {t.border}; max-height: 1px; min-height: 1px; border: none; }}
QFrame[line="v"] {{ background: {t.border}; max-width: 1px; min-width: 1px; border: none; }}
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.strong}; padding: 4px 6px; }}
QMenu {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.strong}; padding: 4px; }}
QMenu::item {{ padding: 4px 24px 4px 12px; border-radius: 4px; }}
QMenu::item:selected {{ background: {t.accent_bg}; }}
QMenu::item:disabled {{ color: {t.text3}; }}
QMenu::separator {{ background: {t.border}; height: 1px; margin: 4px 8px; }}
QLabel {{ background: transparent; color: {t.text}; }}
QLabel[role="dim"] {{ color: {t.text2}; }}
QLabel[role="hint"] {{ color: {t.text3}; }}
QLabel[role="accent"] {{ color: {t.accent}; }}
QLabel[role="ok"] {{ color: {t.ok}; }}
QLabel[role="warn"] {{ color: {t.warn}; }}
QLabel[role="err"] {{ color: {t.err}; }}
QLabel[role="review"] {{ color: {t.review}; }}
"""


def _controls(t: Tokens, control: int) -> str:
    inner = control - 2
    return f"""
QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox {{ background: {t.surface}; border: 1px solid {t.border};
  border-radius: {RADIUS}px; padding: 0 8px; min-height: {inner}px; color: {t.text};
  selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
QLineEdit:hover, QComboBox:hover, QSpinBox:hover, QDoubleSpinBox:hover {{ border-color: {t.strong}; }}
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus {{ border-color: {t.accent}; }}
QLineEdit[state="warn"], QComboBox[state="warn"] {{ border-color: {t.warn}; }}
QLineEdit[state="err"], QComboBox[state="err"] {{ border-color: {t.err}; }}
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled {{ color: {t.text3}; background: {t.panel}; }}
QLineEdit[dense="true"], QComboBox[dense="true"] {{ min-height: {control - 6}px; }}
QLineEdit[bare="true"] {{ border-color: transparent; background: transparent; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow {{ image: none; }}
QComboBox QAbstractItemView {{ background: {t.raised}; border: 1px solid {t.strong}; color: {t.text};
  selection-background-color: {t.accent_bg}; selection-color: {t.text}; }}
QPlainTextEdit, QTextEdit, QTextBrowser {{ background: {t.surface}; border: 1px solid transparent; color: {t.text};
  selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
QTextBrowser[paper="true"] {{ background: #FFFFFF; color: #1F2933; }}
QPlainTextEdit:focus, QTextEdit:focus, QTextBrowser:focus {{ border-color: {t.accent}; }}
"""


def _buttons(t: Tokens, control: int, dense: int) -> str:
    inner = control - 2
    return f"""
QPushButton {{ background: {t.raised}; border: 1px solid {t.border}; border-radius: {RADIUS}px; padding: 0 12px;
  min-height: {inner}px; color: {t.text}; }}
QPushButton:hover {{ background: {t.hover}; border-color: {t.strong}; }}
QPushButton:pressed {{ background: {t.surface}; }}
QPushButton:focus {{ border-color: {t.accent}; }}
QPushButton:disabled {{ color: {t.text3}; background: transparent; border-color: {t.border}; }}
QPushButton[role="primary"] {{ background: {t.accent}; border-color: {t.accent}; color: {t.on_accent}; }}
QPushButton[role="primary"]:focus {{ border: 2px solid {t.text}; }}
QPushButton[role="primary"]:disabled {{ background: transparent; border-color: {t.border}; color: {t.text3}; }}
QPushButton[role="link"] {{ background: transparent; border: 1px solid transparent; color: {t.accent};
  padding: 0 4px; }}
QPushButton[role="link"][dense="true"] {{ min-height: {dense}px; }}
QPushButton[role="link"]:hover {{ background: {t.hover}; }}
QPushButton[role="link"]:focus {{ border-color: {t.accent}; }}
QPushButton[role="link"]:disabled {{ color: {t.text3}; }}
QPushButton[role="search"] {{ text-align: left; color: {t.text3}; background: {t.surface}; padding: 0 10px; }}
QPushButton[role="status"] {{ background: transparent; border: 1px solid transparent; color: {t.text2}; padding: 0 4px;
  min-height: {dense}px; }}
QPushButton[role="status"]:hover {{ background: {t.hover}; }}
QPushButton[role="status"]:focus {{ border-color: {t.accent}; }}
QPushButton[tall="true"] {{ min-height: {inner + 10}px; }}
QPushButton[role="row"], QPushButton[role="row"]:disabled {{ background: transparent; border: 1px solid transparent;
  padding: 0; min-height: 0; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QPushButton[role="row"]:hover:enabled {{ background: {t.hover}; }}
QPushButton[role="row"]:focus {{ border-color: {t.accent}; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 4px; padding: 3px;
  color: {t.text2}; }}
QToolButton:hover {{ background: {t.hover}; }}
QToolButton:focus {{ border-color: {t.accent}; }}
QToolButton:checked {{ background: {t.accent_bg}; color: {t.accent}; }}
QToolButton[role="switch"]:checked {{ background: transparent; }}
QToolButton::menu-indicator {{ image: none; }}
QToolButton[role="segment"] {{ border: 1px solid {t.border}; background: {t.surface}; padding: 2px 10px;
  border-radius: 0; color: {t.text2}; min-height: {control - 10}px; }}
QToolButton[role="segment"]:hover {{ background: {t.hover}; }}
QToolButton[role="segment"]:checked, QToolButton[role="segment"]:focus {{ border-color: {t.accent}; }}
QToolButton[role="segment"]:checked {{ background: {t.accent_bg}; color: {t.accent}; }}
"""


def _marks(t: Tokens, mark: int) -> str:
    return f"""
QCheckBox, QRadioButton {{ background: transparent; color: {t.text}; spacing: 8px; }}
QCheckBox:disabled, QRadioButton:disabled {{ color: {t.text3}; }}
QCheckBox::indicator, QRadioButton::indicator, QAbstractItemView::indicator {{ width: {mark}px; height: {mark}px;
  border: 1px solid {t.strong}; border-radius: 3px; background: {t.surface}; }}
QRadioButton::indicator {{ border-radius: {mark // 2}px; }}
QCheckBox::indicator:checked, QRadioButton::indicator:checked, QAbstractItemView::indicator:checked {{
  background: {t.accent}; border-color: {t.accent}; }}
QCheckBox:focus, QRadioButton:focus {{ color: {t.accent}; }}
QSlider::groove:horizontal {{ height: 4px; background: {t.border}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {t.accent}; border-radius: 2px; }}
QSlider::handle:horizontal {{ background: {t.text}; width: 12px; height: 12px; margin: -4px 0; border-radius: 6px; }}
QSlider::handle:horizontal:focus {{ background: {t.accent}; }}
QProgressBar {{ background: {t.border}; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 2px; }}
QProgressBar[state="err"]::chunk {{ background: {t.err}; }}
QProgressBar[state="ok"]::chunk {{ background: {t.ok}; }}
QProgressBar[state="warn"]::chunk {{ background: {t.warn}; }}
"""


def _views(t: Tokens, row: int, tab: int) -> str:
    return f"""
QTreeView, QTableView, QListView {{ background: transparent; border: 1px solid transparent; color: {t.text};
  gridline-color: {t.border}; alternate-background-color: transparent; selection-background-color: {t.accent_bg};
  selection-color: {t.text}; }}
QTreeView:focus, QTableView:focus, QListView:focus {{ border-color: {t.accent}; }}
QTreeView::item {{ height: {row}px; border: none; padding-left: 2px; }}
QTreeView::item:hover {{ background: {t.hover}; }}
QTreeView::item:selected {{ background: {t.accent_bg}; color: {t.text}; }}
QTreeView::branch {{ background: transparent; }}
QHeaderView {{ background: transparent; border: none; }}
QHeaderView::section {{ background: transparent; color: {t.text3}; border: none; border-bottom: 1px solid {t.border};
  padding: 0 8px; font-weight: 500; }}
QTableCornerButton::section {{ background: transparent; border: none; }}
QTabBar {{ background: transparent; border: none; }}
QTabBar::tab {{ background: transparent; color: {t.text2}; padding: 0 12px; height: {tab}px; border: none;
  border-bottom: 2px solid transparent; }}
QTabBar::tab:hover {{ color: {t.text}; }}
QTabBar::tab:selected {{ color: {t.text}; border-bottom: 2px solid {t.accent}; }}
QTabBar:focus {{ color: {t.accent}; }}
QTabBar::tab:focus {{ background: {t.hover}; }}
QTabBar QToolButton {{ background: {t.panel}; }}
"""


def _bars(t: Tokens) -> str:
    return f"""
QSplitter::handle {{ background: transparent; }}
QSplitter::handle:hover {{ background: {t.border}; }}
QSplitter[gap="true"]::handle {{ background: transparent; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 8px; margin: 0; }}
QScrollBar::handle {{ background: {t.strong}; border-radius: 3px; margin: 1px; }}
QScrollBar::handle:vertical {{ min-height: 28px; }}
QScrollBar::handle:horizontal {{ min-width: 28px; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: none;
  border: none; width: 0; height: 0; }}
QStatusBar {{ background: {t.panel}; border-top: 1px solid {t.border}; }}
QStatusBar::item {{ border: none; }}
QToolBar {{ background: {t.panel}; border: none; spacing: 0; padding: 0; }}
QDockWidget {{ border: none; }}
"""
