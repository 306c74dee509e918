"""Measurements of dedup: one module a table, results as JSON under ``results/``."""
