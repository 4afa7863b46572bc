"""Django models, SQL migrations and the live PostgreSQL database: compared, judged, put right."""

from __future__ import annotations

__version__ = "0.1.0"
