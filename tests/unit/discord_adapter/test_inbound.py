"""Interactions translated into the vocabulary."""

from datetime import timedelta
from typing import Any

import discord
import pytest

from adapters.discord import inbound, names
from adapters.discord.inbound import choices, file_of, to_suggestions, to_told
from adapters.discord.submitted import FileTold
from bot.chat.identity import MessageRef
from bot.chat.incoming import (
    ActionTaken,
    CommandGiven,
    FormSubmitted,
    Person,
    SuggestionsAsked,
    TargetMessage,
)
from bot.chat.outgoing import Option
from tests.unit.discord_adapter.payloads import (
    ANA,
    AT,
    BEN,
    DIRECT,
    EARLIER,
    GUILD,
    HAPPENED,
    ID,
    MANAGE_GUILD,
    TEAM,
    Json,
    Listener,
    attachment,
    channel,
    command,
    in_direct,
    interaction,
    member,
    menu_entry,
    option,
    own_message,
    picked,
    pressed,
    submitted,
    thread,
    typed,
    user,
)

TEAM_PLACE = names.channel(GUILD, TEAM)


def heard(data: Json) -> discord.Interaction[Any]:
    told = Listener().hear("INTERACTION_CREATE", data, "interaction")
    assert isinstance(told, discord.Interaction)
    return told


def told(data: Json) -> inbound.Asked | None:
    return to_told(heard(data), AT, "ticket")


# commands


def test_a_command_with_all_that_is_told_of_it() -> None:
    assert told(command("cairn mentor find", option("topics", "python <3"))) == CommandGiven(
        event_id=f"interaction:{ID}",
        at=HAPPENED,
        actor=Person(names.account(ANA), "Ana", locale="pt-BR"),
        place=TEAM_PLACE,
        community=names.community(GUILD),
        ticket="ticket",
        words="mentor find",
        options={"topics": "python <3"},
    )


def test_a_command_in_a_direct_conversation_names_no_community() -> None:
    given = told(in_direct(command("cairn status")))
    assert isinstance(given, CommandGiven)
    assert given.place == names.direct(DIRECT)
    assert given.community is None
    assert given.actor == Person(names.account(ANA), "Ana Lima", locale="pt-BR")


def test_a_command_in_a_thread() -> None:
    given = told({**command("cairn status"), "channel": thread(), "channel_id": str(EARLIER)})
    assert given is not None
    assert given.place == names.thread(GUILD, EARLIER)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("cairn", ""),
        ("cairn status", "status"),
        ("cairn-admin setup", "admin setup"),
        ("cairn-admin nudge add", "admin nudge add"),
        ("other", "other"),
    ],
)
def test_the_words_of_a_command(path: str, words: str) -> None:
    given = told(command(path))
    assert (given.words if isinstance(given, CommandGiven) else "") == words


def test_options_are_written_as_they_would_be_typed() -> None:
    given = told(
        command(
            "cairn x",
            option("text", f"for <@{BEN}>\x00"),
            option("years", 5, 4),
            option("share", 0.5, 10),
            option("sure", True, 5),
            option("unsure", False, 5),
            option("who", str(BEN), 6),
            option("channel", str(TEAM), 7),
            option("role", str(GUILD), 8),
            option("file", "777000000000000777", 11),
            option("broken", "nobody", 6),
        )
    )
    assert isinstance(given, CommandGiven)
    assert given.options == {
        "text": f"for @{BEN}",
        "years": "5",
        "share": "0.5",
        "sure": "yes",
        "unsure": "no",
        "who": f"@{BEN}",
        "channel": f"#{TEAM}",
        "role": f"@{GUILD}",
    }


def test_a_file_with_a_command_is_told_and_not_read() -> None:
    resolved = {"attachments": {"777000000000000777": attachment()}}
    file = option("file", "777000000000000777", 11)
    found = file_of(heard(command("cairn import", file, resolved=resolved)))
    assert found == FileTold("cairn.zip", "https://cdn.discordapp.example/cairn.zip", 12)
    assert file_of(heard(command("cairn import", file))) is None
    assert file_of(heard(command("cairn import"))) is None


@pytest.mark.parametrize(
    ("permissions", "runs"), [(0, False), (MANAGE_GUILD, True), (2**50 - 1, True), (1 << 3, False)]
)
def test_who_runs_the_community(permissions: int, runs: bool) -> None:
    given = told({**command("cairn status"), "member": member(permissions=str(permissions))})
    assert given is not None
    assert given.actor.runs_community is runs


def test_a_bot_is_nobody() -> None:
    assert told({**command("cairn status"), "member": member(user(bot=True))}) is None


def test_a_time_that_can_not_be_is_not_believed() -> None:
    late = ID + (int(timedelta(hours=1).total_seconds() * 1000) << 22)
    given = told({**command("cairn status"), "id": str(late)})
    assert given is not None
    assert given.at == AT
    assert given.event_id == f"interaction:{late}"


# what fits


def test_what_is_being_typed() -> None:
    asked = {**command("cairn settings", option("zone", "Eu", focused=True)), "type": 4}
    assert to_suggestions(heard(asked)) == SuggestionsAsked(
        actor=Person(names.account(ANA), "Ana", locale="pt-BR"),
        community=names.community(GUILD),
        command="settings",
        argument="zone",
        typed="Eu",
    )
    assert told(asked) is None
    assert to_suggestions(heard(command("cairn settings", option("zone", "Eu")))) is None
    assert to_suggestions(heard({**command("cairn settings"), "type": 4})) is None


def test_only_what_discord_takes_is_suggested() -> None:
    many = [Option(f"{n}", f"{n}") for n in range(30)]
    assert len(choices(many)) == 25
    odd = [Option("a" * 120, "a"), Option("", "b"), Option("c", "c" * 101), Option("d", "")]
    assert [(one.name, one.value) for one in choices(odd)] == [("a" * 99 + "…", "a"), ("b", "b")]


# buttons and menus


def test_a_button_in_a_channel() -> None:
    assert told(pressed("cairn:answer:7#d5.1.1")) == ActionTaken(
        event_id=f"interaction:{ID}",
        at=HAPPENED,
        actor=Person(names.account(ANA), "Ana", locale="pt-BR"),
        place=TEAM_PLACE,
        community=names.community(GUILD),
        ticket="ticket",
        name="answer",
        arguments=("7",),
    )


def test_the_message_of_a_button_where_only_that_person_sees_it() -> None:
    hidden = told(pressed("cairn:skip:7", message=own_message(flags=64)))
    own = told(in_direct(pressed("cairn:skip:7")))
    assert isinstance(hidden, ActionTaken)
    assert isinstance(own, ActionTaken)
    assert hidden.message == MessageRef(TEAM_PLACE, str(EARLIER))
    assert own.message == MessageRef(names.direct(DIRECT), str(EARLIER))


def test_what_is_chosen_is_the_last_argument() -> None:
    chosen = told(pressed("cairn:snooze:7", "2 h"))
    assert isinstance(chosen, ActionTaken)
    assert (chosen.name, chosen.arguments) == ("snooze", ("7", "2 h"))


@pytest.mark.parametrize("custom_id", ["", "skip", "cairn:", "cairn:~form", "cairn:~form:?:why", 7])
def test_what_is_not_cairns_is_nothing(custom_id: object) -> None:
    assert told(pressed(custom_id)) is None
    assert told(submitted(custom_id)) is None


def test_nothing_chosen_is_nothing() -> None:
    data = {"custom_id": "cairn:snooze:7", "component_type": 3, "values": []}
    assert told(interaction(3, data, message=own_message())) is None


# menu entries


def test_a_message_is_pinned() -> None:
    target = {"id": str(EARLIER), "content": f"thanks <@{BEN}>", "author": user(id=str(BEN))}
    entry = menu_entry("Pin as stepping stone", 3, EARLIER, messages={str(EARLIER): target})
    pin = told(entry)
    assert isinstance(pin, ActionTaken)
    assert pin.name == "pin"
    assert pin.target == TargetMessage(
        MessageRef(TEAM_PLACE, str(EARLIER)), names.account(BEN), f"thanks @{BEN}"
    )


def test_someone_is_asked_to_mentor() -> None:
    ask = told(menu_entry("Ask to mentor me", 2, BEN))
    assert isinstance(ask, ActionTaken)
    assert (ask.name, ask.arguments) == ("ask", ())
    assert ask.target_person == names.account(BEN)


@pytest.mark.parametrize(
    "entry",
    [
        menu_entry("Something else", 3, EARLIER),
        menu_entry("Pin as stepping stone", 3, EARLIER),
        menu_entry("Pin as stepping stone", 3, EARLIER, messages={str(EARLIER): {"content": "x"}}),
        menu_entry("Ask to mentor me", 2, 0),
    ],
)
def test_a_menu_entry_without_a_target_is_nothing(entry: Json) -> None:
    assert told(entry) is None


# forms


def test_a_form() -> None:
    form = told(
        submitted(
            "cairn:~form:.:reflect:delivery:7",
            typed("text", f"with <@{BEN}>"),
            typed("text~2", "and on"),
            picked("practice", "learning"),
            picked("who", str(BEN), str(ANA), kind=5),
            picked("channel", str(TEAM), kind=8),
            {"type": 21, "custom_id": "kind", "value": "skill"},
            picked("topics", "a", "b", kind=22),
            picked("file", "777000000000000777", kind=19),
            {"type": 23, "custom_id": "box", "value": True},
        )
    )
    assert isinstance(form, FormSubmitted)
    assert (form.name, form.hidden, form.unfinished) == ("reflect", {"delivery": "7"}, False)
    assert form.values == {
        "text": f"with @{BEN}\nand on",
        "practice": "learning",
        "who": f"@{BEN}, @{ANA}",
        "channel": f"#{TEAM}",
        "kind": "skill",
        "topics": "a,b",
    }


def test_a_form_in_the_old_rows() -> None:
    data = {
        "custom_id": "cairn:~form:.:why",
        "components": [{"type": 1, "components": [typed("text", "x")]}],
    }
    form = told(interaction(5, data))
    assert isinstance(form, FormSubmitted)
    assert form.values == {"text": "x"}


def test_a_file_with_a_form() -> None:
    resolved = {"attachments": {"777000000000000777": attachment(size=9_000_000)}}
    upload = picked("file", "777000000000000777", kind=19)
    form = submitted("cairn:~form:.:import", upload, resolved=resolved)
    found = file_of(heard(form))
    assert found is not None
    assert found.size == 9_000_000
    assert file_of(heard(submitted("cairn:~form:.:import", upload))) is None
    assert file_of(heard(submitted("cairn:~form:.:import", typed("text", "x")))) is None


def test_a_part_of_a_form() -> None:
    form = told(submitted("cairn:~form:+:start", typed("zone", "Asia/Tokyo")))
    assert isinstance(form, FormSubmitted)
    assert form.unfinished


def test_an_interaction_in_a_place_of_no_known_kind_is_nothing() -> None:
    assert told({**command("cairn status"), "channel": channel(id="5", type=99)}) is None
