"""What a person copies from a board's screen, against the key that came over the network."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from targets.fingerprints import Match, compare
from targets.road import ShownKey, Standing


def key_of(path: Path, kind: str) -> ShownKey:
    """The key in a `.pub` file as a host would show it."""
    text = path.read_text().split()[1]
    words = ["ssh-keygen", "-lf", str(path)]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()[1]
    return ShownKey("board", kind, text, said, Standing.UNKNOWN)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The public host keys of two boards."""
    folder = tmp_path_factory.mktemp("host-keys")
    for name, kind in (("ed", "ed25519"), ("rsa", "rsa"), ("other", "ed25519")):
        words = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", f"root@{name}", "-f", str(folder / name)]
        subprocess.run(words, check=True, stdin=subprocess.DEVNULL)
    return folder


@pytest.fixture(scope="module")
def shown(folder: Path) -> ShownKey:
    """What the first board shows."""
    return key_of(folder / "ed.pub", "ED25519")


def keygen(folder: Path, *words: str) -> str:
    """What ssh-keygen prints on a board's screen."""
    done = subprocess.run(["ssh-keygen", *words], check=True, capture_output=True, text=True, cwd=folder)
    return done.stdout


def test_that_all_that_a_board_may_print_of_its_key_is_equal(folder: Path, shown: ShownKey) -> None:
    fingerprint = shown.fingerprint
    bare = fingerprint.removeprefix("SHA256:")
    groups = " ".join(bare[at : at + 4] for at in range(0, 43, 4))
    screens = [
        keygen(folder, "-lf", "ed.pub"),
        keygen(folder, "-E", "md5", "-lf", "ed.pub"),
        keygen(folder, "-lf", "rsa.pub") + keygen(folder, "-lf", "ed.pub"),
        (folder / "ed.pub").read_text(),
        f"  {fingerprint}\n",
        bare,
        groups,
        f"SHA256: {groups}",
    ]
    assert [compare(shown, screen).match for screen in screens] == [Match.EQUAL] * len(screens)


def test_that_another_key_is_different_and_says_from_where(folder: Path, shown: ShownKey) -> None:
    other = compare(shown, keygen(folder, "-lf", "other.pub"))
    assert other.match is Match.DIFFERENT
    bare = shown.fingerprint.removeprefix("SHA256:")
    typo = bare[:9] + ("A" if bare[9] != "A" else "B") + bare[10:]
    found = compare(shown, typo)
    assert (found.match, found.differs_at) == (Match.DIFFERENT, 9)
    assert found.text == "different from character 10 on, in group 3"


def test_that_a_key_of_another_kind_is_told_from_a_wrong_one(folder: Path, shown: ShownKey) -> None:
    found = compare(shown, keygen(folder, "-lf", "rsa.pub"))
    assert (found.match, found.text) == (Match.DIFFERENT, "that is its RSA key; the ED25519 key is needed")


def test_that_half_a_fingerprint_is_not_enough(shown: ShownKey) -> None:
    found = compare(shown, shown.fingerprint[:20])
    assert (found.match, found.text) == (Match.DIFFERENT, "13 of 43 characters: the rest is missing")


@pytest.mark.parametrize("text", ["", "  \n", "nvidia@board:~$ ", "SHA256:", base64.b64encode(b"x" * 99).decode()])
def test_that_a_text_without_fingerprint_compares_to_nothing(text: str, shown: ShownKey) -> None:
    assert compare(shown, text).match is Match.NOTHING
