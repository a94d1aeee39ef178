"""The manifest asks for what Cairn uses, within Slack's limits."""

from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from adapters.slack.manifest import EVENTS, SCOPES, as_yaml, create_link, manifest, usage_hint
from bot.commands.declared import ACTIONS_BY_NAME, COMMANDS, COMMANDS_BY_NAME
from tests.servers.recording import Recording
from tests.servers.slack.world import SCOPES as KNOWN_SCOPES

PUBLIC = "https://cairn.example.org"


@pytest.mark.parametrize("public_url", [None, PUBLIC, f"{PUBLIC}/"])
@pytest.mark.parametrize("socket_mode", [True, False])
def test_it_is_within_slacks_limits(public_url: str | None, socket_mode: bool) -> None:
    if public_url is None and not socket_mode:
        with pytest.raises(ValueError, match="public address"):
            manifest(public_url, socket_mode)
        return
    made = manifest(public_url, socket_mode)
    recording = Recording("slack")
    recording.write("manifest", manifest=made)
    recording.close()
    read = yaml.safe_load(as_yaml(made))
    assert read == made
    shown, features = read["display_information"], read["features"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert len(features["shortcuts"]) <= 10
    for shortcut in features["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150
        assert shortcut["callback_id"].removeprefix("cairn:") in {
            *ACTIONS_BY_NAME,
            *COMMANDS_BY_NAME,
        }
    (command,) = features["slash_commands"]
    assert len(command["command"]) <= 32
    assert len(command["usage_hint"]) <= 1000
    addresses = str(read).count(f"{PUBLIC}/slack/")
    assert addresses == (0 if public_url is None else 1 if socket_mode else 4)


def test_the_hint_names_every_command() -> None:
    assert usage_hint().split(" | ") == list(
        dict.fromkeys(command.name.split()[0] for command in COMMANDS)
    )


def test_each_scope_is_one_that_the_local_slack_knows() -> None:
    assert set(SCOPES) == KNOWN_SCOPES


@pytest.mark.parametrize(
    ("event", "scope"),
    [
        ("message.channels", "channels:history"),
        ("message.groups", "groups:history"),
        ("message.im", "im:history"),
        ("reaction_added", "reactions:read"),
        ("reaction_removed", "reactions:read"),
        ("user_change", "users:read"),
    ],
)
def test_what_cairn_is_told_of_it_may_see(event: str, scope: str) -> None:
    assert event in EVENTS
    assert scope in SCOPES


def test_the_link_opens_slacks_page_with_it() -> None:
    written = as_yaml(manifest(None, socket_mode=True))
    link = urlsplit(create_link(written))
    assert (link.netloc, link.path) == ("api.slack.com", "/apps")
    asked = parse_qs(link.query)
    assert asked == {"new_app": ["1"], "manifest_yaml": [written]}
