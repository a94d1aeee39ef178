"""Whatever Cairn says is within Slack's limits, says the same in words, and mentions nobody."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.inbound import to_told
from adapters.slack.render import LONGEST_TEXT, MOST_BLOCKS, files, to_home, to_message
from adapters.slack.text import storable, width
from bot.chat.incoming import ActionTaken
from bot.chat.outgoing import (
    Block,
    Button,
    Buttons,
    Context,
    Divider,
    Fields,
    File,
    Message,
    Option,
    Picture,
    Quote,
    Select,
    Text,
)
from tests.unit.slack_adapter.hostile import (
    LONG,
    TEXTS,
    Json,
    check_blocks,
    check_marked,
    check_view,
    impostor,
    nobody,
)
from tests.unit.slack_adapter.payloads import AT, pressed

ACTIONS = st.sampled_from(["skip", "answer", "admin nudge resume"])
BUTTONS = st.builds(Button, TEXTS, ACTIONS, st.lists(st.one_of(TEXTS, LONG), max_size=3).map(tuple))
OPTIONS = st.builds(Option, TEXTS, st.one_of(TEXTS, LONG))
BLOCKS: st.SearchStrategy[Block] = st.one_of(
    st.builds(Text, st.one_of(TEXTS, LONG)),
    st.builds(Context, st.one_of(TEXTS, LONG)),
    st.builds(Quote, st.one_of(TEXTS, LONG)),
    st.builds(Fields, st.lists(st.tuples(TEXTS, st.one_of(TEXTS, LONG)), max_size=14).map(tuple)),
    st.builds(Buttons, st.lists(BUTTONS, max_size=30).map(tuple)),
    st.builds(
        Select,
        TEXTS,
        ACTIONS,
        st.lists(OPTIONS, min_size=1, max_size=8).map(tuple),
        st.lists(TEXTS, max_size=2).map(tuple),
    ),
    st.builds(Picture, st.just("journey"), st.just(b"png"), st.one_of(TEXTS, LONG)),
    st.just(Divider()),
)
MESSAGES = st.builds(Message, st.lists(BLOCKS, max_size=10).map(tuple))


@given(MESSAGES, st.sampled_from([nobody, impostor]))
def test_any_message_is_within_limits_and_has_its_words_in_full(
    message: Message, names: object
) -> None:
    parts = to_message(message, names)  # type: ignore[arg-type]
    assert parts
    for part in parts:
        assert part.text.strip()
        assert len(part.text) <= LONGEST_TEXT
        assert len(part.blocks) <= MOST_BLOCKS
        check_marked(part.text)
        check_blocks(part.blocks)


@given(MESSAGES)
def test_any_home_tab_is_within_limits(message: Message) -> None:
    check_view(to_home(message, impostor))


UNNAMED = LONG.map(lambda text: text.replace("/", ""))
"""Without references to people and channels, which are shown otherwise."""


@given(st.lists(UNNAMED, min_size=1, max_size=4))
def test_no_word_is_lost_when_a_message_is_parted(texts: list[str]) -> None:
    message = Message(tuple(Text(text) for text in texts))
    shown = "".join(part.text for part in to_message(message, nobody))
    meant = "".join(texts)
    assert letters(shown) == letters(escaped(meant))


def letters(text: str) -> str:
    """What a text has of a plain alphabet."""
    return "".join(letter for letter in text if letter.isascii() and letter.isalnum())


def escaped(text: str) -> str:
    for mark, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(mark, entity)
    return text


@given(st.lists(TEXTS.map(storable), max_size=3), ACTIONS)
def test_a_press_brings_back_what_the_button_holds(arguments: list[str], action: str) -> None:
    message = Message((Buttons((Button("Go", action, tuple(arguments)),)),))
    (part,) = to_message(message, nobody)
    if part.blocks[0]["type"] != "actions":
        return  # too much to hold: it is only shown
    (element,) = elements(part.blocks[0])
    told = to_told(pressed({"action_id": element["action_id"], "value": element["value"]}), AT)
    assert isinstance(told, ActionTaken)
    assert (told.name, told.arguments) == (action, tuple(arguments))


def test_a_choice_brings_back_its_value_last() -> None:
    select = Select("Where", "admin nudge pause", (Option("Team", "7"),), ("a",))
    (part,) = to_message(Message((select,)), nobody)
    (element,) = elements(part.blocks[0])
    option = json.loads(json.dumps(element))["options"][0]
    told = to_told(pressed({"action_id": element["action_id"], "selected_option": option}), AT)
    assert isinstance(told, ActionTaken)
    assert told.arguments == ("a", "7")


def elements(block: Json) -> list[Json]:
    found = block["elements"]
    assert isinstance(found, list)
    return found


def test_every_kind_of_block() -> None:
    message = Message(
        (
            Text("What did *this* week give you, @T1/U1?"),
            Context("Only you see it."),
            Quote("line one\nline <two>"),
            Fields((("When", "every weekday 09:30"), ("Zone", "UTC"))),
            Divider(),
            Buttons((Button("Answer", "answer", ("1",)), Button("Skip", "skip", ("1",)))),
        )
    )
    (part,) = to_message(message, {"T1/U1": "Ana"}.get)
    assert [block["type"] for block in part.blocks] == [
        "section",
        "context",
        "rich_text",
        "section",
        "divider",
        "actions",
    ]
    assert part.text.splitlines() == [
        "What did *this* week give you, @Ana?",
        "Only you see it.",
        "&gt; line one",
        "&gt; line &lt;two&gt;",
        "When: every weekday 09:30",
        "Zone: UTC",
        "[Answer]  [Skip]",
    ]


@pytest.mark.parametrize("length", [2999, 3000, 3001, 40_000])
def test_long_words_are_parted_and_stay_whole(length: int) -> None:
    parts = to_message(Message((Quote("x" * length),)), nobody)
    assert sum(part.text.count("x") for part in parts) == length
    assert all(width(part.text) <= LONGEST_TEXT for part in parts)


def test_pictures_and_files_go_beside_the_words() -> None:
    picture, file = Picture("journey", b"png", "Three stones"), File("cairn.zip", b"zip")
    message = Message((Text("Here."), picture), (file,))
    (part,) = to_message(message, nobody)
    assert part.text.splitlines() == ["Here.", "Three stones"]
    assert files(message) == (picture, file)


def test_a_message_of_a_file_alone_says_its_name() -> None:
    (part,) = to_message(Message((), (File("cairn.zip", b"zip"),)), nobody)
    assert (part.text, part.blocks) == ("cairn.zip", [])
