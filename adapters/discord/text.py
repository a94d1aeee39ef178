r"""Text between Discord's markdown and the plain text of the vocabulary.

A backslash takes the meaning from the mark after it. What a client makes of `:`, `@` and `<` even
then, or inside of code, is parted with a character of no width.
Discord's marks: github.com/discord/discord-api-docs, `reference.mdx`, "Message Formatting".
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime

Names = Callable[[str], str | None]
"""Gives someone's name for an account's native id, where it is known."""

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
PARTING = "\N{ZERO WIDTH SPACE}"

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069\u2063\ue000\ue001]")
"""What turns the direction of writing round, and what only Cairn may write: the characters around a
delivery's mark and around a moment.
"""

_MOST_MARKS = 4
"""The most combining marks on one letter: more than any language needs."""

_ID = r"([0-9]{15,20})"
_TOLD = re.compile(
    rf"<(?:@!?{_ID}|#{_ID}|@&{_ID}|a?:(\w{{1,32}}):[0-9]+|/([^:<>\n]{{1,100}}):[0-9]+"
    r"|t:(-?[0-9]{1,15})(?::\w)?)>"
)
_PERSON = re.compile(rf"@{_ID}(?![0-9])")
_CHANNEL = re.compile(rf"#{_ID}(?![0-9])")

_ADMIN = re.compile(r"/cairn admin(?= |$)")
"""How the sentences write what is a command of its own on Discord."""

_WORDS = re.compile(r"\s|\S{1,40}")
_BOLD = r"(?<![\w*])\*(?=\S)(?P<bold>[^*\n]{0,300}[^*\s])\*(?![\w*])"
_CODE = r"(?<!`)`(?P<code>[^`\n]{1,300})`(?!`)"
_HEADS = r"(?m:^(?P<head>[ \t]*)(?P<mark>>{1,3}|-?\#{1,3}|[-+]|[0-9]+(?=[.)])))"
_LIVE = re.compile(
    rf"(?P<person>@{_ID}(?![0-9]))|(?P<channel>\#(?P<channel_id>[0-9]{{15,20}})(?![0-9]))"
    r"|(?P<ping>@(?=everyone|here))|(?P<link>(?<=[A-Za-z]):(?=//))"
    r"|\ue000(?P<moment>-?[0-9]{1,12})\ue001"
    r"|(?P<token><(?=[@#:/]|a:|t:|id:))"
    rf"|{_CODE}|{_BOLD}|{_HEADS}|(?P<special>[\\*_~|`<\[])"
)


def is_plain(text: str) -> bool:
    """Whether there is nothing to look for in a text but marks of markdown."""
    return text.isascii() and text.isprintable()


def storable(text: str) -> str:
    """The text without what can't be stored or sent: control characters, lone surrogates."""
    if is_plain(text):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", _CONTROL.sub("", text))


def plain(content: str) -> str:
    """What someone wrote on Discord, as plain text. Any string will do.

    The marks of markdown stay as they were typed.
    """
    if "<" not in content:
        return storable(content)
    return storable(_TOLD.sub(_meant, content))


def _meant(token: re.Match[str]) -> str:
    person, channel, role, emoji, command, seconds = token.groups()
    if person or role:
        return f"@{person or role}"
    if channel:
        return f"#{channel}"
    if emoji:
        return f":{emoji}:"
    return f"/{command}" if command else _moment(int(seconds))


def _moment(seconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
    except (OverflowError, ValueError, OSError):
        return str(seconds)


def calm(text: str) -> str:
    """The text without what turns the direction of writing round or piles up on one letter.

    Closing them at the end would do for a text that is one person's, but a name inside a sentence
    of Cairn's would still turn the rest of the sentence; and Arabic or Hebrew read rightly without.
    """
    if is_plain(text):
        return text
    text = _TURNING.sub("", storable(text))
    return text if text.isascii() else _unpiled(text)


def _unpiled(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def readable(text: str, names: Names, mentioned: Collection[str] = ()) -> str:
    """Plain text as it is to be shown, people called by their names, except `mentioned` ones."""
    if is_plain(text) and "@" not in text:
        return text

    def named(found: re.Match[str]) -> str:
        if found[1] in mentioned:
            return found[0]
        name = one_line(calm(names(found[1]) or ""))
        # a name that looks like an id would be taken for a mention
        return _PERSON.sub(rf"@{PARTING}\1", f"@{name}") if name else f"@{found[1]}"

    return calm(_PERSON.sub(named, storable(text)))


def timed(readable_text: str, moments: Iterable[tuple[str, datetime]]) -> str:
    """Readable text in which these words are moments, shown by each reader's own clock."""
    for words_of_it, at in moments:
        told = f"\ue000{int(at.timestamp())}\ue001"
        readable_text = readable_text.replace(words_of_it, told) if words_of_it else readable_text
    return readable_text


def one_line(text: str) -> str:
    """The text in one line, without spaces at its ends."""
    return " ".join(text.split())


def atoms(readable_text: str, *, own: bool, mentioned: Collection[str] = ()) -> Iterator[str]:
    """Readable text in markdown, in the smallest pieces that may be parted.

    In Cairn's `own` sentences `*bold*` and code in backticks mean what they say; in what people
    wrote nothing does. Only channels are links, and only the `mentioned` are mentions.
    """
    end = 0
    for found in _LIVE.finditer(readable_text):
        yield from words(readable_text[end : found.start()])
        end = found.end()
        yield from _shown(found, own=own, mentioned=mentioned)
    yield from words(readable_text[end:])


def words(text: str) -> list[str]:
    """A text in words and the gaps between them; very long words are parted."""
    return _WORDS.findall(text)


def _shown(found: re.Match[str], *, own: bool, mentioned: Collection[str]) -> Iterator[str]:
    token = found[0]
    match found.lastgroup:
        case "person" if token[1:] in mentioned:
            yield f"<@{token[1:]}>"
        case "channel_id" | "channel":
            yield f"<#{found['channel_id']}>"
        case "moment":
            yield f"<t:{found['moment']}:F>"
        case "ping" | "token":
            # Discord looks for whom to notify in spite of a backslash
            yield f"{token}{PARTING}"
        case "link":
            yield r"\:"
        case "code" if own:
            yield f"`{_inert(_ADMIN.sub('/cairn-admin', found['code']))}`"
        case "bold" if own:
            yield f"**{''.join(atoms(found['bold'], own=False))}**"
        case "code" | "bold":
            mark = token[0]
            yield f"\\{mark}"
            yield from atoms(token[1:-1], own=own)
            yield f"\\{mark}"
        case "mark":
            yield from found["head"]
            yield _disarmed(found["mark"])
        case "special":
            yield f"\\{token}"
        case _:
            yield from token


def _inert(code: str) -> str:
    # no backslash has a meaning inside of code
    return re.sub(r"<(?=[@#&:/t]|a:|id:)|@(?=everyone|here)", rf"\g<0>{PARTING}", code)


def _disarmed(mark: str) -> str:
    if mark.isdigit():
        return mark + PARTING
    return "".join(f"\\{one}" for one in mark)


def escaped(text: str, names: Names) -> str:
    """What people wrote, in Discord's markdown: nothing in it means anything."""
    return "".join(atoms(readable(text, names), own=False))


def sentence(text: str, names: Names, mentioned: Collection[str] = ()) -> str:
    """A text of Cairn's in Discord's markdown, in which only Cairn's own marks mean something."""
    shown = readable(text, names, mentioned)
    return "".join(atoms(shown, own=True, mentioned=mentioned))


def without_bold(text: str) -> str:
    """A sentence of Cairn's for where Discord shows `*bold*` as it is written."""
    return re.sub(_BOLD, r"\g<bold>", text)


def width(text: str) -> int:
    """How much of a limit a text may take up, whichever way Discord counts.

    That is in units of UTF-16, as its clients do; what counts characters counts less.
    """
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """The text, or its beginning with an ellipsis if it takes up more than `limit`."""
    if width(text) <= limit:
        return text
    used = 0
    for position, character in enumerate(text):
        used += width(character)
        if used >= limit:
            return text[:position].rstrip() + ELLIPSIS
    return text


def label(text: str, limit: int, otherwise: str = "") -> str:
    """A line where nothing is markdown; Discord refuses an empty one, so `otherwise` stands in."""
    shown = one_line(calm(text)) or one_line(calm(otherwise)) or "-"
    return cut(shown, limit)


def beginning(parts: Iterable[str], limit: int) -> str:
    """What these atoms make together, or its beginning with an ellipsis if that does not fit."""
    found = pieces(parts, limit - len(ELLIPSIS))
    if len(found) > 1 and width("".join(found)) > limit:
        return found[0].rstrip() + ELLIPSIS
    return "".join(found)


def pieces(parts: Iterable[str], limit: int) -> list[str]:
    """What these atoms make together in pieces that fit, parted after a line or a word if possible.

    All pieces together are the whole. No atom is wider than `limit`.
    """
    parts = list(parts)
    whole = "".join(parts)
    if width(whole) <= limit:
        # nearly always
        return [whole] if parts else []
    found: list[str] = []
    line: list[str] = []
    used = 0
    for part in parts:
        taken = width(part)
        # what is left behind a gap may still be too much beside a wide part
        while line and used + taken > limit:
            at = _gap(line)
            found.append("".join(line[:at]))
            line = line[at:]
            used = sum(map(width, line))
        line.append(part)
        used += taken
    return [*found, "".join(line)] if line else found


def _gap(line: list[str]) -> int:
    for mark in ("\n", " "):
        for position in range(len(line) - 1, len(line) // 2, -1):
            if line[position].endswith(mark):
                return position + 1
    return len(line)
