"""A real client against a local server, with ports in memory and a clock that stands still."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from adapters.crypto.ring import new_ring_key
from adapters.slack.calls import Calls
from adapters.slack.chat import SlackChat
from adapters.slack.tokens import FixedToken
from adapters.slack.waits import CallWaits
from adapters.slack.web import Web
from tests.fakes.clock import FakeClock
from tests.fakes.installations import InMemoryWaits
from tests.integration.slack_adapter.office import Ahead, Office
from tests.integration.slack_adapter.wire import TOKEN, Wire
from tests.servers.slack.server import SlackServer


@dataclass
class Line:
    """One process of Cairn, and Slack at the other end."""

    wire: Wire
    web: Web
    clock: FakeClock
    waits: InMemoryWaits
    tokens: FixedToken
    calls: Calls
    chat: SlackChat
    lost: list[tuple[str, str]] = field(default_factory=list)

    def calls_through(self, web: Web) -> Calls:
        """The same calls over other lines."""
        return Calls(web, self.tokens, CallWaits(self.waits, self.clock), self.clock)


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    wire = await Wire().start()
    yield wire
    await wire.stop()


@pytest.fixture
async def web(wire: Wire) -> AsyncIterator[Web]:
    web = Web(wire.url, longest_call=timedelta(seconds=0.5))
    yield web
    await web.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def line(wire: Wire, web: Web, clock: FakeClock) -> Line:
    tokens = FixedToken(web, TOKEN, clock)
    await tokens.start()
    wire.asked.clear()
    waits = InMemoryWaits()
    calls = Calls(web, tokens, CallWaits(waits, clock), clock)
    line = Line(wire, web, clock, waits, tokens, calls, SlackChat(calls, clock))

    async def note(team: str, code: str) -> None:
        line.lost.append((team, code))

    calls.on_token_refused = note
    return line


@pytest.fixture
async def office(sqlite_url: str) -> AsyncIterator[Office]:
    """A workspace T1 that Cairn is not served in yet; nothing was wrong when the test is over."""
    clock = Ahead()
    async with SlackServer(now=clock.now, retry_delays=(0.3,) * 20) as slack:
        slack.add_workspace()
        yield Office(slack, clock, sqlite_url, new_ring_key())
        assert slack.violations == []
        assert slack.mentions == []
