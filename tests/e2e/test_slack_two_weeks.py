"""The two weeks of the console's transcript, lived on Slack: by Socket Mode and by HTTP."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapters.console.memory import FIRST_MOMENT
from adapters.console.opening import LINES, ZONES
from adapters.crypto.ring import KeyRingCipher, new_ring_key
from tests.e2e import program
from tests.e2e.exports import without_origin
from tests.e2e.served import Quiet, Rehearsal, Served
from tests.e2e.slack_player import Player
from tests.e2e.slack_settings import settings_for
from tests.e2e.test_two_weeks import END, TRANSCRIPT
from tests.ports import free_port
from tests.servers.slack.server import SlackServer

NAMES = ("ben", "ana", "dia", "cora")
MODES = ("socket", "http")


@dataclass
class Lived:
    """What two weeks have left behind."""

    exports: dict[str, dict[str, Any]]
    slack: SlackServer
    log: str
    code: int


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Lived]:
    """Both at the same time, each with a database and a Slack of its own."""

    async def both() -> list[Lived]:
        return await asyncio.gather(
            *(_live(tmp_path_factory.mktemp(mode), mode == "socket") for mode in MODES)
        )

    return dict(zip(MODES, asyncio.run(both()), strict=True))


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


async def _live(folder: Path, is_socket: bool) -> Lived:
    key, port = new_ring_key(), free_port()
    clock = Rehearsal(folder / "offset", FIRST_MOMENT)
    async with SlackServer(now=clock.now) as slack:
        workspace = slack.add_workspace("T1", "Demo")
        token = slack.install("T1").bot_token
        if not is_socket:
            slack.request_url = f"http://127.0.0.1:{port}/slack/events"
        settings = settings_for(slack, token, folder, key, port, socket_mode=is_socket)
        settings["CAIRN_CLOCK_OFFSET_FILE"] = str(clock.path)
        served = Served(folder, settings)
        await served.start()
        url = f"sqlite:///{folder / 'data' / 'cairn.db'}"
        quiet = Quiet(url, KeyRingCipher.from_keys([key]), clock.now)
        try:
            player = Player(slack, workspace, clock, quiet)
            player.add(*ZONES, "dia")
            await player.play(list(LINES))
            await player.play([":in #team", *TRANSCRIPT.read_text(encoding="utf-8").splitlines()])
            exports = {name: player.export(name) for name in NAMES}
        finally:
            await quiet.close()
            code = await served.stop()
        return Lived(exports, slack, served.log.read_text(), code)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", NAMES)
def test_the_export_is_the_same_as_on_the_console(
    lived: dict[str, Lived], console: dict[str, dict[str, Any]], mode: str, name: str
) -> None:
    export = lived[mode].exports[name]
    assert export["origin"]["platform"] == "slack"
    assert without_origin(export) == without_origin(console[name])


@pytest.mark.parametrize("mode", MODES)
def test_slack_had_nothing_to_object(lived: dict[str, Lived], mode: str) -> None:
    slack = lived[mode].slack
    assert slack.violations == []
    assert slack.mentions == []
    assert [one.body for one in slack.deliveries if not one.acknowledged] == []
    failed = [call for call in slack.calls if not call.response["ok"]]
    # a channel that Cairn has not entered yet says so once
    assert {call.response["error"] for call in failed} <= {"not_in_channel"}


@pytest.mark.parametrize("mode", MODES)
def test_the_log_names_no_words_and_the_end_is_clean(lived: dict[str, Lived], mode: str) -> None:
    ended = lived[mode]
    assert ended.code == 0
    assert "Traceback" not in ended.log
    assert "level=error" not in ended.log
    assert "rehearsal" in ended.log
    for words in ("foreman", "platform team", "Nobody in the room"):
        assert words not in ended.log
