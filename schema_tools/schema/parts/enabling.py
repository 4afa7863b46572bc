"""Whether triggers and rules fire, and in which role of the session."""

from __future__ import annotations

ENABLED = "enabled"
VERBS = {
    ENABLED: "ENABLE",
    "disabled": "DISABLE",
    "on replicas only": "ENABLE REPLICA",
    "always": "ENABLE ALWAYS",
}
"""What ALTER says for each state (PostgreSQL documentation, ALTER TABLE, ENABLE TRIGGER)."""
