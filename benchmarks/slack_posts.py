"""Deliveries a second through the courier to a local Slack, beside bare chat.postMessage calls.

The baseline is slack-sdk's client as it comes, which opens a session for each call; the same calls
over one pool of connections are printed too.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.crypto.ring import new_ring_key
from adapters.slack import names
from adapters.slack.calls import Calls
from adapters.slack.chat import SlackChat
from adapters.slack.render import to_message
from adapters.slack.tokens import FixedToken
from adapters.slack.waits import CallWaits
from adapters.slack.web import Web
from benchmarks._postgres import databases
from benchmarks._programme import make_due
from benchmarks._report import is_full, progress, report
from benchmarks._slack import LocalSlack, found, local_slack
from bot.bootstrap.clock import SystemClock
from bot.bootstrap.collecting import collecting_seldom
from bot.bootstrap.core import Ground, grounded
from bot.chat.identity import PlaceKind
from bot.chat.outgoing import Button, Buttons, Context, Message, Text
from bot.domain.delivery import DeliveryKind
from bot.ports.deliveries import NewDelivery
from bot.services.composing import Composer
from scheduler.courier import Courier

CONCURRENCY = 50
MINUTE = 60.0
IN_CHANNEL = 70
"""Posts to one channel, which takes one a second."""

QUESTION = Message(
    (
        Text("Follow the last thing you finished one step further. Whose hands is it in now?"),
        Context('"Answer" opens a form that only you see in Cairn.'),
        Buttons(
            (
                Button("Answer", "answer", ("1",)),
                Button("Skip", "skip", ("1",)),
                Button("Snooze", "snooze", ("1",)),
                Button("Settings", "settings"),
            )
        ),
    )
)


def main() -> None:
    with collecting_seldom():
        asyncio.run(_measure(20_000 if is_full(str(__doc__)) else 2_000))


async def _measure(posts: int) -> None:
    async with local_slack(posts) as slack:
        bare = await _bare(slack, posts, shared=False)
        pooled = await _bare(slack, posts, shared=True)
        report("slack_posts", "bare calls over one pool of connections", pooled, "posts/s", bare)
        with databases() as urls:
            for kind, url in urls.items():
                rate = await _through_courier(slack, url, posts)
                report("slack_posts", f"{posts} deliveries, {kind}", rate, "posts/s", bare)
    await _with_limits(600)


async def _bare(slack: LocalSlack, posts: int, *, shared: bool) -> float:
    (rendered,) = to_message(QUESTION, lambda _: None)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONCURRENCY)) as session:
        client = AsyncWebClient(
            slack.token,
            base_url=slack.api_url,
            session=session if shared else None,
            retry_handlers=[],
        )

        async def post(number: int) -> None:
            await client.chat_postMessage(
                channel=f"DU{number}",
                text=rendered.text,
                blocks=rendered.blocks,
                unfurl_links=False,
                unfurl_media=False,
                metadata={"event_type": "bench", "event_payload": {"delivery_id": number}},
            )

        return await _rate(posts, post)


async def _rate(count: int, do: Callable[[int], Awaitable[None]]) -> float:
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            await do(number)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    rate = count / (time.perf_counter() - began)
    progress(f"{count} bare calls: {rate:.0f} a second")
    return rate


async def _through_courier(slack: LocalSlack, url: str, posts: int) -> float:
    clock = SystemClock()
    async with grounded(url, (new_ring_key(),), clock) as ground:
        await found(ground, posts)
        await make_due(ground, clock.now())
        chat = await _chat(slack, ground, per_minute=60_000_000)
        courier = Courier(ground.storage, clock, chat, Composer(), "bench", concurrency=CONCURRENCY)
        began = time.perf_counter()
        sent = await courier.run()
        rate = sent / (time.perf_counter() - began)
        await chat.close()
    if sent != posts:
        raise RuntimeError(f"{sent} sent instead of {posts}")
    progress(f"{sent} deliveries: {rate:.0f} a second")
    return rate


async def _chat(slack: LocalSlack, ground: Ground, per_minute: float) -> SlackChat:
    web = Web(slack.api_url)
    tokens = FixedToken(web, slack.token, SystemClock())
    await tokens.start()
    calls = Calls(web, tokens, CallWaits(ground.waits, ground.clock), ground.clock)
    return SlackChat(calls, ground.clock, per_minute=per_minute)


async def _with_limits(per_minute: int) -> None:
    """A minute with published limits on: what was taken, beside what the limits allow."""
    people, clock = 2 * per_minute, SystemClock()
    async with local_slack(people, per_minute) as slack:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'cairn.db'}"
            async with grounded(url, (new_ring_key(),), clock) as ground:
                programme_id = await found(ground, people)
                await _make_channel_due(ground, programme_id)
                await make_due(ground, clock.now())
                chat = await _chat(slack, ground, per_minute=0.97 * per_minute)
                courier = Courier(ground.storage, clock, chat, Composer(), "bench")
                running = asyncio.create_task(courier.run_on())
                progress(f"a minute with at most {per_minute} posts to the workspace ...")
                await asyncio.sleep(MINUTE)
                running.cancel()
                await asyncio.wait([running])
                counts = await slack.counts()
                await chat.close()
    first = counts["times"][0]
    taken = sum(at - first < MINUTE for at in counts["times"])
    report("slack_posts", f"a minute of {per_minute}", taken, "posts", per_minute)
    report("slack_posts", "429s in that minute", len(counts["refused"]), "answers", 1)


async def _make_channel_due(ground: Ground, programme_id: int) -> None:
    now = ground.clock.now() - timedelta(minutes=1)
    async with ground.storage.work() as work:
        place = await work.places.ensure(names.place("T1", "CTEAM", PlaceKind.CHANNEL))
        for number in range(IN_CHANNEL):
            await work.deliveries.add(
                NewDelivery(
                    programme_id=programme_id,
                    place_id=place,
                    kind=DeliveryKind.NUDGE,
                    slot=f"bench-{number}",
                    due_at=now,
                )
            )


if __name__ == "__main__":
    main()
