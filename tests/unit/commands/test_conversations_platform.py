"""What the core asks of a platform: who someone is, rooms, the own page, messages replaced."""

from dataclasses import replace

import pytest

from bot.chat.identity import CommunityRef, PlaceKind
from bot.chat.incoming import ActionTaken, CommandGiven, HomeOpened, Installed, Person, PersonSeen
from bot.domain.delivery import Reason
from bot.ports.chat import ChatRefusedError, ChatUncertainError
from tests.fakes.chat import raising
from tests.fakes.conversation import TOWN, Conversation, account, channel, direct


async def test_who_starts_is_asked_for_by_their_platform() -> None:
    talk = await Conversation.begin()
    talk.chat.people[account("ben")] = Person(account("ben"), "Ben Ruiz", "America/New_York")
    shown = await talk.command("ben", "start", channel())
    assert shown.form is not None
    zone = next(field for field in shown.form.fields if field.name == "zone")
    assert zone.initial == "America/New_York"


async def test_a_platform_that_does_not_tell_who_someone_is_stops_nobody() -> None:
    talk = await Conversation.begin()
    talk.chat.untold.add(account("ben"))
    shown = await talk.command("ben", "start zone=Europe/Berlin", channel())
    assert "You've joined" in shown.text


async def test_a_new_zone_in_the_profile_moves_the_questions() -> None:
    talk = await Conversation.begin()
    talk.zones["ben"] = "America/New_York"
    await talk.command("ben", "start")
    await talk.fill("ben")
    seen = Person(account("ben"), "ben", "Asia/Tokyo")
    await talk.tell(replace(PersonSeen(**talk._common("ben", direct("ben"))), actor=seen))
    assert "Asia/Tokyo" in (await talk.command("ben", "settings")).text


async def test_a_zone_that_was_chosen_stays() -> None:
    talk = await Conversation.begin()
    await talk.command("ben", "start zone=Europe/Paris", channel())
    seen = Person(account("ben"), "ben", "Asia/Tokyo")
    await talk.tell(replace(PersonSeen(**talk._common("ben", direct("ben"))), actor=seen))
    assert "Europe/Paris" in (await talk.command("ben", "settings")).text


async def test_only_the_installer_is_greeted() -> None:
    talk = await Conversation.begin()
    greetings = [
        one for one in talk.chat.answers if "you are its coordinator" in one.message.plain()
    ]
    assert [one.actor for one in greetings] == [account("cora")]


async def test_who_joins_in_the_moment_of_the_installation_finds_the_programme() -> None:
    talk = await Conversation.begin()
    talk.communities["cora"] = talk.communities["ann"] = replace(TOWN, native_id="village")
    common = talk._common("ann", direct("ann"))
    await talk.inbox.keep(CommandGiven(**common, words="start zone=Europe/Berlin"))
    common = talk._common("cora", direct("cora"))
    await talk.inbox.keep(Installed(**common, community_name="Village", by_host=True))
    await talk.settle()
    assert "You've joined" in talk.chat.answers[-1].message.plain()


@pytest.mark.parametrize("runs", [True, False])
async def test_who_runs_the_community_takes_charge_where_nobody_does(runs: bool) -> None:
    talk = await Conversation.begin()
    other = replace(TOWN, native_id="village")
    talk.communities["cora"] = talk.communities["ann"] = other
    common = talk._common("cora", direct("cora"))
    await talk.tell(Installed(**common, community_name="Village", by_host=True))
    talk.chat.people[account("ann")] = Person(account("ann"), "Ann", runs_community=runs)
    shown = await talk.command("ann", "admin nudge list")
    assert ("There is no nudge yet" in shown.text) == runs
    talk.chat.people[account("bob")] = Person(account("bob"), "Bob", runs_community=True)
    talk.communities["bob"] = other
    late = await talk.command("bob", "admin nudge list")
    assert ("There is no nudge yet" in late.text) == (not runs)


async def test_a_pair_is_introduced_in_a_room_where_there_are_rooms() -> None:
    talk = await Conversation.begin()
    talk.chat.has_rooms = True
    for name in ("ana", "ben"):
        await talk.command(name, "start zone=Europe/Berlin")
    await talk.command("ana", "mentor offer topics=python")
    await talk.command("ben", "mentor request @ana note=hello")
    await talk.press("ana", "Yes")
    rooms = [one for one in talk.chat.sent if one.ref.place.kind is PlaceKind.GROUP]
    assert [one.ref.place.native_id for one in rooms] == ["ana+ben"]
    assert "ana, ben: you are a pair now" in rooms[0].message.plain()


@pytest.mark.parametrize("pressed_in", [TOWN, None])
async def test_a_pair_gets_its_thread_under_the_channel_that_was_chosen(
    pressed_in: CommunityRef | None,
) -> None:
    talk = await Conversation.begin("ana", "ben")
    talk.chat.has_threads = True
    await talk.command("cora", 'admin setup #team when="every weekday 09:30" pairs=#mentoring')
    await talk.command("ana", "mentor offer topics=python")
    await talk.command("ben", "mentor request @ana note=hello")
    talk.communities["ana"] = pressed_in
    await talk.press("ana", "Yes")
    [room] = [one for one in talk.chat.sent if one.ref.place.kind is PlaceKind.THREAD]
    assert room.ref.place.native_id == "mentoring/ana+ben"
    assert room.ref.place.community == TOWN.native_id
    assert "Whoever may manage threads in this community can read them." in room.message.plain()


async def test_a_pair_whose_room_can_not_be_made_is_introduced_all_the_same() -> None:
    talk = await Conversation.begin("ana", "ben")
    talk.chat.has_rooms = True
    await talk.command("ana", "mentor offer topics=python")
    await talk.command("ben", "mentor request @ana note=hello")
    number = max(talk.storage.unit.deliveries.rows) + 1
    talk.chat.before[number] = raising(ChatRefusedError(Reason.NOT_ALLOWED, "no threads"))
    await talk.press("ana", "Yes")
    assert [one for one in talk.chat.sent if one.ref.place.kind is PlaceKind.GROUP] == []
    assert "said yes: you are a pair now" in talk.texts("ben")[-1]
    assert "Write to ben" in talk.texts("ana")[-1]
    await talk.later("1h")
    assert len([text for text in talk.texts("ben") if "you are a pair now" in text]) == 1


async def test_an_introduction_in_doubt_is_not_made_a_second_time_elsewhere() -> None:
    talk = await Conversation.begin("ana", "ben")
    talk.chat.has_rooms = True
    await talk.command("ana", "mentor offer topics=python")
    await talk.command("ben", "mentor request @ana note=hello")
    number = max(talk.storage.unit.deliveries.rows) + 1
    talk.chat.before[number] = raising(ChatUncertainError("no answer"))
    await talk.press("ana", "Yes")
    await talk.later("1h")
    assert talk.storage.unit.deliveries.rows[number].reason is Reason.UNCONFIRMED
    assert not any("you are a pair now" in text for text in talk.texts("ben"))
    assert (await talk.command("ben", "mentor status")).labels == ["Write to ana"]


async def test_without_a_channel_for_threads_both_are_introduced_in_their_own_place() -> None:
    talk = await Conversation.begin("ana", "ben")
    talk.chat.has_threads = True
    await talk.command("ana", "mentor offer topics=python")
    await talk.command("ben", "mentor request @ana note=hello")
    await talk.press("ana", "Yes")
    assert "said yes: you are a pair now" in talk.texts("ben")[-1]


async def test_the_own_page_shows_what_is_theirs() -> None:
    talk = await Conversation.begin()
    await talk.tell(HomeOpened(**talk._common("ben", direct("ben"))))
    assert "Join" in talk.chat.homes[account("ben")].plain()
    await talk.command("ben", "start zone=Europe/Berlin")
    await talk.command("ben", "why For Mira.")
    await talk.tell(HomeOpened(**talk._common("ben", direct("ben"))))
    page = talk.chat.homes[account("ben")].plain()
    for words in ("Your next question", "For Mira.", "no mentor", "Europe/Berlin", "Tough day"):
        assert words in page


async def test_the_answer_to_a_last_press_replaces_the_message() -> None:
    talk = await Conversation.begin()
    await talk.command("ben", "start zone=Europe/Berlin")
    prompt, pressed = talk.post("ben"), talk.button("ben", "Skip")
    common = talk._common("ben")
    await talk.tell(
        ActionTaken(**common, name=pressed.action, arguments=pressed.arguments, message=prompt)
    )
    assert talk.chat.answers[-1].instead_of == prompt
    pressed = talk.button("ben", "Settings")
    await talk.tell(ActionTaken(**talk._common("ben"), name=pressed.action, message=prompt))
    assert talk.chat.answers[-1].instead_of is None


@pytest.fixture
async def unreachable(talk: Conversation) -> Conversation:
    """The town, in which ben has closed his direct messages."""
    await talk.says("ben", "an answer")
    talk.clock.advance(hours=48)
    number = max(talk.storage.unit.deliveries.rows, default=0) + 1
    talk.chat.before[number] = raising(
        ChatRefusedError(Reason.UNREACHABLE, "closed", closes_place=True)
    )
    await talk.command("ben", "reflect")
    return talk


async def test_who_can_not_be_reached_sees_it_with_the_next_answer(
    unreachable: Conversation,
) -> None:
    line = "What I send you doesn't arrive: you can't be reached in a direct message."
    for words in ("why For Mira.", "status", "mentor offer topics=python"):
        shown = await unreachable.command("ben", words, channel())
        assert shown.text.count(line) == 1, words
    assert line not in (await unreachable.command("ben", "why For Mira.")).text
    assert line in (await unreachable.command("ben", "status")).text
    assert line not in (await unreachable.command("ana", "status", channel())).text


async def test_starting_again_opens_the_conversation(unreachable: Conversation) -> None:
    shown = await unreachable.command("ben", "start zone=UTC", channel())
    assert "doesn't arrive" not in shown.text
    assert "doesn't arrive" not in (await unreachable.command("ben", "status", channel())).text
    asked = len(unreachable.prompts("ben"))
    await unreachable.command("ben", "reflect", channel())
    assert len(unreachable.prompts("ben")) == asked + 1
