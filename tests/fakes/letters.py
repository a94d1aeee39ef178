"""Letters in memory."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.mentoring import Letter
from tests.fakes.mentoring import InMemoryMentoring
from tests.fakes.people import Erased, InMemoryAccounts, InMemoryMemberships
from tests.fakes.rows import Rows


@dataclass(frozen=True)
class Written:
    """A letter as it is kept."""

    id: int
    pair_id: int | None
    author_id: int
    text: str
    at: datetime


class InMemoryLetters:
    """`Letters` in memory."""

    def __init__(
        self,
        accounts: InMemoryAccounts,
        memberships: InMemoryMemberships,
        mentoring: InMemoryMentoring,
    ) -> None:
        self.rows: Rows[Written] = Rows()
        self._accounts = accounts
        self._memberships = memberships
        self._mentoring = mentoring

    async def add(self, pair_id: int, author_id: int, text: str, at: datetime) -> int:
        return self.rows.add(lambda number: Written(number, pair_id, author_id, text, at)).id

    async def get(self, programme_id: int, letter_id: int) -> Letter | None:
        row = self.rows.get(letter_id)
        if row is None or row.pair_id is None:
            return None
        if await self._mentoring.pair(programme_id, row.pair_id) is None:
            return None
        return await self._complete(row)

    async def of_author(self, author_id: int) -> tuple[Letter, ...]:
        own = [row for row in self.rows.values() if row.author_id == author_id]
        ordered = sorted(own, key=lambda row: (row.at, row.id))
        return tuple([await self._complete(row) for row in ordered])

    def forget(self, erased: Erased) -> None:
        """Forget what an erased account wrote; what was written to it stays its author's."""
        self.rows.drop(lambda row: row.author_id == erased.account_id)
        for number, row in self.rows.items():
            if row.pair_id is not None and not self._mentoring.has_pair(row.pair_id):
                self.rows[number] = replace(row, pair_id=None)

    async def _complete(self, row: Written) -> Letter:
        return Letter(
            id=row.id,
            pair_id=row.pair_id,
            author_name=self._accounts.rows[row.author_id].name,
            to_name=await self._to(row),
            text=row.text,
            written_at=row.at,
        )

    async def _to(self, row: Written) -> str:
        if row.pair_id is None:
            return ""
        mentor_id, mentee_id = self._mentoring.sides(row.pair_id)
        mentor = await self._memberships.get(mentor_id)
        is_mentor = mentor.account_id == row.author_id
        return (await self._memberships.get(mentee_id if is_mentor else mentor_id)).name
