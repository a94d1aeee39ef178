"""Tickets, written into events and read again by whichever process answers."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from adapters.discord.tickets import LIVES, Acknowledgements, Ticket, Way

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def ticket(way: Way = Way.FILLS, *, private: bool = True) -> Ticket:
    return Ticket(9, "a:token:with:colons", NOW, way, private)


@pytest.mark.parametrize("way", list(Way))
@pytest.mark.parametrize("private", [True, False])
def test_a_ticket_comes_back_as_it_was_written(way: Way, private: bool) -> None:
    made = ticket(way, private=private)
    assert Ticket.read(str(made)) == made


@pytest.mark.parametrize("written", ["", ":", "f:p:x:9:t", "q:p:1.0:9:t", "f:p:1e99:9:t", "f:p:1:"])
def test_what_is_no_ticket_is_none(written: str) -> None:
    assert Ticket.read(written) is None


def test_a_ticket_ends_before_discord_says_so() -> None:
    assert ticket().is_alive(NOW + LIVES - timedelta(seconds=1))
    assert not ticket().is_alive(NOW + LIVES)


async def test_an_answer_waits_for_the_acknowledgement() -> None:
    acknowledgements, made = Acknowledgements(), ticket()
    await acknowledgements.settled(made.token)
    acknowledgements.expect(made.token)
    waiting = asyncio.create_task(acknowledgements.settled(made.token))
    await asyncio.sleep(0)
    assert not waiting.done()
    acknowledgements.done(made.token)
    await waiting


def test_only_the_first_answer_fills_what_was_promised() -> None:
    acknowledgements, made = Acknowledgements(), ticket()
    assert acknowledgements.fills(made)
    acknowledgements.filled(made.token)
    assert not acknowledgements.fills(made)
    assert not acknowledgements.fills(ticket(Way.FOLLOWS))
