"""Changes of a form, taken back and done again."""

from __future__ import annotations

from ui.pages.model.drafts import Drafts


def test_that_what_was_taken_back_is_done_again_until_something_else_is_changed() -> None:
    drafts = Drafts()
    drafts.set("scale", "255")
    drafts.set("color", "bgr")
    assert drafts.undo()
    assert list(drafts.changes) == [("scale", "255")]
    assert drafts.redo()
    assert list(drafts.changes) == [("scale", "255"), ("color", "bgr")]
    assert not drafts.redo()
    assert drafts.undo()
    drafts.set("pad", "0")
    assert not drafts.redo()
