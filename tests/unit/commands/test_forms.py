"""Forms are made from the command table, with what is known filled in."""

from dataclasses import replace

import pytest

from bot.chat.outgoing import FieldKind, Form
from bot.chat.wording import wording_for
from bot.commands.declared import COMMANDS
from bot.commands.forms import form_errors
from bot.commands.table import Audience, Command
from bot.domain.errors import UserError
from tests.fakes.conversation import Conversation


def initials(form: Form | None) -> dict[str, str]:
    assert form is not None
    return {field.name: field.initial for field in form.fields}


async def test_a_form_has_a_field_for_each_visible_argument(talk: Conversation) -> None:
    form = (await talk.command("ben", "stone")).form
    assert form is not None
    assert (form.name, form.title, form.submit) == ("stone", "A stepping stone", "Save")
    assert [(field.name, field.kind, field.required) for field in form.fields] == [
        ("text", FieldKind.LONG_TEXT, True),
        ("kind", FieldKind.CHOICE, False),
        ("vision", FieldKind.TEXT, False),
    ]
    kinds = [option.value for option in form.fields[1].options]
    assert kinds == ["skill", "connection", "knowledge", "proof"]


async def test_who_reads_it_stands_above_the_fields(talk: Conversation) -> None:
    form = (await talk.command("ben", "why")).form
    assert form is not None
    assert "Only you see this in Cairn" in form.intro


async def test_what_is_written_already_is_filled_in(talk: Conversation) -> None:
    form = (await talk.command("ben", "vision 10")).form
    assert initials(form) == {"years": "10", "text": ""}


async def test_the_start_form_shows_what_the_platform_told_and_what_is_usual() -> None:
    talk = await Conversation.begin()
    talk.zones["ben"] = "America/New_York"
    form = (await talk.command("ben", "start")).form
    assert initials(form) == {
        "zone": "America/New_York",
        "time": "09:00",
        "days": "mon-fri",
        "quiet": "20:00-08:00",
        "cadence": "daily",
    }


async def test_the_settings_form_shows_what_is_set(talk: Conversation) -> None:
    await talk.command("ben", "settings time=10:15 days=mon,wed quiet=none cadence=weekly")
    await talk.command("ben", "settings")
    form = (await talk.press("ben", "Change")).form
    assert initials(form) == {
        "zone": "America/New_York",
        "time": "10:15",
        "days": "mon,wed",
        "quiet": "none",
        "cadence": "weekly",
    }


async def test_an_unfinished_form_comes_again_as_it_was_typed(talk: Conversation) -> None:
    await talk.command("ben", "settings")
    await talk.press("ben", "Change")
    form = (await talk.fill("ben", unfinished=True, time="never", quiet="")).form
    assert form is not None
    assert form.name == "settings"
    assert (initials(form)["time"], initials(form)["quiet"]) == ("never", "")
    settings = (await talk.member("ben")).settings
    assert settings is not None
    assert settings.minute == 540


async def test_people_and_channels_can_be_chosen(talk: Conversation) -> None:
    find = (await talk.command("ben", "mentor find")).form
    setup = (await talk.command("cora", "admin setup")).form
    assert find is not None
    assert setup is not None
    kinds = {field.name: field.kind for field in (*find.fields, *setup.fields)}
    assert kinds["not_with"] is FieldKind.PEOPLE
    assert kinds["channel"] is FieldKind.CHANNEL


async def test_a_form_without_the_language_leaves_it_as_it_is(talk: Conversation) -> None:
    await talk.command("ben", "settings language=de")
    await talk.command("ben", "settings")
    await talk.press("ben", "Change")
    assert (await talk.fill("ben", time="10:15")).text.startswith("Saved.")
    settings = (await talk.member("ben")).settings
    assert settings is not None
    assert (settings.language, settings.minute) == ("de", 615)


async def test_a_form_under_a_question_shows_the_question_and_hides_its_number(
    talk: Conversation,
) -> None:
    form = (await talk.press("ben", "Answer")).form
    assert form is not None
    question = talk.prompts("ben")[0]
    assert form.intro.split("\n")[0] == question
    assert "A form is no message" in form.intro
    assert [field.name for field in form.fields] == ["text"]
    assert form.fields[0].required
    assert dict(form.hidden).keys() == {"delivery"}


async def test_what_is_wrong_with_a_form_is_said_at_its_field_and_nothing_changes(
    talk: Conversation,
) -> None:
    await talk.command("ben", "vision")
    before = talk.snapshot()
    shown = await talk.fill("ben", years="soon", text=" ")
    assert shown.errors.keys() == {"years", "text"}
    assert "for *In how many years*: it takes a whole number from 1 to 60" in shown.errors["years"]
    assert shown.errors["text"] == "Please fill in Your words."
    assert talk.snapshot() == before
    assert (await talk.fill("ben", years="7", text="a shop")).text.startswith("Kept. In 7 years:")


def test_what_a_form_hides_is_called_by_its_name() -> None:
    error = UserError("argument.not_a_number", argument="delivery", value="x", lowest=1, highest=9)
    [(name, sentence)] = form_errors(wording_for("en"), {"delivery": error}).errors
    assert name == "delivery"
    assert sentence.startswith("I can't use *x* for *delivery*")


async def test_a_form_of_someone_who_may_not_is_not_opened() -> None:
    talk = await Conversation.begin()
    shown = await talk.command("ben", "why")
    assert shown.form is None
    assert "You haven't joined yet" in shown.text
    shown = await talk.command("ben", "admin setup")
    assert shown.form is None
    assert "This is for coordinators" in shown.text


async def test_opening_a_form_stores_nothing_even_when_a_name_has_changed(
    talk: Conversation,
) -> None:
    talk.names["ben"] = "Benjamin"
    before = talk.snapshot()
    assert (await talk.command("ben", "why")).form is not None
    assert talk.snapshot() == before
    await talk.fill("ben", text="my daughter")
    assert (await talk.member("ben")).name == "Benjamin"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
async def test_every_form_can_be_opened(command: Command) -> None:
    talk = await Conversation.begin("cora")
    who = "cora"
    shown = await talk.command(who, command.name)
    if any(argument.is_missing({}) for argument in command.arguments) or command.name == "start":
        assert shown.form is not None
        form = replace(shown.form, hidden=())
        assert form.name == command.name
        assert [field.label for field in form.fields] != []
    else:
        assert shown.form is None
        assert shown.messages
    assert command.audience in Audience
