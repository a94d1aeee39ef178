"""Socket Mode: what is not acknowledged comes again, and sockets come and go."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import aiohttp
import pytest

from adapters.slack.tokens import SlackAccessError
from tests.integration.slack_adapter.office import Office, texts, until
from tests.ports import free_port
from tests.servers.slack.delivery import Delivered
from tests.servers.slack.hands import PersonHands


@pytest.fixture
async def ben(office: Office) -> AsyncIterator[PersonHands]:
    """A member, while Cairn is served by Socket Mode."""
    office.by_socket()
    office.slack.sockets.ack_timeout = 1.0
    hands = office.slack.add_person(office.workspace, "UBEN", "ben")
    async with office.served():
        await office.join(hands)
        yield hands


def was_taken(delivered: Delivered) -> bool:
    return delivered.acknowledged


def kept(hands: PersonHands) -> int:
    """How often Cairn said that it kept something."""
    return [text.startswith("Kept") for text in texts(hands)].count(True)


async def test_an_acknowledgement_that_is_lost_brings_no_second_copy(
    office: Office, ben: PersonHands
) -> None:
    office.slack.sockets.ignored = 1
    await ben.say_direct("I fixed the printer.")
    assert office.delivered("I fixed the printer.").attempts == 2
    await office.settled()
    assert kept(ben) == 1


async def test_what_could_not_be_kept_is_not_acknowledged_and_comes_again(
    office: Office, ben: PersonHands
) -> None:
    office.slack.waits_for_acks = False
    async with office.locked():
        await ben.say_direct("In the dark.")
        delivered = office.delivered("In the dark.")
        await until(lambda: delivered.attempts > 1)
        assert not was_taken(delivered)
    await delivered.done.wait()
    assert delivered.acknowledged
    await office.settled()
    assert kept(ben) == 1


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled"])
async def test_a_socket_that_slack_refreshes_is_opened_again(
    office: Office, ben: PersonHands, reason: str
) -> None:
    opened = [call.method for call in office.slack.calls].count("apps.connections.open")
    await office.slack.sockets.disconnect(reason)
    await until(
        lambda: (
            [call.method for call in office.slack.calls].count("apps.connections.open") > opened
            and office.slack.sockets.open
        )
    )
    await ben.say_direct("Still here.")
    await office.settled()
    assert kept(ben) == 1


async def test_a_line_that_is_cut_is_opened_again_and_what_was_under_way_comes_again(
    office: Office, ben: PersonHands
) -> None:
    office.slack.waits_for_acks = False
    office.slack.sockets.ignored = 1
    await ben.say_direct("Half way.")
    delivered = office.delivered("Half way.")
    await until(lambda: delivered.attempts)
    await office.slack.sockets.cut()
    await delivered.done.wait()
    assert delivered.acknowledged
    await office.settled()
    assert kept(ben) == 1


async def test_replicas_share_what_comes_and_answer_once(office: Office) -> None:
    office.by_socket()
    hands = office.slack.add_person(office.workspace, "UBEN", "ben")
    async with office.served(), office.served(port=0):
        await until(lambda: office.slack.sockets.open == 2)
        await office.join(hands)
        for number in range(6):
            await hands.command(f"why Reason {number}")
        await office.settled()
        await hands.command("status")
        await office.settled()
    assert [f"Reason {n}" in text for text in texts(hands) for n in range(6)].count(True) == 6
    assert office.slack.sockets.open == 0


async def test_an_app_token_that_slack_refuses_is_named(office: Office) -> None:
    office.by_socket()
    office.settings["SLACK_APP_TOKEN"] = "xapp-of-another-app"
    with pytest.raises(SlackAccessError, match=r"refuses SLACK_APP_TOKEN \(invalid_auth\)"):
        async with office.served():
            pass


async def test_an_address_that_nobody_answers_is_named(office: Office) -> None:
    office.by_socket()
    nobody = f"http://127.0.0.1:{free_port()}/api/"
    office.settings["SLACK_API_URL"] = nobody
    with pytest.raises(SlackAccessError, match=f"reaches {nobody}"):
        async with office.served():
            pass


async def test_nothing_is_ready_before_its_socket_is_open(office: Office) -> None:
    office.by_socket()
    office.slack.faults.hang("apps.connections.open", 0.5)
    is_over = asyncio.Event()

    async def serve() -> None:
        async with office.served():
            await is_over.wait()

    serving = asyncio.create_task(serve())
    answers: list[tuple[int, int]] = []
    async with aiohttp.ClientSession() as web:
        while not answers or answers[-1][0] != 200:
            with suppress(aiohttp.ClientConnectorError):
                async with web.get(f"{office.public_url}/readyz") as answer:
                    answers.append((answer.status, office.slack.sockets.open))
            await asyncio.sleep(0.02)
    is_over.set()
    await serving
    assert answers[0] == (503, 0)
    assert answers[-1] == (200, 1)
