"""Test databases from SQL files: a pytest plugin, a test runner, and what to test files with.

Nothing is imported here: the plugin of pytest is loaded before Django's settings are there.
"""

from __future__ import annotations
