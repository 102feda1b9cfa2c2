"""What a head is told beyond its name: taken one by one; what is left over or of another kind is refused in words."""

from __future__ import annotations

from typing import Any, Dict, Sequence, Tuple

from ..plan import HeadChoice
from ..protocol import E_USAGE, CommandError


class Options:
    """The options of a choice, taken by name."""

    def __init__(self, choice: HeadChoice) -> None:
        self._head = choice.name
        self._left: Dict[str, Any] = dict(choice.options)

    def word(self, name: str, allowed: Sequence[str], default: str) -> str:
        """One of a few words; `default` where it is not given."""
        value = self._left.pop(name, default)
        if value not in allowed:
            raise self._wrong(name, value, "one of %s" % ", ".join(allowed))
        return str(value)

    def flag(self, name: str, default: bool) -> bool:
        """True or false; `default` where it is not given."""
        value = self._left.pop(name, default)
        if not isinstance(value, bool):
            raise self._wrong(name, value, "true or false")
        return value

    def words(self, name: str, allowed: Sequence[str], count: int) -> Tuple[str, ...]:
        """A word for each of `count` things; empty where the option is not given."""
        value = self._left.pop(name, None)
        if value is None:
            return ()
        good = isinstance(value, (list, tuple)) and len(value) == count and all(item in allowed for item in value)
        if not good:
            raise self._wrong(name, value, "%d words, each one of %s" % (count, ", ".join(allowed)))
        return tuple(value)

    def close(self) -> None:
        """Refuse what no one took."""
        if self._left:
            raise CommandError(E_USAGE, "the head %s takes no option %r" % (self._head, sorted(self._left)[0]))

    def _wrong(self, name: str, value: Any, expected: str) -> CommandError:
        text = "the option %r of the head %s is %s; expected %s"
        return CommandError(E_USAGE, text % (name, self._head, repr(value)[:120], expected))
