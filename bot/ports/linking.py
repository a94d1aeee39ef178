"""Programmes that become one."""

from datetime import datetime
from typing import Protocol

from bot.domain.linking import Link


class Linking(Protocol):
    """Codes and questions, one a programme, and the joining itself."""

    async def offer(self, programme_id: int, made_by: int, code_hash: str, until: datetime) -> None:
        """A new code for this programme; an earlier one and its question are gone."""
        ...

    async def by_code(self, code_hash: str) -> Link | None:
        """What a code that nobody has entered yet leads to, run out or not."""
        ...

    async def get(self, link_id: int) -> Link | None:
        """The link with this number."""
        ...

    async def of_programme(self, programme_id: int) -> Link | None:
        """The code or question of this programme."""
        ...

    async def ask(self, link_id: int, asking_id: int, asked_by: int, until: datetime) -> bool:
        """Take the code and ask; False if someone else took it before: a code works once."""
        ...

    async def drop(self, link_id: int) -> None:
        """Nothing is to be decided any more."""
        ...

    async def hold(self, gone_id: int, into_id: int) -> bool:
        """Let nothing be added to either programme until the unit of work ends.

        False if one of them is gone.
        """
        ...

    async def doubles(self, gone_id: int, into_id: int) -> tuple[tuple[int, int], ...]:
        """Memberships of accounts that are in both programmes, as (the earlier, the later)."""
        ...

    async def fold(self, kept_id: int, dropped_id: int) -> None:
        """Make one of two memberships of an account; what hangs on the second hangs on the first.

        What the first lacks (consent with settings, pause and place) it takes from the second, and
        it coordinates if either did. Offer and search of the second go.
        """
        ...

    async def join(self, gone_id: int, into_id: int) -> None:
        """Move everything of one programme into another; the first is gone.

        Both are held and no account is in both. Members are asked by the schedule of the programme
        that they are in now; what was about to be planned for them still will be.
        """
        ...
