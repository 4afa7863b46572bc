"""A model field for a PostgreSQL enum type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    StrField = models.CharField[str, str]
else:
    StrField = models.CharField


class EnumField(StrField):
    """Text that the database stores as a value of the enum type ``enum_name``.

    Django creates the column, not the type: the type belongs to the SQL migrations.
    """

    def __init__(self, *args: Any, enum_name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.enum_name = enum_name

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return the name of the enum type."""
        return self.enum_name

    def cast_db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return the name of the enum type, where a CharField would answer varchar."""
        return self.enum_name

    def deconstruct(self) -> Any:
        """Return what rebuilds the field."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "enum_name": self.enum_name}
