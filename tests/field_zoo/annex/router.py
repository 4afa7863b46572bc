"""The annex is in the database `archive`, all else in `default`."""

from __future__ import annotations


class AnnexRouter:
    """Keep each app in its database."""

    def allow_migrate(self, db: str, app_label: str, **_hints: object) -> bool:
        return (db == "archive") == (app_label == "annex")

    def db_for_read(self, model: type, **_hints: object) -> str:
        return "archive" if model._meta.app_label == "annex" else "default"

    db_for_write = db_for_read

    def allow_relation(self, *_objects: object, **_hints: object) -> bool:
        return True
