"""What Slack tells of people, remembered for some minutes."""

from collections import OrderedDict
from datetime import datetime, timedelta

from adapters.slack import names
from adapters.slack.calls import Calls
from adapters.slack.events import to_person
from adapters.slack.payload import Payload
from bot.chat.identity import AccountRef
from bot.chat.incoming import Person
from bot.ports.chat import ChatUncertainError
from bot.ports.clock import Clock

FRESH_FOR = timedelta(minutes=10)
MOST = 20_000


class Profiles:
    """The people that were asked about or seen last."""

    def __init__(self, calls: Calls, clock: Clock, *, most: int = MOST) -> None:
        """Ask through these calls, remember so many."""
        self._calls = calls
        self._clock = clock
        self._most = most
        self._known: OrderedDict[str, tuple[Person, datetime]] = OrderedDict()

    def seen(self, person: Person) -> None:
        """Remember what Slack has just told of someone: their whole profile."""
        key = person.account.native_id
        self._known[key] = (person, self._clock.now())
        self._known.move_to_end(key)
        while len(self._known) > self._most:
            self._known.popitem(last=False)

    def name(self, native_id: str) -> str | None:
        """What to call someone, by their account's id; it may be out of date."""
        known = self._known.get(native_id)
        return known[0].name or None if known else None

    async def ask(self, account: AccountRef) -> Person:
        """Someone's whole profile, asked for unless it was told of late. Raises `ChatError`."""
        known = self._known.get(account.native_id)
        if known is not None and self._clock.now() - known[1] < FRESH_FOR:
            return known[0]
        team, user = names.team_of(account.native_id), names.slack_id(account.native_id)
        answer = await self._calls.read(team, "users.info", user=user, include_locale=True)
        told = Payload(answer.get("user"))
        if told["id"].id != user:
            message = "an answer without the person"
            raise ChatUncertainError(message)
        person = to_person(team, told)
        self.seen(person)
        return person
