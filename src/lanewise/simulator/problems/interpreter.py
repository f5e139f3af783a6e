"""Runs short Python programs step by step in an own interpreter: no import, no file, no attribute but a listed method.

It exists so a simulated model can trace a program truthfully without this process running foreign code.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

Value: TypeAlias = Any
"""A value of the interpreted program."""

_MOST_STEPS = 20_000
_MOST_ITEMS = 10_000
_DEEPEST = 40


class ProgramError(Exception):
    """The program uses what the interpreter does not know, fails, or runs too long."""


class _BreakSignal(Exception):
    pass


class _ContinueSignal(Exception):
    pass


class _ReturnSignal(Exception):
    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


@dataclass(frozen=True, kw_only=True, slots=True)
class ProgramRun:
    """What a program printed and how many steps it took."""

    output: str
    steps: int


_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitXor: operator.xor,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
}
_METHODS: dict[type, frozenset[str]] = {
    str: frozenset({"upper", "lower", "strip", "split", "join", "replace", "count", "find", "startswith", "endswith"}),
    list: frozenset({"append", "pop", "insert", "extend", "reverse", "sort", "count", "index"}),
    dict: frozenset({"get", "items", "keys", "values", "pop"}),
    set: frozenset({"add", "discard"}),
}


def _range(*bounds: int) -> range:
    span = range(*bounds)
    if len(span) > _MOST_ITEMS:
        raise ProgramError("range too long")
    return span


_BUILTINS: dict[str, Callable[..., Any]] = {
    "range": _range,
    "len": len,
    "sum": sum,
    "min": min,
    "max": max,
    "abs": abs,
    "int": int,
    "str": str,
    "list": list,
    "sorted": sorted,
    "reversed": lambda items: list(reversed(items)),
    "enumerate": lambda items, start=0: list(enumerate(items, start)),
    "zip": lambda *items: list(zip(*items, strict=False)),
    "set": set,
    "tuple": tuple,
    "any": any,
    "all": all,
    "bool": bool,
    "round": round,
}


def run_program(source: str) -> ProgramRun:
    """Run a program; raises ProgramError where it cannot be followed to its end."""
    try:
        tree = ast.parse(source)
        machine = _Machine()
        machine.run_block(tree.body, machine.globals)
    except ProgramError:
        raise
    except (_BreakSignal, _ContinueSignal, _ReturnSignal) as error:
        raise ProgramError("control flow outside its block") from error
    except Exception as error:  # the program's own failure, whatever it is: it has no output to predict
        raise ProgramError(str(error)) from error
    return ProgramRun(output="".join(machine.printed), steps=machine.steps)


class _Machine:
    def __init__(self) -> None:
        self.globals: dict[str, Any] = {}
        self.printed: list[str] = []
        self.steps = 0
        self.depth = 0

    def run_block(self, body: list[ast.stmt], names: dict[str, Any]) -> None:
        for statement in body:
            self._tick()
            runner = _STATEMENTS.get(type(statement))
            if runner is None:
                raise ProgramError(f"unknown statement {type(statement).__name__}")
            runner(self, statement, names)

    def _tick(self) -> None:
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise ProgramError("too many steps")

    def value(self, node: ast.expr, names: dict[str, Any]) -> Value:
        reader = _EXPRESSIONS.get(type(node))
        if reader is None:
            raise ProgramError(f"unknown expression {type(node).__name__}")
        result = reader(self, node, names)
        if isinstance(result, int) and result.bit_length() > 4_096:
            raise ProgramError("number too large")
        if isinstance(result, str | list | tuple) and len(result) > _MOST_ITEMS:
            raise ProgramError("value too long")
        return result

    def assign(self, target: ast.expr, value: Value, names: dict[str, Any]) -> None:
        if isinstance(target, ast.Name):
            names[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List):
            values = list(value)
            if len(values) != len(target.elts):
                raise ProgramError("unpacking")
            for element, part in zip(target.elts, values, strict=True):
                self.assign(element, part, names)
        elif isinstance(target, ast.Subscript):
            self.value(target.value, names)[self.value(target.slice, names)] = value
        else:
            raise ProgramError("assignment")

    def loop(self, node: ast.For | ast.While, names: dict[str, Any], turns: Iterable[Any]) -> None:
        for turn in turns:
            self._tick()
            if isinstance(node, ast.For):
                self.assign(node.target, turn, names)
            try:
                self.run_block(node.body, names)
            except _BreakSignal:
                return
            except _ContinueSignal:
                continue
        self.run_block(node.orelse, names)

    def while_turns(self, node: ast.While, names: dict[str, Any]) -> Iterable[None]:
        while self.value(node.test, names):
            yield None

    def call(self, node: ast.Call, names: dict[str, Any]) -> Value:
        self._tick()
        arguments = [self.value(argument, names) for argument in node.args]
        named = {keyword.arg: self.value(keyword.value, names) for keyword in node.keywords if keyword.arg}
        if isinstance(node.func, ast.Attribute):
            return self._call_method(node.func, arguments, names)
        if not isinstance(node.func, ast.Name):
            raise ProgramError("call")
        name = node.func.id
        if name == "print":
            end, separator = named.get("end", "\n"), named.get("sep", " ")
            self.printed.append(separator.join(str(argument) for argument in arguments) + end)
            return None
        defined = names.get(name, self.globals.get(name))
        if isinstance(defined, ast.FunctionDef):
            return self._call_function(defined, arguments)
        if name in _BUILTINS:
            return _BUILTINS[name](*arguments, **named)
        raise ProgramError(f"unknown function {name}")

    def _call_method(self, node: ast.Attribute, arguments: list[Any], names: dict[str, Any]) -> Value:
        owner = self.value(node.value, names)
        if node.attr not in _METHODS.get(type(owner), frozenset()):
            raise ProgramError(f"unknown method {node.attr}")
        return getattr(owner, node.attr)(*arguments)

    def _call_function(self, function: ast.FunctionDef, arguments: list[Any]) -> Value:
        parameters = [argument.arg for argument in function.args.args]
        if len(parameters) != len(arguments) or self.depth >= _DEEPEST:
            raise ProgramError("call of a function")
        self.depth += 1
        try:
            self.run_block(function.body, dict(zip(parameters, arguments, strict=True)))
        except _ReturnSignal as signal:
            return signal.value
        finally:
            self.depth -= 1
        return None

    def lookup(self, name: str, names: dict[str, Any]) -> Value:
        if name in names:
            return names[name]
        if name in self.globals:
            return self.globals[name]
        raise ProgramError(f"unknown name {name}")

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp, names: dict[str, Any]) -> list[Any]:
        found: list[Any] = []
        inner = dict(names)
        if len(node.generators) != 1:
            raise ProgramError("nested comprehension")
        clause = node.generators[0]
        for item in self.value(clause.iter, inner):
            self._tick()
            self.assign(clause.target, item, inner)
            if all(self.value(test, inner) for test in clause.ifs):
                found.append(self.value(node.elt, inner))
        return found

    def logical(self, node: ast.BoolOp, names: dict[str, Any]) -> Value:
        result: Any = None
        for part in node.values:
            result = self.value(part, names)
            if bool(result) is isinstance(node.op, ast.Or):
                return result
        return result

    def compare(self, node: ast.Compare, names: dict[str, Any]) -> bool:
        left = self.value(node.left, names)
        for op, part in zip(node.ops, node.comparators, strict=True):
            right = self.value(part, names)
            if not _COMPARE[type(op)](left, right):
                return False
            left = right
        return True

    def binary(self, op: ast.operator, left: Value, right: Value) -> Value:
        if isinstance(op, ast.Pow):
            if not isinstance(right, int) or abs(right) > 200:
                raise ProgramError("power")
            return left**right
        if isinstance(op, ast.Mult) and not (isinstance(left, int | float) and isinstance(right, int | float)):
            times = right if isinstance(right, int) else left
            if not isinstance(times, int) or times > _MOST_ITEMS:
                raise ProgramError("repetition")
        if isinstance(op, ast.Mod) and not isinstance(left, int | float):
            raise ProgramError("string formatting")
        return _BINARY[type(op)](left, right)

    def joined(self, node: ast.JoinedStr, names: dict[str, Any]) -> str:
        parts = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                form = self.joined(part.format_spec, names) if isinstance(part.format_spec, ast.JoinedStr) else ""
                if any(int(width) > 100 for width in "".join(c if c.isdigit() else " " for c in form).split()):
                    raise ProgramError("format")
                parts.append(format(self.value(part.value, names), form))
            elif isinstance(part, ast.Constant):
                parts.append(str(part.value))
        return "".join(parts)

    def slice(self, node: ast.Slice, names: dict[str, Any]) -> slice:
        bounds = (None if part is None else self.value(part, names) for part in (node.lower, node.upper, node.step))
        return slice(*bounds)


def _run_if(m: _Machine, node: ast.If, names: dict[str, Any]) -> None:
    m.run_block(node.body if m.value(node.test, names) else node.orelse, names)


def _run_assign(m: _Machine, node: ast.Assign, names: dict[str, Any]) -> None:
    value = m.value(node.value, names)
    for target in node.targets:
        m.assign(target, value, names)


def _run_augmented(m: _Machine, node: ast.AugAssign, names: dict[str, Any]) -> None:
    target = node.target
    if isinstance(target, ast.Name):
        current = m.lookup(target.id, names)
    elif isinstance(target, ast.Subscript):
        current = m.value(target.value, names)[m.value(target.slice, names)]
    else:
        raise ProgramError("assignment")
    m.assign(target, m.binary(node.op, current, m.value(node.value, names)), names)


def _run_return(m: _Machine, node: ast.Return, names: dict[str, Any]) -> None:
    raise _ReturnSignal(None if node.value is None else m.value(node.value, names))


def _run_signal(_m: _Machine, node: ast.stmt, _names: dict[str, Any]) -> None:
    if isinstance(node, ast.Break):
        raise _BreakSignal
    if isinstance(node, ast.Continue):
        raise _ContinueSignal


def _define(_m: _Machine, node: ast.FunctionDef, names: dict[str, Any]) -> None:
    names[node.name] = node


_STATEMENTS: dict[type[ast.stmt], Callable[[_Machine, Any, dict[str, Any]], None]] = {
    ast.Expr: lambda m, n, names: m.value(n.value, names),
    ast.Assign: _run_assign,
    ast.AugAssign: _run_augmented,
    ast.If: _run_if,
    ast.For: lambda m, n, names: m.loop(n, names, m.value(n.iter, names)),
    ast.While: lambda m, n, names: m.loop(n, names, m.while_turns(n, names)),
    ast.FunctionDef: _define,
    ast.Return: _run_return,
    ast.Break: _run_signal,
    ast.Continue: _run_signal,
    ast.Pass: _run_signal,
}
_EXPRESSIONS: dict[type[ast.expr], Callable[[_Machine, Any, dict[str, Any]], Any]] = {
    ast.Constant: lambda _m, n, _names: n.value,
    ast.Name: lambda m, n, names: m.lookup(n.id, names),
    ast.BinOp: lambda m, n, names: m.binary(n.op, m.value(n.left, names), m.value(n.right, names)),
    ast.UnaryOp: lambda m, n, names: _UNARY[type(n.op)](m.value(n.operand, names)),
    ast.BoolOp: lambda m, n, names: m.logical(n, names),
    ast.Compare: lambda m, n, names: m.compare(n, names),
    ast.Call: lambda m, n, names: m.call(n, names),
    ast.List: lambda m, n, names: [m.value(e, names) for e in n.elts],
    ast.Tuple: lambda m, n, names: tuple(m.value(e, names) for e in n.elts),
    ast.Set: lambda m, n, names: {m.value(e, names) for e in n.elts},
    ast.Dict: lambda m, n, names: {
        m.value(k, names): m.value(v, names) for k, v in zip(n.keys, n.values, strict=True) if k is not None
    },
    ast.Subscript: lambda m, n, names: m.value(n.value, names)[m.value(n.slice, names)],
    ast.Slice: lambda m, n, names: m.slice(n, names),
    ast.IfExp: lambda m, n, names: m.value(n.body if m.value(n.test, names) else n.orelse, names),
    ast.ListComp: lambda m, n, names: m.comprehension(n, names),
    ast.GeneratorExp: lambda m, n, names: m.comprehension(n, names),
    ast.SetComp: lambda m, n, names: set(m.comprehension(n, names)),
    ast.JoinedStr: lambda m, n, names: m.joined(n, names),
}
