"""The numba door: arrays in, arrays out; no strings, no objects, no validation.

Kernels are compiled once, when their module is first imported, and kept in a cache folder; a warm
start only loads them. ``python -m dedup.kernels`` compiles them all, to warm an image.

They never use ``parallel=True``: after one such call a forked child aborts. They release the GIL,
so threads are Python's. numba raises at import when no cache folder can be written, hence the
choice of a folder here, and N processes that start at once compile once, under a file lock.
"""

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import llvmlite.binding
import numba
from filelock import FileLock
from llvmlite import ir
from numba import types
from numba.extending import intrinsic as numba_intrinsic

__all__ = [
    "Bytes",
    "compile_all",
    "count_ones",
    "count_trailing_zeros",
    "inline",
    "kernel",
    "load64",
    "store64",
]

Bytes = types.Array(types.uint8, 1, "C", readonly=True)
"""uint8[n] that may be read only: the type of text."""

MODULES = (
    "blocks", "canonical", "dates", "facts", "frequent", "grams", "lines", "link", "match",
    "permute", "postings", "relate", "repeats", "runs", "seen", "sort", "sources", "strings",
    "winnow", "words",
)  # fmt: skip

# numba's own types differ from version to version.
settings: Any = numba.config
intrinsic: Callable[[Callable[..., Any]], Any] = numba_intrinsic

F = TypeVar("F", bound=Callable[..., Any])


def _fingerprint() -> str:
    """Return what compiled code depends on, as a short name: sources, versions, processor."""
    # numba keeps kernels by the path of their module: another installation compiles its own.
    digest = hashlib.sha256(str(Path(__file__).parent).encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    processor = (
        llvmlite.binding.get_host_cpu_name(),
        llvmlite.binding.get_host_cpu_features().flatten(),
    )
    digest.update(repr((numba.__version__, sys.version_info[:2], processor)).encode())
    return digest.hexdigest()[:16]


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@cache
def cache_folder() -> Path:
    """Return where compiled kernels are kept: NUMBA_CACHE_DIR, the user's, or a private folder."""
    name = f"dedup-kernels-{_fingerprint()}"
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        roots = [Path(chosen)]
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
        roots = [Path(base) if base else Path("~/.cache").expanduser()]
    for root in roots:
        if _writable(root / name):
            return root / name
    private = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    sys.stderr.write(f"dedup: cannot write to {roots[0]}; kernels are compiled into {private}\n")
    return private


@contextmanager
def _caching() -> Iterator[Path]:
    """Hold the lock and point numba at our folder, for kernels of ours alone."""
    folder = cache_folder()
    before = settings.CACHE_DIR
    with FileLock(folder / "lock"):
        settings.CACHE_DIR = str(folder)
        try:
            yield folder
        finally:
            settings.CACHE_DIR = before


@cache
def _announce(folder: Path) -> None:
    sys.stderr.write(f"dedup: compiling kernels, once for this machine, into {folder}\n")


def kernel(signature: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile for one signature, or load what was compiled before."""

    def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
        with _caching() as folder:
            if not any(folder.rglob(f"*.{function.__name__}-*.nbi")):
                _announce(folder)
            compile_now: Any = numba.njit(signature, nogil=True, cache=True)
            return compile_now(function)  # type: ignore[no-any-return]

    return compiled


def inline(function: F) -> F:
    """Compile into the kernels that call it."""
    compile_later: Any = numba.njit(forceinline=True)
    return compile_later(function)  # type: ignore[no-any-return]


def compile_all() -> None:
    """Compile every kernel, or load it from the cache."""
    for name in MODULES:
        import_module(f"dedup.kernels.{name}")


def _address(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), ir.IntType(64).as_pointer())


@intrinsic
def load64(typing_context: Any, array: Any, index: Any) -> Any:
    """Return eight bytes of a uint8 array from a place on as uint64, the first one lowest."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        loaded = builder.load(_address(context, builder, signature.args[0], *arguments))
        loaded.align = 1
        return loaded

    return types.uint64(array, types.int64), generate


@intrinsic
def store64(typing_context: Any, array: Any, index: Any, value: Any) -> Any:
    """Write a uint64 as eight bytes of a uint8 array from a place on, the lowest first."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address = _address(context, builder, signature.args[0], *arguments[:2])
        builder.store(arguments[2], address).align = 1
        return context.get_dummy_value()

    return types.void(array, types.int64, types.uint64), generate


@intrinsic
def count_trailing_zeros(typing_context: Any, value: Any) -> Any:
    """Return the number of zero bits below the lowest set bit of a uint64; 64 for zero."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), generate


@intrinsic
def count_ones(typing_context: Any, value: Any) -> Any:
    """Return the number of set bits of a uint64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), generate
