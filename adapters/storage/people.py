"""Accounts, memberships and places in SQL."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage import tables
from adapters.storage.dialect import is_among
from adapters.storage.upserting import fitted, insert_into
from bot.chat.identity import AccountRef, PlaceKind, PlaceRef
from bot.chat.incoming import Person
from bot.domain.membership import Account, Cadence, MemberSettings, Membership
from bot.domain.reading import Weekdays, read_quiet
from bot.ports.cipher import Cipher

_ACCOUNT = (
    tables.account.c.id,
    tables.account.c.name,
    tables.account.c.zone,
    tables.account.c.locale,
)


class SqlAccounts:
    """`Accounts` on one connection."""

    def __init__(self, connection: AsyncConnection, cipher: Cipher) -> None:
        """Work on one connection; the cipher makes authors' keys."""
        self._connection = connection
        self._cipher = cipher

    async def seen(self, person: Person) -> Account:
        """Upsert what was told; a person who has not changed costs one SELECT."""
        told = _told(person)
        known = await self.find(person.account)
        if known and all(getattr(known, name) == value for name, value in told.items()):
            return known
        statement = (
            insert_into(self._connection, tables.account)
            .values(
                platform=person.account.platform,
                native_id=person.account.native_id,
                wrapped_key=self._cipher.new_author_key(),
                **{"name": "", **told},
            )
            .on_conflict_do_update(
                index_elements=["platform", "native_id"],
                set_={"platform": person.account.platform, **told},
            )
            .returning(*_ACCOUNT)
        )
        return Account(*(await self._connection.execute(statement)).one())

    async def find(self, account: AccountRef) -> Account | None:
        """Select by the platform's id."""
        query = select(*_ACCOUNT).where(
            tables.account.c.platform == account.platform,
            tables.account.c.native_id == account.native_id,
        )
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else Account(*row)

    async def origin(self, account_id: int) -> AccountRef:
        """Select the platform's id."""
        query = select(tables.account.c.platform, tables.account.c.native_id).where(
            tables.account.c.id == account_id
        )
        return AccountRef(*(await self._connection.execute(query)).one())

    async def erase(self, account_id: int) -> None:
        """Delete the row; foreign keys take the rest along."""
        await self._connection.execute(
            update(tables.pair)
            .where(tables.pair.c.reason_author_id == account_id)
            .values(reason_sealed=None)
        )
        await self._connection.execute(delete(tables.place).where(_is_own_place(account_id)))
        await self._connection.execute(
            delete(tables.account).where(tables.account.c.id == account_id)
        )


class SqlMemberships:
    """`Memberships` on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Work on one connection."""
        self._connection = connection

    async def ensure(self, account_id: int, programme_id: int) -> Membership:
        """Insert unless it is there."""
        known = await self.find(account_id, programme_id)
        if known is not None:
            return known
        await self._connection.execute(
            insert_into(self._connection, tables.membership)
            .values(account_id=account_id, programme_id=programme_id)
            .on_conflict_do_nothing(index_elements=["account_id", "programme_id"])
        )
        query = _memberships().where(_is_member(account_id, programme_id))
        return _to_membership((await self._connection.execute(query)).one())

    async def find(self, account_id: int, programme_id: int) -> Membership | None:
        """Select by account and programme."""
        query = _memberships().where(_is_member(account_id, programme_id))
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _to_membership(row)

    async def get(self, membership_id: int) -> Membership:
        """Select by number."""
        query = _memberships().where(tables.membership.c.id == membership_id)
        return _to_membership((await self._connection.execute(query)).one())

    async def many(self, ids: Sequence[int]) -> Mapping[int, Membership]:
        """Select by numbers."""
        known = is_among(self._connection, tables.membership.c.id, ids)
        rows = await self._connection.execute(_memberships().where(known))
        return {row[0]: _to_membership(row) for row in rows}

    async def has_coordinator(self, programme_id: int) -> bool:
        """Select one of a programme's coordinators."""
        query = select(tables.membership.c.id).where(
            tables.membership.c.programme_id == programme_id, tables.membership.c.is_coordinator
        )
        return (await self._connection.execute(query.limit(1))).first() is not None

    async def of_account(self, account_id: int) -> tuple[Membership, ...]:
        """Select by account."""
        query = _memberships().where(tables.membership.c.account_id == account_id)
        rows = await self._connection.execute(query.order_by(tables.membership.c.id))
        return tuple(_to_membership(row) for row in rows)

    async def save(self, membership: Membership) -> None:
        """Update all but settings."""
        await self._connection.execute(
            update(tables.membership)
            .where(tables.membership.c.id == membership.id)
            .values(
                is_coordinator=membership.is_coordinator,
                joined_at=membership.joined_at,
                paused_until=membership.paused_until,
                rests_until=membership.rests_until,
                direct_place_id=membership.direct_place_id,
            )
        )

    async def set_settings(
        self, membership_id: int, settings: MemberSettings, group_id: int
    ) -> None:
        """Update settings, and what the planner filters by."""
        await self._connection.execute(
            update(tables.membership)
            .where(tables.membership.c.id == membership_id)
            .values(
                group_id=group_id,
                zone=settings.zone,
                minute=settings.minute,
                days=settings.days.mask,
                quiet=str(settings.quiet),
                cadence=settings.cadence.value,
                language=fitted(settings.language, tables.membership.c.language),
                prompt_days=settings.prompt_days().mask,
                weeks_between=settings.weeks_between,
            )
        )


class SqlPlaces:
    """`Places` on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Work on one connection."""
        self._connection = connection

    async def ensure(self, place: PlaceRef, account_id: int | None = None) -> int:
        """Upsert; what is known of community and owner is not forgotten."""
        facts: dict[str, object] = {
            "kind": place.kind.value,
            "account_id": account_id,
            "community_id": await self._community_id(place),
        }
        told = {name: fact for name, fact in facts.items() if fact is not None}
        told["closed_reason"] = None
        query = select(tables.place).where(_is_place(place))
        known = (await self._connection.execute(query)).mappings().one_or_none()
        if known and all(known[name] == fact for name, fact in told.items()):
            return int(known["id"])
        statement = (
            insert_into(self._connection, tables.place)
            .values(platform=place.platform, native_id=place.native_id, **told)
            .on_conflict_do_update(index_elements=["platform", "native_id"], set_=told)
            .returning(tables.place.c.id)
        )
        return int((await self._connection.execute(statement)).scalar_one())

    async def find(self, place: PlaceRef) -> int | None:
        """Select by the platform's id."""
        query = select(tables.place.c.id).where(_is_place(place))
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def get(self, place_id: int) -> PlaceRef:
        """Select by number."""
        query = (
            select(
                tables.place.c.platform,
                tables.place.c.native_id,
                tables.place.c.kind,
                tables.community.c.native_id.label("in"),
            )
            .outerjoin(tables.community, tables.community.c.id == tables.place.c.community_id)
            .where(tables.place.c.id == place_id)
        )
        platform, native_id, kind, lies_in = (await self._connection.execute(query)).one()
        return PlaceRef(platform, native_id, PlaceKind(kind), lies_in)

    async def _community_id(self, place: PlaceRef) -> int | None:
        if place.community is None:
            return None
        query = select(tables.community.c.id).where(
            tables.community.c.platform == place.platform,
            tables.community.c.native_id == place.community,
        )
        return (await self._connection.execute(query)).scalar_one_or_none()


def to_settings(row: Row[Any]) -> MemberSettings | None:
    """The settings in a row that has a membership's columns of them; None if there are none."""
    return _settings(row.zone, row.minute, row.days, row.quiet, row.cadence, row.language)


@lru_cache(maxsize=4096)
def _settings(*columns: Any) -> MemberSettings | None:
    """Remembered, because many members have the same ones and reading them takes a while."""
    zone, minute, days, quiet, cadence, language = columns
    if zone is None:
        return None
    return MemberSettings(
        zone=zone,
        minute=minute,
        days=Weekdays(days),
        quiet=read_quiet(quiet),
        cadence=Cadence(cadence),
        language=language,
    )


def _told(person: Person) -> dict[str, str]:
    told = {
        "name": fitted(person.name, tables.account.c.name),
        "zone": fitted(person.zone or "", tables.account.c.zone),
        "locale": fitted(person.locale or "", tables.account.c.locale),
    }
    return {name: value for name, value in told.items() if value}


def _memberships() -> Select[Any]:
    columns = tables.membership.c
    return (
        select(
            columns.id,
            columns.account_id,
            columns.programme_id,
            tables.account.c.name,
            columns.is_coordinator,
            columns.joined_at,
            columns.zone,
            columns.minute,
            columns.days,
            columns.quiet,
            columns.cadence,
            columns.language,
            columns.paused_until,
            columns.rests_until,
            columns.direct_place_id,
            tables.place.c.closed_reason,
        )
        .join(tables.account, tables.account.c.id == columns.account_id)
        .outerjoin(tables.place, tables.place.c.id == columns.direct_place_id)
    )


def _to_membership(row: Row[*tuple[Any, ...]]) -> Membership:
    # by position: to ask a row by name takes twenty times as long
    number, account_id, programme_id, name, is_coordinator, joined_at, *others = row
    *settings, paused_until, rests_until, direct_place_id, closed_reason = others
    return Membership(
        id=number,
        account_id=account_id,
        programme_id=programme_id,
        name=name,
        is_coordinator=is_coordinator,
        joined_at=joined_at,
        settings=_settings(*settings),
        paused_until=paused_until,
        rests_until=rests_until,
        direct_place_id=direct_place_id,
        unreachable=closed_reason,
    )


def _is_place(place: PlaceRef) -> ColumnElement[bool]:
    columns = tables.place.c
    return and_(columns.platform == place.platform, columns.native_id == place.native_id)


def _is_member(account_id: int, programme_id: int) -> ColumnElement[bool]:
    columns = tables.membership.c
    return and_(columns.account_id == account_id, columns.programme_id == programme_id)


def _is_own_place(account_id: int) -> ColumnElement[bool]:
    """A place told to be theirs, or a conversation that nobody else owns and they are sent to."""
    columns = tables.place.c
    sent_to = select(tables.membership.c.direct_place_id).where(
        tables.membership.c.account_id == account_id
    )
    return or_(
        columns.account_id == account_id,
        and_(
            columns.account_id.is_(None),
            columns.kind == PlaceKind.DIRECT.value,
            columns.id.in_(sent_to),
        ),
    )
