"""The page for a text view: everything of it, and nothing that such a view cannot show."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.unit.workbench.reports.conftest import page_of
from workbench.reports.rich_text import BAR_WIDTH_PX, MAX_WIDTH_PX, to_rich_text


class Words(HTMLParser):
    """The words of a page, without those of its plots and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag in {"svg", "style", "title"}:
            self._hidden.append(tag)

    def handle_endtag(self, tag):
        if self._hidden and tag == self._hidden[-1]:
            self._hidden.pop()

    def handle_data(self, data):
        if not self._hidden:
            self.words += data.replace("\xa0", " ").split()


def words_of(html):
    parser = Words()
    parser.feed(html)
    return parser.words


def test_that_every_word_of_the_page_is_there_in_its_order(make_run):
    page = page_of(*make_run())
    assert words_of(to_rich_text(page).html) == words_of(page)


def test_that_plots_bars_and_pictures_are_images_of_their_own(make_run):
    page = page_of(*make_run())
    text = to_rich_text(page)
    named = re.findall(r'<img src="([a-z]+-\d+)"', text.html)
    assert named == list(text.images)
    svgs = [name for name in named if name.startswith("svg")]
    assert len(svgs) == page.count("<svg")
    assert len(named) - len(svgs) == page.count("data:image/jpeg") == 1
    assert all(text.images[name].startswith(b"<svg") and b"xmlns=" in text.images[name] for name in svgs)
    assert all(text.images[name].startswith(b"\xff\xd8") for name in named if name not in svgs)


def test_that_nothing_is_left_that_a_text_view_does_not_know(make_run):
    text = to_rich_text(page_of(*make_run()))
    assert not re.search(r"<svg|<figure|<main|var\(|data:image|flex|@media", text.html)
    assert all(b"var(" not in data for data in text.images.values())


@pytest.mark.parametrize(("asked", "given"), [(600, 600), (10, BAR_WIDTH_PX), (5000, MAX_WIDTH_PX)])
def test_that_plots_fill_the_column(make_run, asked, given):
    html = to_rich_text(page_of(*make_run())).at_width(asked)
    assert f'width="{given}"' in html
    assert not re.search(r"@[\w-]+@", html)
    assert all(int(height) > 10 for height in re.findall(r'<img [^>]*height="(\d+)"', html))
    assert html.count("<img") == len(re.findall(r'<img [^>]*height="\d+"', html))


def test_that_hashes_break_in_narrow_columns_alone(make_run):
    text = to_rich_text(page_of(*make_run()))
    assert "&#8203;" in text.at_width(600)
    assert text.at_width(1000).count("&#8203;") == 0


def test_that_type_grows_with_the_zoom(make_run):
    html = to_rich_text(page_of(*make_run())).at_width(600, 1.5)
    assert "font-size:36px" in html
    assert "font-size:24px" not in html


@pytest.mark.parametrize("page", ["", "<p>no body", "<body></body>", '<img alt="a" src="data:image/jpeg;base64,@@">'])
def test_that_a_page_of_somebody_else_is_shown_as_far_as_it_goes(page):
    assert to_rich_text(page).images == {}
