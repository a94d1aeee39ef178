"""A command, a button and a form that mean the same are understood alike."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.chat.identity import AccountRef, MessageRef, PlaceKind, PlaceRef
from bot.chat.incoming import ActionTaken, CommandGiven, FormSubmitted, Person, TargetMessage
from bot.commands.declared import ACTIONS, COMMANDS
from bot.commands.meaning import meaning
from bot.commands.table import Action, Audience, Command
from bot.domain.errors import UserError

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
BEN = Person(AccountRef("fake", "ben"), "ben")
HERE = PlaceRef("fake", "direct-ben", PlaceKind.DIRECT)
MESSAGE = MessageRef(HERE, "said-1")


def given(words: str, **options: str) -> CommandGiven:
    return CommandGiven(event_id="1", at=AT, actor=BEN, place=HERE, words=words, options=options)


def pressed(name: str, *arguments: str) -> ActionTaken:
    return ActionTaken(event_id="1", at=AT, actor=BEN, place=HERE, name=name, arguments=arguments)


def sent_in(name: str, values: dict[str, str], hidden: dict[str, str]) -> FormSubmitted:
    return FormSubmitted(
        event_id="1", at=AT, actor=BEN, place=HERE, name=name, values=values, hidden=hidden
    )


def test_typed_words_options_and_a_form_mean_the_same() -> None:
    typed = meaning(given("vision 5 my shop"))
    chosen = meaning(given("vision", years="5", text="my shop"))
    filled = meaning(sent_in("vision", {"years": "5", "text": "my shop"}, {}))
    assert typed.command is chosen.command is filled.command
    assert typed.written == chosen.written == filled.written


def test_a_button_named_like_a_command_runs_it_with_its_arguments_in_order() -> None:
    meant = meaning(pressed("admin nudge resume", "7"))
    assert meant.command.name == "admin nudge resume"
    assert meant.written == {"nudge": "7"}
    assert meant.audience is Audience.COORDINATOR


def test_a_button_that_opens_a_form_brings_its_arguments_along() -> None:
    meant = meaning(pressed("answer", "12"))
    assert meant.opens is not None
    assert meant.opens.name == "reflect"
    assert meant.written == {"delivery": "12"}
    assert meant.handler is None


def test_an_unfinished_form_opens_again_with_all_that_was_typed() -> None:
    form = replace(sent_in("reflect", {"text": " "}, {"delivery": "12"}), unfinished=True)
    meant = meaning(form)
    assert meant.opens is meant.command
    assert meant.handler is None
    assert meant.written == {"text": " ", "delivery": "12"}


@pytest.mark.parametrize("words", ["why", "vision 5", "mentor request", "mentor find", "start"])
def test_a_command_with_something_missing_opens_a_form(words: str) -> None:
    assert meaning(given(words)).opens is not None


@pytest.mark.parametrize("words", ["why x", "reflect", "settings", "pause", "start zone=UTC"])
def test_a_command_with_all_it_needs_opens_none(words: str) -> None:
    assert meaning(given(words)).opens is None


def test_a_form_never_opens_another() -> None:
    assert meaning(sent_in("why", {"text": ""}, {})).opens is None


def test_an_empty_field_is_as_good_as_none() -> None:
    assert meaning(sent_in("pause", {"for": "  ", "until": "friday"}, {})).written == {
        "until": "friday"
    }


def test_what_a_form_hides_can_not_be_overwritten_by_a_field() -> None:
    meant = meaning(sent_in("reflect", {"text": "a", "delivery": "99"}, {"delivery": "12"}))
    assert meant.written["delivery"] == "12"


def test_more_arguments_than_a_button_has_are_left_out() -> None:
    assert meaning(pressed("skip", "12", "13")).written == {"delivery": "12"}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_every_action_means_something(action: Action) -> None:
    meant = meaning(pressed(action.name, *("1" for _ in action.parameters)))
    assert meant.handler is not None or meant.opens is not None
    assert {*meant.written} == {parameter.name for parameter in action.parameters}


@pytest.mark.parametrize(
    "action", [a for a in ACTIONS if a.parameters], ids=lambda action: action.name
)
def test_a_button_that_lost_an_argument_is_not_known(action: Action) -> None:
    lost = pressed(action.name, *("1" for _ in action.parameters[1:]))
    for event in (lost, replace(lost, target=TargetMessage(MESSAGE, BEN.account, "words"))):
        if event.target is not None and action.of_others is not None:
            continue
        with pytest.raises(UserError) as caught:
            meaning(event)
        assert caught.value.key == "action.unknown"


def test_an_entry_of_a_message_s_menu_needs_no_argument() -> None:
    chosen = replace(pressed("pin"), target=TargetMessage(MESSAGE, BEN.account, "words"))
    assert meaning(chosen).command.name == "pin"
    of_another = TargetMessage(MESSAGE, AccountRef("fake", "ana"), "words")
    assert meaning(replace(chosen, target=of_another)).command.name == "stone"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_is_known_by_its_name(command: Command) -> None:
    assert meaning(given(command.name)).command is command
    assert meaning(pressed(command.name)).command is command


@pytest.mark.parametrize(
    ("event", "key"),
    [
        (given("statsu"), "command.unknown_near"),
        (given("status now"), "command.left_over"),
        (pressed("answr", "12"), "action.unknown"),
        (pressed(""), "action.unknown"),
        (sent_in("gone", {}, {}), "command.unknown"),
    ],
)
def test_what_makes_no_sense_is_refused(
    event: CommandGiven | ActionTaken | FormSubmitted, key: str
) -> None:
    with pytest.raises(UserError) as caught:
        meaning(event)
    assert caught.value.key == key
