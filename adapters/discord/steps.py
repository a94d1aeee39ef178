"""Forms that take more than one modal: what was typed so far rides along in a message.

A modal can't answer a modal, so a message only that person sees stands between two of them, with a
button for the next. What was typed is shown in its embeds, and Discord brings it back with the
press; nothing is stored.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import discord
from discord import ui

from adapters.discord import submitted
from adapters.discord.items import Press
from adapters.discord.payload import Payload
from adapters.discord.render import LONGEST_CONTENT, Upload
from adapters.discord.submitted import AGAIN
from adapters.discord.text import (
    PARTING,
    atoms,
    beginning,
    calm,
    escaped,
    label,
    readable,
    storable,
    width,
)
from bot.chat.incoming import FormSubmitted
from bot.chat.outgoing import FormErrors
from bot.chat.wording import Wording

_LONGEST_EMBED = 4096
_LONGEST_EMBEDS = 6000
_LONGEST_LABEL = 100
_WRONG = discord.Colour.red()
_VALUE = re.compile(r"```([a-z0-9_]{1,32})\n(.*?)\n```", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Carried:
    """What was typed so far, by the names of the fields, and which of them were wrong."""

    values: Mapping[str, str] = field(default_factory=dict[str, str])
    wrong: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Between:
    """A message to show to one person between two modals, or instead of the second."""

    content: str
    embeds: tuple[discord.Embed, ...] = ()
    button: Press | None = None
    files: tuple[Upload, ...] = ()

    def view(self) -> ui.View | None:
        """Its button as discord.py sends it.

        The view is stopped already, so that the client does not keep it in its memory for ever:
        what is pressed finds its way by its custom id.
        """
        if self.button is None:
            return None
        made = ui.View(timeout=None)
        made.add_item(ui.Button(label=self.button.label, custom_id=self.button.custom_id))
        made.stop()
        return made


def carried(message: discord.Message | None) -> Carried:
    """What a message between two modals carries; nothing, if it is none."""
    values: dict[str, str] = {}
    wrong: set[str] = set()
    for embed in message.embeds if message else ():
        found = {
            name: _opened(value) for name, value in _VALUE.findall(Payload(embed.description).text)
        }
        values |= found
        if embed.colour == _WRONG:
            wrong |= found.keys()
    return Carried(values, frozenset(wrong))


def go_on(event: FormSubmitted, say: Wording) -> Between:
    """What to show after one part of a form, with a button for the next."""
    return _between(event, say, say("form.go_on"), say("button.go_on"))


def correct(event: FormSubmitted, errors: FormErrors, say: Wording) -> Between:
    """What is wrong with a form, a sentence a field, with a button to correct it."""
    told = "\n".join(dict.fromkeys(one for _, one in errors.errors))
    wrong = frozenset(name for name, _ in errors.errors)
    return _between(event, say, f"{say('form.correct')}\n{told}", say("button.correct"), wrong)


def given_back(event: FormSubmitted, say: Wording, said: str) -> Between:
    """A sentence that says why a form can't be taken, with a button to send it again."""
    return _between(event, say, said, say("button.send_again"))


def words_back(said: str, words: str = "") -> str:
    """A sentence that says what could not be kept, and the words given back, in markdown."""
    parts = list(atoms(readable(said, _nobody), own=True))
    for line in readable(words, _nobody).strip().split("\n") if words.strip() else ():
        parts += ("\n> ", *atoms(line, own=False))
    return beginning(parts, LONGEST_CONTENT)


def _between(
    event: FormSubmitted,
    say: Wording,
    said: str,
    button: str,
    wrong: frozenset[str] = frozenset(),
) -> Between:
    embeds = _embeds(event.values, wrong, say)
    again = submitted.form_id(event.name, tuple(event.hidden.items()), AGAIN)
    if embeds is None or again is None:
        words = "\n\n".join(
            f"{_called(say, name)}:\n{calm(value)}" for name, value in event.values.items()
        )
        content = words_back(f"{said}\n{say('form.words_in_file')}")
        return Between(content, files=(Upload(say("form.words_file"), words.encode()),))
    return Between(words_back(said), embeds, Press(button, again))


def _embeds(
    values: Mapping[str, str], wrong: frozenset[str], say: Wording
) -> tuple[discord.Embed, ...] | None:
    """The values, those that are wrong in embeds of their own; None if they do not fit."""
    made = [
        discord.Embed(description=text, colour=colour)
        for colour in (_WRONG, None)
        for text in _packed(
            _block(say, name, value)
            for name, value in values.items()
            if (name in wrong) == (colour is _WRONG)
        )
    ]
    widths = [width(embed.description or "") for embed in made]
    fits = max(widths, default=0) <= _LONGEST_EMBED and sum(widths) <= _LONGEST_EMBEDS
    return tuple(made) if fits else None


def _packed(blocks: Iterable[str]) -> list[str]:
    texts: list[str] = []
    for block in blocks:
        if texts and width(texts[-1]) + 1 + width(block) <= _LONGEST_EMBED:
            texts[-1] += f"\n{block}"
        else:
            texts.append(block)
    return texts


def _block(say: Wording, name: str, value: str) -> str:
    # the language of a block of code is not shown, so the field's name can stand there
    return f"{escaped(_called(say, name), _nobody)}\n```{name}\n{_closed(value)}\n```"


def _closed(value: str) -> str:
    return re.sub("``(?=`)", f"``{PARTING}", storable(value))


def _opened(value: str) -> str:
    return re.sub(f"``{PARTING}(?=`)", "``", value)


def _called(say: Wording, name: str) -> str:
    key = f"argument.{name}"
    return label(say(key) if say.has(key) else name, _LONGEST_LABEL)


def _nobody(_native_id: str) -> None:
    """People stand in a form by their ids."""
