"""Benchmarks: generated projects, measured against other programs on the same machine."""
