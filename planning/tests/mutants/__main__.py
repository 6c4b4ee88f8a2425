"""Mutation testing of the engines: puts one small fault after the other into them and runs their tests.

Each mutant lives in a process of its own, which takes the faulty module in place of the one on disk: nothing
on disk is changed. What was found is kept in ``DATA_DIR/mutants.jsonl``, so that the next start goes on
where this one ended, runs a survivor again only when the tests have changed, and a module's mutants when the
module has. Ends with the counts of each module and the survivors. Arguments are the
beginnings of the modules' paths, none for all of them; ``JOBS`` is the number of processes.
"""

import ast
import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import hypothesis  # noqa: F401 imported once, for all mutants
import numpy as np  # noqa: F401
import pytest

import sop_site.fiscal  # noqa: F401
from planning.tests.mutants.mutation import Mutant, mutants_of, mutated
from sop_site.embedded.places import data_dir

REPOSITORY = Path(__file__).resolve().parents[3]
SUPPLY = ("planning/tests/supply",)
RISK = ("planning/tests/risk",)
# The tests of each engine, those of its users after its own.
TESTS: dict[str, tuple[str, ...]] = {
    "marketing/lift/engine.py": ("marketing/tests/lift", *SUPPLY),
    "planning/supply/engine": (*SUPPLY, *RISK),
    "planning/risk/engine": RISK,
    "planning/buying/engine": ("planning/tests/buying",),
}
# Helpers of the tests: with these a survivor deserves another try too.
HELPERS = ("planning/tests/*/engine_cases.py", "planning/tests/*/engine_oracle.py")
CPU_SECONDS = 60
MEMORY_BYTES = 4 * 2**30
PASSED = int(pytest.ExitCode.OK)


@dataclass(frozen=True, slots=True)
class Trial:
    """A mutant of a module, and the tests that are to find it."""

    module: str
    source: str
    mutant: Mutant
    tests: tuple[str, ...]

    @property
    def key(self) -> str:
        """What it is known by from run to run."""
        return f"{self.module} {_digest(self.source)} {self.mutant.name}"


class MutantImporter(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a changed tree."""

    def __init__(self, module: str, tree: ast.Module) -> None:
        self.path = REPOSITORY / module
        self.name = module.removesuffix(".py").replace("/", ".")
        self.tree = tree

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The specification of the one module."""
        if fullname != self.name:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin=str(self.path))

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed tree."""
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)


def main() -> int:
    """Run every mutant that is not settled, and tell the outcome; 1 if the engines' own tests fail."""
    os.chdir(REPOSITORY)
    os.environ.update(HYPOTHESIS_PROFILE="mutants", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    chosen = tuple(sys.argv[1:]) or ("",)
    trials = [
        trial
        for engine, folders in TESTS.items()
        for trial in _trials(engine, folders)
        if trial.module.startswith(chosen)
    ]
    all_tests = sorted({test for trial in trials for test in trial.tests})
    if os.waitpid(_start(None, tuple(all_tests)), 0)[1] != PASSED:
        print("The tests of the engines fail without any mutant; see to that first.")
        return 1

    results = data_dir() / "mutants.jsonl"
    results.parent.mkdir(parents=True, exist_ok=True)
    verdicts = _read(results)
    tests_now = _digest("".join(Path(f).read_text(encoding="utf-8") for f in [*all_tests, *_helpers()]))
    pending = [
        trial
        for trial in trials
        if verdicts.get(trial.key, {}).get("verdict") != "killed"
        and verdicts.get(trial.key, {}).get("tests") != tests_now
    ]
    print(f"{len(trials)} mutants, {len(pending)} of them to run", flush=True)
    with results.open("a", encoding="utf-8") as kept:
        for trial, killed in _run(pending, int(os.environ.get("JOBS", "2"))):
            verdict = {"key": trial.key, "verdict": "killed" if killed else "survived", "tests": tests_now}
            verdicts[trial.key] = verdict
            kept.write(json.dumps(verdict) + "\n")
            kept.flush()
    _tell(trials, verdicts)
    return 0


def _trials(engine: str, folders: tuple[str, ...]) -> list[Trial]:
    """Every mutant of an engine, which is a file or a folder, with the tests of these folders."""
    modules = [Path(engine)] if engine.endswith(".py") else sorted(Path(engine).glob("[!_]*.py"))
    tests = [path for folder in folders for path in sorted(Path(folder).glob("test_engine*.py"))]
    return [
        Trial(str(module), source, mutant, _likeliest_first(tests, module))
        for module in modules
        for source in [module.read_text(encoding="utf-8")]
        for mutant in mutants_of(source)
    ]


def _likeliest_first(tests: list[Path], module: Path) -> tuple[str, ...]:
    """The tests, first those named after the module, then the properties: the first to fail settles it."""
    own, properties = f"test_engine_{module.stem}", "test_engine_properties"
    return tuple(map(str, sorted(tests, key=lambda path: (path.stem != own, path.stem != properties))))


def _helpers() -> list[str]:
    return sorted(str(path) for pattern in HELPERS for path in Path().glob(pattern))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _read(results: Path) -> dict[str, dict[str, str]]:
    """What former runs have found, the latest word on each mutant."""
    if not results.exists():
        return {}
    lines = results.read_text(encoding="utf-8").splitlines()
    return {verdict["key"]: verdict for verdict in map(json.loads, lines)}


def _start(trial: Trial | None, tests: tuple[str, ...]) -> int:
    """Start a process that runs ``tests`` against the mutant, or against the engines as they are."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        nowhere = os.open(os.devnull, os.O_WRONLY)
        if trial:
            sys.meta_path.insert(0, MutantImporter(trial.module, mutated(trial.source, trial.mutant)))
            os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        options = ["-x", "-q", "--tb=no", "--noconftest", "-p", "no:cacheprovider", "-o", "addopts="]
        status = int(pytest.main([*options, *tests]))
    finally:
        os._exit(status)


def _run(pending: list[Trial], jobs: int) -> Iterator[tuple[Trial, bool]]:
    """Each trial and whether its mutant was killed, as they end, ``jobs`` at a time."""
    waiting, running = list(reversed(pending)), dict[int, Trial]()
    begun = time.monotonic()
    done = 0
    while waiting or running:
        while waiting and len(running) < jobs:
            trial = waiting.pop()
            running[_start(trial, trial.tests)] = trial
        pid, status = os.wait()
        done += 1
        if done % 50 == 0:
            print(f"{done} of {len(pending)} in {time.monotonic() - begun:.0f} s", flush=True)
        yield running.pop(pid), status != PASSED


def _tell(trials: list[Trial], verdicts: dict[str, dict[str, str]]) -> None:
    """The counts of each module, and the survivors."""
    survivors = [trial for trial in trials if verdicts[trial.key]["verdict"] == "survived"]
    print("| Module | Mutants | Killed | Share |\n|---|---|---|---|")
    for module in [*dict.fromkeys(trial.module for trial in trials), "together"]:
        total = [trial for trial in trials if module in (trial.module, "together")]
        alive = [trial for trial in survivors if module in (trial.module, "together")]
        killed = len(total) - len(alive)
        print(f"| `{module}` | {len(total)} | {killed} | {killed / len(total):.1%} |")
    for trial in survivors:
        print(f"{trial.module}:{trial.mutant.name}")


if __name__ == "__main__":
    sys.exit(main())
