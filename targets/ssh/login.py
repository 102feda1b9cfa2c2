"""Logging in: keys first, then what a person types; nothing of it is stored, and a refusal says what was tried."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

import paramiko

from targets.person import SECRET, TEXT, Person
from targets.ssh.config import Hop
from targets.ssh.foreign import one_line
from targets.ssh.keys import PassphraseNeeded, agent_keys, describe_key, load_key, public_half
from workbench.base.errors import BoardError

FACTORS: Final = 4
"""How many ways in a server may want one after the other."""
TRIES: Final = 3
"""How often a person may mistype."""
QUICK_S: Final = 9.0
"""How long the server may think about what needs nobody."""
ANSWER_S: Final = 30.0
"""How long about a password, or a key of the agent: a security key is touched within it."""
TYPING_S: Final = 600.0
"""How long a person may take to answer the server's own questions."""


class HungUp(Exception):
    """The server closed the connection while somebody logged in; `tried` is how many keys it had refused by then."""

    def __init__(self, text: str, tried: int) -> None:
        super().__init__(text)
        self.tried = tried


class Secrets:
    """What a person typed, kept in memory while the board is used, so that it is asked only once."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def get(self, what: str) -> str | None:
        """What was typed for it."""
        return self._known.get(what)

    def keep(self, what: str, secret: str) -> None:
        """Remember what proved right."""
        self._known[what] = secret

    def forget(self, what: str) -> None:
        """It proved wrong."""
        self._known.pop(what, None)


class Login:
    """One login at one machine.

    Args:
        transport: the connection, its host checked.
        hop: the machine, the user and the keys.
        person: asked for passphrases and passwords.
        secrets: what was typed before.
        first: the key that was named; that one must be there.
        check: called before each attempt; raises to stop.
    """

    def __init__(
        self,
        transport: paramiko.Transport,
        hop: Hop,
        person: Person,
        secrets: Secrets,
        first: Path | None,
        check: Callable[[], None],
    ) -> None:
        self._transport = transport
        self._hop = hop
        self._person = person
        self._secrets = secrets
        self._first = first
        self._check = check
        self._offered: list[str] = []
        self._tried: list[str] = []
        self._accepted = 0
        """How many ways in were accepted, and more was wanted."""
        self._alone = False
        """Whether nobody was there to type a password."""

    def log_in(self) -> None:
        """Log in, by whatever the server takes.

        Raises:
            BoardError: it is refused; says what was tried and what the server offers.
            HungUp: the server closed the connection.
            Cancelled: a question was not answered.
        """
        if self._attempt("without a key", lambda: self._transport.auth_none(self._hop.user), QUICK_S):
            return
        for _ in range(FACTORS):
            accepted = self._accepted
            if self._try_keys() or self._try_typing():
                return
            if self._accepted == accepted:
                break
        raise self._refused()

    def _try_keys(self) -> bool:
        """Try one key after the other, as long as the server listens to keys."""
        with closing(self._keys()) as keys:  # the key agent is held as long as one of its keys may sign
            while "publickey" in self._offered and (key := next(keys, None)) is not None:
                if self._try_key(key):
                    return True
        return False

    def _keys(self) -> Generator[paramiko.PKey]:
        """Keys that need nobody first: the named one, the agent's, the usual files; then those with a passphrase."""
        locked: list[Path] = []
        if self._first is not None:
            yield from self._from_file(self._first, locked, named=True)
        seen = set()
        public = {public_half(path) for path in self._hop.keys}
        with agent_keys(self._hop.agent) as keys:
            for key in keys:
                if not self._hop.identities_only or key.asbytes() in public:
                    seen.add(key.asbytes())
                    if key.get_name().startswith("sk-"):
                        self._person.tell("Touch your security key.")
                    yield key
        for path in self._hop.keys:
            if path != self._first and path.is_file():
                yield from self._from_file(path, locked, named=False)
        for path in locked:
            if public_half(path) not in seen:
                yield from self._unlock(path)

    def _from_file(self, path: Path, locked: list[Path], *, named: bool) -> Iterator[paramiko.PKey]:
        try:
            yield load_key(path, self._secrets.get(str(path)))
        except PassphraseNeeded:
            locked.append(path)
        except BoardError as error:
            if named:
                raise
            self._tried.append(f"{error.summary}. {error.hint}")

    def _unlock(self, path: Path) -> Iterator[paramiko.PKey]:
        for _ in range(TRIES):
            typed = self._ask(SECRET, f"Passphrase of {path}", f"the passphrase of {path}")
            if typed is None:
                return
            try:
                key = load_key(path, typed)
            except PassphraseNeeded:
                self._person.tell(f"That is not the passphrase of {path}.")
            else:
                self._secrets.keep(str(path), typed)
                yield key
                return
        self._tried.append(f"key {path}: its passphrase was typed wrong {TRIES} times")

    def _try_key(self, key: paramiko.PKey) -> bool:
        limit_s = ANSWER_S if isinstance(key, paramiko.AgentKey) else QUICK_S
        what = f"key {describe_key(key)}"
        return self._attempt(what, lambda: self._transport.auth_publickey(self._hop.user, key), limit_s)

    def _try_typing(self) -> bool:
        """The password first; where both are offered and it was wrong, the server's own questions come only once."""
        asked_for_password = "password" in self._offered
        accepted = self._accepted
        if self._repeat("password", self._try_password, TRIES):
            return True
        refused = asked_for_password and self._accepted == accepted
        answer = partial(self._attempt, "what was typed", self._answer_server, TYPING_S)
        return self._repeat("keyboard-interactive", answer, 1 if refused else TRIES)

    def _repeat(self, way: str, act: Callable[[], bool], tries: int) -> bool:
        """Try a way in again and again while the server offers it; accepted as one factor, it has done its part."""
        accepted = self._accepted
        for _ in range(tries):
            if way not in self._offered or self._accepted != accepted or self._alone:
                return False
            if act():
                return True
        return False

    def _try_password(self) -> bool:
        typed = self._secrets.get(str(self._hop)) or self._ask(SECRET, f"Password of {self._hop}", "a password")
        if typed is None:
            self._alone = True
            return False
        accepted = self._accepted
        done = self._attempt("a password", partial(self._send_password, typed))
        if done or self._accepted != accepted:
            self._secrets.keep(str(self._hop), typed)
        else:
            self._secrets.forget(str(self._hop))
        return done

    def _send_password(self, typed: str) -> list[str]:
        return list(self._transport.auth_password(self._hop.user, typed, fallback=False))

    def _answer_server(self) -> list[str]:
        def answer(_title: str, _instructions: str, prompts: list[tuple[str, bool]]) -> list[str]:
            return [
                self._person.ask(TEXT if shown else SECRET, f"{self._hop}: {one_line(text)}") for text, shown in prompts
            ]

        return list(self._transport.auth_interactive(self._hop.user, answer))

    def _ask(self, kind: str, text: str, what: str) -> str | None:
        """What a person types; None where nobody is there, which is noted."""
        try:
            return self._person.ask(kind, text)
        except BoardError as error:
            self._tried.append(f"{what}: nobody was there to type it ({error.hint})")
            return None

    def _attempt(self, what: str, act: Callable[[], list[str]], limit_s: float = ANSWER_S) -> bool:
        """Try one way in; True once we are in. One that is accepted as a first factor narrows what is offered."""
        self._check()
        self._transport.auth_timeout = limit_s
        try:
            more = act()
        except paramiko.BadAuthenticationType as error:
            self._offered = list(error.allowed_types)
        except paramiko.AuthenticationException as error:
            self._look(error)
            if "timeout" in str(error):
                raise HungUp(f"no answer within {self._transport.auth_timeout:g} s", len(self._tried)) from error
        except (paramiko.SSHException, OSError, EOFError) as error:
            self._look(error)
            self._tried.append(f"{what}: {error}")
            return False
        else:
            self._offered = list(more)
            self._accepted += bool(more)
            self._tried.append(f"{what}: accepted, and more is wanted")
            return not more
        if what != "without a key":
            self._tried.append(what)
        return False

    def _look(self, error: Exception) -> None:
        """Tell a server that hung up from one that said no."""
        self._check()
        if not self._transport.is_active():
            raise HungUp(str(error), len(self._tried)) from error

    def _refused(self) -> BoardError:
        tried = [f"tried {line}" for line in dict.fromkeys(self._tried)] or ["tried nothing: no key is there"]
        offers = f"the server offers: {', '.join(self._offered) or 'nothing'}"
        hint = (
            f"Name a key that the board accepts with --key, or bring yours there: ssh-copy-id -p {self._hop.port} "
            f"{self._hop.user}@{self._hop.hostname}. Is {self._hop.user} the right user (--user)?"
        )
        return BoardError(f"{self._hop} refuses the login", hint, "\n".join([*tried, offers]))
