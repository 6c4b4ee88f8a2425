"""The house's one rule of direction: foundation → marketing → planning → scorecard, room after room."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Left to right. A place may import itself and what stands to its left.
ORDER = [
    "sop_site",
    *(f"marketing.{room}" for room in ("catalogue", "sales", "demand", "baseline", "lift", "campaigns")),
    *(f"planning.{room}" for room in ("supply", "risk", "remedies", "consensus", "buying")),
    *(
        f"scorecard.{room}"
        for room in (
            "measures",
            "outcomes",
            "lab",
            "reviews",
            "signals",
            "about",
            "actions",
            "meetings",
            "home",
        )
    ),
]
APPS = ("marketing", "planning", "scorecard")
# Wiring may name everything: settings, addresses, commands, the fault campaign, the bench, the demo, the
# gathering modules of the apps, and tests.
WIRING = (
    "sop_site/urls.py",
    "sop_site/settings.py",
    "sop_site/celery.py",
    "sop_site/management/",
    "sop_site/faults/",
    "sop_site/demo/",
    "sop_site/bench/",
)
GATHERING = ("models.py", "urls.py", "tasks.py", "apps.py")
PURE = (
    "numpy",
    "math",
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "itertools",
    "statistics",
    "typing",
)


def modules() -> list[Path]:
    """The product's own modules, without tests and migrations."""
    found = [path for app in ("sop_site", *APPS) for path in (ROOT / app).rglob("*.py")]
    return sorted(path for path in found if not {"tests", "migrations"} & set(path.relative_to(ROOT).parts))


def imported(path: Path) -> set[str]:
    """The dotted names of everything that a module imports, wherever in it the import stands."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            folder = path.relative_to(ROOT).parts[: -node.level] if node.level else ()
            source = ".".join((*folder, node.module) if node.module else folder)
            names |= {f"{source}.{alias.name}" for alias in node.names}
    return names


def place_of(dotted: str) -> int | None:
    """Where in the order a dotted name of the product stands; None for other packages."""
    for index, place in enumerate(ORDER):
        if dotted == place or dotted.startswith(place + "."):
            return index
    return len(ORDER) if dotted.split(".")[0] in APPS else None


def test_no_import_leads_to_the_right():
    arrows = []
    for path in modules():
        relative = path.relative_to(ROOT)
        if str(relative).startswith(WIRING) or (len(relative.parts) == 2 and relative.name in GATHERING):
            continue
        here = place_of(".".join(relative.with_suffix("").parts))
        if here is None:
            continue
        arrows += [
            f"{relative} imports {name}"
            for name in imported(path)
            if (there := place_of(name)) is not None and there > here
        ]
    assert arrows == []


def test_no_circle_among_the_modules():
    names = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in modules()
    }
    graph = {
        name: {
            target
            for found in imported(path)
            for target in (found, found.rpartition(".")[0])
            if target in names and target != name and not name.startswith(target + ".")
        }
        for name, path in names.items()
    }
    settled: set[str] = set()

    def walk(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " → ".join((*trail[trail.index(name) :], name))
        if name not in settled:
            for target in sorted(graph[name]):
                walk(target, (*trail, name))
            settled.add(name)

    for name in sorted(graph):
        walk(name, ())


@pytest.mark.parametrize(
    "path",
    [path for path in modules() if "engine" in path.stem or "engine" in path.parts or path.stem == "fiscal"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_an_engine_knows_numbers_and_nothing_else(path):
    strangers = {
        name
        for name in imported(path)
        if name.split(".")[0] not in PURE
        and not (name.startswith(tuple(f"{app}." for app in APPS)) and ".engine" in name)
        and not name.startswith("sop_site.fiscal")
    }
    assert strangers == set()
