"""What the example does, how long that takes on this machine, and one of its frames."""

from __future__ import annotations

from pathlib import Path

from workbench.jobs.journal_files import step_times
from workbench.settings import projects_folder
from workbench.views.welcome import Ending, Example, ExampleStep, Scene
from workbench.words import say_folder

FOLDER = "slipway-example"
KIND = "example:RunExample"
PROJECT_MB, RELEASE_MB = 260, 220
"""What the project and its release on the board take, measured."""
SCENE = 3_000_011
"""A frame of the test set with one of most things in it."""
_STEPS = (
    (
        "make",
        "Make the project",
        "a detector, 396 rendered frames, labels",
        "box",
        5,
        ("example",),
    ),
    ("optimise", "Optimise", "to INT8, calibrated on 96 of the frames", "gauge", 5, ("optimise",)),
    ("install", "Install on this machine", "an OpenVINO engine, can be rolled back", "rocket", 3, ("build", "deploy")),
    ("verify", "Verify", "14 requirements, each with its limit", "circle-check", 105, ("frames", "verify")),
    ("report", "Report", "one file, with hashes to check it by", "file-text", 4, ("report",)),
)
"""Name, title, text, icon, the seconds that it took where Slipway was built (two cores), and the job's steps."""


def describe_example(home: Path) -> Example:
    """The example with its times: those of the last whole run here, else an estimate."""
    times = step_times(home, KIND)
    measured = all(name in times for *_, names in _STEPS for name in names if name != "frames")
    steps = tuple(
        _step(name, title, text, icon, sum(times.get(part, 0.0) for part in parts) if measured else usual, parts)
        for name, title, text, icon, usual, parts in _STEPS
    )
    folder = example_folder(home)
    there = is_made(folder)
    return Example(
        folder=folder,
        shown_folder=say_folder(folder),
        there=there,
        blocked="" if there else _blocked(folder),
        steps=steps,
        total=_about(sum(step.seconds for step in steps)),
        measured=measured,
        endings=(
            Ending("1", "candidate", "INT8, 1.7 MB as an engine"),
            Ending("1", "release", "installed, reversible"),
            Ending("14", "verdicts", "with limit and interval"),
            Ending("1", "report", "to hand to a reviewer"),
        ),
        touches=(
            f"No network. It writes to {say_folder(folder)} (about {PROJECT_MB} MB) and to this machine's board folder "
            f"(about {RELEASE_MB} MB)."
        ),
    )


def is_made(folder: Path) -> bool:
    """Whether the example lies in a folder, whole enough to be run."""
    return (folder / "models" / "road_users.onnx").is_file()


def example_folder(home: Path) -> Path:
    """Where the example lies, or will lie."""
    return projects_folder(home) / FOLDER


def render_example_frame() -> Scene:
    """One frame of the test set, with what is in it."""
    import cv2

    from workbench.scenes.scene import CLASS_NAMES, render_scene

    scene = render_scene(SCENE)
    boxes = tuple(
        (float(left), float(top), float(right), float(bottom), CLASS_NAMES[kind])
        for (left, top, right, bottom), kind in zip(scene.boxes, scene.classes, strict=True)
    )
    height, width, _ = scene.image.shape
    jpeg = cv2.imencode(".jpg", scene.image, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
    return Scene(jpeg, width, height, boxes, "A frame of its test set, with its labels")


def _step(name: str, title: str, text: str, icon: str, seconds: float, parts: tuple[str, ...]) -> ExampleStep:
    return ExampleStep(name, title, text, icon, seconds, parts, _seconds(seconds))


def _blocked(folder: Path) -> str:
    if folder.is_dir() and any(folder.iterdir()):
        return (
            f"{say_folder(folder)} holds something else than the example. "
            "Choose another folder of projects in Settings."
        )
    return ""


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds >= 1 else f"{seconds:.1f} s"


def _about(seconds: float) -> str:
    return f"about {seconds:.0f} s" if seconds < 90 else f"about {seconds / 60:.0f} min"
