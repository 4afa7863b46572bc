"""Hazards and house rules, read from the files without a database."""
