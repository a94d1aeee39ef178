"""Tidying up: once an hour, and everything that is old."""

from datetime import timedelta

from bot.services.housekeeping import DELIVERIES_FOR, EVENTS_FOR, Housekeeping
from tests.fakes.conversation import Conversation

HOUR = timedelta(hours=1)


async def test_old_events_and_unanswered_questions_go() -> None:
    talk = await Conversation.begin("ben")
    await talk.later("2d")
    unit = talk.storage.unit
    assert unit.inbox.rows
    questions = len(unit.deliveries.rows)
    assert questions >= 2
    keeping = Housekeeping(talk.storage, talk.clock)
    talk.clock.advance(EVENTS_FOR + HOUR)
    await keeping.run()
    assert not unit.inbox.rows
    assert len(unit.deliveries.rows) == questions
    talk.clock.advance(DELIVERIES_FOR)
    await keeping.run()
    assert not [row for row in unit.deliveries.rows.values() if row.sent_at is not None]


async def test_it_is_done_once_an_hour() -> None:
    talk = await Conversation.begin("ben")
    keeping = Housekeeping(talk.storage, talk.clock)
    talk.clock.advance(EVENTS_FOR - HOUR / 2)
    await keeping.run()
    talk.clock.advance(HOUR * 0.9)
    await keeping.run()
    assert talk.storage.unit.inbox.rows
    talk.clock.advance(HOUR * 0.2)
    await keeping.run()
    assert not talk.storage.unit.inbox.rows
