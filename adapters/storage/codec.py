"""Events and messages as bytes (JSON), for the inbox."""

from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter

from bot.chat.incoming import Told
from bot.chat.outgoing import Message

_BYTES_AS_TEXT = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

_event: TypeAdapter[Told] = TypeAdapter(
    Annotated[Told, Field(discriminator="kind")], config=_BYTES_AS_TEXT
)
_messages: TypeAdapter[tuple[Message, ...]] = TypeAdapter(
    tuple[Message, ...], config=_BYTES_AS_TEXT
)


def event_to_bytes(event: Told) -> bytes:
    """Write an event down."""
    return _event.dump_json(event)


def event_from_bytes(content: bytes) -> Told:
    """Read what `event_to_bytes` wrote; raises ValueError for anything else."""
    return _event.validate_json(content)


def messages_to_bytes(messages: tuple[Message, ...]) -> bytes:
    """Write messages down."""
    return _messages.dump_json(messages)


def messages_from_bytes(content: bytes) -> tuple[Message, ...]:
    """Read what `messages_to_bytes` wrote; raises ValueError for anything else."""
    return _messages.validate_json(content)
