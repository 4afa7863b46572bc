"""What make runs beside the tests."""

from __future__ import annotations
