"""What differs between two texts of one document, value by value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from projects.form import text_on_line
from projects.form_words import label_of, title_of
from projects.keys import Keys, dotted
from projects.yaml_file import YamlFile


@dataclass(frozen=True)
class FieldChange:
    """One value that is another now; None where it was not or is not there."""

    path: str
    label: str
    old: str | None
    new: str | None
    line: int | None
    """In the new text; None where it is not there any more."""


def compare_documents(old: YamlFile, new: YamlFile) -> tuple[FieldChange, ...]:
    """Changed values in the order of the new text, then those that are gone."""
    before, after = dict(_leaves(old.data)), dict(_leaves(new.data))
    changed = [keys for keys, text in after.items() if before.get(keys) != text]
    gone = [keys for keys in before if keys not in after]
    return tuple(
        FieldChange(
            path=dotted(keys),
            label=_label(keys),
            old=before.get(keys),
            new=after.get(keys),
            line=new.line_of(keys) if keys in after else None,
        )
        for keys in (*changed, *gone)
    )


def _label(keys: Keys) -> str:
    """`Latency limit`: the section and the field."""
    names = ["*" if isinstance(key, int) else key for key in keys]
    label, title = label_of(".".join(names)), title_of(".".join(names[:-1]))
    inner = [name for name in names[:-1] if name != "*"]
    title = title_of(".".join(inner)) if "*" in names else title
    small = label[:1].lower() + label[1:] if label[1:2].islower() else label
    return f"{title} {small}".strip()


def _leaves(value: object, keys: Keys = ()) -> Iterator[tuple[Keys, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*keys, str(key)))
    elif isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*keys, index))
    elif keys:
        yield keys, text_on_line(value) or "nothing"
