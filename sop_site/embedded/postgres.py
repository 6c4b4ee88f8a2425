"""The embedded PostgreSQL of one DATA_DIR: start or adopt, probe, stop, recover."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from sop_site.embedded.places import DATABASE_NAME, DATABASE_USER, Places
from sop_site.embedded.preparation import make_server_folder, server_programs, server_user
from sop_site.embedded.processes import EmbeddedError, is_alive, kill, last_lines, processes_in, read_pid

START_SECONDS = 120
PROBE_SECONDS = 30


def start(places: Places, *, durable: bool = True) -> bool:
    """See to it that the cluster of `places` answers, with its database; True if it had to be started.

    A server that an earlier run left is adopted if it answers; what is left of a dead one is cleared.
    `durable=False` gives up safety against a power cut for speed: for tests only.
    Raises EmbeddedError with the end of the server's log.
    """
    started = False
    if not adopt(places):
        clear_remains(places)
        if not places.postgres_data.exists():
            initialise(places)
        check_version(places)
        write_configuration(places, durable=durable)
        launch(places)
        started = True
    ensure_database(places)
    return started


def stop(places: Places) -> None:
    """Stop the cluster if it runs, cutting connections; returns when no process of it is left."""
    if postmaster(places) is not None:
        control(places, "-m", "fast", "-t", "30", "stop")
    kill(processes_in(places.postgres_data, "postgres"))


def answers(places: Places) -> bool:
    """Whether a real connection reaches this very cluster."""
    try:
        with connect(places, "postgres") as connection:
            row = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError:
        return False
    return row is not None and Path(row[0]) == places.postgres_data


def connect(places: Places, database: str) -> psycopg.Connection:
    """An autocommit connection through the socket."""
    return psycopg.connect(
        host=str(places.postgres_socket_folder),
        port=5432,
        user=DATABASE_USER,
        dbname=database,
        connect_timeout=2,
        autocommit=True,
    )


def postmaster(places: Places) -> psutil.Process | None:
    """The living server process that the cluster's pid file names, if it is one of this cluster."""
    pid = read_pid(places.postgres_data / "postmaster.pid")
    owned = processes_in(places.postgres_data, "postgres")
    return next((process for process in owned if process.pid == pid), None)


def adopt(places: Places) -> bool:
    """Whether a server of an earlier run is there and answers, at once or when its start is over."""
    deadline = time.monotonic() + PROBE_SECONDS
    while (process := postmaster(places)) is not None and is_alive(process):
        if answers(places):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return False


def clear_remains(places: Places) -> None:
    """End what is left of a server that does not answer, and drop its two lock files.

    The number in them may be a stranger's by now. They go only when no process of the cluster is left, so
    that two servers never share the data.
    """
    kill(processes_in(places.postgres_data, "postgres"))
    if processes_in(places.postgres_data, "postgres"):
        raise EmbeddedError(f"An earlier PostgreSQL in {places.postgres_data} does not end; kill it.")
    (places.postgres_data / "postmaster.pid").unlink(missing_ok=True)
    (places.postgres_socket_folder / ".s.PGSQL.5432.lock").unlink(missing_ok=True)


def initialise(places: Places) -> None:
    """Make the cluster: in a draft folder, so that an interrupted start leaves no half of one."""
    draft = places.postgres_home / "draft"
    if draft.exists():
        shutil.rmtree(draft)
    make_server_folder(draft)
    finished = run_as_server(
        str(server_programs() / "initdb"),
        *("--pgdata", str(draft), "--username", DATABASE_USER, "--auth", "trust", "--encoding", "UTF8"),
        *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
    )
    if finished.returncode != 0:
        raise EmbeddedError(f"No database could be made in {places.postgres_home}: {finished.stderr.strip()}")
    draft.rename(places.postgres_data)


def check_version(places: Places) -> None:
    """Raises EmbeddedError if another major version of PostgreSQL made the cluster."""
    made_by = (places.postgres_data / "PG_VERSION").read_text(encoding="utf-8").strip()
    answer = run_as_server(str(server_programs() / "postgres"), "--version").stdout
    version = answer.split()[-1].split(".")[0] if answer else made_by
    if made_by != version:
        raise EmbeddedError(
            f"The data in {places.postgres_data} is PostgreSQL {made_by}'s and this is PostgreSQL {version}: "
            "dump it with the earlier release, or name another DATA_DIR."
        )


def write_configuration(places: Places, *, durable: bool) -> None:
    """Write the whole configuration: a socket and nothing else, sized for the machine."""
    folder = '"' + str(places.postgres_socket_folder).replace('"', '""') + '"'
    settings: dict[str, str] = {
        "listen_addresses": "",
        "unix_socket_directories": folder,
        "unix_socket_permissions": "0700",
        "shared_buffers": f"{shared_buffers_mb()}MB",
        "work_mem": "16MB",
        # A night's writing should not force a checkpoint into the middle of it.
        "max_wal_size": "4GB",
        "maintenance_work_mem": "128MB",
        "max_connections": "100",
        # A container's shared memory is often 64 MB, too small for parallel workers.
        "max_parallel_workers_per_gather": "0",
        "dynamic_shared_memory_type": "posix",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "jit": "off",
        "fsync": "on" if durable else "off",
        "synchronous_commit": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
    }
    lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in settings.items()]
    target = places.postgres_data / "postgresql.conf"
    target.unlink(missing_ok=True)
    with target.open("x", encoding="utf-8") as file:
        file.writelines(lines)
    target.chmod(0o644)


def shared_buffers_mb() -> int:
    """A sixteenth of the machine's memory, at least 128 MB and at most 2 GB; only what is used is taken."""
    return min(2_048, max(128, psutil.virtual_memory().total // 16 // 2**20))


def launch(places: Places) -> None:
    """Start the server and wait until it answers."""
    log = places.postgres_log
    finished = control(places, "-l", str(log), "-t", str(START_SECONDS), "start")
    if finished.returncode != 0 or not answers(places):
        raise EmbeddedError(f"PostgreSQL did not start; the end of {log}:\n{last_lines(log)}")


def control(places: Places, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pg_ctl on the cluster and wait for it."""
    return run_as_server(
        str(server_programs() / "pg_ctl"), "-D", str(places.postgres_data), "-w", "-s", *arguments
    )


def run_as_server(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command as the server's user, in a folder that it may enter, with a clean environment."""
    entry = server_user()
    environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
    # A server keeps the descriptors it is given: a pipe to it would never end.
    output = subprocess.DEVNULL if "start" in command else subprocess.PIPE
    return subprocess.run(
        command,
        check=False,
        text=True,
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        stdout=output,
        stderr=output,
        user=None if entry is None else entry.pw_uid,
        group=None if entry is None else entry.pw_gid,
        extra_groups=None if entry is None else [],
    )


def ensure_database(places: Places) -> None:
    """Create the product's database if it is not there."""
    with connect(places, "postgres") as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME]).fetchone()
        if found is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE_NAME)))
