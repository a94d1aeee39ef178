"""Whys, visions and stones in memory."""

from dataclasses import replace
from datetime import datetime

from bot.domain.compass import Stone, StoneKind, Vision, Why
from tests.fakes.people import Erased
from tests.fakes.reflections import InMemoryReflections
from tests.fakes.rows import Rows


class InMemoryCompass:
    """`Compass` in memory; a pinned reflection's words are read from `reflections`."""

    def __init__(self, reflections: InMemoryReflections) -> None:
        self._whys: Rows[tuple[int, Why]] = Rows()
        self._visions: Rows[tuple[int, Vision]] = Rows()
        self._stones: Rows[tuple[int, Stone]] = Rows()
        self._reflections = reflections

    async def write_why(self, author_id: int, text: str, at: datetime) -> None:
        for number, (author, why) in self._whys.items():
            if author == author_id and why.replaced_at is None:
                self._whys[number] = (author, replace(why, replaced_at=at))
        self._whys.add(lambda number: (author_id, Why(number, text, at)))

    async def whys(self, author_id: int) -> tuple[Why, ...]:
        own = [why for author, why in self._whys.values() if author == author_id]
        return tuple(sorted(own, key=lambda why: (why.written_at, why.id)))

    async def write_vision(self, author_id: int, years: int, text: str, at: datetime) -> None:
        for number, (author, vision) in self._visions.items():
            if (author, vision.years, vision.replaced_at) == (author_id, years, None):
                self._visions[number] = (author, replace(vision, replaced_at=at))
        self._visions.add(lambda number: (author_id, Vision(number, years, text, at)))

    async def visions(self, author_id: int) -> tuple[Vision, ...]:
        own = [vision for author, vision in self._visions.values() if author == author_id]
        return tuple(sorted(own, key=lambda one: (one.years, one.written_at, one.id)))

    async def lay_stone(
        self,
        author_id: int,
        *,
        kind: StoneKind,
        at: datetime,
        text: str | None = None,
        reflection_id: int | None = None,
        vision_id: int | None = None,
        link: str | None = None,
    ) -> int:
        await self._require_own(author_id, reflection_id, vision_id)
        for number, (author, stone) in self._stones.items():
            if reflection_id is not None and stone.reflection_id == reflection_id:
                self._stones[number] = (author, replace(stone, kind=kind))
                return number
        laid = Stone(
            id=self._stones.last + 1,
            kind=kind,
            text=text or "",
            laid_at=at,
            reflection_id=reflection_id,
            vision_id=vision_id,
            link=link,
        )
        return self._stones.add(lambda _number: (author_id, laid))[1].id

    async def change_stone(self, author_id: int, stone_id: int, kind: StoneKind) -> bool:
        for stone in await self.stones(author_id):
            if stone.id == stone_id:
                self._stones[stone_id] = (author_id, replace(stone, kind=kind))
                return True
        return False

    async def stones(self, author_id: int) -> tuple[Stone, ...]:
        # a stone goes with the reflection that it was pinned from
        self._stones.drop(lambda row: row[1].reflection_id not in {None, *self._reflections.rows})
        own = [stone for author, stone in self._stones.values() if author == author_id]
        return tuple(
            self._worded(stone) for stone in sorted(own, key=lambda one: (one.laid_at, one.id))
        )

    def forget(self, erased: Erased) -> None:
        """Forget all that an erased account wrote."""
        for rows in (self._whys, self._visions, self._stones):
            rows.drop(lambda row: row[0] == erased.account_id)

    def _worded(self, stone: Stone) -> Stone:
        if stone.reflection_id is None:
            return stone
        return replace(stone, text=self._reflections.rows[stone.reflection_id].text)

    async def _require_own(
        self, author_id: int, reflection_id: int | None, vision_id: int | None
    ) -> None:
        if reflection_id and not await self._reflections.get(author_id, reflection_id):
            raise LookupError(reflection_id)
        if vision_id and vision_id not in {one.id for one in await self.visions(author_id)}:
            raise LookupError(vision_id)
