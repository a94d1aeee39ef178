"""Programmes and their communities in SQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage import tables
from adapters.storage.dialect import is_among
from adapters.storage.upserting import fitted, insert_into
from bot.chat.identity import CommunityRef, PlaceKind, PlaceRef
from bot.domain.membership import Programme
from bot.ports.people import Community

_PROGRAMME = (tables.programme.c.id, tables.programme.c.name, tables.programme.c.language)


class SqlProgrammes:
    """`Programmes` on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Work on one connection."""
        self._connection = connection

    async def create(self, name: str, language: str) -> Programme:
        """Insert a programme."""
        statement = (
            insert(tables.programme)
            .values(
                name=fitted(name, tables.programme.c.name),
                language=fitted(language, tables.programme.c.language),
            )
            .returning(*_PROGRAMME)
        )
        return Programme(*(await self._connection.execute(statement)).one())

    async def get(self, programme_id: int) -> Programme:
        """Select by number."""
        query = select(*_PROGRAMME).where(tables.programme.c.id == programme_id)
        return Programme(*(await self._connection.execute(query)).one())

    async def many(self, ids: Sequence[int]) -> Mapping[int, Programme]:
        """Select by numbers."""
        query = select(*_PROGRAMME).where(is_among(self._connection, tables.programme.c.id, ids))
        return {row.id: Programme(*row) for row in await self._connection.execute(query)}

    async def of_community(self, community: CommunityRef) -> Programme | None:
        """Select by community, removed or not."""
        query = select(*_PROGRAMME).join(tables.community).where(_is_community(community))
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else Programme(*row)

    async def attach(self, community: CommunityRef, name: str, programme_id: int) -> None:
        """Upsert the community."""
        now = {
            "programme_id": programme_id,
            "name": fitted(name, tables.community.c.name),
            "removed_at": None,
        }
        statement = (
            insert_into(self._connection, tables.community)
            .values(platform=community.platform, native_id=community.native_id, **now)
            .on_conflict_do_update(index_elements=["platform", "native_id"], set_=now)
        )
        await self._connection.execute(statement)

    async def removed(self, community: CommunityRef, at: datetime) -> None:
        """Mark the community."""
        statement = update(tables.community).where(_is_community(community)).values(removed_at=at)
        await self._connection.execute(statement)

    async def communities(self, programme_id: int) -> tuple[Community, ...]:
        """Select by programme."""
        columns = tables.community.c
        query = (
            select(columns.platform, columns.native_id, columns.name, columns.rooms_under)
            .where(columns.programme_id == programme_id, columns.removed_at.is_(None))
            .order_by(columns.id)
        )
        return tuple(
            Community(CommunityRef(platform, native_id), name, _channel(platform, native_id, under))
            for platform, native_id, name, under in await self._connection.execute(query)
        )

    async def set_rooms_under(self, community: CommunityRef, channel: PlaceRef) -> None:
        """Update the community."""
        statement = (
            update(tables.community)
            .where(_is_community(community))
            .values(rooms_under=channel.native_id)
        )
        await self._connection.execute(statement)


def _channel(platform: str, community: str, native_id: str | None) -> PlaceRef | None:
    if native_id is None:
        return None
    return PlaceRef(platform, native_id, PlaceKind.CHANNEL, community)


def _is_community(community: CommunityRef) -> ColumnElement[bool]:
    columns = tables.community.c
    return and_(columns.platform == community.platform, columns.native_id == community.native_id)
