"""Small faults put into a module's source, one at a time."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
NAMES = {
    "minimum": "maximum",
    "min": "max",
    "any": "all",
    "add": "subtract",
    "floor": "ceil",
}
NAMES |= {second: first for first, second in NAMES.items()}
# A text that numpy acts on; all others are for people.
TEXTS = {"right": "left"}
# Facts about the code and not of its result.
UNTOUCHED_ARGUMENTS = {"dtype", "kind", "strict"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault of a module: its number among them, its line, and which of equal ones there it is."""

    number: int
    line: int
    change: str
    place: int

    @property
    def name(self) -> str:
        """What tells it from the module's others, wherever those stand."""
        return f"{self.line}#{self.place} {self.change}"


def mutants_of(source: str) -> list[Mutant]:
    """Every mutant of a module."""
    seen: dict[tuple[int, str], int] = {}
    found = []
    for number, (line, _, _, _, _, change) in enumerate(_faults(ast.parse(source))):
        seen[line, change] = seen.get((line, change), 0) + 1
        found.append(Mutant(number, line, change, seen[line, change]))
    return found


def mutated(source: str, mutant: Mutant) -> ast.Module:
    """The module with that one fault."""
    tree = ast.parse(source)
    _, holder, field, place, new, _ = next(islice(_faults(tree), mutant.number, None))
    if place is None:
        setattr(holder, field, new)
    else:
        getattr(holder, field)[place] = new
    return ast.fix_missing_locations(tree)


Fault = tuple[int, ast.AST, str, int | None, ast.AST, str]


def _faults(tree: ast.Module) -> Iterator[Fault]:
    """Line, holder, field, place in the field's list, what comes there instead, and the change in words."""
    for holder, field, place, node in _nodes(tree):
        for new in _instead_of(node):
            change = f"{_text(node)} -> {_text(new)}"
            yield node.lineno, holder, field, place, ast.copy_location(new, node), change  # type: ignore[attr-defined]


def _nodes(holder: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """Every node that may be replaced, with where it hangs; no annotation, decorator, import or docstring."""
    for field, value in ast.iter_fields(holder):
        if field in ("annotation", "returns", "decorator_list", "bases"):
            continue
        for place, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST) or isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr):
                continue
            if isinstance(node, ast.keyword) and node.arg in UNTOUCHED_ARGUMENTS:
                continue
            if _is_type_alias(node):
                continue
            yield holder, field, place, node
            yield from _nodes(node)


def _is_type_alias(node: ast.AST) -> bool:
    """``Floats = NDArray[np.float64]`` and the like, which only a type checker reads."""
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Subscript)
        and isinstance(node.value.value, ast.Name)
        and node.value.value.id in ("NDArray", "Sequence")
    )


def _instead_of(node: ast.AST) -> Iterator[ast.AST]:
    """What might stand here by mistake."""
    match node:
        case ast.Compare(left=left, ops=[operator], comparators=comparators):
            for other in COMPARISONS.get(type(operator), ()):
                yield ast.Compare(left, [other()], comparators)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in ARITHMETIC:
            yield ast.BinOp(left, ARITHMETIC[type(operator)](), right)
        case ast.AugAssign(target=target, op=operator, value=value):
            if type(operator) in ARITHMETIC:
                yield ast.AugAssign(target, ARITHMETIC[type(operator)](), value)
            yield ast.Pass()
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.BoolOp(op=operator, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield ast.Constant(value + 1)
            yield ast.Constant(value - 1)
        case ast.Constant(value=float(value)):
            yield ast.Constant(value + 1.0)
        case ast.Constant(value=str(value)) if value in TEXTS:
            yield ast.Constant(TEXTS[value])
        case ast.Attribute(value=value, attr=name) if name in NAMES:
            yield ast.Attribute(value, NAMES[name], ast.Load())
        case ast.Attribute(value=ast.Name(id="np"), attr="nan" | "inf"):
            yield ast.Constant(0.0)
        case ast.Name(id=name, ctx=ast.Load()) if name in NAMES:
            yield ast.Name(NAMES[name], ast.Load())
        case ast.If(test=test, body=body, orelse=orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield ast.IfExp(test, orelse, body)
        case ast.Assign(targets=[ast.Subscript()]) | ast.Raise():
            yield ast.Pass()
        case ast.Expr(value=ast.Call()):
            yield ast.Pass()


def _text(node: ast.AST) -> str:
    """The first line of a node as source."""
    return ast.unparse(ast.fix_missing_locations(node)).splitlines()[0]
