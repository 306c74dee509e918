"""``python -m dedup.kernels``: compile every kernel, to warm an image."""

from dedup.kernels import compile_all

compile_all()
