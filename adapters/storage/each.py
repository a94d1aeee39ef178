"""One UPDATE that gives each of many rows values of its own.

PostgreSQL takes the values as arrays in one statement: a statement for each row, even in a
pipeline, costs it four times as much. SQLite has no arrays, and runs a statement for each row at
little cost.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Update, bindparam, func
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
        self._in_one = connection.dialect.name == "postgresql"
        self._values: Mapping[str, ColumnElement[Any]]
        if self._in_one:
            arrays = [bindparam(name, type_=ARRAY(type_)) for name, type_ in types.items()]
            given = [column(name, type_) for name, type_ in types.items()]
            self._values = dict(
                func.unnest(*arrays).table_valued(*given, name="each").render_derived().c.items()
            )
        else:
            self._values = {name: bindparam(name, type_=type_) for name, type_ in types.items()}

    def __getitem__(self, name: str) -> ColumnElement[Any]:
        """This row's value."""
        return self._values[name]

    async def execute(self, statement: Update, rows: Sequence[Mapping[str, object]]) -> None:
        """Run the statement for all rows; no row changes more than one row of the table."""
        if not rows:
            return
        if self._in_one:
            arrays = {name: [row[name] for row in rows] for name in self._types}
            await self._connection.execute(statement, arrays)
        else:
            await self._connection.execute(statement, rows)
