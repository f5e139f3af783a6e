"""Whether a program that shares a process with its tests could do nothing to them but give its answers: read, never run.

What is allowed is listed, and everything else is not plain: a program that is not may pass because it has found its tests' names, the
frames that run them, or the numbers that they compare. Standard library only, for whatever Python is there; runs inside the sandbox.
"""

# ruff: noqa: ANN401 - a union of node types is no type that Python 3.9 knows

from __future__ import annotations

import ast
import builtins
import itertools
import symtable
from typing import Any

#: Of the library what holds no way to anything else, by module; a name that is not here is not plain.
_ALLOWED = {
    "abc": "ABC abstractmethod",
    "asyncio": "Event Lock Queue Semaphore TimeoutError gather sleep wait_for",
    "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
    "cmath": "exp phase pi polar rect sqrt",
    "collections": "Counter OrderedDict defaultdict deque namedtuple",
    "collections.abc": "Callable Collection Container Generator Hashable Iterable Iterator Mapping Sequence Set Sized",
    "copy": "copy deepcopy",
    "dataclasses": "asdict astuple dataclass field replace",
    "datetime": "date datetime time timedelta timezone",
    "decimal": "Decimal ROUND_CEILING ROUND_DOWN ROUND_FLOOR ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP",
    "enum": "Enum IntEnum auto",
    "fractions": "Fraction",
    "functools": "cache cmp_to_key lru_cache partial reduce wraps",
    "heapq": "heapify heappop heappush heappushpop heapreplace merge nlargest nsmallest",
    "itertools": "accumulate chain combinations combinations_with_replacement compress count cycle dropwhile filterfalse groupby islice"
    " pairwise permutations product repeat starmap takewhile tee zip_longest",
    "json": "JSONDecodeError dumps loads",
    "math": "acos asin atan atan2 ceil comb copysign cos degrees dist e exp fabs factorial floor fmod fsum gcd hypot inf isclose isfinite"
    " isinf isnan isqrt lcm log log10 log1p log2 modf nan perm pi pow prod radians sin sqrt tan tau trunc",
    "random": "choice choices randint random randrange sample shuffle uniform",
    "re": "DOTALL I IGNORECASE M MULTILINE S X compile escape findall finditer fullmatch match search split sub subn",
    "statistics": "fmean mean median mode pstdev pvariance stdev variance",
    "string": "ascii_letters ascii_lowercase ascii_uppercase digits hexdigits punctuation whitespace",
    "sys": "maxsize setrecursionlimit stdin stdout",
    "time": "monotonic perf_counter sleep time",
    "typing": "Any Callable DefaultDict Deque Dict Generator Generic Iterable Iterator List Mapping Optional Sequence Set Tuple"
    " TypeVar Union",
}
_MODULES = {name: frozenset(names.split()) for name, names in _ALLOWED.items()}
_REACHING = (
    "__import__ breakpoint compile delattr dir eval exec getattr globals help locals memoryview open setattr type vars"
)
_REACH = frozenset(_REACHING.split())
_BUILT_IN = frozenset(dir(builtins)) - _REACH
_SPECIAL = (
    "__init__ __post_init__ __repr__ __str__ __len__ __iter__ __next__ __getitem__ __setitem__ __delitem__ __enter__ __exit__"
    " __call__ __hash__ __bool__ __eq__ __aenter__ __aexit__ __aiter__ __anext__"
)
_OWN_METHODS = frozenset(_SPECIAL.split())
_READ = frozenset(("__init__", "__post_init__", "__name__"))
_BASES = frozenset(
    ("object", "Exception", "ValueError", "KeyError", "RuntimeError", "ABC", "Enum", "IntEnum", "Generic")
)
_CATCHES_ALL = frozenset(("BaseException", "Exception", "AssertionError"))
_TEXT_OPERATIONS = frozenset(("format", "format_map"))
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_MOST_NODES = 100_000


def is_plain(text: str, tests: str) -> bool:
    """Whether a program defines and uses only what is its own and what is allowed, and nothing by a name of its tests.

    Raises SyntaxError and the like where one of them is no Python.
    """
    tree = ast.parse(text)
    nodes = list(itertools.islice(ast.walk(tree), _MOST_NODES + 1))
    if len(nodes) > _MOST_NODES:
        return False
    own, theirs = _Names(text), _Names(tests)
    shared = (own.bound & theirs.bound) - (own.imported & theirs.imported)
    foreign = own.used - own.bound - _BUILT_IN - {"__name__"}
    return not (shared or foreign or own.bound & frozenset(dir(builtins))) and _Reading(nodes).finds_nothing()


class _Names:
    """What a text binds at its own level, and what all of it uses from there."""

    def __init__(self, text: str) -> None:
        top = symtable.symtable(text, "names", "exec")
        self.bound: set[str] = set()
        self.imported: set[str] = set()
        self.used: set[str] = set()
        tables = [top]
        while tables:
            table = tables.pop()
            tables += table.get_children()
            for symbol in table.get_symbols():
                if table is not top and not symbol.is_global():
                    continue
                name = symbol.get_name()
                self.used.add(name)
                if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
                    self.bound.add(name)
                if symbol.is_imported():
                    self.imported.add(name)


class _Reading:
    """One program, node by node."""

    def __init__(self, nodes: list[ast.AST]) -> None:
        self._nodes = nodes
        self._modules: dict[str, frozenset[str]] = {}  # what names of modules are good for
        self._whole: set[int] = set()  # names of modules that stand before a dot
        classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
        methods = [each for node in classes for each in node.body if isinstance(each, _FUNCTIONS)]
        self._classes = {node.name for node in classes}
        self._methods = {each.name for each in methods if not each.decorator_list}
        self._in_methods = {id(each.args.args[0]) for each in methods if each.args.args}

    def finds_nothing(self) -> bool:
        """Whether no node does anything that is not allowed."""
        imports = [node for node in self._nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
        gets = [node for node in self._nodes if isinstance(node, ast.Attribute)]
        return (
            all(map(self._may_import, imports)) and all(map(self._may_get, gets)) and all(map(self._may, self._nodes))
        )

    def _may(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Name):
            return self._may_name(node)
        if isinstance(node, ast.ClassDef):
            return self._may_define(node)
        if isinstance(node, _FUNCTIONS):
            return not _is_special(node.name) or node.name in _OWN_METHODS
        if isinstance(node, ast.ExceptHandler):
            kinds = [] if node.type is None else [each for each in ast.walk(node.type) if isinstance(each, ast.Name)]
            return bool(kinds) and not any(each.id in _CATCHES_ALL for each in kinds)
        if isinstance(node, ast.Constant):
            return not isinstance(node.value, str) or "__" not in node.value or node.value == "__main__"
        if isinstance(node, ast.Call):
            return _may_call(node)
        if isinstance(node, ast.arg):
            return node.arg not in self._modules and (node.arg != "self" or id(node) in self._in_methods)
        return not hasattr(node, "name") or node.name != "self"

    def _may_import(self, node: Any) -> bool:
        if isinstance(node, ast.Import):
            for each in node.names:
                if each.name not in _MODULES or (each.asname is None and "." in each.name):
                    return False
                self._modules[each.asname or each.name] = _MODULES[each.name]
            return True
        known = _MODULES.get(node.module or "", frozenset())
        named = all(each.name in known and each.asname is None for each in node.names)
        return node.level == 0 and (named or node.module == "__future__")

    def _may_get(self, node: ast.Attribute) -> bool:
        if node.attr.startswith("__") and node.attr not in _READ:
            return False
        base = node.value
        if isinstance(base, ast.Name) and base.id in self._modules:
            self._whole.add(id(base))
            return isinstance(node.ctx, ast.Load) and node.attr in self._modules[base.id]
        if isinstance(base, ast.Name) and base.id in self._classes and node.attr in self._methods:
            return False  # it could be given another self
        if node.attr in _TEXT_OPERATIONS:
            return isinstance(base, ast.Constant) and isinstance(base.value, str)
        return isinstance(node.ctx, ast.Load) or (isinstance(base, ast.Name) and base.id == "self")

    def _may_name(self, node: ast.Name) -> bool:
        if node.id in self._modules:
            return id(node) in self._whole
        return node.id != "self" or isinstance(node.ctx, ast.Load)

    def _may_define(self, node: ast.ClassDef) -> bool:
        """A class of its own, whose operators are not told what its tests expect, but for an equality that is looked at elsewhere."""
        bases = [each.value if isinstance(each, ast.Subscript) else each for each in node.bases]
        values = [each for part in node.body if not isinstance(part, _FUNCTIONS) for each in ast.walk(part)]
        stored = [each.id for each in values if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
        known = self._classes | _BASES
        return (
            not node.keywords
            and all(isinstance(each, ast.Name) and each.id in known for each in bases)
            and not any(map(_is_special, stored))
        )


def _may_call(node: ast.Call) -> bool:
    """`wraps` sets attributes: which ones it must not be told."""
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return called != "wraps" or (len(node.args) == 1 and not node.keywords)


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
