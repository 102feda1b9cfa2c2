"""JSON Schemas of both documents, so that editors complete and explain them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from projects.acceptance_spec import AcceptanceDocument
from projects.deployment_spec import DeploymentDocument
from projects.fields import Section
from workbench.base.atomic import encode_json, write_atomic

DEPLOYMENT_SCHEMA = "deployment.schema.json"
ACCEPTANCE_SCHEMA = "deployment_tests.schema.json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MODELS: dict[str, tuple[type[Section], str]] = {
    DEPLOYMENT_SCHEMA: (DeploymentDocument, "Deployment specification (04-09)"),
    ACCEPTANCE_SCHEMA: (AcceptanceDocument, "Deployment test specification"),
}


def write_schemas(folder: Path) -> tuple[Path, ...]:
    """Write both schemas into the folder; what is there already and equal stays untouched."""
    written = []
    for name in _MODELS:
        path, data = folder / name, encode_schema(name)
        if not path.is_file() or path.read_bytes() != data:
            write_atomic(path, data)
        written.append(path)
    return tuple(written)


def encode_schema(name: str) -> bytes:
    """The bytes of one schema: `deployment.schema.json` or `deployment_tests.schema.json`."""
    return encode_json({**schema_of(name), "$schema": _DIALECT, "title": _MODELS[name][1]})


def schema_of(name: str) -> dict[str, Any]:
    """One schema by its file's name, its properties in the order of the document."""
    schema: dict[str, Any] = _tidy(_MODELS[name][0].model_json_schema(by_alias=True))
    return schema


def _tidy(value: Any) -> Any:
    """Without what says nothing to a person: titles made from names, and null, which no key may be."""
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if not isinstance(value, dict):
        return value
    tidied = {key: _tidy(item) for key, item in value.items() if not _says_nothing(key, item)}
    options = tidied.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        options = [option for option in options if option != {"type": "null"}]
        tidied.pop("anyOf")
        tidied = {**tidied, **options[0]} if len(options) == 1 else {**tidied, "anyOf": options}
    return tidied


def _says_nothing(key: str, value: object) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and value in (None, {}, []))


if __name__ == "__main__":
    write_schemas(Path(__file__).resolve().parent.parent / "resources" / "schema")
