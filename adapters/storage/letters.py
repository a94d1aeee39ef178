"""Letters in SQL, sealed with their author's key."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.sealing import Sealing
from adapters.storage.tables import account, letter, membership, pair
from bot.domain.mentoring import Letter

_author = account.alias("author")
_mentor = membership.alias("mentor")
_mentee = membership.alias("mentee")
_mentor_account = account.alias("mentor_account")
_mentee_account = account.alias("mentee_account")


class SqlLetters:
    """`Letters` on one connection."""

    def __init__(self, connection: AsyncConnection, sealing: Sealing) -> None:
        """Work on one connection, with the same connection's sealing."""
        self._connection = connection
        self._sealing = sealing

    async def add(self, pair_id: int, author_id: int, text: str, at: datetime) -> int:
        """Insert the letter."""
        statement = (
            insert(letter)
            .values(
                pair_id=pair_id,
                author_id=author_id,
                text_sealed=await self._sealing.seal(author_id, text),
                written_at=at,
            )
            .returning(letter.c.id)
        )
        return int((await self._connection.execute(statement)).scalar_one())

    async def get(self, programme_id: int, letter_id: int) -> Letter | None:
        """Select by the pair's programme and number."""
        query = _letters().where(letter.c.id == letter_id, pair.c.programme_id == programme_id)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else await self._to_letter(row)

    async def of_author(self, author_id: int) -> tuple[Letter, ...]:
        """Select by author."""
        query = _letters().where(letter.c.author_id == author_id)
        rows = await self._connection.execute(query.order_by(letter.c.written_at, letter.c.id))
        return tuple([await self._to_letter(row) for row in rows])

    async def _to_letter(self, row: Row[Any]) -> Letter:
        is_mentor = row.mentor_account_id == row.author_id
        return Letter(
            id=row.id,
            pair_id=row.pair_id,
            author_name=row.author_name,
            to_name=(row.mentee_name if is_mentor else row.mentor_name) or "",
            text=await self._sealing.open(row.author_id, row.text_sealed),
            written_at=row.written_at,
        )


def _letters() -> Select[Any]:
    return (
        select(
            letter,
            _author.c.name.label("author_name"),
            _mentor.c.account_id.label("mentor_account_id"),
            _mentor_account.c.name.label("mentor_name"),
            _mentee_account.c.name.label("mentee_name"),
        )
        .join(_author, _author.c.id == letter.c.author_id)
        .outerjoin(pair, pair.c.id == letter.c.pair_id)
        .outerjoin(_mentor, _mentor.c.id == pair.c.mentor_id)
        .outerjoin(_mentor_account, _mentor_account.c.id == _mentor.c.account_id)
        .outerjoin(_mentee, _mentee.c.id == pair.c.mentee_id)
        .outerjoin(_mentee_account, _mentee_account.c.id == _mentee.c.account_id)
    )
