"""The small parts that messages and forms are both made of, within Slack's limits.

Limits: docs.slack.dev/reference/block-kit. Everything here is JSON for Slack.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from adapters.slack.text import calm, cut, one_line, pieces, storable
from bot.chat.outgoing import Option

T = TypeVar("T")

Json = dict[str, object]

SECTION = 3000
"""The most characters of a text in a section."""

MOST_OPTIONS = 100
"""The most options of a select, and the most groups of options."""

LONGEST_VALUE = 150
"""The most characters that an option's value may have."""

LABEL = 75
"""The most characters of a button's or an option's label."""


def plain_text(text: str, limit: int, otherwise: str = "") -> Json:
    """A line in which nothing is markup; Slack refuses an empty one, so `otherwise` stands in."""
    shown = one_line(calm(text)) or one_line(calm(otherwise)) or "-"
    return {"type": "plain_text", "text": cut(shown, limit), "emoji": True}


def mrkdwn(marked: str) -> Json:
    """Marked text in which Slack makes no links or mentions of its own."""
    return {"type": "mrkdwn", "text": marked, "verbatim": True}


def section(marked: str) -> Json:
    """A paragraph."""
    return {"type": "section", "text": mrkdwn(marked)}


def paragraphs(readable: str) -> list[str]:
    """A text in pieces that each fit a section; none for a text that shows nothing."""
    return [piece.strip() for piece in pieces(readable, SECTION) if piece.strip()]


def option(label: str, value: str) -> Json:
    """Something to choose; `value` fits."""
    return {"text": plain_text(label, LABEL, otherwise=value), "value": value}


def label_of(option: Json) -> str:
    """The label that an option is shown with."""
    text = option["text"]
    return str(text["text"]) if isinstance(text, dict) else ""


def fitting(options: Iterable[Option]) -> list[Json]:
    """Every option that Slack takes, each value once."""
    by_value = {chosen.value: chosen for chosen in reversed(tuple(options))}
    return [
        option(chosen.label, chosen.value)
        for chosen in reversed(by_value.values())
        if 0 < len(chosen.value) <= LONGEST_VALUE and chosen.value == storable(chosen.value)
    ]


def in_rows(items: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """The items in order, at most so many at a time."""
    for start in range(0, len(items), most):
        yield items[start : start + most]
