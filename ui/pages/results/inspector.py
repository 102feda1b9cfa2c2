"""The inspector of all runs: the selected run, or the selected cell of the matrix."""

from __future__ import annotations

from ui.widgets.controls import Button
from ui.widgets.empty import READING
from ui.widgets.fact_lines import FactLine, FactLines
from ui.widgets.facts import Facts
from workbench.views.results.values import ComparedRuns, MatrixBoard, MatrixCell, RunLine
from workbench.views.verify.values import WORDS

_TONES = {"ok": "ok", "warn": "warn", "err": "err", "plain": "unknown", "busy": "running"}


class ResultsInspector(Facts):
    """What is known of one run or one cell."""

    def __init__(self) -> None:
        super().__init__("Inspector of the run")
        self.forget()

    def forget(self) -> None:
        """Nothing is selected."""
        self.begin("No run selected", "Select a run to see what it is worth.")
        self.end()

    def show_run(self, line: RunLine, opener: Button | None) -> None:
        """Show one run."""
        what = f"{line.candidate} on {line.board}, {line.started_text}" if line.candidate else line.started_text
        self.begin(f"Run {line.number}", what, (_TONES[line.tone], line.word))
        self.sentence(line.why, role="")
        self.section("What was run")
        asked = [("Model", line.model), ("Candidate", line.candidate), ("Precision", line.precision)]
        asked += [("Board", line.board), ("Power mode", line.mode), ("Kind", line.kind), ("Id", line.run)]
        self.add(FactLines("What was run", [FactLine(name, value) for name, value in asked if value]))
        if line.verdicts:
            self.section("Verdicts")
            counted = [FactLine(WORDS[outcome], str(many)) for outcome, many in line.verdicts]
            self.add(FactLines("Verdicts", counted))
            figures = (
                ("Latency p50", line.p50_ms, "ms"), ("Latency p99", line.p99_ms, "ms"),
                ("Throughput", line.throughput_fps, "fps"), ("Peak memory", line.memory_mb, "MB"),
                ("Detection overlap", line.iou, ""), ("mAP50", line.map50, ""),
            )  # fmt: skip
            self.section("Figures")
            shown = [
                FactLine(
                    name, figure.text, unit if figure.value is not None else "", "err" if figure.breaks else "text"
                )
                for name, figure, unit in figures
            ]
            self.add(FactLines("Figures", shown))
        if line.open_ids:
            self.section("Does not pass")
            for name in line.open_ids:
                self.sentence(name)
        self.end(*([opener] if opener is not None and line.verdicts else []))

    def show_cell(self, requirement: str, words: str, board: MatrixBoard, cell: MatrixCell) -> None:
        """Show one requirement on one board."""
        state = (
            "stale"
            if cell.stale
            else {"PASS": "pass", "FAIL": "fail", "INCONCLUSIVE": "inconclusive"}.get(cell.outcome, "not measured")
        )
        self.begin(f"{requirement.rpartition('/')[2]}, {board.name}", words, (state, ""))
        self.sentence(cell.text, role="")
        self.section("In this cell")
        run = "none" if cell.run_number is None else f"run {cell.run_number}"
        self.add(
            FactLines("In this cell", [FactLine("Measured", cell.value_text or "nothing"), FactLine("Carried by", run)])
        )
        self.show_board(board)

    def show_board(self, board: MatrixBoard, *, alone: bool = False) -> None:
        """Show the answer for one board."""
        if alone:
            self.begin(board.name, board.text)
        self.section("May it stay?")
        self.sentence(f"{board.answer}: {board.why}.", role="")
        self.end()


class ComparisonInspector(Facts):
    """What else differs between the two ticked runs."""

    def __init__(self) -> None:
        super().__init__("Inspector of the comparison")
        self.show_nothing(READING)

    def show_nothing(self, sentence: str) -> None:
        """Say why there is no comparison, or that it is being made."""
        self.begin("Two runs", sentence)
        self.end()

    def show_comparison(self, compared: ComparedRuns) -> None:
        """Show another comparison."""
        self.begin(compared.title, compared.note)
        self.section("May they be compared?")
        checks = [
            FactLine(words, "yes" if good else "no", color="text" if good else "warn")
            for words, good in compared.checks
        ]
        self.add(FactLines("May they be compared?", checks))
        self.section("What else differs, A → B")
        for words in compared.changed or ("Nothing else differs.",):
            self.sentence(words)
        self.end()
