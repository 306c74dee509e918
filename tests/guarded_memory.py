"""Kernels run where memory ends: whatever they read beyond the bytes given is a crash."""

import os
import subprocess
import sys
from pathlib import Path

import dedup

PRELUDE = """
import ctypes
import mmap
import numpy as np
pages = mmap.mmap(-1, 2 * mmap.PAGESIZE)
address = ctypes.addressof(ctypes.c_char.from_buffer(pages))
libc = ctypes.CDLL(None)
libc.mprotect.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
assert libc.mprotect(address + mmap.PAGESIZE, mmap.PAGESIZE, 0) == 0
array = np.frombuffer(pages, np.uint8)

def at_the_end(content):
    data = array[mmap.PAGESIZE - len(content) : mmap.PAGESIZE]
    data[:] = np.frombuffer(content, np.uint8)
    return data
"""


def run(code: str) -> None:
    """Run code that gets bytes before forbidden ones from ``at_the_end``; it must not fail."""
    environment = {**os.environ, "PYTHONPATH": str(Path(dedup.__file__).parent.parent)}
    command = [sys.executable, "-P", "-c", f"{PRELUDE}{code}\nprint('done')"]
    process = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (process.returncode, process.stdout) == (0, "done\n"), process.stderr
