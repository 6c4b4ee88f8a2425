"""What the mutants of a piece of source are."""

import ast

import pytest

from planning.tests.mutants.mutation import mutants_of, mutated


@pytest.mark.parametrize(
    ("source", "faulty"),
    [
        ("x = a < b", ["x = a <= b", "x = a >= b"]),
        ("x = a + b", ["x = a - b"]),
        ("x = a and b", ["x = a or b"]),
        ("x = not a", ["x = a"]),
        ("x = 7", ["x = 8", "x = 6"]),
        ("x = 0.5", ["x = 1.5"]),
        ("x = True", ["x = False"]),
        ("x = np.minimum(a, b)", ["x = np.maximum(a, b)"]),
        ("x = max(a, b)", ["x = min(a, b)"]),
        ("x = np.nan", ["x = 0.0"]),
        ("x[a] = b", ["pass"]),
        ("x += a", ["x -= a", "pass"]),
        ("sort(a)", ["pass"]),
        ("if a:\n    b", ["if not a:\n    b"]),
        ("x = b if a else c", ["x = c if a else b"]),
        ("x = sort(a, side='right')", ["x = sort(a, side='left')"]),
    ],
)
def test_every_fault_is_put_in_alone(source, faulty):
    assert [ast.unparse(mutated(source, mutant)) for mutant in mutants_of(source)] == faulty


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np",
        "x: Literal[7]",
        '"""Above 7."""',
        "x = a(dtype=7, strict=True)",
        "Floats = NDArray[a[7]]",
        "@a(7)\ndef f() -> b[7]:\n    return c",
    ],
)
def test_what_only_a_reader_or_a_type_checker_sees_is_left_alone(source):
    assert mutants_of(source) == []


def test_equal_faults_of_one_line_are_told_apart():
    assert [mutant.name for mutant in mutants_of("x = a + b + (a + b)")] == [
        "1#1 a + b + (a + b) -> a + b - (a + b)",
        "1#1 a + b -> a - b",
        "1#2 a + b -> a - b",
    ]
