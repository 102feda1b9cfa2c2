from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import figure


def script(folder, name, body):
    (folder / "benchmarks").mkdir(exist_ok=True)
    (folder / "benchmarks" / f"{name}.py").write_text(f'{body}\nif __name__ == "__main__":\n    main()\n')


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a `benchmarks` package of its own, which `figure` works on."""
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "figure.py").write_text(Path(figure.__file__).read_text())
    monkeypatch.setattr(figure, "FOLDER", tmp_path / "benchmarks")
    return tmp_path


@pytest.mark.parametrize(
    ("value", "relation", "goal", "line"),
    [
        (1.5, "<=", 2, "FIGURE start 1.5 s goal <= 2 met"),
        (2.0001, "<=", 2, "FIGURE start 2 s goal <= 2 short"),
        (0.3, ">=", 0.5, "FIGURE start 0.3 s goal >= 0.5 short"),
        (12345.678, ">=", 10000, "FIGURE start 1.235e+04 s goal >= 10000 met"),
    ],
)
def test_that_a_figure_is_judged_by_the_value_as_measured(capsys, value, relation, goal, line):
    figure.report("start", value, "s", relation, goal)
    assert capsys.readouterr().out == line + "\n"
    assert figure.LINE.match(line)


def test_that_a_name_with_a_space_is_refused():
    with pytest.raises(ValueError, match="single words"):
        figure.report("start of all", 1, "s", "<=", 2)


def test_that_only_modules_that_can_be_run_count_as_benchmarks(folder):
    script(folder, "start", "def main(): pass")
    (folder / "benchmarks" / "helper.py").write_text("NUMBER = 1\n")
    assert figure.scripts() == ["start"]


def test_that_the_table_holds_every_figure_and_every_failure(folder, capfd):
    report = "from benchmarks.figure import report\ndef main():\n    "
    script(folder, "fast", report + "report('fast', 1, 'ms', '<=', 2)\n    report('sure', 99, '%', '>=', 98)")
    script(folder, "broken", report + "report('broken', 1, 'ms', '<=', 2)\n    raise SystemExit(3)")
    script(folder, "silent", "def main(): pass")
    assert figure.main() == 1
    table = capfd.readouterr().out.rpartition("\n\n")[2]
    assert [line.split() for line in table.splitlines()] == [
        ["figure", "value", "unit", "goal", "verdict"],
        ["broken", "-", "-", "-", "failed"],
        ["fast", "1", "ms", "<=", "2", "met"],
        ["sure", "99", "%", ">=", "98", "met"],
        ["silent", "-", "-", "-", "failed"],
    ]


def test_that_all_figures_met_end_with_success(folder):
    script(folder, "fast", "from benchmarks.figure import report\ndef main(): report('fast', 1, 'ms', '<=', 2)")
    assert figure.main() == 0


def test_that_a_benchmark_runs_in_the_python_that_runs_all(folder, capfd):
    script(folder, "which", "import sys\ndef main(): print(sys.executable)")
    figure.run("which")
    assert capfd.readouterr().out.strip() == sys.executable
