"""What a run shall do, as the desktop sends it; checked whole before anything starts."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple

from .live_plan import CAMERA, PACKS, RATES, Live, LivePack, LiveSource
from .protocol import E_USAGE, CommandError
from .runtimes.base import LoadOptions
from .schema import is_name, is_sha256

PLAN_FORMAT = "slipway.plan/1"
MAX_PHASES = 64
MAX_SIDE_PX = 16384
MAX_WORDS = 4000
PLUGIN = "plugin"
"""The name of a head that the project brings."""
PLUGIN_FILE = "head.py"
"""Its file in a release."""
KINDS = ("latency", "throughput", "outputs", "validation", "continuous", "live")
MAX_PACKS = 4096


class Pass(NamedTuple):
    """One series of measured frames after a warm-up: a number of frames or a time, back to back or at a rate."""

    name: str
    iterations: Optional[int]
    duration_s: Optional[float]
    rate_hz: Optional[float]


class Phase(NamedTuple):
    """One part of a run."""

    id: str
    kind: str
    starts: int
    warm_up: int
    passes: Tuple[Pass, ...]
    until_told: bool
    """After its starts, start again and again until `advance` comes."""
    frames: Tuple[int, ...]
    """For `outputs`: the indices whose raw outputs are kept."""
    live: Optional[Live] = None
    """For `live`: what is played, and how."""


class Preprocess(NamedTuple):
    """From a uint8 BGR frame to the engine's input: (value * scale - mean) / std, channel by channel."""

    color: str
    scale: float
    mean: Tuple[float, ...]
    std: Tuple[float, ...]
    layout: str = "NCHW"
    """`NCHW` or `NHWC`."""


class HeadChoice(NamedTuple):
    """How the outputs are decoded, and the input size that boxes are in."""

    name: str
    classes: int
    width: int
    height: int
    options: Mapping[str, Any] = MappingProxyType({})
    """What a head needs to know beyond the shapes, by name; each head says what it takes."""
    plugin: str = ""
    """sha256 of the project's own head, a blob, where the name is `plugin`; else empty."""

    def to_json(self) -> List[Any]:
        """The fields in order, for a message; `HeadChoice(*fields)` reads them."""
        return [self.name, self.classes, self.width, self.height, dict(self.options), self.plugin]


class FrameSet(NamedTuple):
    """The frames' pack: a `.npy` file, uint8 [total, height, width, 3], BGR.

    Of a run that plays the board's camera it has the size alone: `sha256` is empty and `total` 0.
    """

    sha256: str
    total: int
    height: int
    width: int


class Plan(NamedTuple):
    """A whole run."""

    run: str
    engine_path: str
    engine_sha256: str
    runtime: str
    load: LoadOptions
    head: HeadChoice
    confidence: float
    nms_iou: float
    max_detections: int
    preprocess: Preprocess
    frames: FrameSet
    telemetry_hz: float
    phases: Tuple[Phase, ...]

    @property
    def plugin_path(self) -> str:
        """Where the project's own head lies: beside the engine, in its release."""
        return "%s/%s" % (self.engine_path.rpartition("/")[0], PLUGIN_FILE)


def parse_plan(value: Any) -> Plan:
    """The plan as values.

    Raises:
        CommandError: E_USAGE with the path of the entry, what was got and what is allowed.
    """
    top = _Fields(value, "plan")
    if top.take("format", _text) != PLAN_FORMAT:
        raise _wrong("plan.format", value.get("format"), PLAN_FORMAT)
    engine, frames = _Fields(top.take("engine"), "plan.engine"), _Fields(top.take("frames"), "plan.frames")
    plan = Plan(
        run=top.take("run", _name),
        engine_path=engine.take("path", _inner_path),
        engine_sha256=engine.take("sha256", _sha256),
        runtime=top.take("runtime", _text),
        load=parse_load(top.take("load"), "plan.load"),
        head=_head(top.take("head")),
        confidence=top.take("confidence", _share),
        nms_iou=top.take("nms_iou", _share),
        max_detections=top.take("max_detections", _count(1, 100000)),
        preprocess=parse_preprocess(top.take("preprocess"), "plan.preprocess"),
        frames=FrameSet(
            frames.take("sha256", _sha256_or_none),
            frames.take("count", _count(0, 10**7)),
            frames.take("height", _count(1, MAX_SIDE_PX)),
            frames.take("width", _count(1, MAX_SIDE_PX)),
        ),
        telemetry_hz=top.take("telemetry_hz", _between(0.1, 1000)),
        phases=_phases(top.take("phases", _list)),
    )
    for fields in (top, engine, frames):
        fields.close()
    _check_together(plan)
    return plan


def parse_load(value: Any, path: str) -> LoadOptions:
    """Load options; `threads` and `streams` default to 2 and 1, the others to nothing asked for."""
    fields = _Fields(value, path)
    options = LoadOptions(
        fields.take("precision", _text, "f32"),
        fields.take("threads", _count(1, 1024), 2),
        fields.take("streams", _count(1, 64), 1),
        fields.take("workspace_bytes", _or_none(_count(1, 1 << 50)), None),
        fields.take("dla_core", _or_none(_count(0, 15)), None),
        fields.take("calibrator", _or_none(_one_of("entropy")), None),
        fields.take("calibration_sha256", _or_none(_sha256), None),
        fields.take("built", _or_none(_words), None),
    )
    fields.close()
    return options


def parse_preprocess(value: Any, path: str) -> Preprocess:
    """How a frame becomes the input."""
    fields = _Fields(value, path)
    result = Preprocess(
        fields.take("color", _one_of("rgb", "bgr")),
        fields.take("scale", _positive),
        fields.take("mean", _three(_number), (0.0, 0.0, 0.0)),
        fields.take("std", _three(_positive), (1.0, 1.0, 1.0)),
        fields.take("layout", _one_of("NCHW", "NHWC"), "NCHW"),
    )
    fields.close()
    return result


def _check_together(plan: Plan) -> None:
    if (plan.frames.width, plan.frames.height) != (plan.head.width, plan.head.height):
        raise _wrong(
            "plan.frames",
            "%dx%d" % (plan.frames.width, plan.frames.height),
            "the head's input size, %dx%d" % (plan.head.width, plan.head.height),
        )
    ids = [phase.id for phase in plan.phases]
    if len(set(ids)) != len(ids):
        raise _wrong("plan.phases", ids, "each id once")
    if bool(plan.frames.sha256) != bool(plan.frames.total):
        raise _wrong("plan.frames.count", plan.frames.total, "0 without a pack, else more")
    for phase in plan.phases:
        if not plan.frames.total and (phase.live is None or phase.live.source.kind != CAMERA):
            raise _wrong("plan.frames.sha256", plan.frames.sha256, "a pack for the phase %s" % phase.id)
        outside = [index for index in phase.frames if index >= plan.frames.total]
        if outside:
            raise _wrong("plan.phases.%s.frames" % phase.id, outside[0], "at most %d" % (plan.frames.total - 1))


def _head(value: Any) -> HeadChoice:
    fields = _Fields(value, "plan.head")
    size = fields.take("input", _pair(_count(1, MAX_SIDE_PX)))
    head = HeadChoice(
        fields.take("name", _text),
        fields.take("classes", _count(1, 10000)),
        size[0],
        size[1],
        fields.take("options", _options, {}),
        fields.take("plugin", _sha256_or_none, ""),
    )
    fields.close()
    if bool(head.plugin) != (head.name == PLUGIN):
        raise _wrong("plan.head.plugin", head.plugin, "a sha256 with the head 'plugin', and with no other")
    return head


def _phases(values: List[Any]) -> Tuple[Phase, ...]:
    if not 0 < len(values) <= MAX_PHASES:
        raise _wrong("plan.phases", "%d phases" % len(values), "1 to %d" % MAX_PHASES)
    return tuple(_phase(value, "plan.phases[%d]" % index) for index, value in enumerate(values))


def _phase(value: Any, path: str) -> Phase:
    fields = _Fields(value, path)
    kind = fields.take("kind", _one_of(*KINDS))
    phase_id = fields.take("id", _name)
    read = {"latency": _latency, "outputs": _outputs, "validation": _validation, "live": _live}.get(kind, _timed)
    phase = read(phase_id, kind, fields)
    fields.close()
    return phase


def _latency(phase_id: str, kind: str, fields: _Fields) -> Phase:
    values = fields.take("passes", _list)
    if not 0 < len(values) <= MAX_PHASES:
        raise _wrong(fields.path + ".passes", "%d passes" % len(values), "1 to %d" % MAX_PHASES)
    passes = []
    for index, value in enumerate(values):
        inner = _Fields(value, "%s.passes[%d]" % (fields.path, index))
        count = inner.take("iterations", _count(1, 10**9))
        passes.append(Pass(inner.take("name", _name), count, None, inner.take("rate_hz", _rate_or_none, None)))
        inner.close()
    return Phase(
        phase_id,
        kind,
        fields.take("starts", _count(1, 100000), 1),
        fields.take("warm_up", _count(0, 10**9), 0),
        tuple(passes),
        fields.take("until_told", _flag, False),
        (),
    )


def _timed(phase_id: str, kind: str, fields: _Fields) -> Phase:
    only = Pass(kind, None, fields.take("duration_s", _positive), fields.take("rate_hz", _rate_or_none, None))
    return Phase(phase_id, kind, 1, fields.take("warm_up", _count(0, 10**9), 0), (only,), False, ())


def _outputs(phase_id: str, kind: str, fields: _Fields) -> Phase:
    indices = tuple(_count(0, 10**7)(index, fields.path + ".frames") for index in fields.take("frames", _list))
    return Phase(phase_id, kind, 1, 0, (), False, indices)


def _validation(phase_id: str, kind: str, _fields: _Fields) -> Phase:
    return Phase(phase_id, kind, 1, 0, (), False, ())


def _live(phase_id: str, kind: str, fields: _Fields) -> Phase:
    live = Live(
        _live_source(_Fields(fields.take("source"), fields.path + ".source")),
        fields.take("rate", _one_of(*RATES)),
        fields.take("fps", _rate_or_none, None),
        fields.take("boxes_from", _share),
        fields.take("boxes_hz", _between(0, 1000)),
        fields.take("picture_hz", _between(0, 1000), 0.0),
        fields.take("picture_width", _count(16, MAX_SIDE_PX), 1280),
        fields.take("exact_hz", _between(0, 1000), 0.0),
    )
    if live.source.kind == PACKS and live.fps is None:
        raise _wrong(fields.path + ".fps", None, "frames a second, for what has no clock of its own")
    return Phase(phase_id, kind, 1, 0, (), False, (), live)


def _live_source(fields: _Fields) -> LiveSource:
    kind = fields.take("kind", _one_of(PACKS, CAMERA))
    if kind == CAMERA:
        source = LiveSource(
            kind,
            0,
            (),
            0,
            fields.take("device", _text),
            fields.take("mode", _one_of("letterbox", "stretch")),
            fields.take("pad", _count(0, 255)),
            fields.take("anchor", _one_of("center", "top_left")),
        )
    else:
        packs = tuple(_live_pack(value, fields.path + ".packs") for value in fields.take("packs", _list))
        if not 0 < len(packs) <= MAX_PACKS:
            raise _wrong(fields.path + ".packs", "%d packs" % len(packs), "1 to %d" % MAX_PACKS)
        total = fields.take("total", _count(1, 10**7))
        source = LiveSource(kind, total, packs, packs[0].frames, "", "letterbox", 0, "center")
    fields.close()
    return source


def _live_pack(value: Any, path: str) -> LivePack:
    fields = _Fields(value, path)
    pack = LivePack(fields.take("sha256", _sha256), fields.take("count", _count(1, 10**6)))
    fields.close()
    return pack


_Check = Callable[[Any, str], Any]
_REQUIRED = object()


class _Fields:
    """An object of the plan whose keys are taken one by one; what is left over is a mistake."""

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise _wrong(path, value, "an object")
        self.path = path
        self._left: Dict[str, Any] = dict(value)

    def take(self, key: str, check: Optional[_Check] = None, default: Any = _REQUIRED) -> Any:
        if key not in self._left:
            if default is _REQUIRED:
                raise CommandError(E_USAGE, "%s lacks %s" % (self.path, key))
            return default
        value = self._left.pop(key)
        return value if check is None else check(value, "%s.%s" % (self.path, key))

    def close(self) -> None:
        if self._left:
            raise CommandError(E_USAGE, "%s has the unknown key %r" % (self.path, sorted(self._left)[0]))


def _wrong(path: str, got: Any, expected: str) -> CommandError:
    text = repr(got)
    return CommandError(E_USAGE, "%s is %s; expected %s" % (path, text[:120], expected))


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 400:
        raise _wrong(path, value, "text of 1 to 400 characters")
    return value


def _name(value: Any, path: str) -> str:
    if not is_name(value):
        raise _wrong(path, value, "a name of letters, digits, '.', '_' and '-'")
    return str(value)


def _sha256(value: Any, path: str) -> str:
    if not is_sha256(value):
        raise _wrong(path, value, "a sha256 in lower-case hexadecimal")
    return str(value)


def _sha256_or_none(value: Any, path: str) -> str:
    return "" if value == "" else _sha256(value, path)


def _options(value: Any, path: str) -> Dict[str, Any]:
    """A small flat mapping; the head itself says which names and values it takes."""
    if not isinstance(value, dict) or len(value) > 32:
        raise _wrong(path, value, "at most 32 options")
    for name, item in value.items():
        items = item if isinstance(item, list) and len(item) <= 64 else [item]
        if not is_name(name) or not all(isinstance(one, (bool, int, float, str)) for one in items):
            raise _wrong("%s.%s" % (path, name), item, "text, a number, true, false or a short list of them")
    return dict(value)


def _inner_path(value: Any, path: str) -> str:
    if not isinstance(value, str) or not all(is_name(part) for part in value.split("/")):
        raise _wrong(path, value, "a path inside the board's root")
    return value


def _list(value: Any, path: str) -> List[Any]:
    if not isinstance(value, list):
        raise _wrong(path, value, "a list")
    return value


def _flag(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(path, value, "true or false")
    return value


def _number(value: Any, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise _wrong(path, value, "a number")
    return float(value)


def _positive(value: Any, path: str) -> float:
    number = _number(value, path)
    if number <= 0:
        raise _wrong(path, value, "a number above 0")
    return number


def _or_none(check: _Check) -> _Check:
    return lambda value, path: None if value is None else check(value, path)


def _words(value: Any, path: str) -> Dict[str, str]:
    """A small flat mapping of texts."""
    if not isinstance(value, dict) or len(value) > 32:
        raise _wrong(path, value, "at most 32 texts by name")
    for name, text in value.items():
        if not isinstance(text, str) or not 0 < len(text) <= MAX_WORDS:
            raise _wrong("%s.%s" % (path, name), text, "text of 1 to %d characters" % MAX_WORDS)
    return {str(name): text for name, text in value.items()}


def _share(value: Any, path: str) -> float:
    return float(_between(0, 1)(value, path))


def _rate_or_none(value: Any, path: str) -> Optional[float]:
    return None if value is None else float(_between(0.001, 100000)(value, path))


def _count(least: int, most: int) -> _Check:
    def check(value: Any, path: str) -> int:
        if type(value) is not int or not least <= value <= most:
            raise _wrong(path, value, "a whole number from %d to %d" % (least, most))
        return value

    return check


def _between(least: float, most: float) -> _Check:
    def check(value: Any, path: str) -> float:
        number = _number(value, path)
        if not least <= number <= most:
            raise _wrong(path, value, "a number from %g to %g" % (least, most))
        return number

    return check


def _one_of(*words: str) -> _Check:
    def check(value: Any, path: str) -> str:
        if value not in words:
            raise _wrong(path, value, "one of %s" % ", ".join(words))
        return str(value)

    return check


def _three(inner: _Check) -> _Check:
    def check(value: Any, path: str) -> Tuple[float, ...]:
        if not isinstance(value, list) or len(value) != 3:
            raise _wrong(path, value, "three numbers")
        return tuple(inner(item, path) for item in value)

    return check


def _pair(inner: _Check) -> _Check:
    def check(value: Any, path: str) -> Tuple[int, int]:
        if not isinstance(value, list) or len(value) != 2:
            raise _wrong(path, value, "width and height")
        return inner(value[0], path), inner(value[1], path)

    return check
