"""INSERT with ON CONFLICT, whose classes differ between SQLite and PostgreSQL."""

from sqlalchemy import Column, String, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


def insert_into(connection: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT for this connection's database that can say what to do about a conflict."""
    return insert_for(connection.dialect.name, table)


def insert_for(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """The same for a database of this kind."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def fitted(text: str, column: Column[str]) -> str:
    """The text as the column can hold it: PostgreSQL takes no NUL, and refuses one too long."""
    length = column.type.length if isinstance(column.type, String) else None
    return text.replace("\0", "")[:length]
