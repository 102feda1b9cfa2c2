from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from workbench import cli
from workbench.command.wiring import command, make_app


def run(*argv: str) -> int:
    return cli.main(list(argv))


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command of the app with its words."""
    for name, item in sorted(group.commands.items()):
        if hasattr(item, "commands"):
            yield from commands(item, (*path, name))
        else:
            yield (*path, name), item


ALL = dict(commands(typer.main.get_command(cli.app)))
PROJECT_COMMANDS = {
    ("check",),
    ("optimise",),
    ("build",),
    ("deploy",),
    ("verify",),
    ("run",),
    ("status",),
    ("candidates",),
}


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_that_every_command_has_help_with_examples_and_json(words, capsys):
    assert run(*words, "--help") == 0
    text = capsys.readouterr().out
    assert f"Usage: slipway {' '.join(words)}" in text
    assert f"Examples:\n    slipway {' '.join(words)}" in text
    assert "--json" in text


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_that_the_examples_of_a_command_only_use_what_it_has(words):
    item = ALL[words]
    options = {name for parameter in item.params for name in parameter.opts}
    examples = item.epilog.replace("\b", "").splitlines()[2:]
    used = {word for line in examples for word in line.split() if word.startswith("--")}
    assert used <= options
    assert all(line.split()[: 1 + len(words)] == ["slipway", *words] for line in examples)


def test_that_the_help_names_every_command(capsys):
    assert run("--help") == 0
    text = capsys.readouterr().out
    assert all(f"  {words[0]} " in text for words in ALL)


def test_that_the_version_is_told(capsys):
    assert run("--version") == 0
    assert capsys.readouterr().out.startswith("slipway ")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["docter"], "No such command 'docter'. Did you mean 'doctor'?"),
        (["doctor", "--jsn"], "No such option: --jsn"),
        (["doctor", "more"], "unexpected extra argument"),
        (["boards"], "Missing command"),
        (["optimise"], "Missing argument 'PROJECT'"),
        (["new", "project"], "Missing option '--model'"),
        (["watch", "--seconds", "0"], "Invalid value for '--seconds'"),
    ],
)
def test_that_wrong_use_is_told_with_the_way_to_the_help(argv, words, capsys):
    assert run(*argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert "Try: slipway" in err


def test_that_wrong_use_is_json_where_that_was_asked_for(capsys):
    assert run("doctor", "--jsn", "--json") == 2
    answer = json.loads(capsys.readouterr().out)
    assert (answer["exit_code"], answer["error"]["fault"]) == (2, "use")


@pytest.mark.parametrize(
    ("argv", "words", "hint"),
    [
        (["optimise", "demo", "--rank", "--recipe", "int8"], "--rank makes no candidate", "Leave out"),
        (["optimise", "demo", "--rank", "--method", "entropy"], "--rank makes no candidate", "Leave out"),
        (["verify", "demo", "--at-most", "1h"], "--at-most bounds --until-decided", "Give both"),
        (["verify", "demo", "--until-decided", "--at-most", "soon"], "--at-most soon: expected a duration", ""),
        (["boards", "probe", "this-machin"], "there is no board 'this-machin'", "Did you mean this-machine?"),
        (["runs", "demo", "--output", "runs.pdf"], "runs cannot be written as runs.pdf", ".csv or .xlsx"),
        (["compare", "1", "2"], "no run is called 1", "Give the runs' folders"),
    ],
)
def test_that_wrong_use_of_a_command_is_told_before_anything_is_done(argv, words, hint, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(*argv, "--json") == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert words in error["summary"]
    assert hint in error["hint"]
    assert [path.name for path in tmp_path.iterdir()] in ([], ["slipway-home"])


@pytest.mark.parametrize("words", [words for words in ALL if words in PROJECT_COMMANDS], ids=" ".join)
def test_that_a_folder_that_is_no_project_is_named(words, capsys, tmp_path):
    assert run(*words, str(tmp_path / "nothing-here"), "--json") == 2
    answer = json.loads(capsys.readouterr().out)
    assert "nothing-here" in answer["error"]["summary"]


@pytest.fixture
def project(tmp_path, repository, capsys):
    """A new project from the model of the example."""
    folder = tmp_path / "project"
    assert run("new", str(folder), "--model", str(repository / "resources" / "example" / "model.onnx")) == 0
    out = capsys.readouterr().out
    assert "not confirmed by a person" in out
    assert out.splitlines()[-1] == f"{folder} has no problems"
    return folder


def test_that_a_project_is_checked_and_its_limits_are_confirmed(project, capsys):
    assert run("check", str(project), "--json") == 0
    waiting = [item["path"] for item in json.loads(capsys.readouterr().out)["result"]["unconfirmed"]]
    latency = "performance_tests.latency.requirement"
    assert latency in waiting
    assert run("check", str(project), "--confirm", latency, "--json") == 0
    left = json.loads(capsys.readouterr().out)["result"]["unconfirmed"]
    assert [item["path"] for item in left] == [path for path in waiting if path != latency]
    other = "performance_tests.throughput.requirement"
    assert run("check", str(project), "--confirm", other) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"confirmed: {other}"
    assert run("check", str(project), "--confirm", latency) == 2
    assert "is not waiting for confirmation" in capsys.readouterr().err
    assert run("check", str(project), "--confirm", "all", "--json") == 0
    assert json.loads(capsys.readouterr().out)["result"]["unconfirmed"] == []


def test_that_all_problems_of_a_project_are_told_as_a_result(project, capsys):
    tests = project / "deployment_tests.yaml"
    tests.write_text(tests.read_text().replace("50ms", "50 sm").replace("requirement: 20 fps", "requirement: -1 fps"))
    assert run("check", str(project)) == 2
    out, err = capsys.readouterr()
    lines = [line for line in out.splitlines() if line.startswith("deployment_tests.yaml:")]
    assert any("performance_tests.latency.requirement: got '50 sm', expected a duration" in line for line in lines)
    assert any("performance_tests.throughput.requirement: got '-1 fps'" in line for line in lines)
    assert f"{project} has {len(lines)} problems; until they are mended" in out.splitlines()[-1]
    assert err == ""
    assert run("check", str(project), "--json") == 2
    answer = json.loads(capsys.readouterr().out)
    assert answer["error"] is None
    assert len(answer["result"]["problems"]) == len(lines)


def test_that_a_project_is_not_made_twice(project, repository, capsys):
    model = repository / "resources" / "example" / "model.onnx"
    assert run("new", str(project), "--model", str(model), "--json") == 2
    assert "is a project already" in json.loads(capsys.readouterr().out)["error"]["summary"]


@pytest.fixture
def own_app(monkeypatch):
    app = make_app("An app of a test.")
    app.callback()(lambda: None)
    monkeypatch.setattr(cli, "app", app)
    return app


def test_that_a_defect_is_exit_70_with_its_stack(own_app, capsys):
    @command(own_app, "break", "slipway break")
    def broken(console: object) -> int:
        raise ZeroDivisionError("by zero")

    assert run("break", "--json") == 70
    out, err = capsys.readouterr()
    assert "internal error: ZeroDivisionError: by zero" in err
    assert "test_cli.py" in json.loads(out)["error"]["detail"]


def test_that_ctrl_c_outside_of_a_job_is_exit_130(own_app, capsys):
    @command(own_app, "break", "slipway break")
    def broken(console: object) -> int:
        raise KeyboardInterrupt

    assert run("break", "--json") == 130
    assert json.loads(capsys.readouterr().out)["error"]["fault"] == "cancelled"


def test_that_doctor_lists_what_it_found(capsys):
    assert run("doctor", "--json") == 0
    names = [finding["name"] for finding in json.loads(capsys.readouterr().out)["result"]]
    assert {"Python", "numpy", "git"} <= set(names)
    assert run("doctor") == 0
    assert "numpy" in capsys.readouterr().out


def test_that_a_reader_that_goes_away_is_no_defect():
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "doctor"],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert done.returncode == 5
    assert "Traceback" not in done.stderr


SCRIPT = "import sys; from workbench import cli; sys.exit(cli.main(sys.argv[1:]))"


def test_that_the_help_imports_nothing_heavy():
    check = (
        "import sys; from workbench import cli; cli.main(['--help']); "
        "print(*sorted({'numpy', 'cv2', 'onnx', 'onnxruntime', 'openvino', 'pydantic', 'ruamel', 'rich', 'scipy', "
        "'pyarrow', 'matplotlib', 'sqlite3', 'ssl'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == ""


def test_that_this_machine_is_always_among_the_boards(capsys):
    assert run("boards", "list", "--json") == 0
    entries = json.loads(capsys.readouterr().out)["result"]
    assert [entry["name"] for entry in entries] == ["this-machine"]
