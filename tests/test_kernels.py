"""The numba door: where compiled kernels are kept, what they are, that anyone may call them."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from numba.core.dispatcher import Dispatcher

import dedup
from dedup import kernels
from dedup.article import clean_batch
from dedup.shingle import encode, hash_words

PACKAGE = Path(dedup.__file__).parent
# What a start may say, each in one line.
COMPILING = r"dedup: compiling kernels, once for this machine, into (.+)\n"
PRIVATE = r"dedup: cannot write to (.+); kernels are compiled into (.+)\n"

FOLDER = "from dedup.kernels import cache_folder; print(cache_folder())"
# The smallest module of kernels, and what became of each kernel in it.
SMALL = """
import json
import numpy as np
from dedup.kernels import canonical
data = np.frombuffer(b"two  spaces" b"one space", np.uint8)
assert canonical.canonical_spaces(data, np.array([0, 11, 20])).tolist() == [0, 1]
stats = canonical.canonical_spaces.stats
print(json.dumps([sum(stats.cache_hits.values()), sum(stats.cache_misses.values())]))
"""
LOADED, COMPILED = [1, 0], [0, 1]
BODY = "Ferries stay in the harbor until the wind drops, the port of Selm said."


def _environment(home: Path, **variables: Path | str) -> dict[str, str]:
    """Return an environment in which no cache folder is named but the given ones."""
    named = {"NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"}
    environment = {name: value for name, value in os.environ.items() if name not in named}
    environment |= {"HOME": str(home), "USERPROFILE": str(home)}
    environment |= {"PYTHONPATH": str(PACKAGE.parent)}
    return environment | {name: str(value) for name, value in variables.items()}


def _start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", *arguments],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _end(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Return what a process has written to stdout and stderr."""
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    return output, errors


def _run(environment: dict[str, str], *arguments: str) -> tuple[str, str]:
    return _end(_start(environment, *arguments))


def _dispatchers(module: str) -> dict[str, Dispatcher]:
    """Return what numba compiles of the functions written in a module."""
    found = vars(import_module(f"dedup.kernels.{module}")).items()
    return {
        name: value
        for name, value in found
        if isinstance(value, Dispatcher) and value.py_func.__module__ == f"dedup.kernels.{module}"
    }


def _is_kernel(dispatcher: Dispatcher) -> bool:
    return not dispatcher.targetoptions.get("forceinline")


FILES = sorted({path.stem for path in Path(kernels.__file__).parent.glob("[!_]*.py")})
ALL = [
    pytest.param(dispatcher, id=f"{module}.{name}")
    for module in FILES
    for name, dispatcher in _dispatchers(module).items()
]
KERNELS = [each for each in ALL if _is_kernel(*each.values)]


def test_every_module_that_has_kernels_is_compiled_by_compile_all():
    having = [name for name in FILES if any(map(_is_kernel, _dispatchers(name).values()))]
    assert sorted(kernels.MODULES) == having


@pytest.mark.parametrize("dispatcher", KERNELS)
def test_a_kernel_has_one_signature_and_releases_the_gil(dispatcher):
    assert len(dispatcher.signatures) == 1
    assert dispatcher.targetoptions["nogil"]


@pytest.mark.parametrize("dispatcher", ALL)
def test_nothing_is_compiled_to_run_in_numbas_own_threads(dispatcher):
    assert not dispatcher.targetoptions.get("parallel")


def test_a_kernel_refuses_other_types_and_does_not_compile_for_them():
    kernel = kernels.canonical.canonical_spaces
    with pytest.raises(TypeError, match="No matching definition"):
        kernel(np.zeros(4), np.array([0, 4]))
    assert len(kernel.signatures) == 1


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ([], ".cache"),
        (["XDG_CACHE_HOME"], "XDG_CACHE_HOME"),
        (["LOCALAPPDATA"], "LOCALAPPDATA"),
        (["XDG_CACHE_HOME", "LOCALAPPDATA"], "XDG_CACHE_HOME"),
        (["NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"], "NUMBA_CACHE_DIR"),
    ],
    ids=["home", "xdg", "windows", "xdg first", "numba first"],
)
def test_kernels_are_kept_in_the_folder_that_is_named_first(variables, expected, tmp_path):
    environment = _environment(tmp_path, **{name: tmp_path / name for name in variables})
    output, errors = _run(environment, "-c", FOLDER)
    folder = Path(output.rstrip("\n"))
    assert folder.parent == tmp_path / expected
    assert re.fullmatch("dedup-kernels-[0-9a-f]{16}", folder.name)
    assert folder.is_dir()
    assert errors == ""


def test_the_cache_folder_is_the_users_alone_and_an_empty_variable_names_none(tmp_path):
    environment = _environment(tmp_path, NUMBA_CACHE_DIR="", XDG_CACHE_HOME="", LOCALAPPDATA="")
    folder = Path(_run(environment, "-c", FOLDER)[0].rstrip("\n"))
    assert folder.parent == tmp_path / ".cache"
    if os.name == "posix":
        assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("variable", ["HOME", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR"])
def test_where_nothing_can_be_written_kernels_go_to_a_private_folder(variable, tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "temporary").mkdir()
    environment = _environment(tmp_path, TMPDIR=tmp_path / "temporary", TEMP=tmp_path / "temporary")
    environment |= {variable: str(tmp_path / "file"), "USERPROFILE": str(tmp_path / "file")}
    output, errors = _run(environment, "-c", FOLDER)
    refused, private = re.fullmatch(PRIVATE, errors).groups()
    assert Path(refused) == tmp_path / "file" / (".cache" if variable == "HOME" else "")
    assert output == f"{private}\n"
    assert Path(private).parent == tmp_path / "temporary"
    assert Path(private).is_dir()


def test_kernels_work_from_a_private_folder_and_nothing_is_written_into_the_package(tmp_path):
    before = set(PACKAGE.rglob("*.nb[ic]"))
    (tmp_path / "file").touch()
    environment = _environment(tmp_path / "file", TMPDIR=tmp_path, TEMP=tmp_path)
    output, errors = _run(environment, "-c", SMALL)
    told = re.fullmatch(PRIVATE + COMPILING, errors)
    assert json.loads(output) == COMPILED
    assert told[2] == told[3]
    assert list(Path(told[2]).rglob("*.nbi"))
    assert set(PACKAGE.rglob("*.nb[ic]")) == before


def test_a_cold_start_says_one_line_and_a_warm_one_none(tmp_path):
    environment = _environment(tmp_path)
    output, errors = _run(environment, "-c", SMALL)
    folder = re.fullmatch(COMPILING, errors)[1]
    assert Path(folder).parent == tmp_path / ".cache"
    assert json.loads(output) == COMPILED
    output, errors = _run(environment, "-c", SMALL)
    assert json.loads(output) == LOADED
    assert errors == ""


def test_another_installation_that_must_compile_says_so_too(tmp_path):
    environment = _environment(tmp_path)
    _run(environment, "-c", SMALL)
    shutil.copytree(PACKAGE, tmp_path / "other" / "dedup")
    output, errors = _run(environment | {"PYTHONPATH": str(tmp_path / "other")}, "-c", SMALL)
    compiled = json.loads(output) == COMPILED
    assert bool(re.fullmatch(COMPILING, errors)) == compiled


def test_two_cold_starts_at_once_compile_once(tmp_path):
    environment = _environment(tmp_path)
    starts = [_start(environment, "-c", SMALL) for _ in range(2)]
    ends = [_end(start) for start in starts]
    assert sorted(json.loads(output) for output, _ in ends) == [COMPILED, LOADED]
    assert sorted(errors.count("\n") for _, errors in ends) == [0, 1]


@pytest.mark.slow
def test_warming_compiles_every_kernel(tmp_path):
    environment = _environment(tmp_path)
    starts = [_start(environment, "-m", "dedup.kernels") for _ in range(2)]
    ends = [_end(start) for start in starts]
    assert [output for output, _ in ends] == ["", ""]
    # The lock is taken for each kernel: both may have compiled some, but none twice.
    assert {errors for _, errors in ends} <= {"", ends[0][1] or ends[1][1]}
    assert re.fullmatch(COMPILING, ends[0][1] or ends[1][1])
    kept = Counter(path.suffix for path in (tmp_path / ".cache").rglob("*.nb[ic]"))
    assert kept == {".nbi": len(KERNELS), ".nbc": len(KERNELS)}

    count = """
from importlib import import_module
from numba.core.dispatcher import Dispatcher
from dedup import kernels
for module in kernels.MODULES:
    for value in vars(import_module(f"dedup.kernels.{module}")).values():
        own = isinstance(value, Dispatcher) and value.__module__ == f"dedup.kernels.{module}"
        if own and not value.targetoptions.get("forceinline"):
            print(sum(value.stats.cache_hits.values()), sum(value.stats.cache_misses.values()))
"""
    output, errors = _run(environment, "-c", count)
    assert output == "1 0\n" * len(KERNELS)
    assert errors == ""


def test_numba_is_left_as_it_was_for_others():
    code = """
import numba
before = numba.config.CACHE_DIR
from dedup.kernels import compile_all
compile_all()
assert numba.config.CACHE_DIR == before
"""
    # In the cache at hand, so that nothing is compiled for it.
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    for folder in ({}, {"NUMBA_CACHE_DIR": str(kernels.cache_folder().parent)}):
        _run(environment | folder, "-c", code)


def test_two_threads_get_what_one_gets():
    texts = [f"{BODY} It is {n}.\n\n{BODY * (n % 3)}\n\n{BODY} It is {n}." for n in range(400)]
    halves = (texts[:200], texts[200:])
    alone = [hash_words(encode(half)).tokens.tolist() for half in halves]
    cleaned = clean_batch(texts)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(10):
            batches = list(pool.map(hash_words, map(encode, halves)))
            assert [batch.tokens.tolist() for batch in batches] == alone
            assert list(chain(*pool.map(clean_batch, halves))) == cleaned


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_gets_what_its_parent_got():
    # In a process of its own: this one may run threads by now, beside which Python warns to fork.
    code = f"""
import multiprocessing
from dedup.article import clean
body = {BODY!r}
text = body + "\\n\\n" + body
expected = clean(text)
assert expected == body
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map(clean, [text] * 20) == [expected] * 20
assert clean(text) == expected
print("done")
"""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    assert _run(environment, "-c", code)[0] == "done\n"
