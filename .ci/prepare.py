"""Make or bring up to date `.venv` from the lock file; run by `make` with the interpreter that it chose.

`prepare.py tests` installs what the tests need of the system besides. Standard library only, and silent where there is
nothing to do.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "slipway.sha256"
NATIVE = (
    "numpy",
    "scipy",
    "cv2",
    "onnx",
    "onnxruntime",
    "openvino",
    "pyarrow",
    "pycocotools.mask",
    "matplotlib.pyplot",
    "PySide6.QtWidgets",
    "PySide6.QtSvg",
)
"""What is imported once after an installation, to find system libraries that are missing."""
PACKAGE_OF_LIBRARY = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libgcc_s.so.1": "libgcc-s1",
    "libgomp.so.1": "libgomp1",
    "libstdc++.so.6": "libstdc++6",
    "libz.so.1": "zlib1g",
}
"""Where Debian and Ubuntu keep what the wheels do not bring themselves."""
PACKAGE_OF_X_LIBRARY = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""What a window on an X display needs besides; Qt loads them by itself, so no import fails without them."""
PACKAGE_OF_PROGRAM = {
    "Xvfb": "xvfb",
    "at-spi-bus-launcher": "at-spi2-core",
    "dbus-run-session": "dbus-daemon",
    "gcc": "build-essential",
    "pdftotext": "poppler-utils",
    "scp": "openssh-client",
    "ssh": "openssh-client",
    "sshd": "openssh-server",
}
"""Where they keep the programs that tests run."""
OFF_THE_PATH = ("/usr/sbin", "/usr/libexec")


class SetupError(Exception):
    """Something that a person has to do first, in words."""


def main() -> int:
    """Prepare the environment; 1 and a sentence on stderr where a person has to act."""
    wanted = stamp()
    if STAMP.is_file() and STAMP.read_text() == wanted and VENV_PYTHON.exists():
        return 0
    try:
        STAMP.unlink(missing_ok=True)
        make_venv()
        install()
        check_libraries()
        if os.environ.get("DISPLAY"):
            check_x_libraries()
    except SetupError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    STAMP.write_text(wanted)
    return 0


def prepare_tests() -> int:
    """Install the programs that tests run; where that cannot be done, say how: the tests that need them are skipped."""
    missing = [
        name
        for name in PACKAGE_OF_PROGRAM
        if shutil.which(name) is None and not any(Path(folder, name).exists() for folder in OFF_THE_PATH)
    ]
    libraries = missing_x_libraries()
    packages = sorted(
        {PACKAGE_OF_PROGRAM[name] for name in missing} | {PACKAGE_OF_X_LIBRARY[name] for name in libraries}
    )
    if packages:
        try:
            install_packages(packages, f"Tests need {', '.join([*missing, *libraries])}")
        except SetupError as error:
            sys.stderr.write(f"{error}\nUntil then the tests that need it are skipped.\n")
    return 0


def stamp() -> str:
    """What the environment was made from: lock, project file and Python version, as one sha256."""
    digest = hashlib.sha256(sys.version.encode())
    for path in (LOCK, ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def make_venv() -> None:
    """Make `.venv` anew, unless one of this very Python is there to be brought up to date."""
    if VENV_PYTHON.exists() and version_of(VENV_PYTHON) == sys.version and pip_runs():
        return
    if importlib.util.find_spec("ensurepip") is None:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        install_packages([package], f"{sys.executable} cannot make virtual environments")
    base = getattr(sys, "_base_executable", sys.executable)
    call([base, "-m", "venv", "--clear", str(VENV)], "making .venv")


def version_of(python: Path) -> str:
    """`sys.version` of an interpreter; empty where it does not run."""
    try:
        done = subprocess.run(
            [str(python), "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip("\n") if done.returncode == 0 else ""


def pip_runs() -> bool:
    """Whether an earlier attempt got as far as pip."""
    return (
        subprocess.run([str(VENV_PYTHON), "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
    )


def install() -> None:
    """Bring `.venv` to what the lock names, no more and no less, and link Slipway itself into it."""
    sys.stderr.write("Slipway: bringing .venv up to date with requirements.lock (a minute or two when it is new)\n")
    pip = [str(VENV_PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    call([*pip, "install", "-q", "--only-binary", ":all:", "--require-hashes", "-r", str(LOCK)], "installing the lock")
    frozen = subprocess.run([*pip, "freeze", "--all"], capture_output=True, text=True, check=True).stdout
    surplus = sorted(names(frozen) - names(LOCK.read_text()) - {"pip", "slipway"})
    if surplus:
        call([*pip, "uninstall", "-q", "-y", *surplus], "removing what the lock no longer names")
    call([*pip, "install", "-q", "--no-deps", "--no-build-isolation", "-e", str(ROOT)], "installing Slipway")


def names(requirements: str) -> set[str]:
    """Normalised names of the distributions in a lock file or in the output of `pip freeze`."""
    found = re.findall(r"^([A-Za-z0-9][A-Za-z0-9._-]*) *(?:==|@)", requirements, re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower() for name in found}


def check_libraries() -> None:
    """Import what is native once; install or name the system libraries that it lacks."""
    for _ in range(len(PACKAGE_OF_LIBRARY) + 1):
        failures = [text for text in map(import_failure, NATIVE) if text]
        if not failures:
            return
        missing = sorted(set(re.findall(r"\b(lib[^\s:]+\.so[.\d]*): cannot open shared object", "\n".join(failures))))
        packages = [PACKAGE_OF_LIBRARY[library] for library in missing if library in PACKAGE_OF_LIBRARY]
        if not packages:
            raise SetupError("The installed libraries cannot be loaded:\n" + "\n".join(failures))
        install_packages(packages, "System libraries are missing: " + ", ".join(missing))
    raise SetupError("The installed libraries still cannot be loaded:\n" + "\n".join(failures))


def check_x_libraries() -> None:
    """Install or name what a window on an X display needs."""
    missing = missing_x_libraries()
    if missing:
        packages = sorted(PACKAGE_OF_X_LIBRARY[name] for name in missing)
        install_packages(packages, "A window needs system libraries: " + ", ".join(missing))


def missing_x_libraries() -> list[str]:
    """Those of `PACKAGE_OF_X_LIBRARY` that cannot be loaded; none where there is no X."""
    if sys.platform != "linux":
        return []
    code = "import ctypes, sys; ctypes.CDLL(sys.argv[1])"
    tried = {name: [sys.executable, "-c", code, name] for name in PACKAGE_OF_X_LIBRARY}
    return [name for name, argv in tried.items() if subprocess.run(argv, capture_output=True, check=False).returncode]


def import_failure(module: str) -> str:
    """The last line of what a fresh process says when it cannot import the module; empty where it can."""
    done = subprocess.run([str(VENV_PYTHON), "-c", f"import {module}"], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return ""
    return f"import {module}: {(done.stderr.strip().splitlines() or [f'exit code {done.returncode}'])[-1]}"


def install_packages(packages: list[str], reason: str) -> None:
    """Install with apt-get as root; otherwise say the one command that does it.

    Raises:
        SetupError: not root, no apt-get, or it failed.
    """
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None:
        raise SetupError(f"{reason}. Install what this system calls {' '.join(packages)}, then run make again.")
    if getattr(os, "geteuid", lambda: 1)() != 0:
        raise SetupError(f"{reason}. Run this, then make again:\n    sudo {shlex.join(command)}")
    sys.stderr.write(f"Slipway: {reason}: installing {' '.join(packages)}\n")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    call(["apt-get", "-q", "update"], "updating the package lists", environment)
    call(["apt-get", "-q", *command[1:]], f"installing {' '.join(packages)}", environment)


def call(argv: list[str], what: str, environment: dict[str, str] | None = None) -> None:
    """Run a command whose output is shown only when it fails.

    Raises:
        SetupError: it did not end with 0; the text has its last lines.
    """
    done = subprocess.run(
        argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=environment
    )
    if done.returncode != 0:
        last = "\n".join(done.stdout.strip().splitlines()[-15:])
        raise SetupError(f"{what} failed ({shlex.join(argv)}, exit code {done.returncode}):\n{last}")


if __name__ == "__main__":
    sys.exit(prepare_tests() if sys.argv[1:] == ["tests"] else main())
