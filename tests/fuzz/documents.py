"""Hostile YAML as a project's documents: bombs, tags, odd text, and mutations of the documents that we ship."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

from projects.layout import DEPLOYMENT, DEPLOYMENT_TESTS
from projects.problems import DocumentProblems, Problem
from projects.project import Project
from projects.templates import DEPLOYMENT as NEW_DEPLOYMENT
from projects.templates import DEPLOYMENT_TESTS as NEW_TESTS
from projects.yaml_edit import remove_value, set_value
from projects.yaml_file import YamlFile
from tests.fuzz.case import Case
from tests.fuzz.driver import REPOSITORY
from tests.fuzz.mutate import mutate_bytes, mutate_text
from workbench.base.errors import SlipwayError

PROCESSES: Final = False
_TOKENS: Final = (
    ":", ": ", "- ", "? ", "&a ", "*a", "<<: *a", "!!python/object/apply:os.system ['true']", "!!binary aGk=",
    "!!set", "!x",
    "!!timestamp 2001-01-01", "!!int x", "!!float .inf", "---", "...", "%YAML 1.1", "%TAG ! tag:x,2000:", "{", "}",
    "[", "]",
    "{a: b", "|", ">", "|2-", "'", '"', "\t", "#", " #", "~", "null", "yes", "0x1F", "0o17", "0b11", "1_000",
    "1e400", "-.inf",
    ".nan", "9" * 400, "9" * 5000, "2001-12-14t21:59:43.10-05:00", "@", "`", "\0", "\x1b[2J", "\ufeff", "\u2028",
    "\x85",
    '"\\ud800"', '"\\x00"', '"\\U0010FFFF"', "../../outside/secret", "/etc/passwd", "C:\\x", "~/x", "a" * 5000,
    "slipway:",
    "slipway: {unconfirmed: [a, b]}", "  unconfirmed: [performance_tests.latency.requirement, nope]", "50 sm",
    "p99.99999", "[1, 0]",
    "1/0", "0/0", "1/1e-999", "1e999ms", "-5 ms", "5 " + "m" * 90, "INT9", "TensorRT 8.6 8.7",
    "accuracy: [{metric: mAP50}]",
)  # fmt: skip
_DOCUMENTS: Final = {
    DEPLOYMENT: (
        NEW_DEPLOYMENT,
        (REPOSITORY / "resources/example" / DEPLOYMENT).read_text("utf-8"),
        (REPOSITORY / "tests/fixtures/reference" / DEPLOYMENT).read_text("utf-8"),
    ),
    DEPLOYMENT_TESTS: (
        NEW_TESTS,
        (REPOSITORY / "resources/example" / DEPLOYMENT_TESTS).read_text("utf-8"),
        (REPOSITORY / "tests/fixtures/reference" / DEPLOYMENT_TESTS).read_text("utf-8"),
    ),
}


def prepare(home: Path) -> None:
    """Nothing is shared."""


def make(random: Random) -> Case:
    """A document: a bomb, or one of ours with changes."""
    name = random.choice((DEPLOYMENT, DEPLOYMENT_TESTS))
    text = random.choice(_DOCUMENTS[name])
    kind = random.random()
    if kind < 0.15:
        return Case(name, random.choice(_BOMBS)(random, text).encode("utf-8", "surrogatepass"))
    if kind < 0.3:
        return Case(name, mutate_bytes(random, text.encode(), [token.encode("utf-8", "replace") for token in _TOKENS]))
    if kind < 0.4:
        text = text.replace("\n", random.choice(("\r\n", "\r", "\n\n", "\x85", "\u2028")))
    if kind > 0.97:
        return Case(name, text.encode(random.choice(("utf-16", "utf-32", "utf-8-sig", "utf-16-le", "cp1252"))))
    return Case(name, mutate_text(random, text, _TOKENS).encode("utf-8", "surrogatepass"))


def check(case: Case, folder: Path) -> str:
    """Open the project that has this document; where it loads, change it too."""
    for name, texts in _DOCUMENTS.items():
        (folder / name).write_bytes(case.data if name == case.name else texts[0].encode())
    try:
        project = Project.open(folder)
    except DocumentProblems as error:
        _judge(error.problems)
        raise
    assert project.effective is not None
    assert all(item.line for item in project.unconfirmed)
    _edit(project.deployment_file if case.name == DEPLOYMENT else project.acceptance_file)
    assert not project.model_path.is_symlink()
    return "taken"


def _judge(problems: tuple[Problem, ...]) -> None:
    """Every problem says where it is, what was got and what is expected."""
    wrong = [problem for problem in problems if problem.line is None and problem.path]
    assert not wrong, f"a problem without a line: {wrong[0]}"
    assert problems, "refused without a problem"
    assert all(problem.got and problem.expected for problem in problems)


def _edit(file: YamlFile) -> None:
    root = next(iter(file.data))
    for keys, value in (
        ((root, "id"), "ID-2"),
        (("slipway", "latency", "starts"), 3),
        ((root, "traceability"), {"a": [1]}),
    ):
        try:
            edited = set_value(file, keys, value)
            remove_value(edited, keys)
        except SlipwayError:
            continue


def _laughs(random: Random, text: str) -> str:
    levels = range(1, random.randrange(4, 60))
    grown = [f"a{level}: &a{level} [" + ", ".join([f"*a{level - 1}"] * random.choice((2, 9))) + "]" for level in levels]
    lines = ["a0: &a0 [x, x, x]", *grown]
    return "\n".join(lines) + "\n" + text


def _deep(random: Random, text: str) -> str:
    depth = random.choice((24, 25, 100, 1000, 20_000))
    opening, closing = random.choice((("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")))
    inner = opening * depth + "1" + closing * random.choice((0, depth))
    if random.random() < 0.3:
        inner = "\n" + "\n".join(" " * level + "a:" for level in range(1, min(depth, 600)))
    return f"{text}\nx: {inner}\n"


def _cycle(random: Random, text: str) -> str:
    return random.choice(
        (
            "a: &a [*a]\n",
            "a: &a {b: *a}\n",
            "&a deployment: *a\n",
            "a: &a\n  <<: *a\n",
            "? &a [*a]\n: 1\n",
            "a: &a {*a: 1}\n",
        )
    ) + (text if random.random() < 0.5 else "")


def _wide(random: Random, text: str) -> str:
    count = random.choice((300, 5000, 19_000))
    lines = random.choice(
        (
            [f"k{number}: {number}" for number in range(count)],
            [f"  k{number}: 1" for number in range(count)],
            ["- 1"] * count,
            ["  same: 1"] * count,
            [f"x{number}: &a{number} 1" for number in range(count)],
            [
                "slipway:",
                "  unconfirmed:",
                *(f"    - performance_tests.latency.requirment{number}" for number in range(count)),
            ],
            ["slipway:", "  requirements:", *(f"    a.b{number}: {{verifies: [A]}}" for number in range(count))],
        )
    )
    joined = "\n".join(lines)
    return f"{text.rstrip()}\n{joined}\n" if random.random() < 0.6 else f"deployment:\n{joined}\n"


def _long(random: Random, text: str) -> str:
    size = random.choice((5000, 100_000, 250_000, 10_000_000))
    what = random.choice(
        (
            "x",
            "x ",
            "9",
            "'",
            "[",
            "- ",
            "\\",
            "#",
            " ",
            "\t",
            "&a ",
            "a: ",
            '"\\u0041',
            "ä",
            "!",
            "%",
            "? ",
            "|\n",
            "*a,",
        )
    )
    line = what * (size // len(what))
    shape = random.choice(
        ("{}", "k: {}", "{}: 1", "  {}: 1", "k: '{}'", 'k: "{}"', "k: |\n  {}", "# {}", "k: [{}]", "? {}\n: 1")
    )
    return text + shape.format(line) + "\n" if random.random() < 0.7 else shape.format(line)


def _odd(random: Random, text: str) -> str:
    return random.choice(
        (
            "",
            "\0",
            "\ufeff",
            "---\n---\n",
            "%YAML 9.9\n---\n",
            "- a\n",
            "1\n",
            "!!python/name:os.system\n",
            "~\n",
            "\t\n",
        )
    )


_BOMBS: Final[tuple[Callable[[Random, str], str], ...]] = (_laughs, _deep, _cycle, _wide, _wide, _long, _long, _odd)
