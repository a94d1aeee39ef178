"""Conversations about being here: start, settings, pause, status, help, privacy, who may."""

import pytest

from bot.commands.declared import COMMANDS
from bot.commands.table import Audience, Command
from bot.domain.delivery import Reason
from bot.domain.membership import Cadence
from bot.domain.reading import QuietHours
from bot.ports.chat import ChatRefusedError
from tests.fakes.conversation import TEAM, Conversation, channel


async def test_starting_with_a_zone_brings_the_first_question_at_once() -> None:
    talk = await Conversation.begin()
    shown = await talk.command("ben", "start zone=america/new_york")
    assert "Welcome, ben." in shown.text
    assert "coordinators see counts, never texts" in shown.text
    assert "Time zone: America/New_York" in shown.text
    assert len(talk.prompts("ben")) == 1


async def test_the_platform_s_zone_is_taken_when_none_is_given() -> None:
    talk = await Conversation.begin()
    talk.zones["ben"] = "Asia/Tokyo"
    await talk.command("ben", "start time=10:00")
    member = await talk.member("ben")
    assert member.settings is not None
    assert (member.settings.zone, member.settings.minute) == ("Asia/Tokyo", 600)


@pytest.mark.parametrize("told", [None, "Mars/Olympus"])
async def test_without_a_known_zone_nobody_joins(told: str | None) -> None:
    talk = await Conversation.begin()
    if told:
        talk.zones["ben"] = told
    before = talk.snapshot()
    shown = await talk.command("ben", "start time=10:00")
    assert "time zone" in shown.text
    assert talk.snapshot() == before
    assert "Welcome" in (await talk.command("ben", "start zone=Europe/Berlin")).text


async def test_an_unknown_zone_told_by_the_platform_stops_nothing(talk: Conversation) -> None:
    talk.zones["cora"] = "Mars/Olympus"
    assert "You are cora here: coordinator." in (await talk.command("cora", "status")).text
    assert "There is no nudge yet" in (await talk.command("cora", "admin nudge list")).text


async def test_starting_with_the_form_takes_what_is_filled_in() -> None:
    talk = await Conversation.begin()
    await talk.command("ben", "start")
    shown = await talk.fill("ben", zone="Europe/Berlin", time="7:30", quiet="none", days="mon,thu")
    assert "Working days: mon,thu" in shown.text
    assert "Time of day: 07:30" in shown.text


async def test_the_form_says_at_its_fields_what_it_can_not_take() -> None:
    talk = await Conversation.begin()
    await talk.command("ben", "start")
    shown = await talk.fill("ben", zone="Atlantis", time="25:00")
    assert shown.errors.keys() == {"zone", "time"}


async def test_starting_again_keeps_the_settings_and_asks_nothing_twice(talk: Conversation) -> None:
    await talk.command("ben", "settings time=10:00")
    shown = await talk.command("ben", "start cadence=weekly")
    assert "You're in already" in shown.text
    assert "Time of day: 10:00" in shown.text
    assert "How often: once a week" in shown.text
    assert len(talk.prompts("ben")) == 1


async def test_starting_with_a_time_in_the_quiet_hours_changes_nothing() -> None:
    talk = await Conversation.begin()
    before = talk.snapshot()
    shown = await talk.command("ben", "start zone=UTC time=22:00")
    assert "22:00 lies in your quiet hours (20:00-08:00)" in shown.text
    assert talk.snapshot() == before


async def test_someone_from_a_channel_is_asked_in_their_own_conversation() -> None:
    talk = await Conversation.begin()
    await talk.command("ben", "start zone=UTC", channel())
    assert len(talk.prompts("ben")) == 1
    assert talk.views[TEAM] == []


async def test_where_the_programme_is_not_known_that_is_said() -> None:
    talk = await Conversation.begin()
    talk.communities["zoe"] = None
    assert "which programme" in (await talk.command("zoe", "start zone=UTC")).text


async def test_a_direct_message_that_names_no_community_is_about_the_only_programme(
    talk: Conversation,
) -> None:
    talk.communities["ben"] = None
    assert "You are ben here: member." in (await talk.command("ben", "status")).text
    assert "Kept." in (await talk.command("ben", "why my daughter")).text


@pytest.mark.parametrize(
    "command",
    [c for c in COMMANDS if c.audience is Audience.MEMBER],
    ids=lambda command: command.name,
)
async def test_member_commands_do_nothing_for_those_who_have_not_joined(command: Command) -> None:
    talk = await Conversation.begin()
    before = talk.snapshot()
    for name in ("zoe", "cora"):
        shown = await talk.command(name, command.name)
        assert "You haven't joined yet, so nothing was kept." in shown.text
    assert talk.snapshot() == before


@pytest.mark.parametrize(
    "command",
    [c for c in COMMANDS if c.audience is Audience.COORDINATOR],
    ids=lambda command: command.name,
)
async def test_admin_commands_do_nothing_for_others(talk: Conversation, command: Command) -> None:
    before = talk.snapshot()
    for name in ("ben", "zoe"):
        shown = await talk.command(name, command.name)
        assert "This is for coordinators of the programme." in shown.text
    assert talk.snapshot() == before


async def test_settings_are_shown_and_changed(talk: Conversation) -> None:
    assert "This is how I ask you:" in (await talk.command("ben", "settings")).text
    shown = await talk.command(
        "ben", "settings zone=Asia/Tokyo time=08:30 days=tue-sat quiet=22:00-6:00 cadence=weekly"
    )
    assert shown.text.startswith("Saved.")
    settings = (await talk.member("ben")).settings
    assert settings is not None
    assert (settings.zone, settings.minute, str(settings.days)) == ("Asia/Tokyo", 510, "tue-sat")
    assert (settings.quiet, settings.cadence) == (QuietHours(1320, 360), Cadence.WEEKLY)


@pytest.mark.parametrize(
    "words",
    [
        "settings time=21:00",
        "settings quiet=08:30-10:00",
        "settings zone=Atlantis",
        "settings time=9 zone=Mars/Olympus",
        "settings days=",
        "settings language=none-such",
        "settings cadence=hourly time=10:00",
        "settings 09:00",
    ],
)
async def test_settings_that_can_not_be_leave_everything_as_it_was(
    talk: Conversation, words: str
) -> None:
    before = talk.snapshot()
    shown = await talk.command("ben", words)
    assert shown.text
    assert talk.snapshot() == before


@pytest.mark.parametrize("command", ["settings", "start"])
async def test_settings_without_their_name_are_answered_with_the_right_form(
    talk: Conversation, command: str
) -> None:
    shown = await talk.command("ben", f"{command} 9:00")
    usage = "[zone=...] [time=...] [days=...] [quiet=...] [cadence=...] [language=...]"
    assert "9:00" in shown.text
    assert f"/cairn {command} {usage}" in shown.text


async def test_time_and_quiet_hours_can_be_changed_together(talk: Conversation) -> None:
    shown = await talk.command("ben", "settings time=21:00 quiet=23:00-07:00")
    assert shown.text.startswith("Saved.")


async def test_questions_come_at_the_own_time_on_working_days(talk: Conversation) -> None:
    await talk.later("7d")
    # the first at once, Monday's own is that one, then Tuesday to Friday; next Monday's at 14:00
    assert len(talk.prompts("ben")) == 5
    times = [sent.at.strftime("%a %H:%M") for sent in talk.chat.sent if "ben" in str(sent.ref)]
    assert times == ["Mon 09:00", "Tue 14:00", "Wed 14:00", "Thu 14:00", "Fri 14:00"]


async def test_a_new_time_counts_from_now_on(talk: Conversation) -> None:
    await talk.later("1d")
    await talk.command("ben", "settings zone=Europe/Berlin time=15:00")
    await talk.later("6h")
    assert talk.chat.sent[-1].at.strftime("%a %H:%M") == "Tue 14:00"


@pytest.mark.parametrize("word", ["pause", "stop", "Stop", "stop.", " STOP! ", "/pause"])
async def test_pause_and_stop_alone_stop_the_questions(talk: Conversation, word: str) -> None:
    shown = await talk.says("ben", word)
    assert "No questions until you resume." in shown.text
    await talk.later("7d")
    assert len(talk.prompts("ben")) == 1
    assert await talk.kept("ben") == []


@pytest.mark.parametrize("text", ["stop it all", "I need a pause", "help me understand"])
async def test_these_words_inside_a_sentence_are_words(talk: Conversation, text: str) -> None:
    assert "Kept, with the question." in (await talk.says("ben", text)).text
    assert await talk.kept("ben") == [text]


async def test_help_alone_helps_even_strangers() -> None:
    talk = await Conversation.begin()
    assert "What I can do:" in (await talk.says("zoe", "help")).text
    assert "You haven't joined yet" in (await talk.says("zoe", "stop")).text


async def test_a_pause_ends_by_itself(talk: Conversation) -> None:
    shown = await talk.command("ben", "pause 2d")
    assert "No questions until Wednesday, 4 March at 04:00." in shown.text
    await talk.later("5d")
    days = [sent.at.strftime("%a") for sent in talk.chat.sent if "ben" in str(sent.ref)]
    assert days == ["Mon", "Wed", "Thu", "Fri"]


async def test_a_pause_until_a_day_ends_at_its_start(talk: Conversation) -> None:
    shown = await talk.command("ben", 'pause until="next thursday"')
    assert "No questions until Thursday, 5 March at 00:00." in shown.text


@pytest.mark.parametrize(
    ("words", "end"),
    [
        ("pause 2 days", "Wednesday, 4 March at 04:00"),
        ("pause for 1 day and 2 hours", "Tuesday, 3 March at 06:00"),
        ("pause until friday", "Friday, 6 March at 00:00"),
        ("pause until next monday", "Monday, 9 March at 00:00"),
    ],
)
async def test_a_pause_is_understood_without_quotes(
    talk: Conversation, words: str, end: str
) -> None:
    assert f"No questions until {end}." in (await talk.command("ben", words)).text


@pytest.mark.parametrize("words", ["pause 2w friday", "pause friday", "pause until", "pause for x"])
async def test_a_pause_that_is_not_understood_begins_none(talk: Conversation, words: str) -> None:
    before = talk.snapshot()
    assert (await talk.command("ben", words)).labels == []
    assert talk.snapshot() == before


async def test_starting_again_does_not_end_a_pause(talk: Conversation) -> None:
    await talk.command("ben", "pause")
    assert "You're in already" in (await talk.command("ben", "start time=10:00")).text
    assert "You've paused" in (await talk.command("ben", "status")).text
    await talk.later("7d")
    assert len(talk.prompts("ben")) == 1


@pytest.mark.parametrize("until", ["today", "2026-03-01", "0001-01-01"])
@pytest.mark.parametrize("name", ["ana", "ben"])
async def test_a_pause_that_is_over_already_is_refused(
    talk: Conversation, name: str, until: str
) -> None:
    before = talk.snapshot()
    assert "isn't ahead of us" in (await talk.command(name, f"pause until={until}")).text
    assert talk.snapshot() == before


@pytest.mark.parametrize("until", ["9999-12-31", "9990-01-01", "2031-06-01"])
async def test_after_however_long_a_pause_the_rest_still_works(
    talk: Conversation, until: str
) -> None:
    assert "No questions until" in (await talk.command("ben", f"pause until={until}")).text
    assert "You've paused" in (await talk.command("ben", "status")).text
    assert "Good to have you back." in (await talk.command("ben", "resume")).text


async def test_resuming_says_when_the_next_question_comes(talk: Conversation) -> None:
    await talk.command("ben", "pause")
    await talk.later("1d")
    assert "comes on Tuesday, 3 March at 09:00" in (await talk.press("ben", "Resume")).text
    await talk.later("1d")
    assert len(talk.prompts("ben")) == 2


async def test_status_tells_who_one_is_and_what_comes_next(talk: Conversation) -> None:
    await talk.later("1d")
    text = (await talk.command("ana", "status")).text
    assert "You are ana here: member." in text
    assert "Your next question comes on Wednesday, 4 March at 09:00 (Europe/Berlin)." in text
    assert "No pairs and no open requests." in text


def upcoming(moment: str) -> str:
    """What ben's status says about his next question."""
    return f"Your next question comes on {moment} (America/New_York)."


async def test_right_after_joining_the_next_question_is_tomorrows(talk: Conversation) -> None:
    # it is four in the morning in New York, and today's question has come
    assert upcoming("Tuesday, 3 March at 09:00") in (await talk.command("ben", "status")).text
    await talk.command("ben", "pause")
    shown = await talk.press("ben", "Resume")
    assert "comes on Tuesday, 3 March at 09:00" in shown.text


async def test_a_snoozed_question_counts_as_the_next(talk: Conversation) -> None:
    await talk.command("ben", "settings cadence=weekly")
    assert upcoming("Monday, 9 March at 09:00") in (await talk.command("ben", "status")).text
    await talk.press("ben", "Snooze")
    assert upcoming("Tuesday, 3 March at 09:00") in (await talk.command("ben", "status")).text
    await talk.command("ben", "pause")
    shown = await talk.press("ben", "Resume")
    assert "comes on Tuesday, 3 March at 09:00" in shown.text


async def test_the_day_of_a_snoozed_question_has_no_other(talk: Conversation) -> None:
    await talk.press("ben", "Snooze")
    await talk.later("1d")
    await talk.later("5h")
    await talk.command("ben", "settings time=15:00")
    assert upcoming("Wednesday, 4 March at 15:00") in (await talk.command("ben", "status")).text
    await talk.later("1d")
    times = [sent.at.strftime("%a %H:%M") for sent in talk.chat.sent if "ben" in str(sent.ref)]
    assert times == ["Mon 09:00", "Tue 14:00"]


async def test_a_snoozed_question_that_falls_into_a_pause_is_not_promised(
    talk: Conversation,
) -> None:
    await talk.press("ben", "Snooze")
    await talk.command("ben", "pause 2d")
    shown = await talk.command("ben", "status")
    assert "You've paused. " + upcoming("Wednesday, 4 March at 09:00") in shown.text
    await talk.later("2d")
    await talk.later("5h")
    times = [sent.at.strftime("%a %H:%M") for sent in talk.chat.sent if "ben" in str(sent.ref)]
    assert times == ["Mon 09:00", "Wed 14:00"]


async def test_a_notice_that_is_to_come_is_no_question(talk: Conversation) -> None:
    await talk.command("ben", "settings cadence=weekly")
    await talk.command("ana", "mentor offer topics=python")
    await talk.command("ben", "mentor request @ana")
    assert upcoming("Monday, 9 March at 09:00") in (await talk.command("ben", "status")).text
    await talk.later("4d")
    assert "ana hasn't answered yet" in talk.texts("ben")[-1]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (Reason.UNREACHABLE, "you can't be reached in a direct message"),
        (Reason.PLACE_GONE, "the conversation isn't there any more"),
        (Reason.NOT_ALLOWED, "I'm not allowed to write there"),
        (Reason.REFUSED, "the platform refused it"),
    ],
)
async def test_status_says_why_the_last_message_did_not_come(reason: Reason, said: str) -> None:
    talk = await Conversation.begin("ben")
    assert "could not be delivered" not in (await talk.command("ben", "status")).text
    talk.chat.raise_next(ChatRefusedError(reason, "no"))
    await talk.later("6h")
    await talk.later("1d")
    shown = await talk.command("ben", "status")
    assert f"The last message to you could not be delivered: {said}." in shown.text
    await talk.later("1d")
    assert len(talk.prompts("ben")) == 2
    assert "could not be delivered" not in (await talk.command("ben", "status")).text


async def test_status_speaks_of_a_closed_conversation_until_it_is_open_again() -> None:
    talk = await Conversation.begin("ben", "dan")
    await talk.command("dan", "pause")
    await talk.later("1d")
    talk.chat.raise_next(ChatRefusedError(Reason.UNREACHABLE, "no", closes_place=True))
    await talk.later("5h")
    await talk.later("40d")
    text = (await talk.command("ben", "status")).text
    assert "doesn't arrive" in text
    assert "Nothing is planned for you." in text
    assert "doesn't arrive" not in (await talk.command("dan", "status")).text
    await talk.command("ben", "start zone=America/New_York")
    await talk.later("3d")
    assert "doesn't arrive" not in (await talk.command("ben", "status")).text


async def test_status_speaks_of_one_message_that_failed_for_thirty_days() -> None:
    talk = await Conversation.begin("ben")
    talk.chat.raise_next(ChatRefusedError(Reason.REFUSED, "no"))
    await talk.later("30h")
    await talk.command("ben", "pause")
    await talk.later("29d")
    assert "could not be delivered" in (await talk.command("ben", "status")).text
    await talk.later("2d")
    assert "doesn't arrive" not in (await talk.command("ben", "status")).text


async def test_status_of_others_says_what_they_are() -> None:
    talk = await Conversation.begin()
    assert (
        "You haven't joined, so nothing comes to you" in (await talk.command("zoe", "status")).text
    )
    text = (await talk.command("cora", "status")).text
    assert "You are cora here: coordinator." in text
    assert "You haven't joined as a member" in text


async def test_help_shows_admin_commands_to_coordinators_only(talk: Conversation) -> None:
    assert "admin" not in (await talk.command("ben", "help")).text
    assert "/cairn admin setup" in (await talk.command("cora", "help")).text


async def test_help_on_one_command_shows_how_it_is_written(talk: Conversation) -> None:
    shown = await talk.command("ben", "help Mentor Request")
    assert shown.text == "/cairn mentor request mentor=... [note=...]\nAsk one mentor"
    assert (await talk.command("ben", "help why")).text.startswith("/cairn why TEXT\n")
    assert (await talk.command("ben", "help mentor")).text.count("/cairn mentor ") == 8
    assert "I don't know *knitting*" in (await talk.command("ben", "help knitting")).text


async def test_privacy_names_every_reader() -> None:
    talk = await Conversation.begin()
    text = (await talk.command("zoe", "privacy")).text
    for reader in ("You", "A mentor", "Coordinators", "Your host", "The platform"):
        assert f"{reader}: " in text
    assert "your employer can export it" in text


async def test_a_change_of_name_is_taken_over_and_strangers_leave_no_trace(
    talk: Conversation,
) -> None:
    before = talk.snapshot()
    await talk.says("zoe", "hello?", place=channel())
    await talk.command("zoe", "status")
    assert talk.snapshot() == before
    talk.names["ben"] = "Benjamin"
    assert "You are Benjamin here" in (await talk.command("ben", "status")).text
