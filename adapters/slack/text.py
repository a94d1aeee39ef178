"""Text between Slack's markup and the plain text of the vocabulary.

In Slack's markup `&`, `<` and `>` are written as entities, and what stands in `<...>` is a mention
or a link. See docs.slack.dev/messaging/formatting-message-text.
"""

import re
from collections.abc import Callable

Names = Callable[[str], str | None]
"""Gives someone's name for an account's native id, where it is known."""

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"

_TOKEN = re.compile(r"<([^<>]*)>")
_ENTITY = re.compile(r"&(amp|lt|gt);")
_MEANINGS = {"amp": "&", "lt": "<", "gt": ">"}
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

_EVERYONE = ("channel", "here", "everyone")
_SCHEMES = ("", "http://", "https://", "mailto:", "tel:")

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")

PERSON = re.compile(r"@([TE][A-Z0-9]+/([UW][A-Z0-9]+))(?![A-Za-z0-9])")
"""A mention of someone in plain text: their native id, and Slack's id in it."""

CHANNEL = re.compile(r"#[TE][A-Z0-9]+/([CG][A-Z0-9]+)(?![A-Za-z0-9])")
"""A mention of a channel in plain text."""

_BOLD = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])")


def _is_plain(text: str) -> bool:
    """Whether there is nothing to look for in a text: most of what Cairn says is so."""
    return text.isascii() and text.isprintable()


def storable(text: str) -> str:
    """The text without what can't be stored or sent: control characters, lone surrogates."""
    if _is_plain(text):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", _CONTROL.sub("", text))


def plain(marked: str, team: str) -> str:
    """What someone wrote in Slack, as plain text; mentions are of this team. Any string will do."""
    pieces: list[str] = []
    end = 0
    for token in _TOKEN.finditer(marked):
        pieces += [_decoded(marked[end : token.start()]), _meant(token[1], team)]
        end = token.end()
    pieces.append(_decoded(marked[end:]))
    return storable("".join(pieces))


def _decoded(marked: str) -> str:
    # in one pass, so that what stood for an entity as text still does
    return _ENTITY.sub(lambda entity: _MEANINGS[entity[1]], marked)


def _meant(token: str, team: str) -> str:
    head, _, label = token.partition("|")
    kind, rest = head[:1], head[1:]
    if kind and kind in "@#" and rest.isascii() and rest.isalnum():
        return f"{kind}{team}/{rest}"
    if kind == "!":
        name = _decoded(rest.partition("^")[0])
        return f"@{name}" if name in _EVERYONE else _decoded(label) or f"@{name}"
    return _link(_decoded(head), _decoded(label))


def _link(url: str, label: str) -> str:
    # Slack puts the scheme before what someone typed as a site or an address
    as_typed = {scheme + label.rstrip("/") for scheme in _SCHEMES}
    if not label or url.rstrip("/") in as_typed:
        return label or url
    return f"{label} ({url})"


def calm(text: str) -> str:
    """The text without characters that turn the direction of writing round.

    Closing them at the end would do for a text that is one person's, but a name inside a sentence
    of Cairn's would still turn the rest of the sentence; and Arabic or Hebrew read rightly without.
    """
    return _TURNING.sub("", storable(text))


def readable(text: str, names: Names) -> str:
    """Plain text as it is to be shown, people called by their names."""
    if _is_plain(text) and "@" not in text:
        return text
    named = PERSON.sub(lambda found: f"@{one_line(names(found[1]) or found[2])}", storable(text))
    return calm(named)


def marked(readable_text: str) -> str:
    """Readable text in Slack's markup: nobody is mentioned, and only channels are links."""
    if not any(mark in readable_text for mark in "&<>#"):
        return readable_text
    safe = re.sub("[&<>]", lambda found: _ENTITIES[found[0]], readable_text)
    return CHANNEL.sub(r"<#\1>", safe)


def escaped(text: str, names: Names) -> str:
    """Plain text in Slack's markup, to be sent with `verbatim`."""
    return marked(readable(text, names))


def one_line(text: str) -> str:
    """The text in one line, without spaces at its ends."""
    return " ".join(text.split())


def without_bold(sentence: str) -> str:
    """A sentence of Cairn's for where Slack shows `*bold*` as it is written."""
    return _BOLD.sub(r"\1", sentence)


def width(text: str, newline: int = 1) -> int:
    """How much of a limit a text may take up, whichever way Slack counts.

    That is with its entities, and two for characters beyond the first plane. A new line counts
    `newline`.
    """
    counted = len(text) + (newline - 1) * text.count("\n")
    counted += sum((len(entity) - 1) * text.count(mark) for mark, entity in _ENTITIES.items())
    if not text.isascii():
        # in UTF-16 what lies beyond the first plane takes two units
        counted += len(text.encode("utf-16-le", "surrogatepass")) // 2 - len(text)
    return counted


def _width(character: str, newline: int) -> int:
    if character == "\n":
        return newline
    if character in _ENTITIES:
        return len(_ENTITIES[character])
    return 2 if ord(character) > 0xFFFF else 1


def _reach(text: str, start: int, limit: int, newline: int = 1) -> int:
    """Where the longest piece ends that begins at `start` and fits."""
    if width(text[start : start + limit + 1], newline) <= limit:
        return len(text)
    used = 0
    for position in range(start, len(text)):
        used += _width(text[position], newline)
        if used > limit:
            return position
    return len(text)


def cut(text: str, limit: int) -> str:
    """The text, or its beginning with an ellipsis if it takes up more than `limit`."""
    if width(text) <= limit:
        return text
    return text[: _reach(text, 0, limit - 1)].rstrip() + ELLIPSIS


def pieces(text: str, limit: int, newline: int = 1) -> list[str]:
    """The text in pieces that fit, parted after a line or a word where that can be.

    All pieces together are the text. `limit` is at least the width of a character.
    """
    found: list[str] = []
    start = 0
    while start < len(text):
        end = _reach(text, start, limit, newline)
        if end < len(text):
            end = _gap(text, start, end)
        found.append(text[start:end])
        start = end
    return found


def _gap(text: str, start: int, end: int) -> int:
    middle = (start + end) // 2
    for gap in ("\n", " "):
        found = text.rfind(gap, middle, end)
        if found >= start and found != -1:
            return found + 1
    return end
