"""The foreign keys and indexes that are there after some statements, as far as text shows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from schema_tools.linter.ddl import Name


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key from the columns of a table to the ``target``; ``line`` says where."""

    table: Name
    name: str
    columns: tuple[str, ...]
    target: Name
    path: str
    line: int

    def renaming_column(self, before: str, after: str) -> ForeignKey:
        """Return the key with another name for a column."""
        return replace(self, columns=_renamed(self.columns, before, after))


@dataclass(frozen=True, slots=True)
class Index:
    """An index, also that of a key; ``columns`` end before the first expression.

    A partial index is here only where it merely leaves out nulls: those of ``not_null``.
    """

    table: Name
    name: str
    columns: tuple[str, ...]
    not_null: tuple[str, ...] = ()

    def renaming_column(self, before: str, after: str) -> Index:
        """Return the index with another name for a column."""
        return replace(
            self,
            columns=_renamed(self.columns, before, after),
            not_null=_renamed(self.not_null, before, after),
        )


def _renamed(columns: tuple[str, ...], before: str, after: str) -> tuple[str, ...]:
    return tuple(after if column == before else column for column in columns)


Part = ForeignKey | Index


@dataclass(frozen=True, slots=True)
class Catalog:
    """What statements leave behind.

    A pair of ``lenders`` says that a table also has the indexes of another: a partition those of
    the whole, a copy those of its model.
    """

    tables: tuple[Name, ...] = ()
    parts: tuple[Part, ...] = ()
    lenders: tuple[tuple[Name, Name], ...] = ()

    def has_table(self, name: Name) -> bool:
        """Return whether the table was made by one of the statements."""
        return any(table.full == name.full for table in self.tables)

    def adding(self, *parts: Part) -> Catalog:
        """Return the catalog with more foreign keys and indexes; a key comes only once."""
        new = [part for part in parts if isinstance(part, Index) or not self._has(part)]
        return replace(self, parts=(*self.parts, *new))

    def lending(self, table: Name, lender: Name) -> Catalog:
        """Return the catalog where a table has the indexes of another, too."""
        return replace(self, lenders=(*self.lenders, (table, lender)))

    def changing(self, change: Callable[[Part], Part | None]) -> Catalog:
        """Return the catalog with each part changed; None takes it out."""
        changed = (change(part) for part in self.parts)
        return replace(self, parts=tuple(part for part in changed if part is not None))

    def without_table(self, gone: Callable[[Name], bool]) -> Catalog:
        """Return the catalog without some tables and all that belongs to them."""

        def kept(part: Part) -> Part | None:
            lost = gone(part.table) or (isinstance(part, ForeignKey) and gone(part.target))
            return None if lost else part

        tables = tuple(table for table in self.tables if not gone(table))
        lenders = tuple(pair for pair in self.lenders if not any(map(gone, pair)))
        return replace(self.changing(kept), tables=tables, lenders=lenders)

    def renaming_table(self, before: Name, after: Name) -> Catalog:
        """Return the catalog with another name for a table."""

        def name(table: Name) -> Name:
            return after if table.matches(before) else table

        def renamed(part: Part) -> Part:
            if isinstance(part, ForeignKey):
                return replace(part, table=name(part.table), target=name(part.target))
            return replace(part, table=name(part.table))

        return replace(
            self.changing(renamed),
            tables=tuple(name(table) for table in self.tables),
            lenders=tuple((name(table), name(lender)) for table, lender in self.lenders),
        )

    def without_index(self, path: str) -> Iterator[ForeignKey]:
        """Yield the foreign keys from a file that no index serves."""
        indexes = defaultdict(list)
        for part in self.parts:
            if isinstance(part, Index):
                indexes[part.table.name].append(part)
        for part in self.parts:
            if isinstance(part, ForeignKey) and part.path == path:
                tables = self._with_lenders(part.table)
                near = (index for table in tables for index in indexes[table.name])
                if not any(_serves(index, part, tables) for index in near):
                    yield part

    def _has(self, key: ForeignKey) -> bool:
        return any(
            isinstance(part, ForeignKey)
            and part.columns == key.columns
            and part.table.full == key.table.full
            and part.target.full == key.target.full
            for part in self.parts
        )

    def _with_lenders(self, table: Name) -> list[Name]:
        tables = [table]
        for each in tables:  # grows while it is read: a lender may have lenders
            tables += [
                lender
                for borrower, lender in self.lenders
                if borrower.matches(each) and lender not in tables
            ]
        return tables


def _serves(index: Index, key: ForeignKey, tables: Sequence[Name]) -> bool:
    """Say whether an index begins with a key's columns, in any order among themselves."""
    columns = set(key.columns)
    return (
        set(index.columns[: len(key.columns)]) == columns
        and columns.issuperset(index.not_null)
        and any(index.table.matches(table) for table in tables)
    )
