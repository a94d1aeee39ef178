"""Where SQLite and PostgreSQL want different SQL; ON CONFLICT has its place in `upserting`."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    Select,
    Table,
    any_,
    bindparam,
    func,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

CLAIMING_INBOX = 0x6361_6972_6E01
"""The number of PostgreSQL's lock under which events are claimed."""


ADDING_TO_PLACE = 1 << 62
"""Plus a place's number: the lock under which deliveries of no schedule are added there."""


async def one_at_a_time(connection: AsyncConnection, number: int) -> None:
    """Let only one transaction at a time go on from here; on SQLite there is only one writer."""
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(number)))


async def give_up_after(connection: AsyncConnection, seconds: float) -> None:
    """Let this transaction's statements fail when nobody waits for them any more.

    On SQLite the wait is for the process's own writers, in the queue before the transaction.
    """
    if connection.dialect.name == "postgresql":
        limit = f"{seconds * 1000:.0f}"
        await connection.execute(select(func.set_config("statement_timeout", limit, true())))


NUMBERS = JSON().with_variant(ARRAY(BigInteger()), "postgresql")
"""Many numbers as one value.

With `IN` each is a parameter of its own, and reading the statement costs more than running it.
"""


def is_among(
    connection: AsyncConnection, column: Column[Any], numbers: Iterable[int]
) -> ColumnElement[bool]:
    """Whether a column has one of many numbers."""
    return is_one_of(connection.dialect.name, column, bindparam(None, list(numbers), type_=NUMBERS))


def is_one_of(
    dialect: str, column: Column[Any], numbers: BindParameter[Any]
) -> ColumnElement[bool]:
    """Whether a column has one of the numbers that a parameter of type `NUMBERS` will have."""
    if dialect == "postgresql":
        return column == any_(numbers)
    given = func.json_each(numbers).table_valued("value")
    return column.in_(select(given.c.value))


def first_of_each(
    connection: AsyncConnection, groups: Table, members: Select[int], table: Table
) -> Select[int]:
    """The ids of `table` that `members` gives for each row of `groups`.

    `members` selects ids of `table`, is correlated with `groups`, ordered and limited. SQLite has
    no LATERAL, but looks a correlated IN up group by group; PostgreSQL does not.
    """
    if connection.dialect.name == "postgresql":
        picked = members.lateral()
        return select(picked.c.id).select_from(groups.join(picked, true()))
    row = table.alias()
    return select(row.c.id).select_from(groups.join(row, row.c.id.in_(members)))
