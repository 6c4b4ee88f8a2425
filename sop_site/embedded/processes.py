"""Finding and ending processes that are surely ours: by folder or mark, never by a bare process number.

A process number in a file may have been given to a stranger since, or name a dead process that nobody has
collected; so every function looks at the process itself.
"""

import time
from collections.abc import Iterable
from pathlib import Path

import psutil

MARK = "BRIDGE_RUN"


class EmbeddedError(Exception):
    """Something a person can act on, said in one sentence."""


def read_pid(path: Path) -> int | None:
    """The process number in the first line of `path`; None where there is none."""
    try:
        return int(path.read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def is_alive(process: psutil.Process) -> bool:
    """Whether `process` runs; a dead one that was not collected yet (a zombie) does not."""
    try:
        return bool(process.is_running()) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def processes_in(folder: Path, program: str) -> list[psutil.Process]:
    """Living processes whose program name starts with `program` and that work in `folder`."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.name().startswith(program) and Path(process.cwd()) == folder and is_alive(process):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def marked_processes(mark: str) -> list[psutil.Process]:
    """Living processes that were started with `BRIDGE_RUN=mark`, and so their children."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and is_alive(process):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def end(processes: Iterable[psutil.Process], patience_seconds: float) -> None:
    """Ask the processes to end, wait, and kill those that are left after `patience_seconds`."""
    listed = list(processes)
    for process in listed:
        try:
            process.terminate()
        except psutil.NoSuchProcess:
            continue
    kill(still_alive(listed, patience_seconds))


def kill(processes: Iterable[psutil.Process]) -> None:
    """Kill the processes at once, and wait until they are gone."""
    listed = list(processes)
    for process in listed:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    still_alive(listed, 5)


def still_alive(processes: Iterable[psutil.Process], patience_seconds: float) -> list[psutil.Process]:
    """The processes that have not ended when `patience_seconds` are over, or none as soon as all have.

    Not psutil's own waiting, which waits for a dead process until its parent collects it.
    """
    deadline = time.monotonic() + patience_seconds
    left = [process for process in processes if is_alive(process)]
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [process for process in left if is_alive(process)]
    return left


def last_lines(path: Path, count: int = 8) -> str:
    """The last lines of a log, to stand below an error; empty where there is no log."""
    try:
        return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])
    except OSError:
        return ""
