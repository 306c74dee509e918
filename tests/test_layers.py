"""Who may import whom: levels, one door for each library, and a light ``import dedup``."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import dedup

PACKAGE = Path(dedup.__file__).parent

# A module imports only from lower levels; halves part modules of one level that build on another.
# "" is the package itself, which loads the public names when they are first used.
LEVELS = {
    "": 0,
    "defaults": 0,
    "errors": 0.1,
    "kernels": 0,
    "model": 0,
    "progress": 0,
    "kernels.__main__": 0.5,
    "kernels.blocks": 0.5,
    "kernels.canonical": 0.5,
    "kernels.dates": 0.5,
    "kernels.mix": 0.2,
    "kernels.fold": 0.3,
    "kernels.seen": 0.5,
    "kernels.sort": 0.5,
    "kernels.strings": 0.5,
    "kernels.lines": 0.6,
    "kernels.words": 0.5,
    "kernels.grams": 0.6,
    "kernels.repeats": 0.75,
    "kernels.facts": 0.75,
    "kernels.link": 0.75,
    "kernels.match": 0.8,
    "kernels.relate": 0.85,
    "kernels.permute": 0.8,
    "kernels.postings": 0.85,
    "kernels.frequent": 0.85,
    "kernels.runs": 0.8,
    "kernels.sources": 0.75,
    "kernels.winnow": 0.75,
    "columns": 1,
    "fold": 1,
    "memory": 1,
    "text": 1,
    "prose": 1.5,
    "jsonline": 2,
    "shingle": 2,
    "documents": 2.2,
    "streams": 2,
    "spill": 2.2,
    "resources": 2.5,
    "workrooms": 1.5,
    "records": 2.5,
    "record_fields": 2.6,
    "record_format": 2.6,
    "outputs": 2.7,
    "document_files": 2.7,
    "stored_dates": 0,
    "csv_records": 2.8,
    "parquet": 2.8,
    "file_corpus": 2.8,
    "csv_corpus": 2.9,
    "line_corpus": 2.9,
    "parquet_corpus": 2.9,
    "text_corpus": 2.9,
    "opening": 3,
    "finding": 3.1,
    "rereading": 2.8,
    "report_files": 2.8,
    "banding": 1,
    "passages": 3,
    "minhash": 3.5,
    "facts": 3,
    "sketches": 4,
    "links": 4.2,
    "reading": 4.2,
    "sources": 4.5,
    "blocks": 4.5,
    "space": 4.7,
    "verify": 5,
    "wording": 5.2,
    "relations": 5,
    "candidates": 4.8,
    "collection": 5.5,
    "telling": 6,
    "decide": 6,
    "reporting": 6.5,
    "choices": 6.8,
    "comparison": 7,
    "corpus": 7,
    "index": 0,
    "index.store": 2.5,
    "index.packing": 2.5,
    "index.runs": 2.6,
    "index.postings": 2.7,
    "index.matching": 6.8,
    "index.stories": 6.9,
    "index.remembered": 6.9,
    "index.given": 6.9,
    "index.lookup": 6.95,
    "index.adding": 7,
    "index.index": 7.5,
    "guards": 7.5,
    "marking": 7.5,
    "explaining": 8,
    "parts": 5,
    "provenance": 5.5,
    "repeats": 6,
    "article": 7,
    "batches": 8,
    "files": 8.5,
    "corpus_files": 8.5,
    "index_files": 8.5,
    "decision_files": 8.7,
    "planning": 8.7,
    "cli.options": 9,
    "cli.terminal": 9,
    "cli.comparison": 9.2,
    "cli.running": 9.2,
    "cli.explanation": 9.3,
    "cli.article": 9.5,
    "cli.decisions": 9.5,
    "cli.index": 9.5,
    "cli.planning": 9.5,
    "cli.corpus": 9.5,
    "cli": 9.7,
    "cli.__main__": 9.8,
}

# Each library and the only module that may import it.
DOORS = {
    "datasketch": "minhash",
    "llvmlite": "kernels",
    "numba": "kernels",
    "pyarrow": "parquet",
    "regex": "text",
    "sqlite3": "index.store",
    "xxhash": "fold",
}
HEAVY = {"datasketch", "llvmlite", "numba", "numpy", "pyarrow", "regex", "scipy", "xxhash"}


def _module(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


TREES = {
    _module(path): ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")
}


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield what a module imports, wherever in it: modules, and names as ``module.name``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"a relative import in line {node.lineno}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(tree: ast.AST) -> set[str]:
    """Return the modules of dedup that a module imports, without the package's name."""
    found = set()
    for name in imports(tree):
        package, _, module = name.partition(".")
        while package == "dedup" and module not in TREES:
            module = module.rpartition(".")[0]
        found |= {module} if package == "dedup" else set()
    return found


def run(code: str) -> str:
    """Return what a fresh Python prints that finds the same dedup."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    ).stdout


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import dedup.text", {"text"}),
        ("from dedup import __version__", {""}),
        ("from dedup import defaults", {"defaults"}),
        ("from dedup.kernels import kernel", {"kernels"}),
        ("from dedup.kernels import words as other, inline", {"kernels", "kernels.words"}),
        ("def f():\n    from dedup.files import clean_files", {"files"}),
        ("if TYPE_CHECKING:\n    from dedup.model import Scan", {"model"}),
        ("import dedupe, os.path", set()),
    ],
)
def test_imports_are_seen_wherever_they_stand(source, expected):
    assert own_imports(ast.parse(source)) == expected


def test_every_module_has_a_level():
    assert set(TREES) == set(LEVELS)


@pytest.mark.parametrize("module", sorted(set(LEVELS) - {""}))
def test_a_module_imports_only_from_lower_levels(module):
    levels = {other: LEVELS[other] for other in own_imports(TREES[module])}
    assert {other for other, level in levels.items() if level >= LEVELS[module]} == set()


@pytest.mark.parametrize("library", sorted(DOORS))
def test_a_library_has_one_door(library):
    importers = {
        module
        for module, tree in TREES.items()
        if library in {name.partition(".")[0] for name in imports(tree)}
    }
    assert importers <= {DOORS[library]}


def test_only_the_command_line_prints():
    printing = {
        module
        for module, tree in TREES.items()
        if "print" in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        or {"click", "rich"} & {name.partition(".")[0] for name in imports(tree)}
    }
    assert {module.partition(".")[0] for module in printing} <= {"cli"}


def test_the_package_loads_nothing_heavy():
    loaded = run("import sys, dedup; dir(dedup); print(*sys.modules)").split()
    assert "dedup" in loaded
    assert HEAVY & set(loaded) == set()
    assert [name for name in loaded if name.startswith("dedup.")] == []


@pytest.mark.parametrize(
    "options",
    [["--help"], ["--version"], ["clean", "--help"], ["index", "add", "--help"]],
    ids=" ".join,
)
def test_help_waits_for_nothing_heavy(options):
    code = f"""
import sys
from dedup.cli import main
try:
    main({options}, prog_name="dedup")
finally:
    print("LOADED", *sys.modules)
"""
    shown, loaded = run(code).split("LOADED")
    assert "dedup" in shown
    assert "click" in loaded.split()
    assert HEAVY & set(loaded.split()) == set()


def test_public_names_are_listed_in_order():
    assert dir(dedup) == sorted(dedup.__all__)
    assert dedup.__all__ == sorted(set(dedup.__all__))


@pytest.mark.parametrize("name", dedup.__all__)
def test_a_public_name_resolves_and_is_documented(name):
    value = getattr(dedup, name)
    assert value.__name__ == name
    # A dataclass without a docstring gets its signature for one.
    assert value.__doc__
    assert not value.__doc__.startswith(f"{name}(")
    assert f"``{name}``" in dedup.__doc__


def test_type_checkers_and_python_are_told_the_same_names():
    homes = {
        alias.name: node.module
        for node in ast.walk(TREES[""])
        if isinstance(node, ast.ImportFrom) and node.module.startswith("dedup.")
        for alias in node.names
    }
    assert homes == dedup._HOMES
    assert set(homes) == set(dedup.__all__)


def test_a_public_name_is_defined_where_it_is_loaded_from():
    assert {name: getattr(dedup, name).__module__ for name in dedup.__all__} == dedup._HOMES


@pytest.mark.parametrize("name", ["find", "Clean", "__path_hooks__"])
def test_an_unknown_name_is_an_attribute_error(name):
    with pytest.raises(AttributeError, match=f"^module 'dedup' has no attribute '{name}'$"):
        getattr(dedup, name)


def test_the_package_itself_imports_only_for_type_checkers():
    checked = [node for node in TREES[""].body if isinstance(node, ast.If)]
    assert [ast.unparse(node.test) for node in checked] == ["TYPE_CHECKING"]
    rest = [node for node in TREES[""].body if node not in checked]
    assert own_imports(ast.Module(rest, [])) == set()
