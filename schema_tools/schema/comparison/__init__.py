"""Comparing the sources, and saying who is wrong."""
