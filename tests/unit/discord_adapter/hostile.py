"""Texts that try to be more than text, and what must hold of anything that is sent to Discord."""

import re

from hypothesis import strategies as st

_TRICKS = (
    *("@everyone", "@here", "<@123456789012345678>", "<@!123456789012345678>"),
    *("<@&123456789012345678>", "<#123456789012345678>", "<:x:123456789012345678>"),
    *("<a:x:123456789012345678>", "</cairn:123456789012345678>", "<t:1772443800:R>", "<id:guide>"),
    *("@123456789012345678", "#123456789012345678", "https://a.example", "[a](https://b.example)"),
    *(
        "*b*",
        "**b**",
        "_i_",
        "__u__",
        "~~s~~",
        "||s||",
        "`c`",
        "``c``",
        "```",
        "\\",
        "\\*",
        "<",
        ">",
    ),
    *("# a", "### a", "-# a", "> a", ">>> a", "- a", "* a", "1. a", "2) a", "discord.gg/x"),
    *("\u202e", "\u2066", "\u2069", "\u200f", "\u2063", "\u200b", "\x00", "\ud800", "\U0001f331"),
    *("e" + "\u0301" * 30, "\u0e01\u0e34\u0e48", "\n", "\r\n", "\n\n\n", "\t", " ", "word " * 50),
)

TEXTS = st.lists(
    st.one_of(st.text(st.characters(), max_size=40), st.sampled_from(_TRICKS)), max_size=8
).map("".join)
"""Any string at all: with mentions, links, marks, lone surrogates and control characters."""

LONG = st.builds(
    lambda text, times: text * times, TEXTS.filter(bool), st.integers(min_value=1, max_value=200)
).map(lambda text: text[:12_000])

LIVE = re.compile(r"<(?:@[!&]?\d|#(?!\d{15,20}>)|a?:\w+:\d|/\w|t:-?\d|id:)|@(?:everyone|here)")
"""What Discord would make a mention, an emoji or a time of; a channel's link may be."""

_LINK = re.compile(r"https?://")
_CODE = re.compile(r"(?<!\\)`[^`\n]+`")
"""Discord makes no links inside of it."""

TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def nobody(_native_id: str) -> None:
    """Knows no names."""


def impostor(_native_id: str) -> str:
    """Everyone is called like this."""
    return "<@123456789012345678> @everyone @123456789012345678\u202e\x00\n# *x*"


def check_content(content: str) -> None:
    """A text that Discord takes, mentions nobody, links nothing but channels, turns nothing."""
    content.encode()
    assert not LIVE.search(content)
    assert not _LINK.search(_CODE.sub("", content))
    assert not TURNING.search(content)
    assert "\x00" not in content
