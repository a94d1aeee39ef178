"""Deliveries claimed in one go: in which order they are called, and which must wait after all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from bot.chat.identity import CommunityRef
from bot.domain.delivery import Reason
from bot.ports.deliveries import Claimed, IsUncertain, MustWait, Outcome, WasRefused


class Lot:
    """Claimed deliveries with their lease, and what their calls have shown so far.

    `began_at` has the start of earlier calls, by delivery, for those that are looked for.
    """

    def __init__(
        self,
        claimed: Sequence[Claimed],
        owner: str,
        lease_until: datetime,
        began_at: Mapping[int, datetime] = MappingProxyType({}),
    ) -> None:
        self.owner = owner
        self.lease_until = lease_until
        self.began_at = began_at
        self._claimed = {each.id: each for each in claimed}
        self._place_waits: dict[int, datetime] = {}
        self._community_waits: dict[CommunityRef, datetime] = {}
        self._all_wait: datetime | None = None
        self._closed: dict[int, Reason] = {}

    def rounds(self, size: int) -> Iterator[list[Claimed]]:
        """All of them in rounds of at most `size`, no two of a round for the same place.

        In due order, so that rounds one after another keep the order in every place.
        """
        waiting = sorted(self._claimed.values(), key=lambda each: (each.due_at, each.id))
        while waiting:
            chosen: list[Claimed] = []
            later: list[Claimed] = []
            places: set[int] = set()
            for each in waiting:
                fits = len(chosen) < size and each.place_id not in places
                (chosen if fits else later).append(each)
                places.add(each.place_id)
            yield chosen
            waiting = later

    def delivery(self, number: int) -> Claimed:
        """The claimed delivery with this number."""
        return self._claimed[number]

    def keep_apart(self, begun: Iterable[Claimed], until: datetime) -> None:
        """Remember that the places of these take nothing else for a while."""
        self._place_waits.update((each.place_id, until) for each in begun)

    def note(self, outcome: Outcome) -> None:
        """Remember what an outcome means for those still to be called."""
        delivery = self._claimed[outcome.id]
        match outcome:
            case MustWait(until=until, whole_platform=True):
                self._all_wait = until
            case MustWait(until=until, whole_community=True) if delivery.community:
                self._community_waits[delivery.community] = until
            case MustWait(until=until, whole_place=True) | IsUncertain(look_at=until):
                known = self._place_waits.get(delivery.place_id, until)
                self._place_waits[delivery.place_id] = max(known, until)
            case WasRefused(reason=reason, closes_place=True):
                self._closed[delivery.place_id] = reason

    def held(self, delivery: Claimed) -> Outcome | None:
        """What becomes of a delivery without a call: its place was closed, or has to wait.

        Behind an uncertain one a place waits until that has been looked for, to keep the order.
        """
        if reason := self._closed.get(delivery.place_id):
            return WasRefused(delivery.id, reason, closes_place=True)
        until = self._place_waits.get(delivery.place_id)
        if until is None:
            return self.held_with_others(delivery)
        return MustWait(delivery.id, until, whole_place=False)

    def held_with_others(self, delivery: Claimed) -> MustWait | None:
        """What becomes of a delivery without a call: its community or platform has to wait."""
        until = self._all_wait
        if until is None and delivery.community is not None:
            until = self._community_waits.get(delivery.community)
        return None if until is None else MustWait(delivery.id, until, whole_place=False)
