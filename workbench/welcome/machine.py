"""What this machine can do, in a line of facts."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from workbench.base.errors import SlipwayError
from workbench.doctor import Finding, State, examine
from workbench.views.doctor import STATES
from workbench.views.welcome import Machine, MachineFact
from workbench.words import say_count

_SHOWN = (
    ("openvino", "OpenVINO"),
    ("git", "git"),
    ("window", "Window"),
    ("disk of home", "Disk"),
    ("board lock", "Board lock"),
)


def describe_machine(home: Path) -> Machine:
    """The facts that decide whether the example runs here."""
    found = {finding.name: finding for finding in examine(home)}
    facts = tuple(_fact(found[name], label) for name, label in _SHOWN if name in found)
    wrong = sum(finding.state is not State.OK for finding in found.values())
    cores = say_count(os.cpu_count() or 1, "core")
    return Machine(f"{platform.machine().replace('_', '-')}, {cores}", (*facts, *_tensorrt(home)), wrong)


def _fact(finding: Finding, label: str) -> MachineFact:
    text = finding.found
    if finding.name == "openvino":
        text = text.partition("-")[0]
    elif finding.name == "git":
        text = "there" if finding.state is State.OK else "not there"
    elif finding.name == "window":
        text = text.partition(",")[0] if finding.state is State.OK else "lacks libraries"
    elif finding.name == "board lock":
        text = "see Doctor" if finding.state is not State.OK else "in use" if "in use" in text else "free"
    return MachineFact(label, STATES[finding.state.value], text)


def _tensorrt(home: Path) -> tuple[MachineFact, ...]:
    """What is known of TensorRT here, from the last time that this machine was read as a board."""
    from targets.inventory import THIS_MACHINE
    from targets.kept_facts import load_kept

    try:
        facts = load_kept(home, THIS_MACHINE).facts
    except SlipwayError:
        return ()
    runtime = None if facts is None else facts.runtimes.get("tensorrt")
    if runtime is None:
        return (MachineFact("TensorRT", "todo", "not read yet"),)
    return (MachineFact("TensorRT", "ok" if runtime.version else "todo", runtime.version or "on boards only"),)
