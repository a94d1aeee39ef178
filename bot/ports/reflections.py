"""What people answered. Words are reached by their author only."""

from datetime import datetime
from typing import Protocol

from bot.chat.identity import MessageRef
from bot.domain.reflection import Reflection, Via


class Reflections(Protocol):
    """Reflections by author (an account's number)."""

    async def add(
        self,
        author_id: int,
        *,
        via: Via,
        text: str,
        at: datetime,
        delivery_id: int | None = None,
        prompt_id: int | None = None,
        message: MessageRef | None = None,
        kept: bool = True,
    ) -> int:
        """A new reflection of one part; gives its number."""
        ...

    async def append(
        self, author_id: int, reflection_id: int, *, text: str, at: datetime, message: MessageRef
    ) -> None:
        """One more message belongs to this reflection."""
        ...

    async def get(self, author_id: int, reflection_id: int) -> Reflection | None:
        """One reflection of this author."""
        ...

    async def latest(
        self, author_id: int, via: Via, since: datetime, delivery_id: int | None
    ) -> Reflection | None:
        """The author's last one to this delivery (None: to none) whose last part is not older."""
        ...

    async def by_message(self, author_id: int, message: MessageRef) -> Reflection | None:
        """The reflection that a message is a part of."""
        ...

    async def author_of(self, message: MessageRef) -> int | None:
        """Whose words this message is, if it is a part of a reflection."""
        ...

    async def replace_message(
        self, author_id: int, message: MessageRef, text: str, at: datetime
    ) -> bool:
        """The message now reads so; False if it is no part of anything."""
        ...

    async def delete_message(self, author_id: int, message: MessageRef) -> bool:
        """The part is deleted, with its reflection if it was the last; False if there is none."""
        ...

    async def replace(self, author_id: int, reflection_id: int, text: str, at: datetime) -> bool:
        """The whole reflection now reads so, in one part."""
        ...

    async def keep(self, author_id: int, reflection_id: int) -> bool:
        """The author wants it kept."""
        ...

    async def delete(self, author_id: int, reflection_id: int) -> bool:
        """Delete a reflection and the stone that it was pinned as."""
        ...

    async def of_author(self, author_id: int) -> tuple[Reflection, ...]:
        """All that were kept, in the order in which they were written."""
        ...

    async def drop_drafts(self, before: datetime) -> int:
        """Delete words that were not wanted kept and are older; gives how many."""
        ...

    async def react(self, author_id: int, delivery_id: int, name: str, at: datetime) -> None:
        """The author reacted to a prompt."""
        ...

    async def unreact(self, author_id: int, delivery_id: int, name: str) -> bool:
        """The author took a reaction back; False if there was none."""
        ...

    async def reactions(self, author_id: int) -> tuple[tuple[int, str, datetime], ...]:
        """All reactions of the author as (prompt id, name, at), in order of time."""
        ...
