"""Constraints: primary keys, unique, foreign keys, checks, exclusions."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.expressions import normal_form
from schema_tools.schema.kinds._constraint_query import query
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.objects import (
    Change,
    Draft,
    Kind,
    Schema,
    SchemaObject,
    column_key,
    expression,
    flag,
    table_key,
)
from schema_tools.schema.parts import index_settings
from schema_tools.schema.parts.owner_and_comment import comment_on
from schema_tools.schema.parts.parents import children_of, named_table
from schema_tools.schema.parts.reloptions import with_clause
from schema_tools.schema.parts.types import comparable


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint(SchemaObject):
    """A constraint of a table.

    ``definition`` is what ``pg_get_constraintdef`` prints, without what has a field of its own:
    the actions of a foreign key, deferrability, validity, NO INHERIT. ``references`` is the table
    that a foreign key points to. ``options``, ``statistics``, ``clustered``, ``valid`` and
    ``index_comment`` are those of the index behind it.
    """

    type: str
    definition: str | None = expression()
    # Told by the definition; kept apart to find what belongs to a column.
    columns: tuple[str, ...] = field(default=(), compare=False)
    references: str | None = field(default=None, compare=False)
    referred_columns: tuple[str, ...] = field(default=(), compare=False)
    on_delete: str | None = None
    on_update: str | None = None
    deferrable: bool = flag("deferrable", "not deferrable", default=False)
    initially_deferred: bool = flag("initially deferred", "initially immediate", default=False)
    validated: bool = flag("validated", "NOT VALID", default=True)
    enforced: bool = flag("enforced", "NOT ENFORCED", default=True)
    no_inherit: bool = flag("NO INHERIT", "inherited", default=False)
    valid: bool = flag("valid", "invalid", default=True)
    options: tuple[str, ...] = ()
    statistics: tuple[str, ...] = ()
    clustered: bool = flag("used by CLUSTER", "not used by CLUSTER", default=False)
    index_comment: str | None = None
    comment: str | None = None
    # Whether it comes from a parent's: such a one is not compared (Schema.inherited).
    inherited: bool = field(default=False, compare=False)
    # Whether it would stay without the parent's, which cannot be changed.
    local: bool = field(default=True, compare=False)
    # Told by the table.
    partitioned: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("columns", "referred_columns", "statistics"):
            object.__setattr__(self, name, tuple(getattr(self, name) or ()))
        object.__setattr__(self, "options", tuple(sorted(self.options or ())))


def definition(found: Constraint) -> str:
    """Return the constraint as CREATE TABLE and ADD CONSTRAINT write it."""
    words = (
        f"CONSTRAINT {quoted(found.name)} {found.definition}",
        "" if found.type == "exclusion" else with_clause(found.options).strip(),
        "NO INHERIT" * found.no_inherit,
        _action("ON UPDATE", found.on_update),
        _action("ON DELETE", found.on_delete),
        "DEFERRABLE" * found.deferrable,
        "INITIALLY DEFERRED" * found.initially_deferred,
        "NOT ENFORCED" * (not found.enforced),
        "NOT VALID" * (found.enforced and not found.validated),
    )
    return " ".join(word for word in words if word)


def _action(event: str, action: str | None) -> str:
    if action in (None, "no action"):
        return ""
    word, separator, columns = str(action).partition(" (")
    return f"{event} {word.upper()}{separator}{columns}"


def fits_into_create_table(found: Constraint) -> bool:
    """Return whether CREATE TABLE can make it as it is.

    The table that a foreign key points to may be made later, a new table knows no NOT VALID.
    """
    return found.type != "foreign key" and found.validated and found.valid


def given(key: Key, found: Constraint, schema: Schema) -> Iterator[str]:
    """Yield the statements that a constraint needs after it was made."""
    if found.type == "exclusion":
        yield from index_settings.set_options(key, (), found.options)
    yield from index_settings.settle(key, None, found, schema)
    bare = replace(found, comment=None, index_comment=None)
    yield from _comments(bare, found)


def _comments(before: Constraint, after: Constraint) -> Iterator[str]:
    if before.comment != after.comment:
        table = qualified(after.schema, after.table)
        yield comment_on(f"CONSTRAINT {quoted(after.name)} ON {table}", after.comment)
    if before.index_comment != after.index_comment:
        yield comment_on(f"INDEX {qualified(after.schema, after.name)}", after.index_comment)


def draft(change: Change, before_schema: Schema, after_schema: Schema) -> Draft:
    """Draft ADD CONSTRAINT, DROP CONSTRAINT, ALTER or VALIDATE where that is enough."""
    before, after = change.before, change.after
    if not isinstance(after, Constraint):
        return _drop(change, before_schema, after_schema)
    if not isinstance(before, Constraint):
        return _add(change.key, after, before_schema, after_schema)
    constraint = f"CONSTRAINT {quoted(after.name)}"
    alter = f"ALTER TABLE {qualified(after.schema, after.table)}"
    statements = []
    if {"deferrable", "initially_deferred"} & {*change.aspects}:
        statements.append(f"{alter} ALTER {constraint} {_deferral(after)}")
    if "enforced" in change.aspects:
        enforced = "ENFORCED" if after.enforced else "NOT ENFORCED"
        statements.append(f"{alter} ALTER {constraint} {enforced}")
    elif "validated" in change.aspects:
        statements.append(f"{alter} VALIDATE {constraint}")
    statements += index_settings.settle(change.key, before, after, after_schema)
    statements += _comments(before, after)
    return Draft(tuple(statements))


def _add(key: Key, found: Constraint, before: Schema, after: Schema) -> Draft:
    only = "" if found.valid else "ONLY "
    add = f"ALTER TABLE {only}{qualified(key.schema, key.table)} ADD {definition(found)}"
    checked = found.validated and found.enforced and table_key(key.schema, key.table) in before
    return Draft(
        (add, *given(key, found, after)),
        caution="Existing rows are checked under a lock." if checked else "",
        afterwards=index_settings.identify_rows(key, after),
    )


def _drop(change: Change, before: Schema, after: Schema) -> Draft:
    """Draft the drop, also of what children keep of a check that was theirs as well."""
    key = change.key
    drop = f"DROP CONSTRAINT {quoted(key.name)}"
    rests = []
    for child in children_of(table_key(key.schema, key.table), before):
        below = Key(key.kind, child.schema, child.name, key.name)
        kept = getattr(before.inherited.get(below), "local", False)
        if kept and child in after and below not in after and below not in after.inherited:
            rests.append(f"ALTER TABLE {qualified(child.schema, child.name)} {drop}")
    table = qualified(key.schema, key.table)
    return Draft((f"ALTER TABLE {table} {drop}",), afterwards=tuple(rests))


def _deferral(found: Constraint) -> str:
    if not found.deferrable:
        return "NOT DEFERRABLE"
    return f"DEFERRABLE INITIALLY {'DEFERRED' if found.initially_deferred else 'IMMEDIATE'}"


_OF_THE_INDEX = {"statistics", "clustered", "index_comment", "comment"}


def rebuilt(change: Change) -> bool:
    """Return whether no ALTER leads from one state to the other."""
    before, after, aspects = change.before, change.after, {*change.aspects} - _OF_THE_INDEX
    if not isinstance(before, Constraint) or not isinstance(after, Constraint):
        return False
    if not after.partitioned:
        aspects.discard("options")
    if after.type == "foreign key":
        aspects -= {"deferrable", "initially_deferred"}
        if after.validated:
            aspects.discard("enforced")
    if after.validated and after.enforced:
        aspects.discard("validated")
    return bool(aspects)


def needs(found: Constraint, schema: Schema) -> Iterator[Key]:
    """Yield what a foreign key points to: the columns, and all that makes them unique."""
    if found.references is None:
        return
    table = named_table(found.references)
    referred = set(found.referred_columns)
    for name in referred:
        yield column_key(table.schema, table.name, name)
    for key, each in schema.of_table(table):
        unique = getattr(each, "unique", getattr(each, "type", "") in {"primary key", "unique"})
        if unique and key.kind in {"constraint", "index"} and referred <= {*_columns_of(each)}:
            yield key


def _columns_of(found: SchemaObject) -> tuple[str, ...]:
    columns: tuple[str, ...] = getattr(found, "columns", ())
    return columns


def carried(found: Constraint, change: Change) -> bool:
    """Return whether ALTER COLUMN … TYPE brings the constraint along."""
    old, new = (getattr(each, "type", "") for each in (change.before, change.after))
    plain = found.type != "foreign key" or comparable(old, new)
    return change.key.kind == "column" and plain


def rename(key: Key, name: str) -> str:
    """Return the statement that gives a constraint another name."""
    table = qualified(key.schema, key.table)
    return f"ALTER TABLE {table} RENAME CONSTRAINT {quoted(key.name)} TO {quoted(name)}"


def _exact(found: Constraint) -> Hashable:
    return (found.type, normal_form(found.definition or ""))


def _by_columns(found: Constraint) -> Hashable:
    return (found.type, frozenset(found.columns))


KIND = Kind(
    name="constraint",
    type=Constraint,
    query=query,
    follows={"initially_deferred": "deferrable"},
    draft=draft,
    describe=definition,
    in_models=True,
    after=("table", "column"),
    likeness=(_exact, _by_columns),
    needs=needs,
    rebuilt=rebuilt,
    carried=carried,
    rename=rename,
    beyond_models=frozenset(
        {
            "validated",
            "enforced",
            "no_inherit",
            "valid",
            "options",
            "statistics",
            "clustered",
            "index_comment",
            "comment",
        }
    ),
    severities={
        "extra": Severity.WARNING,
        "deferrable": Severity.WARNING,
        "initially_deferred": Severity.WARNING,
        "validated": Severity.WARNING,
        "options": Severity.WARNING,
        "statistics": Severity.WARNING,
        "clustered": Severity.WARNING,
        "index_comment": Severity.INFO,
        "comment": Severity.INFO,
    },
)
