"""The facts of one board for an inspector, each with when it was read."""

from __future__ import annotations

from collections.abc import Iterator

from targets.facts import BoardFacts
from targets.kept_facts import KeptBoard
from targets.lacks import CLOCK_S, clock_text
from workbench.views.boards import words
from workbench.views.boards.at_work import USED_BY
from workbench.views.boards.rows import NEAR_LIMIT, RUNTIME_NAMES, disk_of, owner_words, short
from workbench.views.facts import Fact, FactGroup


class _Reader:
    """Makes facts of one board."""

    def __init__(self, kept: KeptBoard, facts: BoardFacts, now: float) -> None:
        self.kept, self.facts, self.now = kept, facts, now

    def fact(self, name: str, item: str, value: str | None, level: str = "", *, mono: bool = False) -> Fact:
        """One fact, with the time at which `item` was read."""
        read = self.kept.read_utc(item)
        shown = words.NOT_KNOWN if value is None else value
        when = "" if read is None else words.brief(read, self.now)
        return Fact(name, shown, level, read=when, mono=mono and value is not None, known=value is not None)


def fact_groups(kept: KeptBoard, now: float) -> tuple[FactGroup, ...]:
    """All that is known of a board; nothing where it was never read."""
    if kept.facts is None:
        return ()
    reader = _Reader(kept, kept.facts, now)
    return (
        FactGroup("State now", tuple(_state(reader, kept.facts))),
        FactGroup("Hardware", tuple(_hardware(reader, kept.facts))),
        FactGroup("Software", tuple(_software(reader, kept.facts))),
        FactGroup("Identity", tuple(_identity(reader, kept.facts))),
    )


def _state(reader: _Reader, facts: BoardFacts) -> Iterator[Fact]:
    yield reader.fact(USED_BY, "lock", ", ".join(owner_words(facts)) or ("nobody" if facts.lock else None))
    if facts.l4t is not None or facts.power_mode is not None:
        yield reader.fact("Power mode", "power_mode", facts.power_mode)
    yield reader.fact("Governor", "governor", facts.governor)
    yield reader.fact("Clock now", "frequency_mhz", _clock(facts.frequency_mhz))
    low, high = facts.frequency_min_mhz, facts.frequency_max_mhz
    spread = (
        None if low is None or high is None else "locked" if low == high else f"{low / 1000:.1f}–{high / 1000:.1f} GHz"
    )
    yield reader.fact("Clock range", "frequency_min_mhz", spread)
    for item in facts.temperatures[:4]:
        limit = "" if item.limit_c is None else f" ≤ {item.limit_c:.0f}"
        near = item.limit_c is not None and item.value_c > NEAR_LIMIT * item.limit_c
        yield reader.fact(item.name, "temperatures", f"{item.value_c:.1f} °C{limit}", "warn" if near else "")
    if not facts.temperatures:
        yield reader.fact("Temperature", "temperatures", "no sensor" if facts.temperature_reason else None)
    yield reader.fact("Load, 1 min", "load_1m", None if facts.load_1m is None else f"{facts.load_1m:.2f}")
    yield reader.fact("RAM free", "memory_available_bytes", _of(facts.memory_available_bytes, facts.memory_bytes))
    offset = facts.clock_offset_s
    far = offset is not None and abs(offset) > CLOCK_S
    clock = None if offset is None else f"{offset:+.1f} s" if not far else clock_text(facts)
    clock = "0.0 s" if clock in {"-0.0 s", "+0.0 s"} else clock
    yield reader.fact("Clock to here", "clock_utc", clock, "warn" if far else "")


def _hardware(reader: _Reader, facts: BoardFacts) -> Iterator[Fact]:
    yield reader.fact("Processor", "cpu_model", facts.cpu_model)
    yield reader.fact("Cores", "cores", None if facts.cores is None else str(facts.cores))
    yield reader.fact("Instructions", "isa", ", ".join(facts.isa) if facts.isa else None)
    gpus = None if facts.gpus is None else ", ".join(facts.gpus) or "none"
    yield reader.fact("GPU", "gpus", gpus)
    yield reader.fact("RAM", "memory_bytes", None if facts.memory_bytes is None else _gb(facts.memory_bytes))
    disk = disk_of(facts)
    text = None if disk is None else f"{disk.free_text} GB free {disk.total_text}".strip()
    yield reader.fact("Disk", "disk_free_bytes", text, "" if disk is None else disk.color)
    yield reader.fact("Power sensor", "power_sensor", facts.power_sensor or ("none" if facts.power_reason else None))


def _software(reader: _Reader, facts: BoardFacts) -> Iterator[Fact]:
    yield reader.fact("System", "os", facts.os)
    if facts.l4t is not None:
        yield reader.fact("JetPack, L4T", "l4t", f"{facts.jetpack or 'unknown'}, {facts.l4t}")
    yield reader.fact("Kernel", "kernel", facts.kernel)
    yield reader.fact("C library", "libc", facts.libc)
    yield reader.fact("Python", "python", facts.python)
    for name in ("numpy", "cv2"):
        problem = facts.problems.get(name)
        version = getattr(facts, name)
        yield reader.fact(
            name, name, version or ("cannot be used" if problem else "not there"), "warn" if problem else ""
        )
    if facts.cuda is not None or facts.tensorrt is not None:
        yield reader.fact("CUDA", "cuda", facts.cuda)
    for name, runtime in facts.runtimes.items():
        title = RUNTIME_NAMES.get(name, name)
        yield reader.fact(title, "runtimes", "not there" if runtime.version is None else short(runtime.version))
        if runtime.precisions:
            yield reader.fact(f"{title}, native", "runtimes", ", ".join(runtime.precisions))


def _identity(reader: _Reader, facts: BoardFacts) -> Iterator[Fact]:
    yield reader.fact("Host name", "hostname", facts.hostname)
    if facts.model is not None:
        yield reader.fact("Model", "model", facts.model)
    yield reader.fact("Serial or machine id", "machine_id", facts.machine_id, mono=True)
    if reader.kept.host_key is not None:
        yield reader.fact("Host key", "machine_id", reader.kept.host_key, mono=True)
    yield reader.fact("Boot id", "boot_id", facts.boot_id, mono=True)
    yield reader.fact("Root", "root", facts.root, mono=True)
    yield reader.fact("Agent", "agent_sha256", facts.agent_sha256, mono=True)
    yield reader.fact("Device key", "device_key", facts.device_key, mono=True)


def _clock(mhz: float | None) -> str | None:
    return None if mhz is None else words.megahertz(mhz)


def _gb(size_bytes: int) -> str:
    return f"{words.gigabytes(size_bytes)} GB"


def _of(free: int | None, total: int | None) -> str | None:
    if free is None:
        return None
    return _gb(free) if total is None else f"{words.gigabytes(free)} of {_gb(total)}"
