"""One UPDATE that gives each of many rows values of its own.

PostgreSQL takes the values as arrays in one statement: a statement for each row, even in a
pipeline, costs it four times as much. SQLite takes them as JSON: to hand over the values of each
row by itself costs more than the UPDATE.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Update, bindparam, func, literal_column, type_coerce
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
        self._values: Mapping[str, ColumnElement[Any]]
        if self._has_arrays:
            arrays = [bindparam(name, type_=ARRAY(type_)) for name, type_ in types.items()]
            given = [column(name, type_) for name, type_ in types.items()]
            self._values = dict(
                func.unnest(*arrays).table_valued(*given, name="each").render_derived().c.items()
            )
        else:
            row = func.json_each(bindparam("rows")).table_valued("value", name="each").c.value
            self._values = {
                name: type_coerce(func.json_extract(row, literal_column(f"'$[{number}]'")), type_)
                for number, (name, type_) in enumerate(types.items())
            }

    def __getitem__(self, name: str) -> ColumnElement[Any]:
        """This row's value."""
        return self._values[name]

    async def execute(self, statement: Update, rows: Sequence[Mapping[str, object]]) -> None:
        """Run the statement for all rows; no row changes more than one row of the table."""
        if not rows:
            return
        given: Mapping[str, object]
        if self._has_arrays:
            given = {name: [row[name] for row in rows] for name in self._types}
        else:
            columns = [self._stored(name, [row[name] for row in rows]) for name in self._types]
            given = {"rows": json.dumps(list(zip(*columns, strict=True)))}
        await self._connection.execute(statement, given)

    def _stored(self, name: str, values: Sequence[object]) -> Sequence[object]:
        """Values of one name as SQLite stores them."""
        dialect = self._connection.dialect
        to_stored = self._types[name].dialect_impl(dialect).bind_processor(dialect)
        return values if to_stored is None else [to_stored(value) for value in values]
