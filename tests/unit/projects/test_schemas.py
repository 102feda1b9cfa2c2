"""JSON Schemas: in step with the models, and true of the reference documents."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from projects.schemas import ACCEPTANCE_SCHEMA, DEPLOYMENT_SCHEMA, write_schemas
from projects.yaml_file import YamlFile

_REFERENCE = Path(__file__).parents[2] / "fixtures" / "reference"
_NAMES = (DEPLOYMENT_SCHEMA, ACCEPTANCE_SCHEMA)


@pytest.mark.parametrize("name", _NAMES)
def test_that_the_schemas_in_the_repository_are_those_of_the_models(
    repository: Path, tmp_path: Path, name: str
) -> None:
    write_schemas(tmp_path)
    stored = repository / "resources" / "schema" / name
    assert stored.read_bytes() == (tmp_path / name).read_bytes(), "run `python -m projects.schemas`"


@pytest.mark.parametrize("name", _NAMES)
def test_that_every_key_is_described_and_null_is_no_value(repository: Path, name: str) -> None:
    schema = json.loads((repository / "resources" / "schema" / name).read_text())
    assert schema["$schema"].endswith("2020-12/schema")
    assert '"null"' not in json.dumps(schema)
    for definition in schema["$defs"].values():
        assert definition["additionalProperties"] is False
        for key, entry in definition["properties"].items():
            assert "description" in entry or "$ref" in entry, key


@pytest.mark.parametrize(
    ("name", "document"), [(DEPLOYMENT_SCHEMA, "deployment"), (ACCEPTANCE_SCHEMA, "deployment_tests")]
)
def test_that_the_reference_documents_fit_the_schemas(repository: Path, name: str, document: str) -> None:
    schema = json.loads((repository / "resources" / "schema" / name).read_text())
    data = YamlFile.read(_REFERENCE / f"{document}.yaml").data
    assert list(_misfits(schema, schema, data, document)) == []


def test_that_a_wrong_unit_does_not_fit(repository: Path) -> None:
    schema = json.loads((repository / "resources" / "schema" / ACCEPTANCE_SCHEMA).read_text())
    latency = schema["$defs"]["Latency"]["properties"]["requirement"]
    assert re.search(latency["pattern"], "50ms")
    assert not re.search(latency["pattern"], "50 sm")


def _misfits(root: dict[str, Any], schema: dict[str, Any], value: object, where: str) -> list[str]:
    """The part of JSON Schema that ours use: references, objects, arrays, enums, patterns and bounds."""
    if "$ref" in schema:
        return _misfits(root, root["$defs"][schema["$ref"].rpartition("/")[2]], value, where)
    if "anyOf" in schema:
        tries = [_misfits(root, option, value, where) for option in schema["anyOf"]]
        return [] if [] in tries else tries[0]
    types: dict[str, type | tuple[type, ...]] = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
    }
    kind = schema.get("type")
    if kind is not None and not isinstance(value, types[kind]):
        return [f"{where}: {value!r} is no {kind}"]
    wrong = []
    if "enum" in schema and value not in schema["enum"]:
        wrong.append(f"{where}: {value!r} is none of {schema['enum']}")
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        wrong.append(f"{where}: {value!r} does not fit {schema['pattern']}")
    if isinstance(value, dict):
        wrong += [f"{where}: lacks {key}" for key in schema.get("required", []) if key not in value]
        for key, inner in value.items():
            known = schema["properties"].get(key)
            wrong += [f"{where}: knows no {key}"] if known is None else _misfits(root, known, inner, f"{where}.{key}")
    if isinstance(value, list):
        for item in value:
            wrong += _misfits(root, schema["items"], item, where)
    return wrong


def test_that_equal_schemas_are_not_written_again(tmp_path: Path) -> None:
    first = [path.stat().st_mtime_ns for path in write_schemas(tmp_path)]
    assert [path.stat().st_mtime_ns for path in write_schemas(tmp_path)] == first
