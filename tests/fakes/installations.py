"""The ports that adapters keep things of communities with, in memory."""

from collections.abc import Mapping
from datetime import datetime


class InMemoryInstallations:
    """`Installations`; `locks` counts how often a lock was given."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], bytes] = {}
        self.locks = 0
        self._locked_until: dict[tuple[str, str], datetime] = {}

    async def save(self, platform: str, community: str, content: bytes) -> None:
        self.records[platform, community] = content
        self._locked_until.pop((platform, community), None)

    async def find(self, platform: str, community: str) -> bytes | None:
        return self.records.get((platform, community))

    async def communities(self, platform: str) -> tuple[str, ...]:
        return tuple(sorted(community for found, community in self.records if found == platform))

    async def delete(self, platform: str, community: str) -> None:
        self.records.pop((platform, community), None)
        self._locked_until.pop((platform, community), None)

    async def lock(self, platform: str, community: str, now: datetime, until: datetime) -> bool:
        key = (platform, community)
        if key not in self.records or self._locked_until.get(key, now) > now:
            return False
        self._locked_until[key] = until
        self.locks += 1
        return True


class InMemoryWaits:
    """`Waits`."""

    def __init__(self) -> None:
        self.until: dict[tuple[str, str, str], datetime] = {}

    async def set(self, platform: str, community: str, method: str, until: datetime) -> None:
        key = (platform, community, method)
        self.until[key] = max(until, self.until.get(key, until))

    async def running(self, platform: str, now: datetime) -> Mapping[tuple[str, str], datetime]:
        return {
            (community, method): until
            for (found, community, method), until in self.until.items()
            if found == platform and until > now
        }


class InMemoryPresence:
    """`Presence`."""

    def __init__(self) -> None:
        self._last: dict[str, datetime] = {}

    async def listening(self, platform: str, at: datetime) -> None:
        self._last[platform] = max(at, self._last.get(platform, at))

    async def last(self, platform: str) -> datetime | None:
        return self._last.get(platform)


class InMemoryLeadership:
    """`Leadership`."""

    def __init__(self) -> None:
        self.leader: dict[str, tuple[str, datetime]] = {}

    async def lead(self, platform: str, owner: str, now: datetime, until: datetime) -> bool:
        leading, ends_at = self.leader.get(platform, (owner, now))
        if leading != owner and ends_at > now:
            return False
        self.leader[platform] = owner, until
        return True

    async def resign(self, platform: str, owner: str) -> None:
        if self.leader.get(platform, ("", None))[0] == owner:
            del self.leader[platform]
