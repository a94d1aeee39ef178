"""Programmes, accounts, memberships and places in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.chat.identity import AccountRef, CommunityRef, PlaceKind, PlaceRef
from bot.chat.incoming import Person
from bot.domain.membership import Account, MemberSettings, Membership, Programme
from bot.ports.people import Community
from tests.fakes.rows import Rows


@dataclass
class CommunityRow:
    """What is known of a community."""

    programme_id: int
    name: str
    removed_at: datetime | None = None
    rooms_under: PlaceRef | None = None


@dataclass(frozen=True)
class Erased:
    """Numbers of everything that went with an account."""

    account_id: int
    memberships: frozenset[int]
    places: frozenset[int]


@dataclass
class Place:
    """What is known of a place; the courier's side is free to write here."""

    id: int
    ref: PlaceRef
    account_id: int | None = None
    wait_until: datetime | None = None
    closed_reason: str | None = None

    @property
    def is_direct(self) -> bool:
        return self.ref.kind is PlaceKind.DIRECT


class InMemoryProgrammes:
    """`Programmes` in memory."""

    def __init__(self) -> None:
        self.rows: Rows[Programme] = Rows()
        self.communities_by_ref: dict[CommunityRef, CommunityRow] = {}

    async def create(self, name: str, language: str) -> Programme:
        return self.rows.add(lambda number: Programme(number, name, language))

    async def get(self, programme_id: int) -> Programme:
        return self.rows[programme_id]

    async def many(self, ids: Sequence[int]) -> Mapping[int, Programme]:
        return {number: self.rows[number] for number in ids if number in self.rows}

    async def of_community(self, community: CommunityRef) -> Programme | None:
        known = self.communities_by_ref.get(community)
        return None if known is None else self.rows[known.programme_id]

    async def attach(self, community: CommunityRef, name: str, programme_id: int) -> None:
        known = self.communities_by_ref.get(community)
        under = None if known is None else known.rooms_under
        self.communities_by_ref[community] = CommunityRow(programme_id, name, rooms_under=under)

    async def removed(self, community: CommunityRef, at: datetime) -> None:
        if community in self.communities_by_ref:
            self.communities_by_ref[community].removed_at = at

    async def communities(self, programme_id: int) -> tuple[Community, ...]:
        return tuple(
            Community(ref, row.name, row.rooms_under)
            for ref, row in self.communities_by_ref.items()
            if row.programme_id == programme_id and row.removed_at is None
        )

    async def set_rooms_under(self, community: CommunityRef, channel: PlaceRef) -> None:
        self.communities_by_ref[community].rooms_under = channel


class InMemoryPlaces:
    """`Places` in memory."""

    def __init__(self) -> None:
        self.rows: Rows[Place] = Rows()

    async def ensure(self, place: PlaceRef, account_id: int | None = None) -> int:
        known = self._row(place) or self.rows.add(lambda number: Place(number, place))
        known.ref = replace(place, community=place.community or known.ref.community)
        known.account_id = account_id or known.account_id
        known.closed_reason = None
        return known.id

    async def find(self, place: PlaceRef) -> int | None:
        known = self._row(place)
        return None if known is None else known.id

    async def get(self, place_id: int) -> PlaceRef:
        return self.rows[place_id].ref

    def _row(self, place: PlaceRef) -> Place | None:
        wanted = (place.platform, place.native_id)
        rows = self.rows.values()
        return next((row for row in rows if (row.ref.platform, row.ref.native_id) == wanted), None)


class InMemoryMemberships:
    """`Memberships` in memory; `groups` has the send group that each member's settings lead to."""

    def __init__(self, accounts: Rows[Account], places: Rows[Place]) -> None:
        self.rows: Rows[Membership] = Rows()
        self.groups: dict[int, int] = {}
        self._accounts = accounts
        self._places = places

    async def ensure(self, account_id: int, programme_id: int) -> Membership:
        if (known := await self.find(account_id, programme_id)) is not None:
            return known
        made = self.rows.add(
            lambda number: Membership(
                id=number, account_id=account_id, programme_id=programme_id, name=""
            )
        )
        return self._complete(made)

    async def find(self, account_id: int, programme_id: int) -> Membership | None:
        found = (row for row in self.rows.values() if row.account_id == account_id)
        one = next((row for row in found if row.programme_id == programme_id), None)
        return None if one is None else self._complete(one)

    async def get(self, membership_id: int) -> Membership:
        return self._complete(self.rows[membership_id])

    async def many(self, ids: Sequence[int]) -> Mapping[int, Membership]:
        return {number: self._complete(self.rows[number]) for number in ids if number in self.rows}

    async def has_coordinator(self, programme_id: int) -> bool:
        return any(
            one.programme_id == programme_id and one.is_coordinator for one in self.rows.values()
        )

    async def of_account(self, account_id: int) -> tuple[Membership, ...]:
        rows = self.rows.values()
        return tuple(self._complete(row) for row in rows if row.account_id == account_id)

    async def save(self, membership: Membership) -> None:
        known = self.rows[membership.id]
        self.rows[membership.id] = replace(
            known,
            is_coordinator=membership.is_coordinator,
            joined_at=membership.joined_at,
            paused_until=membership.paused_until,
            rests_until=membership.rests_until,
            direct_place_id=membership.direct_place_id,
        )

    async def set_settings(
        self, membership_id: int, settings: MemberSettings, group_id: int
    ) -> None:
        self.rows[membership_id] = replace(self.rows[membership_id], settings=settings)
        self.groups[membership_id] = group_id

    def _complete(self, row: Membership) -> Membership:
        place = self._places.get(row.direct_place_id or 0)
        return replace(
            row,
            name=self._accounts[row.account_id].name,
            unreachable=None if place is None else place.closed_reason,
        )


class InMemoryAccounts:
    """`Accounts` in memory; `holders` are told what an erasure takes along."""

    def __init__(
        self, rows: Rows[Account], memberships: Rows[Membership], places: Rows[Place]
    ) -> None:
        self.rows = rows
        self.refs: dict[AccountRef, int] = {}
        self.holders: list[Callable[[Erased], None]] = []
        self._memberships = memberships
        self._places = places

    async def seen(self, person: Person) -> Account:
        known = await self.find(person.account)
        if known is None:
            known = self.rows.add(lambda number: Account(number, person.name))
            self.refs[person.account] = known.id
        self.rows[known.id] = Account(
            known.id,
            person.name[:200] or known.name,
            person.zone or known.zone,
            person.locale or known.locale,
        )
        return self.rows[known.id]

    async def find(self, account: AccountRef) -> Account | None:
        return self.rows.get(self.refs.get(account, 0))

    async def origin(self, account_id: int) -> AccountRef:
        return next(ref for ref, number in self.refs.items() if number == account_id)

    async def erase(self, account_id: int) -> None:
        own = [row for row in self._memberships.values() if row.account_id == account_id]
        sent_to = {row.direct_place_id for row in own}
        erased = Erased(
            account_id,
            memberships=frozenset(row.id for row in own),
            places=frozenset(
                place.id
                for place in self._places.values()
                if place.account_id == account_id
                or (place.id in sent_to and place.account_id is None and place.is_direct)
            ),
        )
        self.refs = {ref: number for ref, number in self.refs.items() if number != account_id}
        self.rows.drop(lambda row: row.id == account_id)
        self._memberships.drop(lambda row: row.id in erased.memberships)
        self._places.drop(lambda row: row.id in erased.places)
        for forget in self.holders:
            forget(erased)
