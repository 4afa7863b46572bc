"""What a column is, and how CREATE TABLE writes it."""

from __future__ import annotations

from dataclasses import dataclass, field

from schema_tools.schema.names import quoted
from schema_tools.schema.objects import SchemaObject, expression, flag


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(SchemaObject):
    """A column, with its type as ``format_type`` prints it.

    ``identity`` is ``always`` or ``by default``, ``generation`` ``stored`` or ``virtual``;
    ``collation`` and ``storage`` are None where they are the type's own, ``compression`` and
    ``statistics`` where they are the server's. ``identity_options`` holds what the sequence has
    other than one of its type, ``options`` what ANALYZE or a foreign data wrapper is told.
    """

    type: str
    nullable: bool = flag("nullable", "NOT NULL", default=True)
    not_null_validated: bool = flag("NOT NULL in all rows", "NOT NULL NOT VALID", default=True)
    not_null_no_inherit: bool = flag("NOT NULL NO INHERIT", "NOT NULL inherited", default=False)
    default: str | None = expression(assigned_to="type")
    identity: str | None = None
    identity_options: tuple[str, ...] = ()
    generated: str | None = expression()
    generation: str | None = None
    collation: str | None = None
    storage: str | None = None
    compression: str | None = None
    statistics: int | None = None
    options: tuple[str, ...] = ()
    comment: str | None = None
    # Order does not change what a table means, and a dropped column leaves a gap.
    position: int = field(default=0, compare=False)
    # No statement makes a column inherited only that was the table's own once; it shows when the
    # parent's goes.
    local: bool = field(default=True, compare=False)
    # Told by the table and its parents.
    inherited_from: tuple[str, ...] = field(default=(), compare=False)
    # The table's own affair; a foreign table's column is altered in other words.
    of_foreign_table: bool = field(default=False, compare=False)
    # The columns that a generated one is computed of; told by the expression.
    sources: tuple[str, ...] = field(default=(), compare=False)
    # What the storage is if nothing is said; told by the type.
    usual_storage: str = field(default="plain", compare=False)

    def __post_init__(self) -> None:
        for name in ("identity_options", "inherited_from", "sources"):
            object.__setattr__(self, name, tuple(getattr(self, name) or ()))
        object.__setattr__(self, "options", tuple(sorted(self.options or ())))


def bare_definition(found: Column) -> str:
    """Return the name and the type of a column."""
    collate = f" COLLATE {found.collation}" if found.collation else ""
    return f"{quoted(found.name)} {found.type}{collate}"


def definition(found: Column) -> str:
    """Return the column as CREATE TABLE and ADD COLUMN write it."""
    words = [bare_definition(found)]
    if not found.nullable and found.not_null_validated:
        words.append("NOT NULL NO INHERIT" if found.not_null_no_inherit else "NOT NULL")
    if found.default is not None:
        words.append(f"DEFAULT {found.default}")
    if found.identity:
        words.append(identity(found))
    if found.generated is not None:
        words.append(f"GENERATED ALWAYS AS ({found.generated})")
        words.append("VIRTUAL" if found.generation == "virtual" else "STORED")
    return " ".join(words)


def identity(found: Column) -> str:
    """Return what makes a column an identity column, with the options of its sequence."""
    options = f" ({' '.join(found.identity_options)})" if found.identity_options else ""
    return f"GENERATED {(found.identity or '').upper()} AS IDENTITY{options}"
