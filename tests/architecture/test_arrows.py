from __future__ import annotations

import ast
import sys

import pytest

QT = {"PySide6", "pyqtgraph", "shiboken6"}
RUNTIMES = {"openvino", "tensorrt", "tensorrt_rtx", "pycuda", "cuda", "cv2"}
POSIX = {"fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty"}
PICKLES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
LATE = {
    "workbench.jobs.reader_process": "its owner names what it imports before it is asked",
    "workbench.jobs.worker": "its owner names what it imports while nobody waits",
    "workbench.jobs.order_text": "gives orders of a journal again, of the package of orders only",
    "targets.agent.look": "asks each runtime for its version, by the names in a table of its own",
}
"""Modules that may import names that are only known at run time, and why."""
UI_MAY = {"ui", "workbench", "numpy", *QT}
FORKS = {"fork", "forkpty", "setsid", "setpgid", "killpg"}


def imports(tree: ast.AST, module: str) -> set[str]:
    """Absolute names that a module imports, wherever in it; relative and constant dynamic imports are resolved."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*module.split(".")[: -node.level], *([base] if base else [])])
            found.update(f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and called(node) in {"import_module", "__import__"} and node.args:
            found.add(imported_by_call(node, module))
    return found


def imported_by_call(node: ast.Call, module: str) -> str:
    """What `import_module` imports: a constant, or something in the module's own package; "?" where it may be all."""
    name = node.args[0]
    start = name.left if isinstance(name, ast.BinOp) else name
    if not isinstance(start, ast.Constant) or not isinstance(start.value, str):
        return "?"
    if start.value.startswith(".") and [getattr(argument, "id", "") for argument in node.args[1:]] == ["__package__"]:
        return module.rpartition(".")[0]
    return start.value if start is name else "?"


def called(node: ast.Call) -> str:
    """The last part of the name of what a call calls."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def top(name: str) -> str:
    return name.partition(".")[0]


def broken(module: str, name: str) -> str:
    """Why this module may not import this name; empty where it may."""
    if name == "?":
        return "" if module in LATE else "a name that is only known at run time cannot be checked"
    return misplaced(module, name) or against_arrow(module, name)


def misplaced(module: str, name: str) -> str:
    """Why a library may not be imported here, if it has one place or none."""
    there = top(name)
    board_side = within(module, "targets.agent") or module.startswith("targets.local")
    own_processes = within(module, "workbench.jobs")
    rules = (
        (there in QT and top(module) != "ui", "Qt lives in ui/"),
        (there == "paramiko" and not within(module, "targets.ssh"), "paramiko lives in targets/ssh/"),
        (there in {"ruamel", "yaml"} and module != "projects.yaml_file", "YAML is read in projects/yaml_file.py"),
        (there in PICKLES and not own_processes, "pickle may cross nothing but the border of our own processes"),
        (there in POSIX and not board_side, "only the agent and this machine as a board may need POSIX"),
    )
    return next((reason for wrong, reason in rules if wrong), "")


def against_arrow(module: str, name: str) -> str:
    """Why a package may not know another one."""
    here, there = top(module), top(name)
    standard = there in sys.stdlib_module_names
    if within(module, "targets.agent"):
        known = standard or within(name, "targets.agent") or there == "numpy" or there in RUNTIMES
        return "" if known else "the agent runs where nothing of ours is"
    if within(module, "workbench.base"):
        return "" if standard or within(name, "workbench.base") else "workbench.base is standard library only"
    if here == "ui":
        return "" if standard or there in UI_MAY else "ui works through workbench"
    if there == "ui":
        return "nothing below ui knows the window"
    if here in {"projects", "targets"} and there == "workbench" and not within(name, "workbench.base"):
        return "projects and targets know of workbench only its base"
    if {here, there} == {"projects", "targets"}:
        return "projects and targets do not know each other"
    return ""


def test_that_every_import_follows_the_arrows(house):
    wrong = [
        f"{source.path} imports {name}: {reason}"
        for source in house.sources
        for name in sorted(imports(source.tree, source.module))
        if (reason := broken(source.module, name))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("projects.record", "import targets.board"),
        ("projects.record", "from workbench import session"),
        ("targets.board", "from projects import record"),
        ("targets.board", "def f():\n    import workbench.session"),
        ("targets.board", "import paramiko"),
        ("targets.inventory", "def f():\n    from paramiko import SSHClient"),
        ("targets.ssh.board", "import fcntl"),
        ("targets.ssh.board", "from workbench.jobs import context"),
        ("targets.board", "import importlib\nimportlib.import_module('projects.record')"),
        ("targets.agent.bench", "from workbench.base import errors"),
        ("targets.agent.bench", "from .. import board"),
        ("targets.agent.bench", "import scipy"),
        ("targets.agent.bench", "import targets.board"),
        ("workbench.session", "import ui.start"),
        ("workbench.session", "from PySide6 import QtCore"),
        ("workbench.session", "import yaml"),
        ("workbench.session", "import pickle"),
        ("workbench.session", "import fcntl"),
        ("workbench.session", "import importlib\nimportlib.import_module(name)"),
        ("workbench.session", "import importlib\nimportlib.import_module('targets.' + name)"),
        ("workbench.base.atomic", "import numpy"),
        ("workbench.base.atomic", "from workbench import session"),
        ("ui.page", "import subprocess, onnx"),
        ("ui.page", "from projects import record"),
    ],
)
def test_that_a_broken_arrow_is_found(module, line):
    assert any(broken(module, name) for name in imports(ast.parse(line), module))


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("targets.agent.bench", "from . import frames\nfrom .runtimes.base import Runtime\nimport numpy, openvino"),
        ("targets.agent.runtimes.base", "importlib.import_module('.' + name, __package__)"),
        ("targets.local", "import fcntl\nfrom workbench.base.errors import BoardError"),
        ("targets.ssh.line", "import paramiko\nfrom targets.board import Board"),
        ("projects.yaml_file", "from ruamel.yaml import YAML"),
        ("workbench.session", "from projects import record\nfrom targets.agent import protocol\nimport cv2"),
        ("ui.start", "from workbench import cli"),
    ],
)
def test_that_an_allowed_import_is_left_alone(module, line):
    assert not [name for name in imports(ast.parse(line), module) if broken(module, name)]


def test_that_only_modules_that_import_late_are_excused(house):
    late = {source.module for source in house.sources if "?" in imports(source.tree, source.module)}
    assert late == set(LATE)


def test_that_the_agent_imports_its_own_package_by_relative_imports(house):
    """It is shipped to boards as a package of another name."""
    wrong = [
        f"{source.path}:{node.lineno}"
        for source in house.under("targets/agent/")
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.ImportFrom) and not node.level and top(node.module or "") == "targets")
        or (isinstance(node, ast.Import) and any(top(alias.name) == "targets" for alias in node.names))
    ]
    assert not wrong, f"absolute imports of the agent's own package: {wrong}"


def test_that_no_host_is_trusted_in_silence(house):
    """Both policies of the library connect to whoever answers."""
    trusting = {"AutoAddPolicy", "WarningPolicy"}
    wrong = [
        f"{source.path}:{node.lineno}"
        for source in house.sources
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.Attribute) and node.attr in trusting)
        or (isinstance(node, ast.ImportFrom) and trusting & {alias.name for alias in node.names})
    ]
    assert not wrong, f"hosts are trusted unseen: {wrong}"


def test_that_processes_are_forked_and_grouped_only_on_the_board_side(house):
    wrong = [
        f"{source.path}:{node.lineno} uses os.{node.attr}"
        for source in house.sources
        if not source.path.startswith(("targets/agent/", "targets/local"))
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr in FORKS and getattr(node.value, "id", "") == "os"
    ]
    assert not wrong, "\n".join(wrong)
