from __future__ import annotations

from pathlib import Path

import pytest

from workbench.base.errors import UsageError
from workbench.frames.class_file import MAX_FILE_BYTES, MAX_NAMES, read_class_file

NAMES = ("car", "lorry", "no")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("classes.txt", "car\r\nlorry\n\nno\n"),
        ("classes.txt", "\ufeffcar\nlorry\nno"),
        ("coco.names", " car \nlorry\nno\n"),
        ("data.yaml", "nc: 3\nnames: [car, lorry, no]\n"),
        ("data.yml", "names:\n  1: lorry\n  0: car\n  2: no\n"),
        ("classes.json", '["car", "lorry", "no"]'),
        ("classes.json", '{"names": {"0": "car", "1": "lorry", "2": "no"}}'),
    ],
)
def test_that_every_usual_form_gives_the_names_in_order(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    assert read_class_file(tmp_path / name) == NAMES


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("classes.txt", b"", "holds 0 class names"),
        ("classes.txt", b"\xff\xfe", "cannot read the class names"),
        ("classes.txt", b"x" * 201, "one that is too long"),
        ("classes.txt", b"x\n" * (MAX_NAMES + 1), f"holds {MAX_NAMES + 1} class names"),
        ("classes.txt", b"x" * (MAX_FILE_BYTES + 1), "no list of class names"),
        ("data.yaml", b"names: {0: car, 2: lorry}\n", "neither a list nor numbered from 0"),
        ("data.yaml", b"nc: 3\n", "neither a list nor numbered from 0"),
        ("data.yaml", b"names: [car\n", "cannot be read"),
        ("data.yaml", b"names: !!python/object:os.system [car]\n", "cannot be read"),
        ("classes.json", b"[[[", "cannot be read"),
        ("classes.json", b"[" * 100_000, "cannot be read"),
        ("classes.json", b'[{"name": "car"}]', "neither a list nor numbered from 0"),
    ],
)
def test_that_what_holds_no_names_is_refused_in_words(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=said) as caught:
        read_class_file(tmp_path / name)
    assert caught.value.hint
