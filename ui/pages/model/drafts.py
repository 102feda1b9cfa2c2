"""What a person changed in the form and has not saved, with the way back."""

from __future__ import annotations

from workbench.views.model import Changes

MOST = 200


class Drafts:
    """The changes of a form as they followed each other; plain values, so that undo is a step back."""

    def __init__(self) -> None:
        self._steps: list[Changes] = [()]
        self._taken_back: list[Changes] = []

    @property
    def changes(self) -> Changes:
        """What is not saved now."""
        return self._steps[-1]

    def begin(self, changes: Changes) -> None:
        """Start from these, without a way back."""
        self._steps, self._taken_back = [changes], []

    def set(self, key: str, value: str) -> None:
        """One field has another value."""
        self.set_many(((key, value),))

    def set_many(self, changes: Changes) -> None:
        """Several fields have other values at once."""
        self._push(tuple({**dict(self.changes), **dict(changes)}.items()))

    def drop(self) -> None:
        """Take everything back; undo brings it again."""
        self._push(())

    def undo(self) -> bool:
        """Go one step back; False where there is none."""
        if len(self._steps) < 2:
            return False
        self._taken_back.append(self._steps.pop())
        return True

    def redo(self) -> bool:
        """Do again what was taken back last; False where there is none, or something else was changed since."""
        if not self._taken_back:
            return False
        self._steps.append(self._taken_back.pop())
        return True

    def _push(self, changes: Changes) -> None:
        if changes != self.changes:
            self._steps, self._taken_back = [*self._steps[-MOST:], changes], []
