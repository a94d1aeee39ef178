"""What lets an adapter into each community that Cairn was added to: tokens, above all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol


class Installations(Protocol):
    """One record a community, in the adapter's own form, sealed at rest.

    Replicas share them; each method is one short transaction.
    """

    async def save(self, platform: str, community: str, content: bytes) -> None:
        """Keep the record of a community, in place of an earlier one."""
        ...

    async def find(self, platform: str, community: str) -> bytes | None:
        """The record of a community."""
        ...

    async def communities(self, platform: str) -> tuple[str, ...]:
        """The native ids of all communities that have a record."""
        ...

    async def delete(self, platform: str, community: str) -> None:
        """Forget the record of a community; no effect if there is none."""
        ...

    async def lock(self, platform: str, community: str, now: datetime, until: datetime) -> bool:
        """Be the only one to change a record until then; False if another one is at it.

        The lock ends with the next `save`, or by itself at `until`.
        """
        ...


class Waits(Protocol):
    """How long a platform wants calls of one method in one community to wait."""

    async def set(self, platform: str, community: str, method: str, until: datetime) -> None:
        """Remember a wait; one that lasts longer already goes on doing so."""
        ...

    async def running(self, platform: str, now: datetime) -> Mapping[tuple[str, str], datetime]:
        """The waits that have not ended, by (community, method)."""
        ...


class Presence(Protocol):
    """When Cairn last listened to a platform, whichever process it was."""

    async def listening(self, platform: str, at: datetime) -> None:
        """Cairn is listening at this moment."""
        ...

    async def last(self, platform: str) -> datetime | None:
        """The last moment that is known; None before the first."""
        ...


class Leadership(Protocol):
    """Which process listens to a platform that may be listened to by one only."""

    async def lead(self, platform: str, owner: str, now: datetime, until: datetime) -> bool:
        """Take the lead, or keep it, until then; False while another process has it."""
        ...

    async def resign(self, platform: str, owner: str) -> None:
        """Let another process take the lead at once; no effect if another one has it."""
        ...
