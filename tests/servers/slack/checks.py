"""What Slack takes as the content of messages and views: counts, lengths, required parts."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from tests.servers.slack.world import Json

MENTION = re.compile(r"<!(?:channel|here|everyone|subteam)|<@[UW]")
_HELD = re.compile(r'\\"[0-9]+\\"')
"""A number in the value of a button, as JSON in JSON."""

_INPUTS_NEED = "submit"
_TEXTS = {"button": 75, "label": 2000, "hint": 2000, "placeholder": 150}


class WrongError(Exception):
    """Slack refuses a payload with this code, for these reasons."""

    def __init__(self, code: str, *reasons: str) -> None:
        super().__init__(code)
        self.code, self.reasons = code, reasons


def check_message(arguments: Json) -> None:
    """Raises WrongError."""
    text, blocks = arguments.get("text") or "", arguments.get("blocks")
    if not text and not blocks:
        raise WrongError("no_text")
    if not text:
        raise WrongError("invalid_arguments", "blocks without text: screen readers have nothing")
    if len(text) > 4000:
        raise WrongError("msg_too_long", f"text of {len(text)} characters; 4,000 are advised")
    if blocks is not None:
        check_blocks(blocks, most=50)
    if (metadata := arguments.get("metadata")) is not None:
        _check_metadata(metadata)


def _check_metadata(metadata: Any) -> None:
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        raise WrongError("invalid_metadata_format", "event_type and event_payload, nothing else")
    payload = metadata["event_payload"]
    if not isinstance(payload, dict) or not all(
        isinstance(value, str | int | bool) for value in payload.values()
    ):
        raise WrongError("invalid_metadata_schema", "event_payload must be flat")
    if len(json.dumps(payload)) > 3000:
        raise WrongError("metadata_too_large")


def check_blocks(blocks: Any, most: int, *, in_view: bool = False) -> None:
    """Raises WrongError for blocks that Slack refuses."""
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise WrongError("invalid_blocks_format", "blocks must be a list of objects")
    reasons = _reasons(_HELD.sub(r'\\"0\\"', json.dumps(blocks)), most)
    reasons = (*reasons, *_doubles(blocks))
    if not in_view:
        reasons += tuple(f"{b['type']} in a message" for b in blocks if b.get("type") == "input")
    if reasons:
        raise WrongError("invalid_blocks", *reasons)


@lru_cache(maxsize=4096)
def _reasons(written: str, most: int) -> tuple[str, ...]:
    """What is wrong, judged once for blocks that differ only in their buttons' numbers."""
    blocks = json.loads(written)
    found = [f"{len(blocks)} blocks, {most} are allowed"] if len(blocks) > most else []
    for block in blocks:
        found += list(_of_block(block))
    return tuple(found)


def _of_block(block: Json) -> Iterator[str]:
    try:
        parsed = Block.parse(block)
        if parsed is None:
            yield f"unknown block {block.get('type')}"
            return
        parsed.to_dict()
    except SlackObjectFormationError as error:
        yield f"{block.get('type')}: {error}"
    if block["type"] == "actions" and not 1 <= len(block["elements"]) <= 25:
        yield "actions with none or more than 25 elements"
    if block["type"] == "context" and not 1 <= len(block["elements"]) <= 10:
        yield "context with none or more than 10 elements"
    if block["type"] == "section" and not block.get("text") and not block.get("fields"):
        yield "section without text and fields"
    if block["type"] == "image" and not block.get("alt_text"):
        yield "image without alt_text"
    yield from _of_texts(block)


def _of_texts(value: Any, name: str = "") -> Iterator[str]:
    """What is wrong with anything inside of a block, as deep as it goes."""
    if isinstance(value, list):
        for each in value:
            yield from _of_texts(each, name)
    if not isinstance(value, dict):
        return
    yield from _of_object(value, name)
    for key, inner in value.items():
        yield from _of_texts(inner, key)


def _of_object(value: Json, name: str) -> Iterator[str]:
    yield from _of_ids(value)
    match value.get("type"):
        case "plain_text" | "mrkdwn" as kind:
            yield from _of_text(kind, value, name)
        case "button":
            if len(value["text"]["text"]) > 75 or len(value.get("value", "")) > 2000:
                yield "a button's text beyond 75 or value beyond 2000"
        case "plain_text_input":
            most = value.get("max_length", 3000)
            if not 1 <= most <= 3000 or len(value.get("initial_value", "")) > most:
                yield f"an input of at most {most} with {len(value.get('initial_value', ''))}"
    options = value.get("options") or ()
    if len(options) > 100:
        yield "more than 100 options"
    if any(len(one["text"]["text"]) > 75 or len(one["value"]) > 150 for one in options):
        yield "an option's text beyond 75 or value beyond 150"


def _of_text(kind: str, value: Json, name: str) -> Iterator[str]:
    length = len(value.get("text") or "")
    if not 1 <= length <= _TEXTS.get(name, 3000):
        yield f"{length} characters in {name or 'a text'}"
    if kind == "mrkdwn" and value.get("verbatim") is not True:
        yield "mrkdwn that is not verbatim: names in it become mentions"


def _of_ids(value: Json) -> Iterator[str]:
    for key in ("action_id", "block_id", "callback_id"):
        if len(str(value.get(key, ""))) > 255:
            yield f"{key} beyond 255"


def _doubles(blocks: list[Json]) -> Iterator[str]:
    ids = Counter(block["block_id"] for block in blocks if block.get("block_id"))
    actions = Counter(
        element["action_id"]
        for block in blocks
        if block.get("type") == "actions"
        for element in block.get("elements", ())
        if element.get("action_id")
    )
    for kind, counted in (("block_id", ids), ("action_id", actions)):
        yield from (f"{kind} {name} twice" for name, number in counted.items() if number > 1)


def check_view(view: Any, kind: str) -> None:
    """Raises WrongError for a view that Slack refuses."""
    if not isinstance(view, dict) or view.get("type") != kind:
        raise WrongError("invalid_arguments", f"a view of type {kind} is needed")
    check_blocks(view.get("blocks"), most=100, in_view=True)
    has_inputs = any(block["type"] == "input" for block in view["blocks"])
    reasons = []
    for name in ("title", "submit", "close"):
        if name in view and not 1 <= len(view[name]["text"]) <= 24:
            reasons.append(f"{name} of {len(view[name]['text'])} characters")
    if kind == "modal" and "title" not in view:
        reasons.append("a modal without title")
    if kind == "modal" and has_inputs and _INPUTS_NEED not in view:
        reasons.append("inputs without submit")
    if len(view.get("private_metadata", "")) > 3000:
        reasons.append("private_metadata beyond 3000")
    try:
        View(**view).to_dict()
    except SlackObjectFormationError as error:
        reasons.append(str(error))
    if reasons:
        raise WrongError("invalid_arguments", *reasons)


def live_mentions(arguments: Json) -> list[str]:
    """Mentions in a message that would reach people."""
    written = json.dumps([arguments.get("text"), arguments.get("blocks")], ensure_ascii=False)
    return MENTION.findall(written)
