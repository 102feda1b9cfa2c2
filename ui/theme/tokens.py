"""The design system's tokens: every colour, size and type step of the window, once."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Tokens:
    """The colours of one theme, as `#RRGGBB`."""

    name: str
    """`dark` or `light`."""
    app: str
    """The gap between panels."""
    panel: str
    surface: str
    """Cards and fields."""
    raised: str
    hover: str
    border: str
    strong: str
    """Scroll bars, the border of what is raised."""
    text: str
    """Values."""
    text2: str
    """Labels; on hover and selection also what is text3 elsewhere."""
    text3: str
    """Units, limits, hints."""
    accent: str
    """Selection, focus, what runs, links, the one primary button."""
    accent_bg: str
    on_accent: str
    ok: str
    ok_bg: str
    warn: str
    warn_bg: str
    err: str
    err_bg: str
    review: str
    review_bg: str
    plot: str
    """The ground of plots."""
    grid: str
    """Lines of a plot's grid, opaque on its ground."""
    data: tuple[str, str, str, str, str]
    """Curves, in order; limits are red."""


DARK = Tokens(
    name="dark",
    app="#0E1116",
    panel="#14181E",
    surface="#1A1F27",
    raised="#222833",
    hover="#262D38",
    border="#272E39",
    strong="#3A4453",
    text="#E7EAF0",
    text2="#A4AEBC",
    text3="#8A96A7",
    accent="#5B9DFF",
    accent_bg="#1A2E4C",
    on_accent="#08111F",
    ok="#4CC38A",
    ok_bg="#12291F",
    warn="#F0B04A",
    warn_bg="#30240F",
    err="#FF6B6B",
    err_bg="#351A1D",
    review="#B794F6",
    review_bg="#291F3B",
    plot="#12161C",
    grid="#1F242C",
    data=("#5B9DFF", "#FF9F2E", "#D6DB94", "#B070A6", "#22E0C4"),
)
LIGHT = Tokens(
    name="light",
    app="#E9ECF1",
    panel="#F6F7F9",
    surface="#FFFFFF",
    raised="#FFFFFF",
    hover="#ECEFF4",
    border="#D9DEE6",
    strong="#B4BDC9",
    text="#161B22",
    text2="#4C5768",
    text3="#5C6878",
    accent="#1763D6",
    accent_bg="#E1ECFD",
    on_accent="#FFFFFF",
    ok="#13794A",
    ok_bg="#DDF3E8",
    warn="#8F5A00",
    warn_bg="#FBEFD5",
    err="#C2272D",
    err_bg="#FCE4E4",
    review="#6E45C2",
    review_bg="#EEE7FB",
    plot="#FFFFFF",
    grid="#ECEEF1",
    data=("#1763D6", "#E0600A", "#7A3A55", "#CF52B0", "#2A9D58"),
)

HIGH_CONTRAST_BORDER = {"dark": "#6B7789", "light": "#7C8797"}
"""At least 3:1 on every ground, for those who cannot make out panels by their ground."""

MATCHED, MISSED, DEVICE_ONLY, SELECTED, HALO = "#3DDC97", "#FF5C5C", "#FFC247", "#FFFFFF", "#0B0E12"
"""Boxes over pictures, the same in both themes: they lie on a dark halo, which shows them on any picture."""

SPACE_1, SPACE_2, SPACE_3, SPACE_4, SPACE_6 = 4, 8, 12, 16, 24
"""The grid, px."""
ROW, TABLE_ROW, CONTROL, TAB, TOP_BAR, RAIL, STATUS_BAR = 24, 26, 28, 32, 44, 76, 25
"""Heights, and the width of the rail, px."""
RADIUS = 5
PAGE_PX, TITLE_PX, BODY_PX, SMALL_PX, KPI_PX = 15, 12, 12, 11, 21
"""Type: page title (600), panel title (600), body (400), label (500), key figure (600)."""
REGULAR, MEDIUM, SEMIBOLD = 400, 500, 600


def with_high_contrast(tokens: Tokens) -> Tokens:
    """The same theme with borders that can be made out by everybody."""
    border = HIGH_CONTRAST_BORDER[tokens.name]
    return replace(tokens, border=border, strong=border)
