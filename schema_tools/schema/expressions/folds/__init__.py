"""One file for each spelling that is folded."""

from __future__ import annotations
