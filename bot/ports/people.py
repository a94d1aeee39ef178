"""Programmes, communities, accounts, memberships and places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.chat.identity import AccountRef, CommunityRef, PlaceRef
from bot.chat.incoming import Person
from bot.domain.membership import Account, MemberSettings, Membership, Programme


@dataclass(frozen=True, slots=True)
class Community:
    """A community of a programme; `rooms_under` is the channel that pairs get their room under."""

    ref: CommunityRef
    name: str
    rooms_under: PlaceRef | None = None


class Programmes(Protocol):
    """Programmes and the communities that belong to them."""

    async def create(self, name: str, language: str) -> Programme:
        """A new programme."""
        ...

    async def get(self, programme_id: int) -> Programme:
        """The programme with this number."""
        ...

    async def many(self, ids: Sequence[int]) -> Mapping[int, Programme]:
        """Programmes by number."""
        ...

    async def of_community(self, community: CommunityRef) -> Programme | None:
        """The programme that a community belongs to."""
        ...

    async def attach(self, community: CommunityRef, name: str, programme_id: int) -> None:
        """Put a community into a programme; one that was removed is active again."""
        ...

    async def removed(self, community: CommunityRef, at: datetime) -> None:
        """Cairn was removed there: nothing more is sent, everything is kept."""
        ...

    async def communities(self, programme_id: int) -> tuple[Community, ...]:
        """The communities of a programme that Cairn was not removed from, the oldest first."""
        ...

    async def set_rooms_under(self, community: CommunityRef, channel: PlaceRef) -> None:
        """Let pairs of a community get their room under this channel of it."""
        ...


class Accounts(Protocol):
    """People, one account a platform. An account's key is made with it."""

    async def seen(self, person: Person) -> Account:
        """The account of this person, made or brought up to date with what was told of them."""
        ...

    async def find(self, account: AccountRef) -> Account | None:
        """The account behind a reference."""
        ...

    async def origin(self, account_id: int) -> AccountRef:
        """The platform's own id of an account."""
        ...

    async def erase(self, account_id: int) -> None:
        """Delete the account, its key, all that it wrote, its memberships and its own place."""
        ...


class Memberships(Protocol):
    """Accounts in programmes."""

    async def ensure(self, account_id: int, programme_id: int) -> Membership:
        """The membership of an account in a programme, made if there is none (not joined)."""
        ...

    async def find(self, account_id: int, programme_id: int) -> Membership | None:
        """The membership of an account in a programme."""
        ...

    async def get(self, membership_id: int) -> Membership:
        """The membership with this number."""
        ...

    async def many(self, ids: Sequence[int]) -> Mapping[int, Membership]:
        """Memberships by number; missing ones are left out."""
        ...

    async def has_coordinator(self, programme_id: int) -> bool:
        """Whether anyone coordinates a programme."""
        ...

    async def of_account(self, account_id: int) -> tuple[Membership, ...]:
        """All memberships of an account, the oldest first."""
        ...

    async def save(self, membership: Membership) -> None:
        """Write role, consent, pause, rest and place. Settings have their own method."""
        ...

    async def set_settings(
        self, membership_id: int, settings: MemberSettings, group_id: int
    ) -> None:
        """Write settings and the send group that they lead to."""
        ...


class Places(Protocol):
    """Conversations that something is sent to."""

    async def ensure(self, place: PlaceRef, account_id: int | None = None) -> int:
        """The number of a place; `account_id` is whose direct conversation it is.

        One that was closed is open again: somebody is there.
        """
        ...

    async def find(self, place: PlaceRef) -> int | None:
        """The number of a place that is known."""
        ...

    async def get(self, place_id: int) -> PlaceRef:
        """The place with this number."""
        ...
