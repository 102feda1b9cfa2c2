from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys

import pytest


@pytest.fixture
def prepare(repository):
    """The set-up script as a module."""
    spec = importlib.util.spec_from_file_location("prepare", repository / ".ci" / "prepare.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def apt_calls(prepare, monkeypatch):
    """Commands that would have been run, on a machine that has apt-get."""
    calls: list[list[str]] = []
    monkeypatch.setattr(prepare.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(prepare, "call", lambda argv, what, environment=None: calls.append(argv))
    return calls


def missing(library):
    return f"import cv2: ImportError: {library}: cannot open shared object file: No such file or directory"


def test_that_a_lock_and_a_freeze_name_the_same_distributions(prepare):
    lock = "ruamel-yaml==0.19.1 \\\n    --hash=sha256:00\nscipy==1.17.1 ; python_full_version < '3.12' \\\n"
    assert prepare.names(lock) == prepare.names("ruamel.yaml==0.19.1\nSciPy==1.17.1\n") == {"ruamel-yaml", "scipy"}


def test_that_the_stamp_follows_lock_and_project_file(prepare, tmp_path, monkeypatch):
    (tmp_path / "requirements.lock").write_text("a==1\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    monkeypatch.setattr(prepare, "ROOT", tmp_path)
    monkeypatch.setattr(prepare, "LOCK", tmp_path / "requirements.lock")
    stamps = [prepare.stamp()]
    for file in ("requirements.lock", "pyproject.toml"):
        (tmp_path / file).write_text("changed\n")
        stamps.append(prepare.stamp())
    monkeypatch.setattr(prepare.sys, "version", "3.99")
    stamps.append(prepare.stamp())
    assert len(set(stamps)) == 4


def test_that_nothing_is_done_where_the_stamp_is_right(prepare, tmp_path, monkeypatch):
    (tmp_path / "stamp").write_text(prepare.stamp())
    monkeypatch.setattr(prepare, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(prepare, "VENV_PYTHON", tmp_path)
    monkeypatch.setattr(prepare, "make_venv", lambda: pytest.fail("the environment was made again"))
    assert prepare.main() == 0


def test_that_root_gets_a_missing_library_installed(prepare, apt_calls, monkeypatch):
    monkeypatch.setattr(prepare.os, "geteuid", lambda: 0)
    monkeypatch.setattr(
        prepare,
        "import_failure",
        lambda module: missing("libgomp.so.1") if module == "cv2" and not apt_calls else "",
    )
    prepare.check_libraries()
    assert apt_calls[-1][-1] == "libgomp1"


def test_that_others_get_the_one_command(prepare, apt_calls, monkeypatch):
    monkeypatch.setattr(prepare.os, "geteuid", lambda: 1000)
    libraries = {"cv2": "libz.so.1", "openvino": "libstdc++.so.6"}
    monkeypatch.setattr(
        prepare, "import_failure", lambda module: missing(libraries[module]) if module in libraries else ""
    )
    with pytest.raises(prepare.SetupError) as caught:
        prepare.check_libraries()
    command = "sudo apt-get install -y --no-install-recommends libstdc++6 zlib1g"
    assert str(caught.value).splitlines()[-1].strip() == command
    assert not apt_calls


def test_that_a_failure_that_no_package_mends_is_shown(prepare, apt_calls, monkeypatch):
    monkeypatch.setattr(prepare, "import_failure", lambda module: f"import {module}: Illegal instruction")
    with pytest.raises(prepare.SetupError, match="Illegal instruction"):
        prepare.check_libraries()


def test_that_a_failed_command_is_told_with_its_last_lines(prepare):
    with pytest.raises(prepare.SetupError, match=r"(?s)trying failed .*exit code 3.*no such wheel"):
        prepare.call([sys.executable, "-c", "print('no such wheel'); raise SystemExit(3)"], "trying")


def test_that_an_import_that_fails_is_told_in_one_line(prepare):
    assert prepare.import_failure("json") == ""
    assert "No module named 'no_such_module'" in prepare.import_failure("no_such_module")


def test_that_make_says_what_it_needs_where_no_python_is_fit(repository, tmp_path):
    (tmp_path / "python3.11").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "python3.11").chmod(0o755)
    shutil.copy(repository / "Makefile", tmp_path)
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not at hand")
    done = subprocess.run(
        [make, "-C", str(tmp_path), "PYTHON=./python3.11", "ready"], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "Slipway needs Python 3.11, 3.12 or 3.13; tried: ./python3.11" in done.stderr
    assert "sudo apt-get install -y python3 python3-venv" in done.stderr


@pytest.mark.parametrize("euid", [0, 1000])
def test_that_tests_get_the_programs_that_they_run_or_the_one_command(prepare, apt_calls, monkeypatch, capsys, euid):
    monkeypatch.setattr(prepare.shutil, "which", lambda name: None if name == "sshd" else f"/usr/bin/{name}")
    monkeypatch.setattr(prepare, "Path", lambda *parts: prepare.ROOT / "nowhere" / parts[-1])
    monkeypatch.setattr(prepare.os, "geteuid", lambda: euid)
    assert prepare.prepare_tests() == 0
    installed = [call[-1] for call in apt_calls if "install" in call]
    said = capsys.readouterr().err
    assert installed == (["openssh-server"] if euid == 0 else [])
    assert ("sudo apt-get install -y --no-install-recommends openssh-server\nUntil then" in said) == (euid != 0)


def test_that_tests_get_the_libraries_of_a_real_window(prepare, apt_calls, monkeypatch):
    monkeypatch.setattr(prepare.os, "geteuid", lambda: 0)
    monkeypatch.setattr(prepare, "missing_x_libraries", lambda: ["libxcb-cursor.so.0", "libxkbcommon-x11.so.0"])
    assert prepare.prepare_tests() == 0
    assert apt_calls[-1][-2:] == ["libxcb-cursor0", "libxkbcommon-x11-0"]


def test_that_a_library_that_is_not_there_is_found_missing(prepare, monkeypatch):
    monkeypatch.setattr(prepare, "PACKAGE_OF_X_LIBRARY", {"libc.so.6": "libc6", "libnowhere.so.0": "nowhere"})
    assert prepare.missing_x_libraries() == ["libnowhere.so.0"]


def test_that_nothing_is_installed_where_the_programs_are_there(prepare, apt_calls, capsys):
    assert prepare.prepare_tests() == 0
    assert apt_calls == []
    assert capsys.readouterr().err == ""
