"""The two weeks of the console's transcript, lived on Discord."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapters.console.memory import FIRST_MOMENT
from adapters.console.opening import LINES, ZONES
from adapters.crypto.ring import KeyRingCipher, new_ring_key
from tests.e2e import program
from tests.e2e.discord_player import Player
from tests.e2e.discord_settings import settings_for
from tests.e2e.exports import without_origin
from tests.e2e.served import Quiet, Rehearsal, Served
from tests.e2e.test_two_weeks import END, TRANSCRIPT
from tests.ports import free_port
from tests.servers.discord.server import DiscordServer

NAMES = ("ben", "ana", "dia", "cora")


@dataclass
class Lived:
    """What two weeks have left behind."""

    exports: dict[str, dict[str, Any]]
    discord: DiscordServer
    log: str
    code: int


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Two weeks, with the message content intent: thread answers are kept."""
    return asyncio.run(_live(tmp_path_factory.mktemp("discord")))


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the same transcript leaves behind on the console."""
    folder = tmp_path_factory.mktemp("console")
    lines = TRANSCRIPT.read_text(encoding="utf-8").splitlines()
    ended = program.demo(lines, cwd=folder)
    assert ended.code == 0, ended.err
    return {
        name: program.exported(folder / "out" / f"cairn-export-{name}-{END}.zip")[0]
        for name in NAMES
    }


async def _live(folder: Path) -> Lived:
    key, port = new_ring_key(), free_port()
    clock = Rehearsal(folder / "offset", FIRST_MOMENT)
    async with DiscordServer(now=clock.now, intents={"message_content"}) as discord:
        guild = discord.add_guild("Demo")
        settings = settings_for(discord, folder, key, port)
        settings["CAIRN_CLOCK_OFFSET_FILE"] = str(clock.path)
        served = Served(folder, settings)
        await served.start()
        await discord.gateway.wait()
        url = f"sqlite:///{folder / 'data' / 'cairn.db'}"
        quiet = Quiet(url, KeyRingCipher.from_keys([key]), clock.now)
        try:
            player = Player(discord, guild, clock, quiet)
            player.add(*ZONES, "dia")
            await player.play(list(LINES))
            await player.play([":in #team", *TRANSCRIPT.read_text(encoding="utf-8").splitlines()])
            exports = {name: player.export(name) for name in NAMES}
        finally:
            await quiet.close()
            code = await served.stop()
        return Lived(exports, discord, served.log.read_text(), code)


@pytest.mark.parametrize("name", NAMES)
def test_the_export_is_the_same_as_on_the_console(
    lived: Lived, console: dict[str, dict[str, Any]], name: str
) -> None:
    export = lived.exports[name]
    assert export["origin"]["platform"] == "discord"
    assert without_origin(export) == without_origin(console[name])


def test_discord_had_nothing_to_object(lived: Lived) -> None:
    discord = lived.discord
    assert discord.violations == []
    assert discord.mentions == []
    assert discord.late == []
    assert [(c.operation, c.response) for c in discord.calls if c.status >= 400] == []


def test_the_log_names_no_words_and_the_end_is_clean(lived: Lived) -> None:
    assert lived.code == 0
    assert "Traceback" not in lived.log
    assert "level=error" not in lived.log
    assert "rehearsal" in lived.log
    for words in ("foreman", "platform team", "Nobody in the room"):
        assert words not in lived.log
