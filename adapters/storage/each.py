"""One UPDATE that gives each of many rows values of its own.

The rows are handed over as one value, in arrays to PostgreSQL and as JSON to SQLite. A statement
for each row costs PostgreSQL four times as much, even in a pipeline, and Python more than SQLite.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Update, bindparam, func, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.expression import column
from sqlalchemy.types import TypeEngine


class Each:
    """Values by row, to be used in an UPDATE in the place of columns: `each["name"]`."""

    def __init__(self, connection: AsyncConnection, **types: TypeEngine[Any]) -> None:
        """Say which values every row has, and of which type."""
        self._connection = connection
        self._types = types
        self._has_arrays = connection.dialect.name == "postgresql"
        self._values = _in_arrays(types) if self._has_arrays else _in_json(types)

    def __getitem__(self, name: str) -> ColumnElement[Any]:
        """This row's value."""
        return self._values[name]

    async def execute(self, statement: Update, rows: Sequence[Mapping[str, object]]) -> None:
        """Run the statement for all rows; no row changes more than one row of the table."""
        if not rows:
            return
        given = self._arrays(rows) if self._has_arrays else {"rows": self._json(rows)}
        await self._connection.execute(statement, given)

    def _arrays(self, rows: Sequence[Mapping[str, object]]) -> Mapping[str, list[object]]:
        return {name: [row[name] for row in rows] for name in self._types}

    def _json(self, rows: Sequence[Mapping[str, object]]) -> str:
        """The rows as SQLite stores their values."""
        columns = []
        for name, type_ in self._types.items():
            values = [row[name] for row in rows]
            store = type_.dialect_impl(self._connection.dialect).bind_processor(
                self._connection.dialect
            )
            columns.append(values if store is None else [store(value) for value in values])
        return json.dumps(list(zip(*columns, strict=True)))


def _in_arrays(types: Mapping[str, TypeEngine[Any]]) -> Mapping[str, ColumnElement[Any]]:
    arrays = [bindparam(name, type_=ARRAY(type_)) for name, type_ in types.items()]
    given = [column(name, type_) for name, type_ in types.items()]
    rows = func.unnest(*arrays).table_valued(*given, name="each").render_derived()
    return dict(rows.c.items())


def _in_json(types: Mapping[str, TypeEngine[Any]]) -> Mapping[str, ColumnElement[Any]]:
    row = func.json_each(bindparam("rows")).table_valued("value", name="each").c.value
    return {
        name: type_coerce(row.op("->>")(position), type_)
        for position, (name, type_) in enumerate(types.items())
    }
