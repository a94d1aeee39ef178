"""What people do with an app, answered by a real client."""

from collections.abc import AsyncIterator
from datetime import timedelta

import discord
import pytest
from discord import app_commands

from tests.integration.discord_server.conftest import BareClient, connected
from tests.servers.discord.hands import PersonHands
from tests.servers.discord.permissions import Permission
from tests.servers.discord.server import DiscordServer
from tests.servers.discord.world import Channel, Guild


class Feedback(discord.ui.Modal, title="Feedback"):
    """A form with several kinds of field."""

    words: discord.ui.Label[discord.ui.View] = discord.ui.Label(
        text="Your words", component=discord.ui.TextInput(custom_id="words")
    )
    mood: discord.ui.Label[discord.ui.View] = discord.ui.Label(
        text="Mood",
        component=discord.ui.Select(
            custom_id="mood",
            options=[discord.SelectOption(label="Good"), discord.SelectOption(label="Bad")],
            required=False,
        ),
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.words.component, discord.ui.TextInput)
        assert isinstance(self.mood.component, discord.ui.Select)
        said = f"{self.words.component.value} {self.mood.component.values}"
        await interaction.response.send_message(said, ephemeral=True)


class Pressed(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"test:(?P<what>\w+)"
):
    """A button that does what its id says."""

    def __init__(self, what: str) -> None:
        super().__init__(discord.ui.Button(label=what.title(), custom_id=f"test:{what}"))
        self.what = what

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: object, match: object, /
    ) -> "Pressed":
        return cls(match["what"])  # type: ignore[index]

    async def callback(self, interaction: discord.Interaction) -> None:
        match self.what:
            case "form":
                await interaction.response.send_modal(Feedback())
            case "done":
                await interaction.response.edit_message(content="Done.", view=None)
            case _:
                await interaction.response.defer()
                await interaction.followup.send("Later.", ephemeral=True)


@pytest.fixture
def guild(server: DiscordServer) -> Guild:
    return server.add_guild("Acme")


@pytest.fixture
def team(guild: Guild) -> Channel:
    return guild.add_channel("team")


@pytest.fixture
def mona(server: DiscordServer, guild: Guild) -> PersonHands:
    return server.add_person(guild, "mona", locale="de")


@pytest.fixture
async def client(server: DiscordServer, team: Channel) -> AsyncIterator[BareClient]:
    async with connected(server) as client:
        client.add_dynamic_items(Pressed)
        _declare(client.tree)
        await client.tree.sync()
        yield client


def _declare(tree: app_commands.CommandTree[BareClient]) -> None:
    group = app_commands.Group(name="test", description="Commands of a test")

    @group.command(name="say", description="Say a number and who you mean")
    async def say(interaction: discord.Interaction, number: int, who: discord.Member) -> None:
        await interaction.response.send_message(f"{number} {who.id} {interaction.locale}")

    @group.command(name="late", description="Think first")
    async def late(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.edit_original_response(content="Thought.")
        await interaction.followup.send("And more.", ephemeral=True)

    @group.command(name="zone", description="Choose a zone")
    async def zone(interaction: discord.Interaction, zone: str) -> None:
        view = discord.ui.View(timeout=None)
        for what in ("form", "done", "wait"):
            view.add_item(Pressed(what))
        await interaction.response.send_message(zone, view=view)

    @zone.autocomplete("zone")
    async def zones(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{typed}{end}", value=f"{typed}{end}") for end in "ab"]

    @group.command(name="mute", description="Say nothing")
    async def mute(_: discord.Interaction) -> None:
        return

    tree.add_command(group)

    @tree.context_menu(name="Read")
    async def read(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(message.content, ephemeral=True)

    @tree.context_menu(name="Greet")
    async def greet(interaction: discord.Interaction, who: discord.Member) -> None:
        await interaction.response.send_message(who.mention, ephemeral=True)

    @tree.command(name="admin", description="For those who manage")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def admin(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Yes.", ephemeral=True)


async def test_a_command_has_typed_options(
    client: BareClient, mona: PersonHands, team: Channel
) -> None:
    done = await mona.command("test say", {"number": 3, "who": mona}, team)
    assert done.text == f"3 {mona.id} de"
    with pytest.raises(LookupError):
        await mona.command("nothing", channel=team)
    with pytest.raises(AssertionError):
        await mona.command("test say", {"number": "three", "who": mona}, team)


async def test_thinking_first(client: BareClient, mona: PersonHands, team: Channel) -> None:
    done = await mona.command("test late", channel=team)
    assert done.callback == 5
    await mona.answered(done)
    await client.until("app_command_completion")
    assert [each.content for each in mona.ephemerals] == ["Thought.", "And more."]
    assert team.standing() == []


async def test_suggestions(client: BareClient, mona: PersonHands) -> None:
    found = await mona.suggestions("test zone", "zone", "x")
    assert [each["value"] for each in found] == ["xa", "xb"]


async def test_a_form_is_opened_and_sent(
    client: BareClient, mona: PersonHands, team: Channel
) -> None:
    await mona.command("test zone", {"zone": "here"}, team)
    await mona.press(mona.latest(team), "Form")
    assert mona.modal is not None
    sent = await mona.submit({"Your words": "It went well.", "Mood": "Good"})
    assert sent.text == "It went well. ['Good']"
    assert mona.modal is None


async def test_a_pressed_message_changes(
    client: BareClient, mona: PersonHands, team: Channel
) -> None:
    await mona.command("test zone", {"zone": "here"}, team)
    shown = mona.latest(team)
    waited = await mona.press(shown, "Wait")
    assert (await mona.answered(waited)).text == "Later."
    await mona.press(shown, "Done")
    assert shown.content == "Done."
    with pytest.raises(LookupError):
        mona.latest(team)


async def test_menus_of_messages_and_people(
    client: BareClient, mona: PersonHands, team: Channel, server: DiscordServer
) -> None:
    said = await mona.say("worth keeping", team)
    assert (await mona.message_command("Read", said)).text == "worth keeping"
    done = await mona.user_command("Greet", mona, team)
    assert done.text == mona.mention
    assert server.mentions == []


async def test_a_command_for_few(
    client: BareClient, mona: PersonHands, team: Channel, server: DiscordServer, guild: Guild
) -> None:
    with pytest.raises(PermissionError):
        await mona.command("admin", channel=team)
    ana = server.add_person(guild, "ana", permissions=int(Permission.MANAGE_GUILD))
    assert (await ana.command("admin", channel=team)).text == "Yes."
    with pytest.raises(PermissionError):
        await ana.command("admin")


async def test_no_answer_in_three_seconds_is_late(
    client: BareClient,
    mona: PersonHands,
    team: Channel,
    server: DiscordServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.servers.discord.interactions.TO_ANSWER", 0.1)
    done = await mona.command("test mute", channel=team)
    assert not done.acknowledged
    assert server.late == [done]
    _, asked = next(each for each in client.heard[::-1] if each[0] == "interaction")
    with pytest.raises(discord.NotFound) as refused:
        await asked.response.defer()
    assert refused.value.code == 10062


async def test_an_answer_can_be_given_once_and_for_a_quarter_of_an_hour(
    client: BareClient, mona: PersonHands, team: Channel, server: DiscordServer
) -> None:
    await mona.command("test say", {"number": 1, "who": mona}, team)
    _, asked = next(each for each in client.heard[::-1] if each[0] == "interaction")
    # the library would not ask twice by itself
    asked.response._response_type = None
    with pytest.raises(discord.HTTPException) as refused:
        await asked.response.defer()
    assert (refused.value.status, refused.value.code) == (400, 40060)
    found = next(iter(server.interactions.values()))
    found.made_at -= timedelta(minutes=16)
    with pytest.raises(discord.HTTPException) as refused:
        await asked.followup.send("too late")
    assert (refused.value.status, refused.value.code) == (401, 50027)
