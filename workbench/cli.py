"""The command `slipway`: each command is a few lines over the session, the same that the window uses."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from targets.inventory import THIS_MACHINE
from workbench.base.errors import Cancelled, Fault, UsageError
from workbench.base.events import ErrorText
from workbench.command import exit_codes, results, tables
from workbench.command.boards import boards
from workbench.command.console import Console
from workbench.command.findings import findings
from workbench.command.options import (
    BoardName,
    BoardToWatch,
    ProjectFolder,
    Quick,
    TrustHead,
    choose_board,
    duration_s,
    find_project,
    split_names,
    trust_own_head,
)
from workbench.command.trying import try_engine
from workbench.command.wiring import command, console_for, make_app
from workbench.command.work import carry_out, open_session

if TYPE_CHECKING:
    from workbench.session import Session

DEMO = Path("demo")

app = make_app(
    "Take a trained detector to an edge board and prove that it may stay there.\n\n"
    "Without a command the window opens; slipway open PROJECT opens it with a project."
)
app.add_typer(boards, name="boards")
app.add_typer(findings, name="findings")
command(
    app,
    "try",
    "slipway try demo",
    "slipway try demo --source drive.mp4 --rate full --seconds 30",
    "slipway try demo --board jetson --camera 0",
)(try_engine)


def main(argv: list[str] | None = None) -> int:
    """Carry out one call of the command and return its exit code (`docs/architecture.md`)."""
    from workbench.jobs.outcome import outcome_of

    arguments = sys.argv[1:] if argv is None else argv
    console = console_for(arguments)
    outcome = outcome_of(lambda: _call(arguments, console))
    if outcome.error is not None:
        return console.fail(outcome.error)
    if isinstance(outcome.result, int):
        return outcome.result
    return console.fail(ErrorText("the command ended without an exit code", fault=Fault.INTERNAL))


def _call(arguments: list[str], console: Console) -> object:
    try:
        code: object = app(args=arguments, prog_name="slipway", standalone_mode=False, obj=console)
    except typer.TyperException as error:
        raise UsageError(error.format_message().rstrip("."), _try_help(error)) from error
    except SystemExit:  # the reader of stdout has gone; nothing more can be told there
        return exit_codes.WORK
    if code == exit_codes.CANCELLED and not console.answered:
        raise Cancelled
    return code


def _try_help(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f"Try: {context.command_path if context else 'slipway'} --help"


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"slipway {version('slipway')}")
        raise typer.Exit


@app.callback()
def slipway(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Take a trained detector to an edge board and prove that it may stay there."""


@command(app, "demo", "slipway demo", "slipway demo /tmp/example --json")
def demo(
    console: Console,
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where the example project is, or is made.")] = DEMO,
    board: BoardName = None,
) -> int:
    """Make the example project and do the whole job on it. It succeeds once every requirement has a verdict."""
    from workbench.pipeline.run import DemoJob

    return carry_out(
        console,
        lambda session: DemoJob(folder, choose_board(folder, board), session.settings.telemetry_hz),
        lambda _, outcome: results.show_demo(console, outcome, folder),
    )


@command(
    app,
    "new",
    "slipway new project --model detector.onnx",
    "slipway new project --model detector.onnx --frames images --labels labels.json",
    "slipway new project --model dynamic.onnx --input-size 640x384 --classes data.yaml --frames images",
)
def new(
    console: Console,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The project's folder; new, or without documents.")],
    model: Annotated[Path, typer.Option(metavar="FILE", help="The ONNX model; it is copied into the project.")],
    frames: Annotated[Path | None, typer.Option(metavar="PATH", help="The test set: images or a video.")] = None,
    labels: Annotated[Path | None, typer.Option(metavar="PATH", help="Its labels: COCO JSON or YOLO texts.")] = None,
    calibration: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Frames for INT8: images or a video.")
    ] = None,
    target: Annotated[str, typer.Option(metavar="TEXT", help="The board, as the documents call it.")] = "this machine",
    precision: Annotated[str, typer.Option(metavar="FP32|FP16|INT8", help="What the engine shall be.")] = "FP32",
    input_size: Annotated[
        str | None, typer.Option(metavar="WxH", help="Of a model that takes images of any size, such as 640x384.")
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE", help="What decodes the outputs, where nothing tells: a head, or your own .py."
        ),
    ] = None,
    classes: Annotated[
        str | None, typer.Option(metavar="FILE|NAMES", help="Class names: a data.yaml, a text file, or a,b,c.")
    ] = None,
    detections: Annotated[
        Path | None, typer.Option(metavar="FILE", help="COCO results of the training framework on these frames.")
    ] = None,
    trust_head: TrustHead = None,
) -> int:
    """A new project from a model. Both documents are proposed; their limits wait for a person."""
    from workbench.pipeline.new import NewJob

    trust_own_head(folder, trust_head, head or "")
    data = (frames, labels, calibration)
    job = NewJob(folder, model, *data, target, precision, input_size, head, classes, detections)
    return carry_out(console, lambda _: job, results.show_check)


@command(app, "check", "slipway check demo", "slipway check demo --confirm all", "slipway check demo --layers")
def check(
    console: Console,
    project: ProjectFolder,
    confirm: Annotated[
        str | None,
        typer.Option(metavar="PATHS", help="Take proposed values as your own first: paths with commas, or all."),
    ] = None,
    layers: Annotated[
        bool, typer.Option("--layers", help="List the model's layers: shape, parameters, multiply-accumulates.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="List the fields that are recorded only, too.")] = False,
    trust_head: TrustHead = None,
) -> int:
    """All problems of both documents, the model and the data. Exit 2: there are some."""
    trust_own_head(project, trust_head)
    session = open_session()
    if confirm is not None:
        for path in session.confirm(project, () if confirm == "all" else split_names(confirm) or ()):
            console.say(f"confirmed: {path}")
    result = session.check(project)
    return console.answer(result, results.show_check(console, result, verbose=verbose, layers=layers))


@command(
    app,
    "optimise",
    "slipway optimise demo",
    "slipway optimise demo --recipe int8 --keep '/model.22/*'",
    "slipway optimise demo --rank",
)
def optimise(
    console: Console,
    project: ProjectFolder,
    recipe: Annotated[
        str | None, typer.Option(metavar="fp16|int8|fp32", help="What to make; else what the documents ask for.")
    ] = None,
    keep: Annotated[
        str | None, typer.Option(metavar="NODES", help="Nodes that stay in float: names or patterns, with commas.")
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(metavar="minmax|percentile|entropy", help="How int8 ranges are measured; else as documented."),
    ] = None,
    rank: Annotated[
        bool, typer.Option("--rank", help="Measure what INT8 costs in each group of layers; propose what to keep.")
    ] = False,
    trust_head: TrustHead = None,
) -> int:
    """Make a candidate of the model."""
    from workbench.pipeline.optimise import OptimiseJob, RankJob

    trust_own_head(project, trust_head)
    if not rank:
        job = OptimiseJob(project, recipe, split_names(keep), method)
        return carry_out(console, lambda _: job, results.show_candidate)
    if recipe is not None or keep is not None or method is not None:
        raise UsageError("--rank makes no candidate", "Leave out --recipe, --keep and --method, or --rank.")
    return carry_out(console, lambda _: RankJob(project), results.show_ranking)


@command(app, "examine", "slipway examine demo", "slipway examine demo --frames 20 --apply")
def examine(
    console: Console,
    project: ProjectFolder,
    frames: Annotated[int, typer.Option(min=1, max=1000, help="Frames at most to rank the ways to feed it by.")] = 8,
    apply: Annotated[
        bool, typer.Option("--apply", help="Write the way that is better into the deployment specification.")
    ] = False,
    trust_head: TrustHead = None,
) -> int:
    """Look at what the model gives on a few frames.

    Names what is wrong with its outputs (then it exits 1), and ranks the ways to feed it by labels or by detections
    that the training framework exported.
    """
    from workbench.pipeline.examine import ExamineJob

    trust_own_head(project, trust_head)
    return carry_out(console, lambda _: ExamineJob(project, frames, apply), results.show_examination)


@command(app, "build", "slipway build demo", "slipway build demo --board this-machine --candidate int8")
def build(
    console: Console,
    project: ProjectFolder,
    board: BoardName = None,
    candidate: Annotated[
        str | None, typer.Option(help="Its name or the beginning of its sha256; else what the documents ask for.")
    ] = None,
    trust_head: TrustHead = None,
) -> int:
    """Compile a candidate on a board."""
    from workbench.pipeline.build import BuildJob

    trust_own_head(project, trust_head)
    return carry_out(console, lambda _: BuildJob(project, choose_board(project, board), candidate), results.show_engine)


@command(app, "deploy", "slipway deploy demo", "slipway deploy demo --board this-machine --engine 5c49")
def deploy(
    console: Console,
    project: ProjectFolder,
    board: BoardName = None,
    engine: Annotated[
        str | None, typer.Option(help="The beginning of its sha256; else that of the wanted candidate.")
    ] = None,
    trust_head: TrustHead = None,
) -> int:
    """Install an engine on a board as a release. One frame is tried there."""
    from workbench.pipeline.deploy import DeployJob

    trust_own_head(project, trust_head)
    return carry_out(console, lambda _: DeployJob(project, choose_board(project, board), engine), results.show_release)


@command(
    app,
    "verify",
    "slipway verify demo",
    "slipway verify demo --only latency,memory --quick",
    "slipway verify demo --only latency --until-decided --at-most 30min",
)
def verify(
    console: Console,
    project: ProjectFolder,
    board: BoardName = None,
    only: Annotated[
        str | None, typer.Option(metavar="KINDS", help="Kinds of requirement, with commas, as latency,memory.")
    ] = None,
    quick: Quick = False,
    until_decided: Annotated[
        bool, typer.Option("--until-decided", help="Measure on, over cold starts, until latency is decided.")
    ] = False,
    at_most: Annotated[
        str | None, typer.Option(metavar="TIME", help="How long --until-decided may take, as 30min.")
    ] = None,
    trust_head: TrustHead = None,
) -> int:
    """Carry out the test specification on a board. Exit 1: a requirement failed; 3: one is undecided."""
    from workbench.pipeline.verify import VerifyJob

    trust_own_head(project, trust_head)
    if at_most is not None and not until_decided:
        raise UsageError("--at-most bounds --until-decided, which is not given", "Give both, or neither.")
    at_most_s = None if at_most is None else duration_s("--at-most", at_most)

    def job_of(session: Session) -> VerifyJob:
        kinds, rate_hz = split_names(only) or (), session.settings.telemetry_hz
        where = choose_board(project, board)
        return VerifyJob(project, where, kinds, quick, until_decided, at_most_s, rate_hz)

    return carry_out(console, job_of, lambda _, result: results.show_verified(console, result, project))


@command(app, "run", "slipway run demo", "slipway run demo --board this-machine --quick")
def run(
    console: Console,
    project: ProjectFolder,
    board: BoardName = None,
    quick: Quick = False,
    candidate: Annotated[
        str | None, typer.Option(help="A candidate that was made: its name or the beginning of its sha256.")
    ] = None,
    trust_head: TrustHead = None,
) -> int:
    """All the steps on one board. What is unchanged is skipped; what is redone says why."""
    from workbench.pipeline.run import RunJob

    trust_own_head(project, trust_head)
    return carry_out(
        console,
        lambda session: RunJob(project, choose_board(project, board), quick, session.settings.telemetry_hz, candidate),
        lambda _, outcome: results.show_outcome(console, outcome, project),
    )


@command(
    app,
    "report",
    "slipway report demo",
    "slipway report demo --run 7 --output report.pdf",
    "slipway report demo --run 7 --format xlsx --output raw.xlsx",
    "slipway report demo --format coco --output detections",
)
def report(
    console: Console,
    project: ProjectFolder,
    run: Annotated[
        str | None, typer.Option("--run", help="Its number, or the beginning of its id; else the last.")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="html|pdf|junit|csv|xlsx|coco",
            help="One form alone: csv and xlsx are the raw results, coco the detections of both sides.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Where to; else beside the run. csv: a .zip or a folder; coco: a folder."),
    ] = None,
) -> int:
    """Write the verification report of a run again, or its results for other programs."""
    from workbench.pipeline.report import ReportJob

    return carry_out(console, lambda _: ReportJob(project, run, form, output), results.show_path)


@command(app, "runs", "slipway runs demo", "slipway runs demo --output runs.xlsx", "slipway runs demo --json")
def runs(
    console: Console,
    project: ProjectFolder,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the table as .csv or .xlsx.")] = None,
) -> int:
    """All runs as a table."""
    from workbench.evaluate.wording import count
    from workbench.results.run_table import write_runs

    rows = open_session().runs(project)
    if output is not None:
        write_runs(output, rows)
    console.show(tables.runs_table(rows, console.out.width if console.is_screen else None))
    if output is not None:
        console.say(f"wrote {output} ({count(len(rows), 'run')})")
    return console.answer(rows, exit_codes.PASSED)


@command(
    app,
    "compare",
    "slipway compare demo/runs/0001-20261124T091500Z-ab12 demo/runs/0002-20261124T101500Z-cd34",
    "slipway compare 1 2",
)
def compare(
    console: Console,
    first: Annotated[str, typer.Argument(metavar="A", help="A run: its folder, or in a project its number or id.")],
    second: Annotated[str, typer.Argument(metavar="B", help="The run that it is compared with.")],
) -> int:
    """Two runs, requirement by requirement. Says what is different, what is not shown different, and by how much."""
    (project, a), (other, b) = find_project(first), find_project(second)
    comparison = open_session().compare(project, a, b, other)
    console.show(tables.comparison_table(comparison, screen=console.is_screen))
    for change in comparison.changed:
        console.say(f"changed: {change}")
    if comparison.note:
        console.say(comparison.note)
    return console.answer(comparison, exit_codes.PASSED)


@command(app, "watch", "slipway watch", "slipway watch --board this-machine --seconds 10 --json")
def watch(
    console: Console,
    board: BoardToWatch = THIS_MACHINE,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="How long; else until Ctrl-C.")] = None,
) -> int:
    """Live telemetry of a board. Latencies too, where an engine runs."""
    from workbench.command.live import live_view
    from workbench.pipeline.watch import WatchJob

    return carry_out(
        console,
        lambda session: WatchJob(board, session.settings.telemetry_hz, seconds),
        results.show_nothing,
        live_view(console),
    )


@command(app, "status", "slipway status demo", "slipway status demo --json")
def status(console: Console, project: ProjectFolder, trust_head: TrustHead = None) -> int:
    """The chain from model to run. Says what is stale and why."""
    trust_own_head(project, trust_head)
    chain = open_session().status(project)
    console.show(tables.chain_table(chain))
    for path in chain.unconfirmed:
        console.say(f"not confirmed by a person: {path}")
    for run in chain.unreadable:
        console.say(f"passed over: {run.text}")
    return console.answer(chain, exit_codes.PASSED)


@command(app, "candidates", "slipway candidates demo", "slipway candidates demo --json")
def candidates(console: Console, project: ProjectFolder) -> int:
    """All candidates as a table. Lineage, size, error against the parent, and speed where a run measured it."""
    rows = open_session().candidates(project)
    console.show(tables.candidates_table(rows))
    return console.answer(rows, exit_codes.PASSED)


@command(app, "doctor", "slipway doctor", "slipway doctor --json")
def doctor(console: Console) -> int:
    """What is installed, what is missing, how to get it. Exit 1: something is missing."""
    from workbench.doctor import State, examine
    from workbench.settings import home_folder

    findings = examine(home_folder())
    missing = any(finding.state is State.MISSING for finding in findings)
    console.show(tables.doctor_table(findings))
    return console.answer(findings, exit_codes.REQUIREMENT_FAILED if missing else exit_codes.PASSED)
