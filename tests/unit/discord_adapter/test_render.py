"""Messages as Discord takes them."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord import items
from adapters.discord.items import Mark, Menu, Press
from adapters.discord.render import Rendered, Upload, delivery_of, marked, to_message
from adapters.discord.text import PARTING, width
from bot.chat.outgoing import (
    Block,
    Button,
    Buttons,
    Context,
    Divider,
    Fields,
    File,
    Message,
    Moment,
    Option,
    Picture,
    Quote,
    Select,
    Text,
)
from tests.unit.discord_adapter.hostile import LONG, TEXTS, check_content, impostor, nobody

ANA = "123456789012345678"


def shown(*blocks: Block, files: tuple[File, ...] = ()) -> list[Rendered]:
    return to_message(Message(blocks, files), nobody)


def test_a_message_of_every_kind() -> None:
    picture = Picture("journey.png", b"png", "Three *stones*")
    (sent,) = shown(
        Text("What did you *look up*?\n\nTry `this`."),
        Quote("a *b*\n# c"),
        Fields((("Next", "Tuesday, 09:30"), ("", "alone"), ("Why", "a\nb"))),
        Divider(),
        picture,
        Buttons((Button("Answer", "answer", ("7",)), Button("Skip", "skip", ("7",)))),
        Select("When", "snooze", (Option("Later", "2h"), Option("", "1d")), ("7",)),
        Context("Only you\n\nsee this."),
        files=(File("cairn.zip", b"zip"),),
    )
    assert sent.content == (
        "What did you **look up**?\n\nTry `this`.\n"
        "> a \\*b\\*\n> \\# c\n"
        "**Next:** Tuesday, 09:30\nalone\n**Why:** a\nb\n\n"
        "-# Only you\n-# see this."
    )
    assert sent.rows == (
        (Press("Answer", "cairn:answer:7"), Press("Skip", "cairn:skip:7")),
        (Menu("When", "cairn:snooze:7", (Option("Later", "2h"), Option("", "1d"))),),
    )
    assert sent.files == (
        Upload("journey.png", b"png", "Three *stones*"),
        Upload("cairn.zip", b"zip"),
    )
    assert sent.mentions == ()


def test_words_after_buttons_are_a_message_of_their_own() -> None:
    ask = Buttons((Button("Ask", "ask", ("1",)),))
    first, second = shown(Text("Ana"), ask, Context("quiet"), Text("Li"), ask)
    assert first.content == "Ana\n-# quiet"
    assert second.content == "Li"
    assert first.rows == second.rows


def test_nothing_is_still_a_message() -> None:
    assert shown() == [Rendered("\N{HORIZONTAL ELLIPSIS}")]
    assert shown(Text(" \n ")) == [Rendered("\N{HORIZONTAL ELLIPSIS}")]
    (only_file,) = shown(files=(File("a.zip", b""),))
    assert only_file.content == ""


def test_people_are_mentioned_only_where_asked_for() -> None:
    message = Message((Text(f"@{ANA} and @everyone"), Quote(f"@{ANA}")))
    (named,) = to_message(message, {ANA: "Ana"}.get)
    assert named.content == f"@Ana and @{PARTING}everyone\n> @Ana"
    assert named.mentions == ()
    (mentioned,) = to_message(message, {ANA: "Ana"}.get, frozenset((ANA,)))
    assert mentioned.content == f"<@{ANA}> and @{PARTING}everyone\n> @Ana"
    assert mentioned.mentions == (int(ANA),)


def test_a_moment_is_shown_by_each_readers_own_clock() -> None:
    at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    moment = Moment("Monday, 2 March at 09:30", at)
    text = Text("It comes back on *Monday, 2 March at 09:30*.")
    quote, fact = Quote("Monday, 2 March at 09:30"), Fields((("Next", moment.words),))
    (sent,) = to_message(Message((text, quote, fact), moments=(moment,)), nobody)
    assert sent.content == (
        "It comes back on **<t:1772443800:F>**.\n> Monday, 2 March at 09:30\n"
        "**Next:** <t:1772443800:F>"
    )
    (plain,) = to_message(Message((Text("\ue0001772443800\ue001"),)), nobody)
    assert plain.content == "1772443800"


def test_many_buttons_fill_rows_and_then_messages() -> None:
    first, second = shown(Buttons(tuple(Button(str(n), "skip", (str(n),)) for n in range(27))))
    assert [len(row) for row in first.rows] == [5] * 5
    assert [len(row) for row in second.rows] == [2]


def test_the_same_button_twice_has_two_ids_and_means_the_same() -> None:
    (sent,) = shown(Buttons((Button("a", "skip", ("7",)), Button("b", "skip", ("7",)))))
    ids = [one.custom_id for one in sent.rows[0]]
    assert ids == ["cairn:skip:7", "cairn:skip:7#2"]
    assert items.read(ids[0]) == items.read(ids[1])


def test_what_no_id_can_hold_is_to_be_read() -> None:
    (sent,) = shown(Buttons((Button("Go *on*", "skip", ("x" * 80,)),)))
    assert sent.rows == ()
    assert sent.content == "-# Go **on**"


def test_a_menu_that_can_not_be_one_becomes_buttons() -> None:
    (sent,) = shown(Select("", "pick", (Option("a", " x"), Option("b", "y"))))
    assert [one.custom_id for one in sent.rows[0]] == ["cairn:pick: x", "cairn:pick:y"]


def test_many_options_make_several_menus() -> None:
    options = tuple(Option(str(n), str(n)) for n in range(60))
    (sent,) = shown(Select("Pick", "pick", (*options, Option("again", "0"))))
    sizes = [len(one.options) for row in sent.rows for one in row if isinstance(one, Menu)]
    assert sizes == [25, 25, 10]
    assert len({one.custom_id for row in sent.rows for one in row}) == 3


@pytest.mark.parametrize("arguments", [(), ("7",), ("a:b", "50%#", ""), ("é \U0001f331",)])
def test_a_custom_id_comes_back_as_it_was(arguments: tuple[str, ...]) -> None:
    made = items.custom_id("mentor find", arguments)
    assert made is not None
    pressed = items.read(items.marked(items.numbered(made, 3), Mark(9, 1, 2)))
    assert pressed == items.Pressed("mentor find", arguments, Mark(9, 1, 2))


@pytest.mark.parametrize("custom_id", ["", "cairn:", "cairn::a", "other:skip", "cairn"])
def test_what_is_not_cairns_is_nothing(custom_id: str) -> None:
    assert items.read(custom_id) is None


def test_a_mark_that_is_none_is_passed_over() -> None:
    for tail in ("#dx.1.1", "#d", "#2", "#d1.2"):
        pressed = items.read(f"cairn:skip:7{tail}")
        assert pressed == items.Pressed("skip", ("7",))


def as_sent(rendered: Rendered) -> discord.Message:
    """What `delivery_of` reads of a message that Discord gives back."""
    rows = [
        SimpleNamespace(
            children=[SimpleNamespace(custom_id=one["custom_id"]) for one in row["components"]]
        )
        for row in items.components(rendered.rows)
    ]
    return cast("discord.Message", SimpleNamespace(content=rendered.content, components=rows))


@given(LONG, st.booleans(), st.integers(1, 2**63 - 1))
def test_every_part_says_which_delivery_it_is(text: str, buttons: bool, delivery: int) -> None:
    skip = Buttons((Button("Skip", "skip", ("7",)),))
    parts = shown(Text(text), *([skip] if buttons else []))
    sent = marked(parts, delivery)
    for number, part in enumerate(sent, start=1):
        check(part)
        assert delivery_of(as_sent(part)) == Mark(delivery, number, len(parts))
        assert delivery_of(as_sent(parts[number - 1])) is None


def check(rendered: Rendered) -> None:
    """Within Discord's limits, and nothing live in it."""
    check_content(rendered.content)
    assert width(rendered.content) <= 2000
    assert rendered.content.strip() or rendered.files
    assert len(rendered.rows) <= 5
    assert len(rendered.files) <= 10
    ids = [one.custom_id for row in rendered.rows for one in row]
    assert len(set(ids)) == len(ids)
    for row in items.components(rendered.rows):
        for one in row["components"]:
            check_component(one)
    for upload in rendered.files:
        assert width(upload.alt) <= 1024
    assert rendered.mentions == ()


def check_component(one: dict[str, Any]) -> None:
    assert 0 < width(one["custom_id"]) <= 100
    if one["type"] == 2:
        assert 0 < width(one["label"]) <= 80
        return
    assert one["type"] == 3
    assert 0 < len(one["options"]) <= 25
    assert width(one.get("placeholder") or "") <= 150
    values = [option["value"] for option in one["options"]]
    assert len(set(values)) == len(values)
    for option in one["options"]:
        assert 0 < width(option["label"]) <= 100
        assert 0 < width(option["value"]) <= 100


BUTTONS = st.builds(Button, TEXTS, TEXTS.filter(bool), st.lists(TEXTS, max_size=3).map(tuple))
OPTIONS = st.lists(st.builds(Option, TEXTS, TEXTS), max_size=30).map(tuple)
BLOCKS = st.one_of(
    st.builds(Text, LONG),
    st.builds(Context, LONG),
    st.builds(Quote, LONG),
    st.builds(Fields, st.lists(st.tuples(TEXTS, TEXTS), max_size=12).map(tuple)),
    st.builds(Buttons, st.lists(BUTTONS, max_size=30).map(tuple)),
    st.builds(Select, TEXTS, TEXTS.filter(bool), OPTIONS, st.lists(TEXTS, max_size=2).map(tuple)),
    st.builds(Picture, TEXTS, st.binary(max_size=3), LONG),
    st.just(Divider()),
)
FILES = st.lists(st.builds(File, TEXTS, st.binary(max_size=3)), max_size=12).map(tuple)
MESSAGES = st.builds(Message, st.lists(BLOCKS, max_size=8).map(tuple), FILES)


@given(MESSAGES)
def test_any_message_fits_and_pings_nobody(message: Message) -> None:
    for rendered in to_message(message, impostor):
        check(rendered)
