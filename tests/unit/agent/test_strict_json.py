"""JSON of the other side: what is taken, and what no reader should have to think of."""

from __future__ import annotations

import pytest

from targets.agent.strict_json import decode


def test_that_plain_json_is_taken_as_it_is() -> None:
    text = '{"a": [1, -2.5, 1e300, true, null, "\\u00e4\\ud83d\\ude00"], "b": 18446744073709551615}'
    assert decode(text.encode()) == {"a": [1, -2.5, 1e300, True, None, "ä😀"], "b": 2**64 - 1}


@pytest.mark.parametrize(
    "text",
    [
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e999",
        b"-1e400",
        b"18446744073709551616",
        b"-" + b"9" * 30,
        b"1" * 5000,
        b'"\\ud800"',
        b'{"\\udfff": 1}',
        b'"\\ude00\\ud83d"',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff",
        b"",
    ],
)
def test_that_what_cannot_be_computed_with_or_written_again_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(text)
