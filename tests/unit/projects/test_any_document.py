"""Whatever stands in the documents: they load, or every problem is said; nothing else ever comes out."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from projects.layout import Layout
from projects.problems import DocumentProblems
from projects.project import Project
from projects.yaml_file import YamlFile, emit

_REFERENCE = Path(__file__).parents[2] / "fixtures" / "reference"
_TEXTS = {name: (_REFERENCE / f"{name}.yaml").read_bytes() for name in ("deployment", "deployment_tests")}
_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(["50ms", "1GB", "A, B"])
)
_KEYS = st.sampled_from(
    ["slipway", "deployment", "id", "latency", "requirement", "accuracy", "frames", "unconfirmed", "requirements", "x"]
)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=12
)


def _load(deployment: bytes, tests: bytes) -> str:
    files = [
        YamlFile.parse(Path(f"{name}.yaml"), f"{name}.yaml", text)
        for name, text in (("deployment", deployment), ("deployment_tests", tests))
    ]
    try:
        Project.from_files(Layout(Path("nowhere")), files[0], files[1])
    except DocumentProblems as error:
        assert error.problems  # noqa: PT017  the refusal is one of two right answers
        assert len(error.detail.splitlines()) == len(error.problems)  # noqa: PT017  one a line
        return "refused"
    return "loaded"


def test_that_the_reference_is_loaded() -> None:
    assert _load(_TEXTS["deployment"], _TEXTS["deployment_tests"]) == "loaded"


@settings(max_examples=60)
@given(st.data())
def test_that_a_damaged_document_is_loaded_or_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(_TEXTS)))
    text = bytearray(_TEXTS[name])
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text) - 1))
        text[start : start + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    _load(**{"deployment": _TEXTS["deployment"], "tests": _TEXTS["deployment_tests"]} | {_PART[name]: bytes(text)})


_PART = {"deployment": "deployment", "deployment_tests": "tests"}


@settings(max_examples=60)
@given(st.sampled_from(sorted(_TEXTS)), st.lists(_KEYS, max_size=3), _VALUES)
def test_that_any_value_anywhere_is_loaded_or_refused(name: str, keys: list[str], value: object) -> None:
    data: dict[str, object] = {name: value}
    for key in keys:
        value = {key: value}
        data = {name: value, "slipway": value}
    _load(
        **{"deployment": _TEXTS["deployment"], "tests": _TEXTS["deployment_tests"]} | {_PART[name]: emit(data).encode()}
    )
