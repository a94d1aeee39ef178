"""Texts that try to be more than text, and what must hold of anything that is sent to Slack."""

import json
import re
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

Json = dict[str, Any]

_TRICKS = (
    *("<!channel>", "<!here|x>", "<@U1>", "<#C1>", "<https://a.example|b>", "<!date^1^{date}|x>"),
    *("@T1/U1", "#T1/C1", "@channel", "https://a.example", ":tada:"),
    *("&amp;", "&lt;", "<", ">", "&", "*b*", "`c`", "_i_", "~s~", "```"),
    *("\u202e", "\u2066", "\u2069", "\u200f", "\x00", "\ud800", "\U0001f331", "e\u0301"),
    *("\n", "\r\n", "\n\n\n", "\t", " ", "word " * 50),
)

TEXTS = st.lists(
    st.one_of(
        st.text(st.characters(), max_size=40),
        st.sampled_from(_TRICKS),
    ),
    max_size=8,
).map("".join)
"""Any string at all: with mentions, links, marks, lone surrogates and control characters."""

LONG = st.builds(
    lambda text, times: text * times, TEXTS.filter(bool), st.integers(min_value=1, max_value=200)
).map(lambda text: text[:12_000])

_LIVE = re.compile(r"<(?!#[CG][A-Z0-9]+>)|&(?!amp;|lt;|gt;)")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def nobody(_native_id: str) -> None:
    """Knows no names."""


def impostor(_native_id: str) -> str:
    """Everyone is called like this."""
    return "<!channel>\u202e\x00\n@here"


def check_marked(text: str) -> None:
    """A text in Slack's markup mentions nobody, links nothing but channels, turns nothing round."""
    assert not _LIVE.search(text)
    assert not _TURNING.search(text)
    text.encode()


def check_blocks(blocks: list[Json]) -> None:
    """Blocks within Slack's limits and with nothing live in them."""
    json.dumps(blocks, ensure_ascii=False).encode()
    for block in blocks:
        parsed = Block.parse(block)
        assert parsed is not None
        assert parsed.to_dict()["type"] == block["type"]
    action_ids = [one["action_id"] for one in _objects(blocks) if "action_id" in one]
    assert len(set(action_ids)) == len(action_ids)
    for one in _objects(blocks):
        _check_object(one)


def _check_object(one: Json) -> None:
    text, kind = one.get("text"), one.get("type")
    if kind == "mrkdwn":
        assert isinstance(text, str)
        assert one["verbatim"] is True
        assert 0 < len(text.strip()) <= 3000
        check_marked(text)
    if kind in ("plain_text", "text"):
        assert isinstance(text, str)
        assert 0 < len(text) <= 3000
        assert not _TURNING.search(text)
    assert kind not in ("user", "usergroup", "broadcast", "link", "team")
    assert not isinstance(one.get("fields"), list) or 0 < len(_listed(one["fields"])) <= 10
    for field in _listed(one.get("fields")):
        assert len(field["text"]) <= 2000
    for key, most in (("options", 100), ("option_groups", 100)):
        assert key not in one or 0 < len(_listed(one[key])) <= most
    if kind == "rich_text_quote":
        assert one["elements"]


def check_view(view: Json) -> None:
    """A view within Slack's limits and with nothing live in it."""
    View(**view).to_dict()
    blocks = _listed(view["blocks"])
    check_blocks(blocks)
    block_ids = [block["block_id"] for block in blocks if block["type"] == "input"]
    assert len(set(block_ids)) == len(block_ids)


def _listed(value: object) -> list[Json]:
    return value if isinstance(value, list) else []


def _objects(value: object) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)
