"""Deliveries a second through the courier to a local Discord, beside bare discord.py calls.

The baseline is discord.py's client, as many calls at a time as the courier makes. A second one is
the same client let off what takes most of its time once it knows many conversations, as Cairn's is.
"""

import asyncio
import tempfile
import time
from pathlib import Path

import discord
from discord import ui

from adapters.crypto.ring import new_ring_key
from adapters.discord.app import log_in, point_at, sending_client
from adapters.discord.buckets import tidied_seldom
from adapters.discord.chat import PER_MINUTE, DiscordChat
from adapters.discord.items import Press
from adapters.discord.render import Rendered, to_message
from benchmarks._discord import LocalDiscord, found, local_discord
from benchmarks._postgres import databases
from benchmarks._programme import make_due
from benchmarks._report import is_full, progress, report
from bot.bootstrap.clock import SystemClock
from bot.bootstrap.collecting import collecting_seldom
from bot.bootstrap.core import Ground, grounded
from bot.chat.outgoing import Button, Buttons, Context, Message, Text
from bot.services.composing import Composer
from scheduler.courier import Courier

CONCURRENCY = 50
MINUTE = 60.0
FOR_ALL = 50
"""Requests a second that Discord takes of one app."""

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
    is_whole = is_full(str(__doc__))
    with collecting_seldom():
        asyncio.run(_measure(20_000 if is_whole else 2_000, is_whole=is_whole))


async def _measure(posts: int, *, is_whole: bool) -> None:
    async with local_discord(posts) as server:
        bare = await _bare(server, posts)
        tidied = await _bare(server, posts, tidied=True)
        with databases() as urls:
            for kind, url in urls.items():
                rate = await _through_courier(server, url, posts)
                case = f"{posts} deliveries, {kind}"
                report("discord_posts", case, rate, "posts/s", bare)
                report("discord_posts", f"{case}, beside tidied calls", rate, "posts/s", tidied)
    if is_whole:
        await _with_limits()


async def _bare(server: LocalDiscord, posts: int, *, tidied: bool = False) -> float:
    (rendered,) = to_message(QUESTION, lambda _: None)
    point_at(server.api_url, server.gateway_url)
    numbers = iter(range(posts))
    kind = "tidied" if tidied else "bare"
    async with discord.Client(intents=discord.Intents.none()) as client:
        await log_in(client, server.token)
        if tidied:
            tidied_seldom(client.http)

        async def work() -> None:
            for number in numbers:
                place = client.get_partial_messageable(int(server.directs[number]))
                await place.send(rendered.content, view=_view(rendered), nonce=f"{kind}-{number}")

        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
        rate = posts / (time.perf_counter() - began)
    progress(f"{posts} {kind} calls: {rate:.0f} a second")
    return rate


def _view(rendered: Rendered) -> ui.View:
    """Stopped, so that the client need not listen for its buttons."""
    view = ui.View(timeout=None)
    for press in rendered.rows[0]:
        assert isinstance(press, Press)
        view.add_item(ui.Button(label=press.label, custom_id=press.custom_id, row=0))
    view.stop()
    return view


async def _through_courier(server: LocalDiscord, url: str, posts: int) -> float:
    clock = SystemClock()
    async with grounded(url, (new_ring_key(),), clock) as ground, sending_client() as client:
        await found(ground, server)
        await make_due(ground, clock.now())
        chat = await _chat(server, client, ground, per_minute=60_000_000)
        courier = Courier(ground.storage, clock, chat, Composer(), "bench", concurrency=CONCURRENCY)
        began = time.perf_counter()
        sent = await courier.run()
        rate = sent / (time.perf_counter() - began)
    if sent != posts:
        raise RuntimeError(f"{sent} sent instead of {posts}")
    progress(f"{sent} deliveries: {rate:.0f} a second")
    return rate


async def _chat(
    server: LocalDiscord, client: discord.Client, ground: Ground, per_minute: float
) -> DiscordChat:
    point_at(server.api_url, server.gateway_url)
    await log_in(client, server.token)
    return DiscordChat(
        client, ground.installations, ground.waits, ground.clock, per_minute=per_minute
    )


async def _with_limits() -> None:
    """A minute with Discord's own limits on: what was taken, beside the pace that Cairn keeps."""
    clock = SystemClock()
    async with local_discord(2 * FOR_ALL * 60, limits=True) as server:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'cairn.db'}"
            async with (
                grounded(url, (new_ring_key(),), clock) as ground,
                sending_client() as client,
            ):
                await found(ground, server)
                await make_due(ground, clock.now())
                chat = await _chat(server, client, ground, per_minute=PER_MINUTE)
                courier = Courier(ground.storage, clock, chat, Composer(), "bench")
                running = asyncio.create_task(courier.run_on())
                progress("a minute with Discord's own limits ...")
                await asyncio.sleep(MINUTE)
                running.cancel()
                await asyncio.wait([running])
                counts = await server.ask("counts")
    taken = sum(at - counts["times"][0] < MINUTE for at in counts["times"])
    report("discord_posts", f"a minute at {PER_MINUTE} a minute", taken, "posts", PER_MINUTE)
    report("discord_posts", "429s in that minute", len(counts["refused"]), "answers", 1)


if __name__ == "__main__":
    main()
