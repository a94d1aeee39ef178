"""What a host can ask before the first start, and the link for a server."""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import discord
import pytest

from adapters.discord.app import point_at
from adapters.discord.checks import check, find_link
from adapters.discord.refusals import DiscordAccessError
from bot.settings import Settings, SettingsError, chosen_platforms, read_settings
from tests.integration.discord_adapter.line import Line


async def test_all_is_well_after_a_start(line: Line) -> None:
    async with line.served():
        pass
    findings = await check(line.discord.token, message_content=True)
    assert [finding.line for finding in findings if not finding.ok] == []
    assert "Acme" in "".join(finding.line for finding in findings)


async def test_what_is_missing_comes_with_what_to_do(line: Line) -> None:
    line.discord.application.intents.clear()
    line.discord.acts.leave_guild(line.guild)
    findings = await check(line.discord.token, message_content=True)
    wrong = "\n".join(finding.line for finding in findings if not finding.ok)
    assert "Message Content Intent" in wrong
    assert "cairn discord invite" in wrong
    assert "cairn run" in wrong


async def test_a_wrong_token_is_all_there_is_to_say(line: Line) -> None:
    (finding,) = await check("a.wrong.token", message_content=False)
    assert not finding.ok
    assert "Reset Token" in finding.line
    point_at("http://127.0.0.1:9", "")
    with pytest.raises(DiscordAccessError, match="could not be asked"):
        await find_link("a.wrong.token")


async def test_the_link_asks_for_what_is_needed_and_no_more(line: Line) -> None:
    asked = parse_qs(urlsplit(await find_link(line.discord.token)).query)
    assert asked["client_id"] == [line.discord.application.id]
    assert asked["scope"] == ["bot applications.commands"]
    granted = {name for name, on in discord.Permissions(int(asked["permissions"][0])) if on}
    assert granted == {
        "read_messages",
        "send_messages",
        "create_public_threads",
        "create_private_threads",
        "send_messages_in_threads",
        "attach_files",
        "read_message_history",
    }


def settings(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    """The settings of this environment and no other."""
    cleared: Mapping[str, str] = {"CAIRN_KEYS": "key", **environment}
    for name in ("DISCORD_TOKEN", "SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    for name, value in cleared.items():
        monkeypatch.setenv(name, value)
    return read_settings()


def test_what_is_named_is_served_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    both = settings(
        monkeypatch, DISCORD_TOKEN="a.b.c", SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1"
    )
    assert chosen_platforms(both, ()) == {"slack", "discord"}
    assert chosen_platforms(both, ["discord"]) == {"discord"}
    with pytest.raises(SettingsError, match="no platform called teams"):
        chosen_platforms(both, ["teams"])


def test_what_is_named_without_a_token_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    none = settings(monkeypatch)
    assert chosen_platforms(none, ()) == frozenset()
    with pytest.raises(SettingsError, match=r"DISCORD_TOKEN is not set.*docs/discord\.md"):
        chosen_platforms(none, ["discord"])


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DISCORD_TOKEN", "abc", "three parts"),
        ("DISCORD_MESSAGE_CONTENT", "yes", "on or off"),
        ("DISCORD_GATEWAY_URL", "http://x", "wss://"),
        ("DISCORD_API_URL", "discord.com", "https://"),
    ],
)
def test_a_setting_that_can_not_be_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    with pytest.raises(SettingsError, match=f"(?s){name}.*{sentence}"):
        settings(monkeypatch, **{name: value})


@pytest.mark.parametrize(("value", "is_on"), [("on", True), ("off", False), ("", False)])
def test_message_content_is_on_or_off(
    monkeypatch: pytest.MonkeyPatch, value: str, is_on: bool
) -> None:
    read = settings(monkeypatch, DISCORD_MESSAGE_CONTENT=value, DISCORD_TOKEN="Bot a.b.c")
    assert read.discord_message_content is is_on
    assert read.discord_token == "a.b.c"
