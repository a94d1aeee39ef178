"""Messages of the vocabulary as Slack's, and as someone's Home tab.

A message is parted where Slack's limits demand it; no words of it are lost.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from adapters.slack import elements
from adapters.slack.elements import (
    Json,
    fitting,
    in_rows,
    mrkdwn,
    paragraphs,
    plain_text,
    section,
)
from adapters.slack.payload import to_json
from adapters.slack.text import (
    CHANNEL,
    ELLIPSIS,
    Names,
    cut,
    marked,
    one_line,
    pieces,
    readable,
    storable,
    width,
)
from bot.chat.outgoing import (
    Block,
    Button,
    Buttons,
    Context,
    Divider,
    Fields,
    File,
    Message,
    Option,
    Picture,
    Quote,
    Select,
    Text,
)

MOST_BLOCKS = 50
MOST_HOME_BLOCKS = 100
LONGEST_TEXT = 4000
"""More than this can't be put in a message's place later, and is cut in the end by Slack."""

_MOST_BUTTONS = 25
_MOST_FIELDS = 10
_SHORT = 200
"""A label and its value that read well in half the width."""
_LONGEST_BUTTON_VALUE = 2000
_LONGEST_ACTION_ID = 255
_LONGEST_PLACEHOLDER = 150
_QUOTED_LINE = len("\n&gt; ")


@dataclass(frozen=True, slots=True)
class Rendered:
    """One message to send; `text` says all that the blocks say, for who can't see them."""

    text: str
    blocks: list[Json]


@dataclass(frozen=True, slots=True)
class _Part:
    """The smallest piece of a message: a block, or none, and what it says in plain text."""

    block: Json | None
    text: str = ""


def to_message(message: Message, names: Names) -> list[Rendered]:
    """A message as those to send for it, in order: at least one, mostly one.

    Pictures and files are not in it, see `files`.
    """
    batches: list[list[_Part]] = [[]]
    for part in _Parts(names).of(message.blocks):
        if batches[-1] and not _fit([*batches[-1], part]):
            batches.append([])
        batches[-1].append(part)
    otherwise = ", ".join(file.name for file in message.files) or ELLIPSIS
    return [_rendered(batch, readable(otherwise, names)) for batch in batches]


def _fit(parts: list[_Part]) -> bool:
    blocks = sum(part.block is not None for part in parts)
    return blocks <= MOST_BLOCKS and width(_text(parts)) <= LONGEST_TEXT


def _text(parts: Iterable[_Part]) -> str:
    return "\n".join(part.text for part in parts if part.text.strip())


def _rendered(parts: list[_Part], otherwise: str) -> Rendered:
    # only the labels of very many buttons or options are ever cut here
    text = cut(_text(parts) or otherwise, LONGEST_TEXT)
    return Rendered(marked(text), [part.block for part in parts if part.block is not None])


def to_home(message: Message, names: Names) -> Json:
    """A message as the view of someone's Home tab, which ends after 100 blocks.

    Of a picture there is only what it shows, in words.
    """
    blocks = [part.block or section(marked(part.text)) for part in _Parts(names).of(message.blocks)]
    if len(blocks) > MOST_HOME_BLOCKS:
        blocks = [*blocks[: MOST_HOME_BLOCKS - 1], _context(ELLIPSIS)]
    return {"type": "home", "blocks": blocks or [section(ELLIPSIS)]}


def files(message: Message) -> tuple[Picture | File, ...]:
    """What goes with a message as a file of its own, pictures first."""
    pictures = tuple(block for block in message.blocks if isinstance(block, Picture))
    return (*pictures, *message.files)


@dataclass(frozen=True, slots=True)
class _Parts:
    """Takes the blocks of one message apart; what can be pressed is numbered through."""

    names: Names
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def of(self, blocks: Iterable[Block]) -> Iterator[_Part]:
        for block in blocks:
            yield from self._of_block(block)

    def _of_block(self, block: Block) -> Iterator[_Part]:
        match block:
            case Text(text):
                yield from (_Part(section(marked(one)), one) for one in self._paragraphs(text))
            case Context(text):
                yield from (_Part(_context(marked(one)), one) for one in self._paragraphs(text))
            case Quote(text):
                yield from self._quote(text)
            case Fields(items):
                yield from self._fields(items)
            case Buttons(buttons):
                yield from self._buttons(buttons)
            case Select():
                yield from self._select(block)
            case Picture(alt=alt):
                yield from (_Part(None, one) for one in self._paragraphs(alt))
            case Divider():
                yield _Part({"type": "divider"})

    def _paragraphs(self, text: str) -> list[str]:
        return paragraphs(readable(text, self.names))

    def _quote(self, text: str) -> Iterator[_Part]:
        for piece in pieces(readable(text, self.names), elements.SECTION, _QUOTED_LINE):
            words = piece.strip("\n")
            if words.strip():
                quoted = "\n".join(f"> {line}" for line in words.split("\n"))
                yield _Part(_quote(words), quoted)

    def _fields(self, items: Iterable[tuple[str, str]]) -> Iterator[_Part]:
        shown = [(self._line(label), readable(value, self.names).strip()) for label, value in items]
        shown = [(label, value) for label, value in shown if label or value]
        if any(width(label) + width(value) > _SHORT for label, value in shown):
            lines = "\n".join(_joined(_bold(label), value, ": ") for label, value in shown)
            yield from (_Part(section(marked(one)), one) for one in paragraphs(lines))
            return
        for some in in_rows(shown, _MOST_FIELDS):
            facts = [mrkdwn(marked(_joined(_bold(label), value, "\n"))) for label, value in some]
            said = "\n".join(_joined(label, value, ": ") for label, value in some)
            yield _Part({"type": "section", "fields": facts}, said)

    def _buttons(self, buttons: Iterable[Button]) -> Iterator[_Part]:
        pressable: list[Json] = []
        labels: list[str] = []
        too_much: list[str] = []
        for button in buttons:
            label = self._line(button.label) or button.action
            made = _button(label, button, next(self.numbers))
            if made:
                pressable.append(made)
            (labels if made else too_much).append(label)
        for row, said in zip(
            in_rows(pressable, _MOST_BUTTONS), in_rows(labels, _MOST_BUTTONS), strict=True
        ):
            yield _Part(_actions(row), "  ".join(f"[{label}]" for label in said))
        # what could not come back with all that it has to carry can only be read
        for label in too_much:
            yield from (_Part(_context(marked(one)), one) for one in paragraphs(label))

    def _select(self, select: Select) -> Iterator[_Part]:
        chosen = [(*select.arguments, option.value) for option in select.options]
        labels = [self._line(option.label) or option.value for option in select.options]
        values = [_held(arguments) for arguments in chosen]
        if any(len(value) > elements.LONGEST_VALUE for value in values):
            # a button holds more than an option
            yield from self._buttons(
                Button(label, select.action, arguments)
                for label, arguments in zip(labels, chosen, strict=True)
            )
            return
        options = fitting(map(Option, labels, values))
        for some in in_rows(options, elements.MOST_OPTIONS):
            yield self._menu(select, some)

    def _menu(self, select: Select, options: Sequence[Json]) -> _Part:
        placeholder = self._line(select.placeholder)
        menu: Json = {
            "type": "static_select",
            "action_id": _action_id(select.action, next(self.numbers)),
            "options": list(options),
        }
        if placeholder:
            menu["placeholder"] = plain_text(placeholder, _LONGEST_PLACEHOLDER)
        labels = " / ".join(map(elements.label_of, options))
        return _Part(_actions([menu]), _joined(placeholder, labels, ": "))

    def _line(self, text: str) -> str:
        return one_line(readable(text, self.names))


def _quote(words: str) -> Json:
    """Someone's words; nothing in them is markup, and nothing but a channel becomes a link."""
    parts: list[Json] = []
    end = 0
    for channel in CHANNEL.finditer(words):
        parts.append(_words(words[end : channel.start()]))
        parts.append({"type": "channel", "channel_id": channel[1]})
        end = channel.end()
    parts.append(_words(words[end:]))
    quote = {"type": "rich_text_quote", "elements": [part for part in parts if part.get("text", 1)]}
    return {"type": "rich_text", "elements": [quote]}


def _words(words: str) -> Json:
    return {"type": "text", "text": words}


def _context(marked_text: str) -> Json:
    return {"type": "context", "elements": [mrkdwn(marked_text)]}


def _actions(pressable: Sequence[Json]) -> Json:
    return {"type": "actions", "elements": list(pressable)}


def _button(label: str, button: Button, number: int) -> Json | None:
    value, action_id = _held(button.arguments), _action_id(button.action, number)
    if len(value) > _LONGEST_BUTTON_VALUE or len(action_id) > _LONGEST_ACTION_ID:
        return None
    text = plain_text(label, elements.LABEL)
    return {"type": "button", "action_id": action_id, "text": text, "value": value}


def _held(arguments: Iterable[str]) -> str:
    return to_json([storable(argument) for argument in arguments])


def _action_id(action: str, number: int) -> str:
    """The name of an action, with a number because Slack wants each only once in a message."""
    return f"cairn:{storable(action)}:{number}"


def _bold(label: str) -> str:
    return f"*{label}*" if label else ""


def _joined(label: str, value: str, between: str) -> str:
    return between.join(filter(None, (label, value)))
