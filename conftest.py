"""Tests run on the embedded servers of a DATA_DIR of their own, so that a running demo is never disturbed.

Where another test run holds that folder, the next free one beside it is taken. With DATABASE_URL and
CELERY_BROKER_URL set, the tests run on those. Tests without a database start nothing.
"""

import os
import shutil
import socket
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from urllib.parse import urlsplit

import django
import pytest
from django.conf import settings
from pytest_django.plugin import blocking_manager_key

from sop_site.embedded.children import WORKER, Child
from sop_site.embedded.places import Places, data_dir
from sop_site.embedded.preparation import prepare
from sop_site.embedded.processes import MARK, EmbeddedError, kill, marked_processes
from sop_site.embedded.supervisor import (
    InUseError,
    Wanted,
    connection_environment,
    held,
    start_servers,
    stop_servers,
)

SETTINGS = "DJANGO_SETTINGS_MODULE"
MOST_RUNS = 9
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Each takes tens of seconds: begun first, none is left to one process while the other has nothing to do.
# The second and the fourth, with which the other process begins, want no database: there is one to copy by
# the time that the process of the first has migrated.
LONGEST = (
    "sop_site/tests/journeys/test_every_page.py",
    "sop_site/tests/demo/test_folder.py",
    "sop_site/tests/journeys/test_screenshots.py",
    "planning/tests/risk/test_engine_properties.py",
    "planning/tests/supply/test_engine_properties.py",
    "sop_site/tests/journeys/test_journey.py",
    "sop_site/tests/embedded/test_foreground.py",
    "sop_site/tests/test_every_address.py",
    "sop_site/tests/feeds/test_shared_data.py",
    "sop_site/tests/demo/",
    "sop_site/tests/journeys/",
    "sop_site/tests/faults/",
    "planning/tests/test_",
)
run_key = pytest.StashKey[tuple[ExitStack, Places, Wanted]]()


def pytest_configure(config: pytest.Config) -> None:
    """Take a DATA_DIR and name its servers in the environment, before anything reads the settings."""
    if hands_out_tests(config):
        os.environ.pop(
            SETTINGS, None
        )  # named by importing Celery's application; the others must not inherit it
        return
    if settings.configured:
        raise pytest.UsageError(f"Unset {SETTINGS}: the tests set it themselves.")
    stack = ExitStack()
    try:
        places = take_folder(stack)
    except EmbeddedError as error:
        raise pytest.UsageError(str(error)) from error
    wanted = Wanted.by_environment()
    os.environ.update(connection_environment(places))
    os.environ[SETTINGS] = "sop_site.settings"
    config.stash[run_key] = (stack, places, wanted)
    django.setup()
    # Each test client sets the middleware up anew: let it look for a static file once one is asked for.
    settings.WHITENOISE_AUTOREFRESH = True
    config.pluginmanager.import_plugin("sop_site.tests.fixtures")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files go first; the order is the same in each process, and within a file as it was."""

    def place(item: pytest.Item) -> int:
        return next((at for at, start in enumerate(LONGEST) if item.nodeid.startswith(start)), len(LONGEST))

    items.sort(key=place)
    for item in items:
        marker = item.get_closest_marker("django_db")
        empties = "transactional_db" in getattr(item, "fixturenames", ()) or (
            marker is not None and marker.kwargs.get("transaction")
        )
        if empties and not (marker is not None and marker.kwargs.get("serialized_rollback")):
            # Whatever such a test leaves behind would break the next one that puts the rows back.
            raise pytest.UsageError(f"{item.nodeid} empties the tables: it needs serialized_rollback=True.")


def hands_out_tests(config: pytest.Config) -> bool:
    """Whether this process only hands tests to others (`-n 2`), each of which has servers of its own."""
    return bool(config.getoption("numprocesses", None)) and not hasattr(config, "workerinput")


def take_folder(stack: ExitStack) -> Places:
    """Hold the first test folder that no other run holds, until `stack` is closed."""
    for number in range(1, MOST_RUNS + 1):
        folder = data_dir() / ("test" if number == 1 else f"test-{number}")
        try:
            stack.enter_context(held(folder, "a test run"))
        except InUseError:
            continue
        return prepare(folder)
    raise EmbeddedError(f"{MOST_RUNS} test runs are under way in {data_dir()}; wait for one to end.")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let the folder go."""
    if run_key in config.stash:
        config.stash[run_key][0].close()


@pytest.fixture(scope="session")
def embedded_servers(pytestconfig: pytest.Config) -> Iterator[Places]:
    """The running servers of this test run; they stop with it, and what a killed run left is ended first."""
    _, places, wanted = pytestconfig.stash[run_key]
    kill(marked_processes(str(places.data_dir)))
    start_servers(places, wanted, durable=False)
    yield places
    kill(marked_processes(str(places.data_dir)))
    stop_servers(places)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, embedded_servers: Places
) -> None:
    """The first test that wants a database starts the servers."""


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Migrate once for all processes, and keep what the migrations wrote."""
    if fixturedef.argname != "django_db_setup":
        return (yield)
    from sop_site.tests.first_rows import keep_first_rows
    from sop_site.tests.schema import made_once

    _, places, wanted = request.config.stash[run_key]
    folder = places.data_dir.parent if wanted.database else None
    with request.config.stash[blocking_manager_key].unblock():
        with made_once(folder):
            result = yield
        keep_first_rows()
    return result


@pytest.fixture
def start_worker(transactional_db: None, embedded_servers: Places) -> Iterator[Callable[..., Child]]:
    """Starts real Celery workers on the test database, each by a name of its own.

    They serve every queue unless another command is given. Each has reported itself ready when it is
    handed out; a test may kill it.
    """
    from django.db import connection

    from sop_site.celery import app

    # A test that took the broker away may have left idle connections, which do not notice.
    app.pool.resize(app.pool.limit, reset=True)
    app.control.purge()
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    sessions = "test-worker"
    environment = {"DATABASE_URL": database.geturl(), MARK: str(embedded_servers.data_dir)}
    environment["PGAPPNAME"] = sessions
    children: list[Child] = []

    def start(name: str, command: Sequence[str] = WORKER) -> Child:
        node = f"{name}@{socket.gethostname()}"
        log = embedded_servers.logs / f"{name}.log"
        child = Child(name, [*command, "--hostname", node], log, environment)
        children.append(child)
        child.start()
        deadline = time.monotonic() + 30
        while not app.control.ping(destination=[node], timeout=0.5):
            assert time.monotonic() < deadline, f"The worker did not start: see {child.log}"
        return child

    yield start
    # To end in order takes them seconds each and is no test's matter here. What they have in hand must not
    # reach the next test's tables.
    for child in children:
        child.kill()
    kill(marked_processes(str(embedded_servers.data_dir)))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = %s",
            [sessions],
        )


@pytest.fixture
def worker(start_worker: Callable[..., Child]) -> Child:
    """One such worker."""
    return start_worker("worker")


@pytest.fixture(scope="session")
def chromium() -> str | None:
    """The Chromium for browser tests: CHROMIUM's, the machine's, or None for Playwright's own."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
