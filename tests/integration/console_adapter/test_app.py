"""The console as people use it, in front of a small core."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.console.memory import TEAM, direct
from bot.chat.incoming import (
    MAX_ATTACHMENT,
    ActionTaken,
    CommandGiven,
    Installed,
    MessageDeleted,
    MessageEdited,
    MessageSaid,
    Reacted,
)
from tests.integration.console_adapter.fake_core import Console, Due, FakeCore, typed

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NUDGE_AT = MONDAY + timedelta(minutes=30)


async def test_opens_on_monday_as_ben_with_one_line_and_three_to_try(console: Console) -> None:
    await console.app.run(typed([]))
    assert console.shown[0] == (
        "-- Cairn in one terminal: it is Monday 2026-03-02 09:00 UTC, and you are ben in #team."
    )
    assert len(console.shown) == 4
    assert all(line.startswith("-- ") for line in console.shown)


async def test_opening_goes_through_the_front_door(console: Console, core: FakeCore) -> None:
    await console.app.begin()
    first = core.kept[0]
    assert isinstance(first, Installed)
    assert (first.community_name, first.actor.name) == ("Demo", "cora")
    assert first.at == datetime(2026, 2, 27, 15, 0, tzinfo=UTC)
    said = [(e.actor.name, e.words) for e in core.kept if isinstance(e, CommandGiven)]
    assert [who for who, _ in said] == ["cora", "ana", "ana", "ben", "cora"]
    assert said[-1][1] == 'admin nudge add channel=#team when="every weekday 09:30" zone=UTC'
    assert {e.actor.name: e.actor.zone for e in core.kept} == {
        "cora": "Europe/London",
        "ana": "Europe/Berlin",
        "ben": "America/New_York",
    }


async def test_words_are_echoed_once_kept_and_told(console: Console, core: FakeCore) -> None:
    shown = await console.play("good morning")
    assert shown == ["2026-03-02 09:00 #team ben> good morning"]
    said = core.kept[-1]
    assert isinstance(said, MessageSaid)
    assert (said.text, said.place, said.thread) == ("good morning", TEAM, None)


async def test_answers_are_private_and_can_be_pressed_where_they_were_asked(
    console: Console, core: FakeCore
) -> None:
    shown = await console.play("/cairn status", ":press 1")
    assert shown[:3] == [
        "2026-03-02 09:00 #team ben> /cairn status",
        "2026-03-02 09:00 dm ben | You said: status",
        "2026-03-02 09:00 dm ben | [1] More",
    ]
    pressed = core.kept[-1]
    assert isinstance(pressed, ActionTaken)
    assert (pressed.name, pressed.arguments, pressed.place) == ("more", ("status",), TEAM)


async def test_private_answers_are_not_others_to_press(console: Console, core: FakeCore) -> None:
    before = await console.play("/cairn status", ":in #quiet", "/cairn help", ":as dora")
    shown = await console.go_on(":press 1")
    assert before[-1] == "-- You are dora in #quiet, new here."
    assert shown[-1].startswith("-- No message here has a button for you.")
    assert not isinstance(core.kept[-1], ActionTaken)


async def test_press_out_of_range_says_what_there_is(console: Console) -> None:
    shown = await console.play("/cairn status", ":press 2")
    assert shown[-1] == "-- The last message with buttons has only [1]. Nothing was pressed."


async def test_waiting_delivers_in_order_each_at_its_own_minute(
    console: Console, core: FakeCore
) -> None:
    core.due = [Due(NUDGE_AT + timedelta(days=1), 2), Due(NUDGE_AT, 1), Due(NUDGE_AT, 3)]
    shown = await console.play(":wait 3d")
    assert [line for line in shown if "| Who" in line] == [
        "2026-03-02 09:30 #team | Who had an easier day because of you?",
        "2026-03-02 09:30 #team | Who had an easier day because of you?",
        "2026-03-03 09:30 #team | Who had an easier day because of you?",
    ]
    assert shown[0] == "2026-03-02 09:00 #team ben> :wait 3d"
    assert shown[-1] == "-- It is Thursday 2026-03-05 09:00 UTC."


async def test_what_falls_due_at_the_very_end_is_delivered(
    console: Console, core: FakeCore
) -> None:
    core.due = [Due(NUDGE_AT, 1), Due(NUDGE_AT + timedelta(minutes=1), 2)]
    await console.play(":wait until 2026-03-02 09:30")
    assert [due.delivery_id for due in core.due] == [2]
    assert console.clock.now() == NUDGE_AT


async def test_something_always_due_does_not_stop_the_clock(
    console: Console, core: FakeCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def now_again(after: datetime) -> datetime:
        return after

    await console.app.begin()
    monkeypatch.setattr(core, "next_at", now_again)
    await asyncio.wait_for(console.go_on(":wait 30m"), timeout=10)
    assert console.clock.now() == NUDGE_AT


async def test_progress_is_told_when_a_wait_takes_long(
    console: Console, core: FakeCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.console.waiting._PROGRESS_EVERY", 0.0)
    core.due = [Due(NUDGE_AT, 1)]
    await console.play(":wait 1h")
    assert console.progress == ["-- It is Monday 2026-03-02 09:30 UTC."]


@pytest.mark.parametrize("line", [":wait 401d", ":wait until 2027-05-01 09:00", ":wait 9999w"])
async def test_waits_have_a_limit(console: Console, line: str) -> None:
    shown = await console.play(line)
    assert shown[-1] == "-- One :wait moves the clock by at most 400 days. It has not moved."
    assert console.clock.now() == MONDAY


async def test_the_clock_does_not_go_back(console: Console) -> None:
    shown = await console.play(":wait until 2026-03-01 09:00")
    assert shown[-1].startswith("-- The clock only moves on")


async def test_reply_answers_the_last_prompt_here(console: Console, core: FakeCore) -> None:
    core.due = [Due(NUDGE_AT, 1), Due(NUDGE_AT, 2, place=direct("ben"))]
    await console.play(":wait 30m", "/cairn status", ":reply Alex, at the desk")
    reply = core.kept[-1]
    assert isinstance(reply, MessageSaid)
    assert reply.thread is not None
    assert reply.thread == await console.chat.find(TEAM, 1, MONDAY)
    await console.go_on(":dm", ":reply me too")
    private = core.kept[-1]
    assert isinstance(private, MessageSaid)
    assert private.thread == await console.chat.find(direct("ben"), 2, MONDAY)


async def test_reply_without_a_prompt_says_so(console: Console, core: FakeCore) -> None:
    kept = len(core.kept)
    shown = await console.play("/cairn status", ":reply hello")
    assert shown[-1].startswith("-- Cairn has asked nothing here yet")
    assert not any(isinstance(event, MessageSaid) for event in core.kept[kept:])


async def test_edit_and_delete_act_on_the_own_last_message_here(
    console: Console, core: FakeCore
) -> None:
    await console.play("one", ":as ana", "hers", ":as ben", ":in #other", "elsewhere", ":in #team")
    await console.go_on(":edit one and a half")
    edited = core.kept[-1]
    assert isinstance(edited, MessageEdited)
    await console.go_on(":delete")
    deleted = core.kept[-1]
    assert isinstance(deleted, MessageDeleted)
    assert edited.message == deleted.message
    shown = await console.go_on(":delete")
    assert shown[-1] == "-- You have said nothing here that could be changed."


async def test_react_and_menu_have_their_messages(console: Console, core: FakeCore) -> None:
    core.due = [Due(NUDGE_AT, 1)]
    await console.play(
        "well done", ":wait 30m", ":reply so it is", ":react :heart:", ":menu Pin it"
    )
    reacted, chosen = core.kept[-2:]
    assert isinstance(reacted, Reacted)
    assert (reacted.name, reacted.message) == ("heart", await console.chat.find(TEAM, 1, MONDAY))
    assert isinstance(chosen, ActionTaken)
    assert chosen.target is not None
    assert (chosen.name, chosen.target.text) == ("pin_it", "so it is")


async def test_without_a_prompt_a_reaction_is_to_what_somebody_else_said(
    console: Console, core: FakeCore
) -> None:
    shown = await console.play("well done", ":react heart")
    assert shown[-1].startswith("-- Nobody else has said anything here yet")
    await console.go_on(":as ana", ":react heart")
    reacted, said = core.kept[-1], core.kept[-2]
    assert isinstance(reacted, Reacted)
    assert isinstance(said, MessageSaid)
    assert (reacted.message, reacted.actor.name) == (said.message, "ana")


async def test_a_form_is_filled_and_sent(console: Console, core: FakeCore) -> None:
    shown = await console.play("/cairn reflect")
    assert shown[1:] == [
        "2026-03-02 09:00 dm ben | Reflect",
        "2026-03-02 09:00 dm ben | Only you can read this.",
        "2026-03-02 09:00 dm ben |   field text: Your words (needed)  =",
        "2026-03-02 09:00 dm ben |   field mood: Mood  = calm",
        "2026-03-02 09:00 dm ben |     one of: calm, awake (Wide awake)",
        "2026-03-02 09:00 dm ben |   field paper: A file  = :attach FILE",
        "2026-03-02 09:00 dm ben | Fill it in with :fill text=..., then :submit (Keep). "
        "A line with / leaves it.",
    ]
    await console.go_on(":fill text=first", ":fill text=a = b", ":fill mood=Wide awake", ":submit")
    sent = core.kept[-1]
    assert sent == core.submitted[-1]
    assert core.submitted[-1].values == {"text": "a = b", "mood": "awake"}
    assert core.submitted[-1].hidden == {"delivery": "7"}
    assert (await console.go_on(":submit"))[-1].startswith("-- No form is open.")


async def test_typed_values_stay_after_errors(console: Console, core: FakeCore) -> None:
    shown = await console.play("/cairn reflect", ":fill text=bad", ":fill mood=awake", ":submit")
    assert "2026-03-02 09:00 dm ben | text: Say a little more." in shown
    await console.go_on(":fill text=better", ":submit")
    assert core.submitted[-1].values == {"text": "better", "mood": "awake"}


async def test_a_form_answered_at_once_is_closed(console: Console) -> None:
    shown = await console.play("/cairn reflect", ":fill text=now", ":submit", ":submit")
    assert "2026-03-02 09:00 dm ben | Thanks." in shown
    assert shown[-1].startswith("-- No form is open.")


async def test_a_line_with_a_slash_leaves_the_form(console: Console) -> None:
    shown = await console.play("/cairn reflect", ":fill text=gone", "/nothing", ":submit")
    assert "-- The form is closed; nothing from it was kept." in shown
    assert shown[-1].startswith("-- No form is open.")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (":fill when=now", "-- The form has no field when. It has: text, mood, paper."),
        (":fill mood=angry", "-- angry can't be chosen. You can choose: calm, awake."),
        (":fill paper=x", "-- paper takes a file: :attach FILE, then :submit."),
        (":submit", "-- text is still empty. Fill it in with :fill text=..., then :submit."),
    ],
)
async def test_what_a_form_does_not_take(
    console: Console, core: FakeCore, line: str, sentence: str
) -> None:
    shown = await console.play("/cairn reflect", line)
    assert shown[-1] == sentence
    assert not core.submitted


async def test_attached_file_goes_with_one_command(
    console: Console, core: FakeCore, tmp_path: Path
) -> None:
    paper = tmp_path / "paper.json"
    paper.write_bytes(b"\xff{}")
    await console.play(f":attach {paper}", "just words", "/cairn import", "/cairn status")
    first, second = core.kept[-2:]
    assert isinstance(first, CommandGiven)
    assert isinstance(second, CommandGiven)
    assert first.attachment is not None
    assert (first.attachment.name, first.attachment.content) == ("paper.json", b"\xff{}")
    assert second.attachment is None


async def test_attached_file_goes_on_to_the_form(
    console: Console, core: FakeCore, tmp_path: Path
) -> None:
    paper = tmp_path / "paper.json"
    paper.write_bytes(b"{}")
    await console.play(f":attach {paper}", "/cairn reflect", ":fill text=ok", ":submit")
    assert core.submitted[-1].attachment is not None


async def test_files_that_can_not_be_attached(console: Console, tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(MAX_ATTACHMENT + 1))
    shown = await console.play(
        f":attach {large}", f":attach {tmp_path}", ":attach nowhere", ":attach ~nobody-here/x"
    )
    notes = [line for line in shown if line.startswith("-- ")]
    assert notes[0] == "-- large.bin is larger than 5 MB, the most there can be. Not attached."
    assert all(note.startswith("-- I can't read a file at") for note in notes[1:])
    assert len(notes) == 4


async def test_files_are_saved_beside_each_other(console: Console, tmp_path: Path) -> None:
    shown = await console.play("/cairn export", "/cairn export")
    out = tmp_path / "data" / "out"
    assert f"2026-03-02 09:00 dm ben | saved: {out / 'export.zip'}" in shown
    assert f"2026-03-02 09:00 dm ben | saved: {out / 'export-2.zip'}" in shown
    assert (out / "export-2.zip").read_bytes() == b"PK"


async def test_history_shows_earlier_messages_indented(console: Console, core: FakeCore) -> None:
    core.due = [Due(NUDGE_AT, 1)]
    shown = await console.play("hello", "gone", ":delete", ":wait 30m", ":history 3")
    assert shown[-3:] == [
        "2026-03-02 09:00 #team ben>   hello",
        "2026-03-02 09:30 #team |   Who had an easier day because of you?",
        "2026-03-02 09:30 #team |   [1] Answer  [2] Skip",
    ]
    assert (await console.go_on(":in #new", ":history"))[-1].startswith("-- Nothing has been said")


async def test_private_answers_never_stand_in_a_channel(console: Console) -> None:
    shown = await console.play("/cairn status", ":history 50", ":dm", ":history 1")
    assert not any("#team |" in line for line in shown)
    assert "2026-03-02 09:00 dm ben |   You said: status" in shown


async def test_people_and_places(console: Console) -> None:
    shown = await console.play(":dm", ":as ana", "hello", ":in other", ":as Dora")
    assert "2026-03-02 09:00 dm ana> hello" in shown
    assert "-- You are ana in #other, new here." in shown
    assert shown[-1] == "-- You are dora in #other, new here."
    assert console.platform.memory.people["dora"] is None


async def test_unknown_lines_change_nothing(console: Console, core: FakeCore) -> None:
    await console.app.begin()
    kept = len(core.kept)
    shown = await console.go_on(":prss 1", "/help", "x" * 50_001, "", "   ")
    assert [line for line in shown if line.startswith("--")] == [
        "-- :prss is not known here; did you mean :press? :help lists them all.",
        "-- Commands begin with /cairn, such as /cairn help. Nothing was said.",
        "-- That line has more than 50,000 characters. It was not said; send it in parts.",
    ]
    assert len(core.kept) == kept


async def test_help_fits_one_screen(console: Console) -> None:
    shown = await console.play(":help")
    assert len(shown) <= 24
    assert all(len(line) <= 100 for line in shown)


async def test_quit_ends_before_the_next_line(console: Console, core: FakeCore) -> None:
    await console.app.run(typed(["one", ":quit", "two"]))
    texts = [event.text for event in core.kept if isinstance(event, MessageSaid)]
    assert texts == ["one"]


async def test_what_could_not_be_kept_goes_in_with_the_next_line(
    console: Console, core: FakeCore
) -> None:
    await console.app.begin()
    core.unavailable = True
    shown = await console.go_on("one")
    assert shown[0].endswith("ben> one")
    assert shown[1].startswith("-- Cairn could not keep that just now.")
    core.unavailable = False
    await console.go_on(":as ana")
    said = core.kept[-1]
    assert isinstance(said, MessageSaid)
    assert said.text == "one"
