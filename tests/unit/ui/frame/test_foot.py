from __future__ import annotations

import subprocess

from tests.window_lab.fixtures import settle


def git(folder, *words):
    subprocess.run(["git", "-c", "user.name=n", "-c", "user.email=e@example.com", *words], cwd=folder, check=True)


def test_that_the_foot_says_what_holds_also_where_nothing_is_wrong(project_window, qtbot):
    settle(qtbot, project_window)
    foot = project_window.foot
    qtbot.waitUntil(lambda: foot.git.text().strip() == "not under git", timeout=10_000)
    assert foot.problems.text().strip() == "no problems"
    assert foot.jobs.text().strip() == "no jobs"
    qtbot.waitUntil(lambda: foot.board.text().strip().startswith("bench"), timeout=10_000)
    assert all(item.isVisible() for item in (foot.git, foot.problems, foot.jobs, foot.board))


def test_that_the_foot_says_branch_and_what_is_not_committed(project_window, qtbot):
    project = project_window.desk.project
    git(project, "init", "--quiet", "--initial-branch=line-3")
    git(project, "add", "deployment.yaml", "deployment_tests.yaml")
    git(project, "commit", "--quiet", "-m", "documents")
    project_window.desk.touch()
    qtbot.waitUntil(lambda: project_window.foot.git.text().strip() == "line-3", timeout=10_000)
    document = project / "deployment.yaml"
    document.write_text(document.read_text() + "# one line more\n")
    project_window.desk.touch()
    qtbot.waitUntil(lambda: "line-3, 1 document changed" in project_window.foot.git.text(), timeout=10_000)


def test_that_the_foot_counts_problems_and_leads_to_their_list(project_window, qtbot):
    settle(qtbot, project_window)
    qtbot.waitUntil(lambda: "no problems" in project_window.foot.problems.text(), timeout=10_000)
    document = project_window.desk.project / "deployment_tests.yaml"
    document.write_text(document.read_text().replace("metric:", "metrik:", 1))
    project_window.desk.touch()
    foot = project_window.foot
    qtbot.waitUntil(lambda: "problem" in foot.problems.text() and "no " not in foot.problems.text(), timeout=10_000)
    foot.problems.click()
    assert not project_window.jobs_dock.isHidden()
    assert project_window.jobs.tabs.tabText(project_window.jobs.tabs.currentIndex()).startswith("Problems")


def test_that_the_foot_of_no_project_says_so(window, qtbot):
    settle(qtbot, window)
    assert window.foot.git.text().strip() == "no project open"
    assert window.foot.problems.isHidden()
    window.foot.board.click()
    assert window.centre.name == "boards"
    settle(qtbot, window)
