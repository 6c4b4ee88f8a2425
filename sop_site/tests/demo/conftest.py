"""One demo retailer for all tests of this folder: it is never changed."""

import csv
import gzip
import io
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from sop_site.demo.build import DemoRetailer, build_demo_retailer
from sop_site.demo.generate import generate_demo_retailer

TODAY = date(2026, 11, 22)

Table = list[dict[str, str]]


@cache
def retailer_of(today: date) -> DemoRetailer:
    """The demo retailer in memory as of a day: seconds to build, and the same for every test."""
    return build_demo_retailer(today=today)


def read_table(path: Path) -> Table:
    """The rows of a CSV file, plain or gzipped."""
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("retailer")
    generate_demo_retailer(folder, today=TODAY)
    return folder


@pytest.fixture(scope="session")
def tables(demo_folder: Path) -> dict[str, Table]:
    """Every file of the folder by the first part of its name."""
    return {path.name.split(".")[0]: read_table(path) for path in sorted(demo_folder.iterdir())}


@pytest.fixture(scope="session")
def retailer() -> DemoRetailer:
    return retailer_of(TODAY)
