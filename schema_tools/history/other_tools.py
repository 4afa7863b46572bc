"""The history tables of other migration tools, known by the names and columns that they have.

What each tool makes is said by its documentation, named beside it, and was seen in a database that
the tool has made, or in dumps of such databases where it could not be run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import LiteralString

Shapes = Mapping[tuple[str, str], frozenset[str]]
"""The columns of tables, by their schema and name."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A table: its name, the columns that it always has, and those that some versions add."""

    name: str
    columns: frozenset[str]
    added: frozenset[str] = frozenset()

    def fits(self, columns: frozenset[str] | None) -> bool:
        """Return whether a table with these columns is one; None is no table."""
        return columns is not None and self.columns <= columns <= self.columns | self.added


@dataclass(frozen=True, slots=True)
class Tool:
    """A migration tool: the table that says what is applied, and those that it has besides.

    ``last`` is the query for the last version that is applied. Without one of ``needs`` the table
    is another tool's. With ``own_schema`` the tool keeps its tables in a schema of their own.
    """

    name: str
    table: Shape
    last: LiteralString
    besides: tuple[Shape, ...] = ()
    needs: tuple[Shape, ...] = ()
    own_schema: bool = False


@dataclass(frozen=True, slots=True)
class OtherHistory:
    """The history of another tool in a database; the first of ``tables`` says what is applied."""

    tool: str
    schema: str
    tables: tuple[str, ...]
    own_schema: bool = False
    last: LiteralString = field(default="", repr=False)

    def __str__(self) -> str:
        return ", ".join(f"{self.schema}.{table}" for table in self.tables)


def _shape(name: str, columns: str, added: str = "") -> Shape:
    return Shape(name, frozenset(columns.split()), frozenset(added.split()))


TOOLS = (
    # Flyway documentation, "Flyway schema history table".
    Tool(
        "Flyway",
        _shape(
            "flyway_schema_history",
            "installed_rank version description type script checksum installed_by installed_on "
            "execution_time success",
        ),
        "SELECT version FROM {table} WHERE success AND version IS NOT NULL "
        "ORDER BY installed_rank DESC LIMIT 1",
    ),
    # Liquibase documentation, "DATABASECHANGELOG table" and "DATABASECHANGELOGLOCK table".
    Tool(
        "Liquibase",
        _shape(
            "databasechangelog",
            "id author filename dateexecuted orderexecuted exectype md5sum description comments "
            "tag liquibase",
            "contexts labels deployment_id",
        ),
        "SELECT id FROM {table} ORDER BY orderexecuted DESC LIMIT 1",
        besides=(_shape("databasechangeloglock", "id locked lockgranted lockedby"),),
    ),
    # Rails guides, "Active Record Migrations": ar_internal_metadata since Rails 5.
    Tool(
        "Rails",
        _shape("schema_migrations", "version"),
        "SELECT max(version) FROM {table}",
        needs=(_shape("ar_internal_metadata", "key value created_at updated_at"),),
    ),
    # dbmate's README, "Usage": the table is called schema_migrations.
    Tool(
        "dbmate",
        _shape("schema_migrations", "version"),
        "SELECT max(version) FROM {table}",
    ),
    # golang-migrate, database/postgres/README.md: x-migrations-table.
    Tool(
        "golang-migrate",
        _shape("schema_migrations", "version dirty"),
        "SELECT version::text || CASE WHEN dirty THEN ' (dirty)' ELSE '' END FROM {table}",
    ),
    # goose documentation, "Annotations" and the -table flag; a rollback adds a row, or takes one.
    Tool(
        "goose",
        _shape("goose_db_version", "id version_id is_applied tstamp"),
        "SELECT max(version_id)::text FROM (SELECT DISTINCT ON (version_id) version_id, "
        "is_applied FROM {table} ORDER BY version_id, id DESC) AS latest WHERE is_applied",
    ),
    # Alembic documentation, "EnvironmentContext.configure": version_table; a row for each head.
    Tool(
        "Alembic",
        _shape("alembic_version", "version_num"),
        "SELECT string_agg(version_num, ', ' ORDER BY version_num) FROM {table}",
    ),
    # Sqitch documentation, "sqitch-configuration": the registry is the schema sqitch.
    Tool(
        "Sqitch",
        _shape(
            "changes",
            "change_id change project note committed_at committer_name committer_email "
            "planned_at planner_name planner_email",
            "script_hash",
        ),
        "SELECT change FROM {table} ORDER BY committed_at DESC LIMIT 1",
        besides=(
            _shape("releases", "version installed_at installer_name installer_email"),
            _shape(
                "tags",
                "tag_id tag project change_id note committed_at committer_name committer_email "
                "planned_at planner_name planner_email",
            ),
            _shape("dependencies", "change_id type dependency dependency_id"),
        ),
        needs=(
            _shape("projects", "project uri created_at creator_name creator_email"),
            _shape(
                "events",
                "event change_id change project note requires conflicts tags committed_at "
                "committer_name committer_email planned_at planner_name planner_email",
            ),
        ),
        own_schema=True,
    ),
    # yoyo documentation, "Migration tables"; yoyo_lock is dropped by break-lock.
    Tool(
        "yoyo",
        _shape("_yoyo_migration", "migration_hash migration_id applied_at_utc"),
        "SELECT migration_id FROM {table} ORDER BY applied_at_utc DESC, migration_id DESC LIMIT 1",
        besides=(
            _shape(
                "_yoyo_log",
                "id migration_hash migration_id operation username hostname comment "
                "created_at_utc",
            ),
            _shape("_yoyo_version", "version installed_at_utc"),
            _shape("yoyo_lock", "locked ctime pid"),
        ),
    ),
    # node-pg-migrate documentation, "CLI": --migrations-table.
    Tool(
        "node-pg-migrate",
        _shape("pgmigrations", "id name run_on"),
        "SELECT name FROM {table} ORDER BY id DESC LIMIT 1",
    ),
)
"""In the order in which they are tried: Rails has what makes dbmate's table another's."""

TABLE_NAMES = frozenset(
    shape.name for tool in TOOLS for shape in (tool.table, *tool.besides, *tool.needs)
)
"""The names under which the tables of any of the tools can be found."""


def recognised(shapes: Shapes) -> tuple[OtherHistory, ...]:
    """Return the histories of other tools among some tables, each table in one of them."""
    taken: set[tuple[str, str]] = set()
    found = []
    for schema in sorted({schema for schema, _table in shapes}):
        for tool in TOOLS:
            names = tuple(_tables(tool, schema, shapes))
            if names and (schema, names[0]) not in taken:
                taken.update((schema, name) for name in names)
                found.append(OtherHistory(tool.name, schema, names, tool.own_schema, tool.last))
    return tuple(found)


def _tables(tool: Tool, schema: str, shapes: Shapes) -> Iterator[str]:
    """Yield the names of a tool's tables in a schema, none where it is not there."""
    if not all(_there((tool.table, *tool.needs), schema, shapes)):
        return
    yield from (each.name for each in (tool.table, *tool.needs))
    there = _there(tool.besides, schema, shapes)
    yield from (each.name for each, is_there in zip(tool.besides, there, strict=True) if is_there)


def _there(wanted: Iterable[Shape], schema: str, shapes: Shapes) -> list[bool]:
    return [each.fits(shapes.get((schema, each.name))) for each in wanted]
