"""Rules on the source text, read with `ast`; each returns its findings as `file:line: words`."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ARROWS: dict[str, set[str]] = {
    "replenish": set(),
    "envs": {"replenish"},
    "forecasters": {"replenish"},
    "baselines": {"replenish"},
    "agents": {"replenish", "envs"},
}
PLUGIN_FOLDERS = ("agents", "baselines", "envs", "forecasters")
DOORS = ("train", "evaluate", "run")
OURS = {*ARROWS, *DOORS, "tests", "benchmarks"}
WORKBENCH_LIBRARIES = {
    "gymnasium", "matplotlib", "onnx", "optuna", "stable_baselines3", "statsmodels", "tensorboard",
    "torch",
}  # fmt: skip
UNPICKLERS = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
HELPERS = {  # read no file
    "joblib.Parallel", "joblib.cpu_count", "joblib.delayed",
    "joblib.externals.loky.process_executor.TerminatedWorkerError",
}  # fmt: skip
FORBIDDEN_CALLS = {
    "eval", "exec", "os.system", "pd.read_pickle", "torch.load", "yaml.load", "PPO.load", "SAC.load"
}  # fmt: skip
LINES_PER_FILE, LINES_PER_TEST_FILE, LINES_PER_FUNCTION = 300, 350, 40


@dataclass(frozen=True)
class Source:
    """One Python file of the checkout."""

    path: str  # relative to the checkout, with slashes
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


@dataclass(frozen=True)
class Import:
    """One name that a file imports; `deep` inside a function, `typing` only for type checkers."""

    name: str
    line: int
    deep: bool = False
    typing: bool = False


def read_sources(root: Path) -> list[Source]:
    """Return every Python file of ours below the root."""
    files = [file for name in OURS - set(DOORS) for file in (root / name).rglob("*.py")]
    files += [root / f"{name}.py" for name in DOORS if (root / f"{name}.py").exists()]
    return [
        Source(file.relative_to(root).as_posix(), file.read_text("utf-8")) for file in sorted(files)
    ]


def imports(source: Source) -> list[Import]:
    """Return what the file imports, wherever in it; `from a import b` counts as `a.b`."""
    return list(_imports(source.tree, source, deep=False, typing=False))


def _imports(node: ast.AST, source: Source, deep: bool, typing: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, child.lineno, deep, typing)
        elif isinstance(child, ast.ImportFrom):
            base = _absolute(source, child)
            for alias in child.names:
                yield Import(f"{base}.{alias.name}", child.lineno, deep, typing)
        else:
            inner = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            checking = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            yield from _imports(child, source, deep or inner, typing or checking)


def _absolute(source: Source, node: ast.ImportFrom) -> str:
    """Return the module that a possibly relative `from ... import` names."""
    package = source.module.split(".")
    if not source.path.endswith("__init__.py"):
        package = package[:-1]
    if node.level:
        package = package[: len(package) - node.level + 1]
    return ".".join([*(package if node.level else []), *([node.module] if node.module else [])])


def wrong_arrows(sources: list[Source]) -> list[str]:
    """Find imports against the arrows: the core knows nothing of ours, siblings not each other."""
    return [
        f"{source.path}:{found.line}: {source.top} must not import {found.name}"
        for source in sources
        for found in imports(source)
        if source.top in ARROWS
        and (top := found.name.partition(".")[0]) in OURS
        and top not in {source.top, *ARROWS[source.top]}
    ]


def workbench_in_the_core(sources: list[Source]) -> list[str]:
    """Find libraries of the workbench that importing `replenish` would load."""
    return [
        f"{source.path}:{found.line}: {found.name} must be imported inside a function"
        for source in sources
        for found in imports(source)
        if source.top == "replenish" and not found.deep and not found.typing
        if found.name.partition(".")[0] in WORKBENCH_LIBRARIES
    ]


def no_plugins(sources: list[Source]) -> list[str]:
    """Find files of the plug-in folders that are no plug-in and do not begin with an underscore."""
    return [
        f"{source.path}:1: defines {len(classes)} public classes; a plug-in defines one, "
        "a helper's name begins with an underscore"
        for source in sources
        if source.top in PLUGIN_FOLDERS and not source.path.partition("/")[2].startswith("_")
        if len(classes := _public_classes(source)) != 1 or source.path.count("/") > 1
    ]


def _public_classes(source: Source) -> list[str]:
    nodes = [node for node in source.tree.body if isinstance(node, ast.ClassDef)]
    return [node.name for node in nodes if not node.name.startswith("_")]


def too_long(sources: list[Source]) -> list[str]:
    """Find files and functions that hold two ideas; a signature and a docstring are no code."""
    found = []
    for source in sources:
        limit = LINES_PER_TEST_FILE if source.top == "tests" else LINES_PER_FILE
        if (lines := source.text.count("\n")) > limit:
            found.append(f"{source.path}:{limit + 1}: {lines} lines in the file, {limit} at most")
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = _lines_of_code(node)
                if lines > LINES_PER_FUNCTION:
                    words = f"{lines} lines in {node.name}, {LINES_PER_FUNCTION} at most"
                    found.append(f"{source.path}:{node.lineno}: {words}")
    return found


def _lines_of_code(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


def import_cycles(sources: list[Source]) -> list[str]:
    """Find modules that import each other in a circle, imports inside functions included."""
    by_module = {source.module: source for source in sources}
    edges = {module: _edges(source, set(by_module)) for module, source in by_module.items()}
    found: dict[frozenset[str], str] = {}
    for start in edges:
        circle = _circle(start, edges)
        if circle:
            line = edges[start][circle[1]]
            words = f"import cycle {' -> '.join(circle)}"
            found.setdefault(frozenset(circle), f"{by_module[start].path}:{line}: {words}")
    return sorted(found.values())


def _edges(source: Source, modules: set[str]) -> dict[str, int]:
    """Return the modules of ours that the file imports, with the line of each."""
    lines = {}
    for found in imports(source):
        name = found.name if found.name in modules else found.name.rpartition(".")[0]
        if name in modules and name != source.module and not found.typing:
            lines[name] = found.line
    return lines


def _circle(start: str, edges: dict[str, dict[str, int]]) -> list[str]:
    """Return the shortest way from a module back to itself, or nothing."""
    ways = [[start]]
    seen: set[str] = set()
    for way in ways:  # grows while it is walked through
        for target in sorted(edges[way[-1]]):
            if target == start:
                return [*way, start]
            if target not in seen:
                seen.add(target)
                ways.append([*way, target])
    return []


def runs_what_it_reads(sources: list[Source]) -> list[str]:
    """Find code that would run what a file or a string holds: pickle, eval, exec, a shell."""
    found = []
    for source in sources:
        found += [
            f"{source.path}:{line.line}: {line.name} can run what a file holds"
            for line in imports(source)
            if line.name.partition(".")[0] in UNPICKLERS and line.name not in HELPERS
        ]
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and _is_forbidden(node):
                words = f"{ast.unparse(node.func)}(...) can run what a file or a string holds"
                found.append(f"{source.path}:{node.lineno}: {words}")
    return found


def _is_forbidden(call: ast.Call) -> bool:
    switched_on = {
        word.arg
        for word in call.keywords
        if isinstance(word.value, ast.Constant) and word.value.value is True
    }
    return ast.unparse(call.func) in FORBIDDEN_CALLS or bool(
        switched_on & {"allow_pickle", "shell"}
    )


RULES: list[Callable[[list[Source]], list[str]]] = [
    wrong_arrows,
    workbench_in_the_core,
    no_plugins,
    too_long,
    import_cycles,
    runs_what_it_reads,
]
