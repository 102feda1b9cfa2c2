"""Words of a server, as a question may show them."""

from __future__ import annotations

from targets.ssh.foreign import MAX_CHARACTERS, one_line


def test_that_foreign_words_cannot_forge_a_question_of_ours() -> None:
    assert one_line("Code:\r\nPassphrase of ~/.ssh/id_ed25519\u2028x") == "Code: Passphrase of ~/.ssh/id_ed25519 x"
    assert one_line("a\u202eb\u2066c\x1b[2Kd\ud800") == "a\ufffdb\ufffdc\ufffd[2Kd\ufffd"
    assert one_line("Kennwort für Zoë: ") == "Kennwort für Zoë:"
    assert len(one_line("x" * 10_000)) == MAX_CHARACTERS
