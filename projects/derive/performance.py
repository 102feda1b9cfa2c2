"""Requirements on how fast the engine is and what it takes.

Parameters by kind (durations in seconds):

- latency: statistic (p99, mean, max), warm_up_iterations, test_iterations, starts, pacing (worse, back_to_back,
  paced), paced_rate_fps (None where no rate is required), span (frame, engine), streams
- stage_time: stage, statistic, warm_up_iterations, test_iterations, starts
- throughput: duration_s, streams
- load_time: starts
- memory_peak, memory_steady: counts (process, above_floor)
- power: statistic (mean, max)
- resource_gpu_memory, resource_system_memory, resource_cpu_threads: none
"""

from __future__ import annotations

from collections.abc import Iterator

from projects.acceptance_settings import STAGES, StageRequirement
from projects.acceptance_spec import Latency
from projects.derive.draft import SIZE_UNITS, Documents, Draft, compare, default, unless_set
from projects.quantity import Quantity, Statistic, bytes_in_words

WARM_UP_ITERATIONS = 100
"""Of a stage's time where the document asks for no latency."""
TEST_ITERATIONS = 1000

_CEILINGS = {
    "gpu_memory": ("GPU memory", "GPU memory of the engine's process"),
    "system_memory": ("System memory", "peak main memory of the engine's process"),
    "cpu_threads": ("CPU threads", "CPU time of the engine's process in a second of work"),
}


def draft_latency(documents: Documents) -> Iterator[Draft]:
    """Latency of a frame."""
    section, settings = documents.performance.latency, documents.settings.latency
    if section is None:
        return
    pacing, rate, said = _pacing(documents)
    span = "from the frame in memory to its detections" if settings.span == "frame" else "of the engine alone"
    text = "Latency is taken from the frame in memory to its detections"
    yield compare(
        "performance_tests.latency.requirement",
        "latency",
        "Latency",
        f"{section.measurement.words} of the latency, {span}, is at most " + "{limit}",
        "<=",
        section.requirement,
        parameters={
            **_iterations(documents, section),
            "statistic": section.measurement.name,
            "pacing": pacing,
            "paced_rate_fps": rate,
            "span": settings.span,
            "streams": documents.deployment.runtime_configuration.streams,
        },
        defaults=_said_of_starts(documents) + said + unless_set(settings, "span", text, "slipway.latency.span"),
    )


def _iterations(documents: Documents, section: Latency | None) -> dict[str, object]:
    return {
        "warm_up_iterations": WARM_UP_ITERATIONS if section is None else section.warm_up_iterations,
        "test_iterations": TEST_ITERATIONS if section is None else section.test_iterations,
        "starts": documents.settings.latency.starts,
    }


def _said_of_starts(documents: Documents) -> tuple[str, ...]:
    settings = documents.settings.latency
    if settings.starts == 1:
        return ("With one start, differences between restarts are not covered.",)
    text = f"The engine's process is started {settings.starts} times, each with its own warm-up and iterations"
    return unless_set(settings, "starts", text, "slipway.latency.starts")


def _pacing(documents: Documents) -> tuple[str, float | None, tuple[str, ...]]:
    """How frames are sent, at which rate, and the sentence if nobody chose it."""
    settings, throughput = documents.settings.latency, documents.performance.throughput
    if throughput is not None:
        text = f"Frames are sent back to back and at {throughput.requirement.words}, and the worse of both is judged"
        said = unless_set(settings, "pacing", text, "slipway.latency.pacing")
        return settings.pacing, throughput.requirement.value, said
    if settings.pacing == "paced":
        hint = "give performance_tests.throughput, or choose back_to_back"
        documents.note(("slipway", "latency", "pacing"), "'paced' without a required rate", "a rate to send at", hint)
    text = "No frame rate is required, so frames are sent back to back only"
    return "back_to_back", None, () if settings.pacing == "back_to_back" else (default(text),)


def draft_stages(documents: Documents) -> Iterator[Draft]:
    """Times of the stages of a frame."""
    latency = documents.performance.latency
    for stage in STAGES:
        limit = getattr(documents.settings.stages, stage, None)
        if isinstance(limit, StageRequirement):
            yield _stage(documents, stage, limit, latency)


def _stage(documents: Documents, stage: str, limit: StageRequirement, latency: Latency | None) -> Draft:
    statistic = limit.measurement or (latency.measurement if latency else Statistic("p99", "p99"))
    text, words = f"Of a stage's times, {statistic.words} is judged", stage.replace("_", "-")
    said = unless_set(limit, "measurement", text, f"slipway.stages.{stage}.measurement")
    return compare(
        f"slipway.stages.{stage}.at_most",
        "stage_time",
        f"Time of {words}",
        f"{statistic.words} of the time of {words} is at most " + "{limit}",
        "<=",
        limit.at_most,
        slug=f"stage-{words}",
        parameters={**_iterations(documents, latency), "stage": stage, "statistic": statistic.name},
        defaults=said + _said_of_starts(documents),
    )


def draft_throughput(documents: Documents) -> Iterator[Draft]:
    """Frames a second."""
    section, streams = documents.performance.throughput, documents.deployment.runtime_configuration.streams
    if section is None:
        return
    in_flight = "one frame" if streams == 1 else f"{streams} frames"
    yield compare(
        "performance_tests.throughput.requirement",
        "throughput",
        "Throughput",
        "at least {limit}" + f" over {section.duration.words}, {in_flight} in flight",
        ">=",
        section.requirement,
        parameters={"duration_s": section.duration.value, "streams": streams},
    )


def draft_load_time(documents: Documents) -> Iterator[Draft]:
    """Time of a cold start."""
    section = documents.settings.load_time
    if section is None:
        return
    yield compare(
        "slipway.load_time.at_most",
        "load_time",
        "Load time",
        "every cold start, from the start of the engine's process until its engine is loaded, takes at most {limit}",
        "<=",
        section.at_most,
        parameters={"starts": documents.settings.latency.starts},
        defaults=_said_of_starts(documents),
    )


def draft_memory(documents: Documents) -> Iterator[Draft]:
    """Peak and steady memory."""
    section, settings = documents.performance.memory, documents.settings.memory
    if section is None:
        return
    what = "the engine's process" + (" above the runtime's own floor" if settings.counts == "above_floor" else "")
    text = "Memory is that of the whole process, interpreter and runtime included"
    said = unless_set(settings, "counts", text, "slipway.memory.counts")
    measured = {
        "peak": ("peak_requirement", section.peak_requirement, "the largest resident size"),
        "steady": ("steady_state_requirement", section.steady_state_requirement, "the median of the frames' last half"),
    }
    for name, (key, limit, how) in measured.items():
        if limit is not None:
            yield compare(
                f"performance_tests.memory.{key}",
                f"memory_{name}",
                f"{name.capitalize()} memory",
                f"{name} memory of {what} is at most " + "{limit}" + f" ({bytes_in_words(limit.value)})",
                "<=",
                limit,
                parameters={"counts": settings.counts},
                defaults=(*said, default(f"{name.capitalize()} memory is {how}"), SIZE_UNITS),
            )


def draft_power(documents: Documents) -> Iterator[Draft]:
    """Power of the board."""
    section = documents.settings.power
    if section is None:
        return
    for name, limit in (("mean", section.mean_at_most), ("peak", section.peak_at_most)):
        if limit is not None:
            yield compare(
                f"slipway.power.{name}_at_most",
                "power",
                f"{name.capitalize()} power",
                f"{name} power of the board while frames run is at most " + "{limit}",
                "<=",
                limit,
                slug=f"power-{name}",
                parameters={"statistic": "mean" if name == "mean" else "max"},
            )


def draft_resources(documents: Documents) -> Iterator[Draft]:
    """Ceilings of the deployment specification that the test specification wants judged."""
    for name, (title, what) in _CEILINGS.items():
        if not getattr(documents.settings.resources, name):
            continue
        ceiling = getattr(documents.deployment.resource_allocation, name)
        if ceiling is None:
            hint = f"give resource_allocation.{name} there, or remove this line"
            expected = "a ceiling in the deployment specification"
            documents.note(("slipway", "resources", name), "'true' without a ceiling", expected, hint)
            continue
        said = SIZE_UNITS if isinstance(ceiling, Quantity) else "A thread that waits takes no CPU time."
        limit = ceiling if isinstance(ceiling, Quantity) else Quantity(float(ceiling), "CPUs", str(ceiling))
        size = f" ({bytes_in_words(limit.value)})" if isinstance(ceiling, Quantity) else ""
        yield compare(
            f"resource_allocation.{name}",
            f"resource_{name}",
            title,
            f"{what} is at most " + "{limit}" + size,
            "<=",
            limit,
            parameters={},
            defaults=(said,),
            document="deployment",
        )
