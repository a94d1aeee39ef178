"""Events and messages survive being written down, whatever is in them."""

import dataclasses
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adapters.storage.codec import (
    event_from_bytes,
    event_to_bytes,
    messages_from_bytes,
    messages_to_bytes,
)
from bot.chat.incoming import Told
from bot.chat.outgoing import Block, File, Message

MOMENTS = st.datetimes(
    min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)
)
st.register_type_strategy(datetime, MOMENTS)
# annotated as a mapping, always made as a dict
OPTIONS = st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=3)
BLOCKS = st.one_of([st.builds(kind) for kind in get_args(Block)])
MESSAGES = st.builds(
    Message,
    blocks=st.lists(BLOCKS, max_size=4).map(tuple),
    files=st.lists(st.builds(File), max_size=2).map(tuple),
)


def events_of(kind: type[Told]) -> st.SearchStrategy[Told]:
    names = {field.name for field in dataclasses.fields(kind)}
    mappings = {name: OPTIONS for name in ("options", "values", "hidden") if name in names}
    return st.builds(kind, **mappings)


@pytest.mark.parametrize("kind", get_args(Told))
@given(data=st.data())
def test_every_kind_of_event_comes_back(kind: type[Told], data: st.DataObject) -> None:
    event = data.draw(events_of(kind))

    back = event_from_bytes(event_to_bytes(event))

    assert type(back) is kind
    assert back == event


@given(st.lists(MESSAGES, max_size=3).map(tuple))
def test_messages_come_back(messages: tuple[Message, ...]) -> None:
    assert messages_from_bytes(messages_to_bytes(messages)) == messages


@given(st.lists(MESSAGES, min_size=1, max_size=3).map(tuple))
def test_blocks_keep_their_kinds(messages: tuple[Message, ...]) -> None:
    back = messages_from_bytes(messages_to_bytes(messages))

    kinds = [[type(block) for block in message.blocks] for message in messages]
    assert [[type(block) for block in message.blocks] for message in back] == kinds


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"kind": "unheard of"}', b"\xff"])
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(ValidationError):
        event_from_bytes(content)
