"""What a screen reader sees of the window: run inside of `dbus-run-session`, tells it as JSON.

It starts the product, walks the tree of AT-SPI over D-Bus, presses a button by its name, and walks once more.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any

jeepney: Any = import_module("jeepney")  # it says nothing of its types
open_dbus_connection: Any = import_module("jeepney.io.blocking").open_dbus_connection

ROOT = "/org/a11y/atspi/accessible/root"
REGISTRY = "org.a11y.atspi.Registry"
ACCESSIBLE, ACTION = "org.a11y.atspi.Accessible", "org.a11y.atspi.Action"
FOCUSABLE, SHOWING = 1 << 11, 1 << 25
"""Of AT-SPI's states, the first 32."""
BUTTON = "push button"
LIMIT_S = 40.0
MOST_NODES = 2000


@dataclass(frozen=True)
class Node:
    """One thing that the window tells of."""

    role: str
    name: str
    focusable: bool
    bus: str
    path: str


class Reader:
    """Speaks AT-SPI."""

    def __init__(self) -> None:
        session = open_dbus_connection("SESSION")
        bus = jeepney.DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
        address = session.send_and_get_reply(jeepney.new_method_call(bus, "GetAddress")).body[0]
        session.close()
        self._bus = open_dbus_connection(address.partition(",guid=")[0])

    def call(self, bus: str, path: str, interface: str, method: str, *words: Any, signature: str | None = None) -> Any:
        """Call a method; its first answer."""
        message = jeepney.new_method_call(jeepney.DBusAddress(path, bus, interface), method, signature, words or ())
        return self._bus.send_and_get_reply(message, timeout=10).body[0]

    def walk(self, bus: str = REGISTRY, path: str = ROOT) -> list[Node]:
        """All that shows, from a node on."""
        found: list[Node] = []
        open_nodes = [(bus, path)]
        while open_nodes and len(found) < MOST_NODES:
            bus, path = open_nodes.pop(0)
            states = self.call(bus, path, ACCESSIBLE, "GetState")[0]
            role = self.call(bus, path, ACCESSIBLE, "GetRoleName")
            if bus != REGISTRY and role != "application" and not states & SHOWING:
                continue
            get = jeepney.Properties(jeepney.DBusAddress(path, bus, ACCESSIBLE)).get("Name")
            name = self._bus.send_and_get_reply(get).body[0][1]
            found.append(Node(role, name, bool(states & FOCUSABLE), bus, path))
            if role not in {"table", "tree table", "tree"}:
                open_nodes += [tuple(child) for child in self.call(bus, path, ACCESSIBLE, "GetChildren")]
        return found

    def wait_for(self, role: str, name: str) -> list[Node]:
        """Walk until something is there."""
        deadline = time.monotonic() + LIMIT_S
        while time.monotonic() < deadline:
            nodes = self.walk()
            if any(node.role == role and name in node.name for node in nodes):
                return nodes
            time.sleep(0.3)
        raise SystemExit(f"no {role} named {name} within {LIMIT_S:g} s among {len(nodes)} nodes")


def main() -> int:
    """Start the window, look, press, look again."""
    with subprocess.Popen([sys.executable, "-c", "from ui.start import main; main()"]) as window:
        try:
            reader = Reader()
            first = reader.wait_for(BUTTON, "Settings")
            (button,) = [node for node in first if node.role == BUTTON and "Settings" in node.name]
            reader.call(button.bus, button.path, ACTION, "DoAction", 0, signature="i")
            second = reader.wait_for("frame", "Settings")
        finally:
            window.terminate()
    told = {"first": [asdict(node) for node in first], "second": [asdict(node) for node in second]}
    sys.stdout.write(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
