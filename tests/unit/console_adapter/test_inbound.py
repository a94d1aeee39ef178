"""Directives into events, given what the console remembers."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.console.directives import (
    Command,
    Delete,
    Edit,
    Fill,
    Menu,
    Press,
    React,
    Reply,
    Say,
    Submit,
    Unreadable,
)
from adapters.console.inbound import Act, to_event, to_filled
from adapters.console.journal import CairnSaid, EventTold, FieldFilled, FormOpened, PersonCame
from adapters.console.memory import COMMUNITY, TEAM, Memory, direct
from bot.chat.incoming import ActionTaken, Attachment, CommandGiven, FormSubmitted, MessageSaid
from bot.chat.outgoing import (
    Button,
    Buttons,
    FieldKind,
    Form,
    FormField,
    Message,
    Option,
    Select,
    Text,
)

PROMPT = Message((Text("Who?"), Buttons((Button("Answer", "answer", ("1",)),))))
CHOICE = Message((Select("Zone", "zone", (Option("A", "a"), Option("B", "b")), ("9",)),))
FORM = Form(
    name="offer",
    title="Offer",
    intro="",
    fields=(
        FormField(name="topics", label="Topics", kind=FieldKind.TEXT, required=True, max_length=9),
        FormField(
            name="days",
            label="Days",
            kind=FieldKind.CHOICES,
            options=(Option("Monday", "mon"), Option("Friday", "fri")),
        ),
        FormField(name="paper", label="Paper", kind=FieldKind.FILE, required=True),
    ),
    submit="Go",
)


@pytest.fixture
def memory() -> Memory:
    memory = Memory()
    memory.apply(PersonCame(name="ben", zone="America/New_York"))
    return memory


def said(memory: Memory, message: Message, delivery_id: int | None = None) -> CairnSaid:
    record = CairnSaid(
        id=memory.next_message_id(),
        at=memory.now,
        place=TEAM,
        message=message,
        delivery_id=delivery_id,
    )
    memory.apply(record)
    return record


def told(memory: Memory, act: Act) -> MessageSaid:
    event = to_event(act, memory)
    assert isinstance(event, MessageSaid)
    memory.apply(EventTold(event=event))
    return event


def test_an_event_says_who_where_and_when(memory: Memory) -> None:
    event = to_event(Command("status"), memory, Attachment("f", b"x"))
    assert isinstance(event, CommandGiven)
    assert (event.event_id, event.at, event.place) == ("console-1", memory.now, TEAM)
    assert (event.community, event.platform) == (COMMUNITY, "console")
    assert (event.actor.name, event.actor.zone) == ("ben", "America/New_York")
    assert (event.words, event.attachment) == ("status", Attachment("f", b"x"))


def test_numbers_of_events_and_messages_go_up(memory: Memory) -> None:
    first, second = told(memory, Say("one")), told(memory, Say("two"))
    assert (first.event_id, second.event_id) == ("console-1", "console-2")
    assert first.message.native_id != second.message.native_id
    assert first.message.native_id != said(memory, PROMPT).id


def test_a_select_s_value_is_its_last_argument(memory: Memory) -> None:
    said(memory, CHOICE)
    event = to_event(Press(2), memory)
    assert isinstance(event, ActionTaken)
    assert (event.name, event.arguments) == ("zone", ("9", "b"))


def test_the_last_message_with_buttons_counts(memory: Memory) -> None:
    said(memory, PROMPT)
    said(memory, CHOICE)
    said(memory, Message((Text("No buttons."),)))
    told(memory, Say("hello"))
    event = to_event(Press(1), memory)
    assert isinstance(event, ActionTaken)
    assert event.name == "zone"


def test_only_a_delivery_with_an_answer_button_is_a_prompt(memory: Memory) -> None:
    said(memory, PROMPT)
    assert isinstance(to_event(Reply("x"), memory), Unreadable)
    prompt = said(memory, PROMPT, delivery_id=1)
    said(memory, CHOICE, delivery_id=2)
    assert told(memory, Reply("x")).thread is not None
    reply = to_event(Reply("y"), memory)
    assert isinstance(reply, MessageSaid)
    assert reply.thread is not None
    assert reply.thread.native_id == prompt.id


@pytest.mark.parametrize(
    "act", [Press(1), Reply("x"), React("heart"), Menu("pin"), Edit("x"), Delete(), Submit()]
)
def test_nothing_to_act_on_is_a_sentence(memory: Memory, act: Act) -> None:
    assert isinstance(to_event(act, memory), Unreadable)


def test_a_form_lacks_what_is_required(memory: Memory) -> None:
    memory.apply(FormOpened(who="ben", form=FORM))
    paper = Attachment("paper", b"")
    assert isinstance(to_event(Submit(), memory, paper), Unreadable)
    memory.apply(FieldFilled(who="ben", name="topics", value="python"))
    assert isinstance(to_event(Submit(), memory), Unreadable)
    event = to_event(Submit(), memory, paper)
    assert isinstance(event, FormSubmitted)
    assert event.values == {"topics": "python", "days": ""}
    assert event.attachment == paper


@pytest.mark.parametrize(
    ("fill", "value"),
    [
        (Fill("topics", "python"), "python"),
        (Fill("Topics", ""), ""),
        (Fill("days", "Friday, mon"), "fri,mon"),
        (Fill("days", "sunday"), None),
        (Fill("topics", "0123456789"), None),
        (Fill("paper", "x"), None),
        (Fill("other", "x"), None),
    ],
)
def test_filling(memory: Memory, fill: Fill, value: str | None) -> None:
    memory.apply(FormOpened(who="ben", form=FORM))
    filled = to_filled(fill, memory)
    if value is None:
        assert isinstance(filled, Unreadable)
    else:
        assert filled == FieldFilled(who="ben", name=fill.field.lower(), value=value)


def test_filling_without_a_form(memory: Memory) -> None:
    assert isinstance(to_filled(Fill("x", "y"), memory), Unreadable)


ACTS = st.one_of(
    st.builds(Say, st.text(min_size=1)),
    st.builds(Command, st.text()),
    st.builds(Press, st.integers(0, 9)),
    st.builds(Reply, st.text(min_size=1)),
    st.builds(React, st.text(min_size=1)),
    st.builds(Menu, st.text(min_size=1)),
    st.builds(Edit, st.text(min_size=1)),
    st.just(Delete()),
    st.just(Submit()),
)


@given(st.lists(ACTS))
def test_any_run_of_acts_is_an_event_each_or_a_sentence(acts: list[Act]) -> None:
    memory = Memory(people={"ben": None})
    said(memory, PROMPT, delivery_id=1)
    numbers = []
    for act in acts:
        event = to_event(act, memory)
        if not isinstance(event, Unreadable):
            memory.apply(EventTold(event=event))
            numbers.append(event.event_id)
    assert numbers == [f"console-{n}" for n in range(1, len(numbers) + 1)]


def test_find_tells_places_and_times_apart(memory: Memory) -> None:
    first = said(memory, PROMPT, delivery_id=1)
    found = memory.delivered(TEAM, 1, memory.now)
    assert found is not None
    assert found.native_id == first.id
    assert memory.delivered(direct("ben"), 1, memory.now) is None
    assert memory.delivered(TEAM, 1, memory.now + timedelta(minutes=1)) is None
