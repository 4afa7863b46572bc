"""The PostgreSQL that comes from a wheel: find it, start it when it is needed, stop it."""

from __future__ import annotations
